// Package cleartext finds, in the sandbox, the credentials that stand readable in
// files: in Secrets' manifests and in what patches them, under keys of values and of
// what fills manifests in, in what Secrets are generated from, and anywhere by their own
// form. YAML is parsed, so that one
// style of writing it is as good as another.
package cleartext

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/cleartext"
	"github.com/seaworthy-dev/seaworthy/internal/credential"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// Handle does a cleartext.Task: it gives a list of model.ClearText.
func Handle(payload json.RawMessage, files []*sandbox.Files) (any, error) {
	var task cleartext.Task
	if err := json.Unmarshal(payload, &task); err != nil {
		return nil, err
	}
	s := &search{files: files[0], wanted: map[string]bool{}, values: map[string]bool{}, told: map[spot]bool{}}
	for _, f := range task.Fed {
		s.wanted[f] = true
	}
	for _, f := range task.Values {
		s.values[f] = true
	}
	for _, f := range task.Files {
		s.file(f)
	}
	for _, f := range task.Kustomizations {
		s.kustomization(f)
	}
	for _, f := range task.Files {
		s.forms(f)
	}
	if err := s.files.Failed(); err != nil {
		return nil, err
	}
	slices.SortStableFunc(s.out, func(a, b model.ClearText) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line)
	})
	return s.out, nil
}

// spot is a line of a file.
type spot struct {
	file string
	line int
}

type search struct {
	files  *sandbox.Files
	wanted map[string]bool
	values map[string]bool // files that something reads as values, whatever they are called
	told   map[spot]bool   // lines of which something is said, or which are excused
	out    []model.ClearText
}

// read gives a file's text; "" where there is none, or where it is no text.
func (s *search) read(file string) string {
	content, err := s.files.Read(file)
	if err != nil {
		return ""
	}
	return cleartext.Text(content)
}

// excuses are the comments by which scanners for secrets are told that a line holds
// none: gitleaks, detect-secrets, TruffleHog, LeakTK.
var excuses = []string{"gitleaks:allow", "pragma: allowlist secret", "pragma: allowlist-secret", "trufflehog:ignore", "notsecret"}

// meant reports whether a comment on a line says that it holds no secret.
func meant(text string, line int) bool {
	lines := strings.Split(text, "\n")
	if line > len(lines) {
		return false
	}
	_, comment, _ := strings.Cut(lines[line-1], "#")
	return slices.ContainsFunc(excuses, func(e string) bool { return strings.Contains(comment, e) })
}

func (s *search) tell(c model.ClearText) {
	c.Meant = c.Sort != model.ByForm && meant(s.read(c.File), c.Line)
	s.told[spot{c.File, c.Line}] = true
	s.out = append(s.out, c)
}

// file looks at the documents of a manifest or values file.
func (s *search) file(file string) {
	if !cleartext.Manifest(file) {
		return
	}
	text := s.read(file)
	if text == "" {
		return
	}
	values := s.values[file] || strings.Contains(strings.ToLower(file), "values")
	for _, d := range documents(text) {
		s.manifests(file, d)
		s.operations(file, d, node{}) // a file of a JSON patch
		if values && d.text("kind") == "" {
			s.settings(file, d, model.InValues)
		}
		s.excuse(file, d)
	}
}

// settings tells of the keys of values that are named like a credential and hold
// one. What a chart does not read, because it is off, counts for nothing.
func (s *search) settings(file string, d node, as model.ClearTextSort) {
	if d.field("sops").exists() {
		return // what SOPS left readable was left so on purpose
	}
	d.walk(func(in node, p pair) bool {
		if in.field("enabled").scalar() == "false" {
			return false
		}
		value := p.value.scalar()
		if value == "" || s.told[spot{file, p.line}] || p.key == "value" && in.text("name") != "" {
			return true
		}
		s.setting(model.ClearText{File: file, Line: p.line, Sort: as, Name: p.key}, credential.Setting{Key: p.key, Value: value, Beside: in.plain()})
		return true
	})
}

// setting tells of a value that its key says is a credential, and that is one.
func (s *search) setting(c model.ClearText, v credential.Setting) {
	if credential.KeyNames(v.Key) && v.Certainty() == credential.Certain {
		c.Mark = cleartext.Mark(v.Value)
		s.tell(c)
	}
}

// excuse notes the lines of what has a credential's form and is none where it
// stands: an access key whose secret is named beside it.
func (s *search) excuse(file string, d node) {
	d.walk(func(in node, p pair) bool {
		value := p.value.scalar()
		if len(value) == 20 && credential.Of(value) == credential.Certain &&
			(credential.Setting{Key: p.key, Value: value, Beside: in.plain()}).Certainty() != credential.Certain {
			s.told[spot{file, p.value.line()}] = true
		}
		return true
	})
}

// forms tells of what is a credential by its own form, on lines of which nothing
// is told.
func (s *search) forms(file string) {
	text := s.read(file)
	script := cleartext.Script(file, text)
	if cleartext.Manifest(file) && strings.Contains(text, "kind: Secret") && len(documents(text)) == 0 {
		script = true // a template, which is no YAML yet
	}
	for _, c := range cleartext.Forms(file, text, script, func(line int) bool { return s.told[spot{file, line}] }) {
		s.tell(c)
	}
}
