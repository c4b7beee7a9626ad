package checks

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/checks/scan"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// proseFields hold text for people, in which a placeholder is no value.
var proseFields = map[string]bool{"description": true, "summary": true, "message": true, "runbook_url": true, "openAPIV3Schema": true, "expr": true, "notes": true,
	"kubectl.kubernetes.io/last-applied-configuration": true}

var placeholderValue = &review.Check{
	ID: "placeholder-value", Area: review.Operations, Severity: review.High, Tags: []review.Tag{review.ConfigData},
	Doc: review.Doc{
		Title:  "placeholder instead of a value",
		What:   "Looks at the rendered values for placeholders: CHANGEME, PLACEHOLDER, REPLACE_ME, `<UPPER_CASE>` in angle brackets, `your-domain`, values that begin with TODO or FIXME, an image with a `${VARIABLE}` that Flux does not replace because the Kustomization sets no variables, and, as medium, hosts below `example.com`, `example.org` and `example.net`. In values files it looks at credentials too. A value that a release replaces with a `targetPath` is left alone, and so are descriptions, alert expressions, scripts, schemas and the content of Secrets. A new object made of a file of which most others of its name hold the same placeholder is left to the audit.",
		Why:    "It is applied unchanged: a host that nobody owns, a password that everybody can guess.",
		Fix:    "Set the real value, or leave the object out until the value is known.",
		Verify: "kubectl get all,cm,ingress -A -o yaml | grep -nE 'CHANGEME|<[A-Z_]+>'",
		Waive:  "The text is a template that another tool fills in.",
		Effort: "small",
		Bad:    "addresses: [\"<IP_ADDRESS_RANGE>\"]",
		Good:   "addresses: [\"192.0.2.10-192.0.2.20\"]",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		if o.ID.Kind == "CustomResourceDefinition" {
			return
		}
		stand := &placeholders{pass: p, object: o}
		unfilledImages(p, o)
		stand.walk(o.Fields(), nil, "")
		for _, pointer := range slices.Sorted(maps.Keys(o.Keys)) {
			stand.inside = pointer + "/"
			stand.walk(o.Keys[pointer].YAML, nil, "")
		}
	}).AndFiles(placeholderCredentials),
}

// unfilledImages tells of images with a variable that nothing fills in.
func unfilledImages(p *review.Pass, o *model.Object) {
	for _, c := range review.ContainersOf(o) {
		image := review.Text(c.Fields, "image")
		if strings.Contains(image, "${") && flux.Resolved(p, o) {
			p.Report(review.Hit{Object: o, Field: c.At("image"), Key: "image " + c.Key(),
				Message: fmt.Sprintf("%s: the image is `%s`, and nothing replaces the variable: the Kustomization sets none. Its pods do not start (`InvalidImageName`).", c, image)})
		}
	}
}

// reserved matches hosts below the domains that are kept for examples (RFC 2606).
var reserved = pattern.New(`(?i)(^|[/@.\s"'=])example\.(com|org|net)($|[/:\s"',])`)

// apiFields hold names of APIs, which may lie below any domain.
var apiFields = map[string]bool{"apiVersion": true, "apiGroup": true, "apiGroups": true, "group": true, "image": true, "$schema": true}

// placeholderCredentials looks at the credentials in values files for stand-ins:
// what is rendered of them is not shown.
func placeholderCredentials(p *review.Pass) {
	for _, file := range p.Changed() {
		if repo.Illustrative(file) || !repo.ManifestFile(file) {
			continue
		}
		content := p.Read(file)
		ofChart := strings.Contains(strings.ToLower(file), "values") || strings.Contains(string(content), "kind: HelmRelease") || strings.Contains(string(content), "kind: Application")
		if scan.Encrypted(content) || !ofChart {
			continue
		}
		for i, text := range strings.Split(string(content), "\n") {
			if line, ok := scan.Key(i+1, text); ok && scan.NamesCredential(line.Key) && len(line.Value) < 100 && scan.Placeholder(line.Value) {
				p.Report(review.Hit{File: file, Line: line.Number, Key: "credential " + line.Key,
					Message: fmt.Sprintf("`%s` is still a placeholder. Anyone who knows the template knows the credential.", line.Key)})
			}
		}
	}
}

type placeholders struct {
	pass   *review.Pass
	object *model.Object
	inside string // the pointer of the key whose YAML is walked, with the empty token
}

// toldOfFile reports whether placeholderCredentials tells of a key.
func (s *placeholders) toldOfFile(key string) bool {
	values := s.object.ID.Kind == "HelmRelease" || s.inside != "" && repo.NamedValues(s.object.Keys[strings.TrimSuffix(s.inside, "/")].File)
	return values && scan.NamesCredential(key)
}

