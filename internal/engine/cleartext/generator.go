package cleartext

import (
	"encoding/base64"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/cleartext"
	"github.com/seaworthy-dev/seaworthy/internal/credential"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// kustomization looks at what a kustomization makes of files, where it or the file is
// looked at: Secrets, patches of Secrets, values of charts.
func (s *search) kustomization(file string) {
	for _, d := range documents(s.read(file)) {
		for _, g := range d.items("secretGenerator") {
			s.generator(file, g)
		}
		for _, p := range append(d.items("patches"), d.items("patchesJson6902")...) {
			s.named(file, p.text("path"), func(file string, content node) { s.operations(file, content, p.field("target")) })
		}
		for _, c := range d.items("helmCharts") {
			for _, v := range append(c.items("additionalValuesFiles"), c.field("valuesFile")) {
				s.named(file, v.scalar(), func(file string, content node) { s.settings(file, content, model.InValues) })
			}
		}
	}
}

// named looks at the documents of a file that a kustomization names.
func (s *search) named(by, name string, look func(file string, content node)) {
	file := target(by, name)
	if name == "" || !s.wanted[by] && !s.wanted[file] {
		return
	}
	for _, d := range documents(s.read(file)) {
		look(file, d)
	}
}

// generator tells of what a Secret is generated from.
func (s *search) generator(file string, g node) {
	for _, l := range g.items("literals") {
		key, value, _ := strings.Cut(l.scalar(), "=")
		s.fed(file, file, l.line(), key, strings.Trim(value, `"'`))
	}
	for _, e := range append(g.items("envs"), g.field("env")) {
		s.variables(file, e)
	}
	for _, f := range g.items("files") {
		s.whole(file, f)
	}
}

// fed tells of one key of a generated Secret.
func (s *search) fed(by, file string, line int, key, value string) {
	if s.wanted[by] || s.wanted[file] {
		if !credential.StandIn(value) && !credential.Harmless(key) && !s.told[spot{file, line}] {
			s.tell(model.ClearText{File: file, Line: line, Sort: model.InGenerator, Name: key})
		}
	}
}

// target is the path of a file that a kustomization names.
func target(by, name string) string { return path.Join(path.Dir(by), name) }

// variables reads a file of KEY=value lines.
func (s *search) variables(by string, name node) {
	if name.scalar() == "" {
		return
	}
	file := target(by, name.scalar())
	for i, line := range strings.Split(s.read(file), "\n") {
		line = strings.TrimSpace(strings.TrimPrefix(line, "\ufeff"))
		key, value, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") || strings.HasPrefix(key, "sops_") {
			continue
		}
		s.fed(by, file, i+1, strings.TrimSpace(key), strings.Trim(strings.TrimSpace(value), `"'`))
	}
}

// whole reads a file that becomes one key: values, settings, or the credential
// itself.
func (s *search) whole(by string, entry node) {
	name := entry.scalar()
	key, file, named := strings.Cut(name, "=")
	if !named {
		key, file = path.Base(name), name
	}
	file = target(by, file)
	text := s.read(file)
	if text == "" || encrypted(text) || !s.wanted[by] && !s.wanted[file] {
		return
	}
	if docs := documents(text); len(docs) > 0 && slices.ContainsFunc(docs, node.compound) {
		for _, d := range docs {
			s.settings(file, d, model.InGenerator)
		}
		return
	}
	if value := strings.TrimSpace(text); !strings.Contains(value, "\n") {
		s.fed(by, file, 1, key, value)
		return
	}
	line, at := 1, 0
	for _, m := range credential.Find(text) {
		line += strings.Count(text[at:m.Start], "\n")
		at = m.Start
		if m.Certainty == credential.Certain && !s.told[spot{file, line}] && !cleartext.Commented(text, m.Start) {
			s.tell(model.ClearText{File: file, Line: line, Sort: model.InGenerator, Name: key})
			return
		}
	}
}

// encrypted reports whether a file is encrypted by SOPS, at least in part, or
// sealed by age or git-crypt.
func encrypted(text string) bool {
	return strings.Contains(text, "ENC[AES256_GCM") || strings.HasPrefix(text, "-----BEGIN AGE ENCRYPTED FILE-----") || strings.HasPrefix(text, "age-encryption.org/") ||
		strings.HasPrefix(text, "-----BEGIN PGP MESSAGE-----")
}

// fileWithout reports whether a Secret's key holds a whole file that has no
// credential in it.
func fileWithout(key, value string) bool {
	if !slices.Contains(settingsFiles, path.Ext(key)) || !strings.Contains(value, "\n") && !oneSetting.MatchString(value) {
		return false
	}
	for _, d := range documents(value) {
		found := false
		d.walk(func(in node, p pair) bool {
			found = found || credential.Setting{Key: p.key, Value: p.value.scalar(), Beside: in.plain()}.Certainty() == credential.Certain
			return !found
		})
		if found {
			return false
		}
	}
	return credential.Of(value) == credential.None
}

// oneSetting matches a file of one setting, whose name is no user's.
var oneSetting = pattern.New(`^\w*(?:[a-z][A-Z]|\.)[\w.]*\s*=`)

var settingsFiles = []string{".yaml", ".yml", ".json", ".conf", ".ini", ".toml", ".xml", ".properties", ".cfg", ".cnf"}

func decoded(value string) string {
	if b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value)); err == nil && len(b) > 0 {
		return string(b)
	}
	return value
}
