package render

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/glob"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// below are the directories and files in which a set finds what its Applications apply,
// as far as its text tells without being followed; "" is the whole repository. leads: they
// are directories of this repository that are applied as they are, whichever they are.
func (s appSet) below(a *argoSide) (out []string, leads bool) {
	var template struct {
		Spec application `json:"spec"`
	}
	var err error
	if len(s.Template) > 0 {
		err = json.Unmarshal(s.Template, &template)
	}
	own := func(g json.RawMessage) bool { return strings.Contains(string(g), `"template":`) } // a generator's
	if err != nil || s.TemplatePatch != "" || slices.ContainsFunc(s.Generators, own) {
		return []string{""}, false
	}
	sources := template.Spec.all() // without any, nothing is applied
	leads = len(sources) > 0
	given := s.given()
	add := func(p string) {
		for _, one := range given.into(p) {
			out = append(out, fixedDir(cleanTemplate(one)))
		}
	}
	for _, source := range sources {
		here := source.Chart == "" && source.Path != "" && !a.foreign(source)
		leads = leads && here && source.Helm == nil && len(source.Kustomize)+len(source.Plugin) == 0 && source.Directory.Empty()
		if here {
			add(source.Path)
		}
		if source.Helm == nil {
			continue
		}
		files := source.Helm.ValueFiles
		for _, p := range source.Helm.FileParameters {
			files = append(files[:len(files):len(files)], fmt.Sprint(p["path"]))
		}
		for _, file := range files {
			_, rest, byRef := strings.Cut(file, "/")
			switch {
			case strings.HasPrefix(file, "{"):
				out = append(out, "")
			case strings.HasPrefix(file, "$") && byRef:
				add(rest)
			case here && strings.HasPrefix(file, "/"):
				add(file)
			case here:
				add(source.Path + "/" + file)
			}
		}
	}
	return out, leads
}

// asks are the patterns of the files of this repository that generators read: what they
// give decides what is applied. ok is false where that is not known.
func (s appSet) asks(a *argoSide) (patterns []string, ok bool) {
	for _, g := range s.Generators {
		if !a.filesOf(g, 0, &patterns) {
			return nil, false
		}
	}
	return patterns, true
}

// anyParameter matches what a template fills in.
var anyParameter = pattern.New(`\{\{.*?\}\}`)

func (a *argoSide) filesOf(raw json.RawMessage, depth int, patterns *[]string) bool {
	type nested struct {
		Generators []json.RawMessage `json:"generators"`
	}
	var g struct {
		Git struct {
			RepoURL string `json:"repoURL"`
			Files   []struct {
				Path    string `json:"path"`
				Exclude bool   `json:"exclude"`
			} `json:"files"`
		} `json:"git"`
		Matrix, Merge nested
	}
	if json.Unmarshal(raw, &g) != nil || depth > maxGivenDepth {
		return false
	}
	for _, f := range g.Git.Files {
		if a.foreign(argoSource{RepoURL: g.Git.RepoURL}) {
			break
		}
		f.Path = anyParameter.ReplaceAllString(f.Path, "*")
		if !glob.Valid(f.Path) {
			return false
		}
		if !f.Exclude {
			*patterns = append(*patterns, strings.TrimPrefix(path.Clean("/"+f.Path), "/"))
		}
	}
	for _, each := range append(g.Matrix.Generators, g.Merge.Generators...) {
		if !a.filesOf(each, depth+1, patterns) {
			return false
		}
	}
	return true
}

// cleanTemplate is a path with parameters, from the root. Of one that goes up nobody
// knows from where.
func cleanTemplate(p string) string {
	if i := strings.IndexByte(p, '{'); i >= 0 && strings.Contains(p[i:], "..") {
		return "{"
	}
	return strings.TrimPrefix(path.Clean("/"+p), "/")
}

// literals are the parameters of a set that its generators write out: all values that each
// may have.
type literals map[string][]string

// given are those of a set; none where a generator may give a parameter of any name.
func (s appSet) given() literals {
	out := literals{}
	for _, g := range s.Generators {
		if !out.generator(g, 0) {
			return nil
		}
	}
	return out
}

// maxGivenDepth bounds generators of generators; Argo CD takes two levels.
const maxGivenDepth = 4

func (l literals) generator(raw json.RawMessage, depth int) bool {
	type nested struct {
		Generators []json.RawMessage `json:"generators"`
	}
	var g struct {
		Clusters *struct {
			Values map[string]string `json:"values"`
		} `json:"clusters"`
		List *struct {
			Elements []map[string]any `json:"elements"`
			YAML     string           `json:"elementsYaml"`
		} `json:"list"`
		Git *struct {
			Files  []json.RawMessage `json:"files"`
			Values map[string]string `json:"values"`
		} `json:"git"`
		Merge, Matrix *nested
		Selector      json.RawMessage `json:"selector"`
	}
	if json.Unmarshal(raw, &g) != nil || depth > maxGivenDepth {
		return false
	}
	switch {
	case g.Clusters != nil:
		l.values(g.Clusters.Values)
	case g.List != nil && g.List.YAML == "":
		for _, element := range g.List.Elements {
			for key, value := range element {
				if nested, ok := value.(map[string]any); ok && key == "values" {
					for k, v := range nested {
						l.add("values."+k, fmt.Sprint(v))
					}
					continue
				}
				l.add(key, fmt.Sprint(value))
			}
		}
	case g.Git != nil && len(g.Git.Files) == 0:
		l.values(g.Git.Values)
	case g.Merge != nil, g.Matrix != nil:
		of := g.Merge
		if of == nil {
			of = g.Matrix
		}
		for _, each := range of.Generators {
			if !l.generator(each, depth+1) {
				return false
			}
		}
	default:
		return false
	}
	return true
}

func (l literals) values(of map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(of)) {
		l.add("values."+key, of[key])
	}
}

func (l literals) add(name, value string) {
	if !slices.Contains(l[name], value) {
		l[name] = append(l[name], value)
	}
}

// parameterOf matches a parameter of a template that is nothing else.
var parameterOf = pattern.New(`\{\{-?\s*\.?([A-Za-z][\w.]*)\s*-?\}\}`)

// maxExpanded bounds the texts that one comes to; with more it stays as it is.
const maxExpanded = 200

// into gives the texts that a template comes to by the parameters that are known.
func (l literals) into(text string) []string {
	done := []string{""}
	for text != "" {
		at := parameterOf.FindStringSubmatchIndex(text)
		if at == nil {
			break
		}
		values := l[text[at[2]:at[3]]]
		known := len(values) > 0 && !slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, "{{") })
		if !known {
			values = []string{text[at[0]:at[1]]}
		}
		var next []string
		for _, d := range done {
			for _, v := range values {
				next = append(next, d+text[:at[0]]+v)
			}
		}
		if len(next) > maxExpanded {
			break
		}
		done, text = next, text[at[1]:]
	}
	for i := range done {
		done[i] += text
	}
	return done
}