// samples reports whether a text is data in which a host for examples is an example:
// several lines, or a document in a ConfigMap that is no chart's values.
func (s *placeholders) samples(v string) bool {
	return strings.Contains(v, "\n") || s.inside != "" && !repo.NamedValues(s.object.Keys[strings.TrimSuffix(s.inside, "/")].File)
}

func (s *placeholders) walk(v any, path []string, key string) {
	switch v := v.(type) {
	case map[string]any:
		if v["enabled"] == false {
			return // what a chart does not read
		}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if !proseFields[k] && !(k == "externalName" && s.filledIn()) {
				s.walk(v[k], append(path[:len(path):len(path)], review.Pointer(k)), k)
			}
		}
	case []any:
		for i, item := range v {
			s.walk(item, append(path[:len(path):len(path)], fmt.Sprint("/", i)), key)
		}
	case string:
		const longest = 300 // scripts and templates are longer
		stand, example := scan.Placeholder(v), !apiFields[key] && strings.Contains(strings.ToLower(v), "example.") && reserved.MatchString(v) && !s.samples(v)
		if len(v) > longest || !stand && !example || s.toldOfFile(key) {
			return
		}
		severity := review.High
		if !stand {
			severity = review.Medium
		}
		at := s.inside + strings.Join(path, "")
		if s.object.Keys[at].YAML != nil || s.replaced(strings.Join(path, "")) || s.custom(v) {
			return // walked by itself, or not what arrives, or what its like have
		}
		// by its text: a field that is called otherwise now is no news
		s.pass.Report(review.Hit{Object: s.object, Field: at, Key: "placeholder " + v, Severity: severity,
			Message: fmt.Sprintf("%s: `%s` is still a placeholder: `%s`.", s.object.ID, key, theLine(v))})
	}
}

// mostLike bounds the files of one name that are read for what they hold.
const mostLike = 30

// custom reports whether a new object is made of a file of which most others of its name
// hold the same in base, such as those of other clusters: a reader of the data fills it
// in, or nobody minds, and an audit tells of all of them. One alone may be what they are
// copied from.
func (s *placeholders) custom(v string) bool {
	if s.pass.Audit || s.pass.Side != model.Head || s.inside == "" || s.pass.Before(s.object) != nil {
		return false
	}
	file := s.object.Keys[strings.TrimSuffix(s.inside, "/")].File
	read, same := 0, 0
	for _, other := range s.pass.Paths() {
		if file == "" || other == file || path.Base(other) != path.Base(file) || read == mostLike {
			continue
		}
		content := string(s.pass.ReadBase(other))
		if content == "" {
			continue // new as well
		}
		if read++; strings.Contains(content, v) {
			same++
		}
	}
	return same > 1 && 2*same > read
}

// replaced reports whether a release that reads the values puts something else at a
// place in them, by the targetPath of another entry.
func (s *placeholders) replaced(pointer string) bool {
	c := s.pass.Home(s.object)
	if c == nil || s.inside == "" {
		return false
	}
	for _, release := range c.Kind(flux.HelmRelease) {
		sources := flux.ValueSources(release)
		if !slices.ContainsFunc(sources, func(v flux.ValueSource) bool {
			return v.Kind == s.object.ID.GroupKind() && v.Name == s.object.ID.Name && review.SameNamespace(v.Namespace, s.object.ID.Namespace)
		}) {
			continue
		}
		if slices.ContainsFunc(sources, func(v flux.ValueSource) bool { return v.Target != "" && asPointer.Replace("/"+v.Target) == pointer }) {
			return true
		}
	}
	return false
}

// asPointer writes a targetPath, as in `helm --set`, as a pointer.
var asPointer = strings.NewReplacer("[", "/", "]", "", ".", "/")

// filledIn reports whether Tailscale's operator writes the object's externalName: what
// stands there is any value (https://tailscale.com/kb/1438/kubernetes-operator-cluster-egress).
func (s *placeholders) filledIn() bool {
	for key := range review.Labels(s.object.Fields(), "metadata", "annotations") {
		if strings.HasPrefix(key, "tailscale.com/tailnet-") {
			return true
		}
	}
	return false
}

// theLine is the line of a text that a placeholder stands in.
func theLine(text string) string {
	for _, line := range strings.Split(text, "\n") {
		if scan.Placeholder(line) || reserved.MatchString(line) {
			return strings.TrimSpace(line)
		}
	}
	return text
}
