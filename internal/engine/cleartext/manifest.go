package cleartext

import (
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/credential"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"go.yaml.in/yaml/v3"
)

// holdsManifest matches a text that holds a manifest that is looked at, such as a patch.
var holdsManifest = pattern.New(`kind["']?\s*:\s*["']?(?:Secret|HelmRelease|Kustomization|Application|ApplicationSet|ResourceSet|ResourceSetInputProvider|ExternalSecret|SecretGenerator)\b`)

// deepest bounds how far manifests in the texts of manifests are followed.
const deepest = 3

// manifests looks at every manifest of a document: by itself, in a list, in what another
// one makes, in the text of a patch or of a template.
func (s *search) manifests(file string, d node) { s.manifestsTo(file, d, deepest) }

func (s *search) manifestsTo(file string, d node, depth int) {
	d.every(func(n node) {
		switch n.Kind {
		case yaml.ScalarNode:
			if depth > 0 && strings.ContainsAny(n.Value, "\n{") && holdsManifest.MatchString(n.Value) {
				for _, d := range n.within() {
					s.manifestsTo(file, d, depth-1)
				}
			}
		case yaml.MappingNode:
			s.patch(file, n)
			s.settings(file, n.field("valuesInline"), model.InValues)
			s.manifest(file, n)
		}
	})
}

// manifest looks at one manifest, for what reaches a Secret or a chart.
func (s *search) manifest(file string, d node) {
	spec := d.field("spec")
	switch d.text("kind") {
	case "Secret":
		if version := d.text("apiVersion"); version == "v1" || version == "" {
			s.secret(file, d)
		}
	case "HelmRelease":
		s.settings(file, d, model.InValues)
	case "Kustomization":
		s.settings(file, spec.field("postBuild").field("substitute"), model.InValues)
	case "Application":
		s.application(file, spec)
	case "ApplicationSet":
		s.settings(file, spec.field("generators"), model.InValues)
		s.application(file, spec.field("template").field("spec"))
		for _, patch := range spec.field("templatePatch").within() {
			s.application(file, patch.field("spec"))
		}
	case "ResourceSet":
		s.settings(file, spec.field("inputs"), model.InValues)
	case "ResourceSetInputProvider":
		s.settings(file, spec.field("defaultValues"), model.InValues)
	case "SecretGenerator":
		if d.text("apiVersion") == "builtin" {
			s.generator(file, d)
		}
	case "ExternalSecret":
		s.settings(file, spec.field("target").field("template").field("data"), model.InValues)
	}
}

// secret tells of a Secret's manifest, once for all its keys.
func (s *search) secret(file string, d node) {
	found := s.keys(file, d.field("metadata"))
	for _, section := range []string{"data", "stringData"} {
		for _, p := range d.field(section).pairs() {
			found.add(section, p)
		}
	}
	found.tell()
}

// keys are those of a Secret that stand readable.
type keys struct {
	s     *search
	of    model.ClearText
	lines []int
}

func (s *search) keys(file string, metadata node) *keys {
	return &keys{s: s, of: model.ClearText{File: file, Sort: model.InSecret, Name: metadata.text("namespace") + "/" + metadata.text("name")}}
}

// add takes a key, where its value is a credential of which nothing is told.
func (k *keys) add(section string, p pair) {
	value := p.value.scalar()
	if section == "data" {
		value = decoded(value)
	}
	if k.s.told[spot{k.of.File, p.line}] || credential.StandIn(value) || credential.Harmless(p.key) || fileWithout(p.key, value) {
		return
	}
	k.of.Keys, k.lines = append(k.of.Keys, p.key), append(k.lines, p.line)
}

func (k *keys) tell() {
	if len(k.lines) == 0 {
		return
	}
	for _, line := range k.lines {
		k.s.told[spot{k.of.File, line}] = true
	}
	k.of.Line = k.lines[0]
	k.s.tell(k.of)
}

// application looks at what an Application of Argo CD gives to charts and plugins.
func (s *search) application(file string, spec node) {
	for _, source := range append(spec.items("sources"), spec.field("source")) {
		helm, plugin := source.field("helm"), source.field("plugin")
		s.settings(file, helm.field("valuesObject"), model.InValues)
		for _, values := range helm.field("values").within() {
			s.settings(file, values, model.InValues)
		}
		for _, p := range append(helm.items("parameters"), plugin.items("env")...) {
			name, value := p.text("name"), p.field("value")
			s.setting(model.ClearText{File: file, Line: value.line(), Sort: model.InValues, Name: name},
				credential.Setting{Key: name[strings.LastIndexByte(name, '.')+1:], Value: value.scalar()})
		}
	}
}

// patch looks at the operations of a JSON patch that stands in a manifest, beside what it
// is for. One that looks like the object is looked at like it.
func (s *search) patch(file string, d node) {
	patch := d.field("patch")
	s.operations(file, patch, d.field("target"))
	if strings.Contains(patch.scalar(), "op") {
		for _, list := range patch.within() {
			s.operations(file, list, d.field("target"))
		}
	}
}

// filling matches where in objects what is given to charts, and put into manifests, stands.
var filling = pattern.New(`^/spec/(?:values|postBuild/substitute|inputs|sources?(?:/\d+)?/helm/valuesObject)(?:/|$)`)

// operations tells of what a JSON patch puts into a Secret or into values. Only Secrets
// have a stringData, whatever the patch is said to be for.
func (s *search) operations(file string, list, of node) {
	found := s.keys(file, of)
	for _, op := range list.entries() {
		at, value := op.text("path"), op.field("value")
		if kind := op.text("op"); kind != "add" && kind != "replace" {
			continue
		}
		section, key, _ := strings.Cut(strings.TrimPrefix(at, "/"), "/")
		switch {
		case section == "stringData" || section == "data" && of.text("kind") == "Secret":
			for _, p := range value.pairs() {
				found.add(section, p)
			}
			if key != "" {
				found.add(section, pair{key: unescaped.Replace(key), line: value.line(), value: value})
			}
		case filling.MatchString(at):
			s.settings(file, value, model.InValues)
			key := unescaped.Replace(path.Base(at))
			s.setting(model.ClearText{File: file, Line: value.line(), Sort: model.InValues, Name: key}, credential.Setting{Key: key, Value: value.scalar()})
		}
	}
	found.tell()
}

var unescaped = strings.NewReplacer("~1", "/", "~0", "~")
