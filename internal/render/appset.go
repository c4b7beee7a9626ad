package render

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/glob"
	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// applicationSet makes the Applications of a set: of its lists, and of the
// directories that it finds in this repository.
func (a *argoSide) applicationSet(o *model.Object) []*argoUnit {
	spec := specOf[appSet](o)
	fail := func(why string) []*argoUnit {
		u := &argoUnit{target: model.Target{ID: "argocd:in-cluster/" + o.ID.Name, Kind: model.ArgoCD, Cluster: "in-cluster", Path: "."}}
		u.stop = &model.Problem{Class: model.UnsupportedSource, Message: fmt.Sprintf("ApplicationSet `%s`: %s", o.ID.Name, why)}
		u.below = spec.below()
		return []*argoUnit{u}
	}
	if problem := a.unfollowed.problem(o); problem != nil {
		return fail(fmt.Sprintf("`%s` is not followed here", dotted(problem.Field)))
	}
	var out []*argoUnit
	for _, generator := range spec.Generators {
		if generator.Git != nil {
			a.selecting += len(generator.Git.Directories) * len(a.tree.Files())
		}
		if a.selecting > maxSelecting {
			return fail("its patterns, and those of the ApplicationSets before it, are too many for this repository's files")
		}
		params, ok := generator.params(a.tree)
		params = generator.selected(params)
		if !ok {
			return fail("only list and git directory generators are followed here")
		}
		for _, values := range params {
			if len(out) > maxUnits {
				return fail(fmt.Sprintf("it makes more than %d Applications", maxUnits))
			}
			filled, ok := fill(string(spec.Template), values)
			var made struct {
				Metadata struct {
					Name string `json:"name"`
				} `json:"metadata"`
				Spec application `json:"spec"`
			}
			if !ok || json.Unmarshal([]byte(filled), &made) != nil {
				return fail("its template uses more than plain parameters")
			}
			out = append(out, a.unit(made.Metadata.Name, made.Spec))
		}
	}
	a.sets[o.ID] = o
	return out
}

// unmade says, on head's side, what becomes of an Application that one of base's
// objects made, and nothing in head does. Argo CD 3.2 gives what a set makes its finalizer, unless the
// template names its own or the set is told to preserve, and deletes what it makes no
// more, unless applicationsSync says otherwise.
func (a *argoSide) unmade(u *argoUnit) model.Unmade {
	set := a.sets[u.object.ID]
	if set == nil {
		return model.Made
	}
	spec := specOf[appSet](set)
	var template struct {
		Metadata struct {
			Finalizers []string `json:"finalizers"`
		} `json:"metadata"`
	}
	_ = json.Unmarshal(spec.Template, &template) // it was read when the set was followed
	deletes := len(template.Metadata.Finalizers) == 0 || slices.ContainsFunc(template.Metadata.Finalizers, func(f string) bool {
		return strings.HasPrefix(f, "resources-finalizer.argocd.argoproj.io")
	})
	switch spec.SyncPolicy.ApplicationsSync {
	case "create-only", "create-update":
		deletes = false
	}
	if deletes && !spec.SyncPolicy.Preserve {
		return model.UnmadeDeleted
	}
	return model.UnmadeLeft
}

// appSet are the fields of an ApplicationSet's spec.
type appSet struct {
	Generators []argoGenerator `json:"generators"`
	Template   json.RawMessage `json:"template"`
	SyncPolicy struct {
		Preserve         bool   `json:"preserveResourcesOnDeletion"`
		ApplicationsSync string `json:"applicationsSync"`
	} `json:"syncPolicy"`
}

type argoGenerator struct {
	List *struct {
		Elements []map[string]any `json:"elements"`
	} `json:"list"`
	Git *struct {
		Directories []struct {
			Path    string `json:"path"`
			Exclude bool   `json:"exclude"`
		} `json:"directories"`
	} `json:"git"`
	Selector struct {
		Labels map[string]string `json:"matchLabels"`
	} `json:"selector"`
}

// below are the directories in which a set finds what its Applications apply, as
// far as its text tells without being followed; "" is the whole repository.
func (s appSet) below() []string {
	var template struct {
		Spec application `json:"spec"`
	}
	_ = json.Unmarshal(s.Template, &template) // partly decoded is as good as it gets
	var out []string
	for _, source := range template.Spec.all() {
		out = append(out, fixedDir(strings.TrimPrefix(source.Path, "./")))
	}
	if len(out) == 0 {
		return []string{""}
	}
	return out
}

// selected leaves of a generator's parameters those that its selector selects.
func (g argoGenerator) selected(params []map[string]any) []map[string]any {
	return slices.DeleteFunc(slices.Clone(params), func(values map[string]any) bool {
		for label, want := range g.Selector.Labels {
			if have, ok := values[label]; !ok || fmt.Sprint(have) != want {
				return true
			}
		}
		return false
	})
}

// params are the parameters that a generator makes; ok is false for generators
// that are not followed.
func (g argoGenerator) params(tree *model.Tree) ([]map[string]any, bool) {
	switch {
	case g.List != nil:
		return g.List.Elements, true
	case g.Git == nil || len(g.Git.Directories) == 0:
		return nil, false
	}
	var out []map[string]any
	seen := map[string]bool{}
	for _, file := range tree.Files() {
		for dir := path.Dir(file); dir != "." && !seen[dir]; dir = path.Dir(dir) {
			seen[dir] = true
			if g.selects(dir) {
				out = append(out, directoryParams(dir))
			}
		}
	}
	sort.Slice(out, func(i, j int) bool { return fmt.Sprint(out[i]) < fmt.Sprint(out[j]) })
	return out, true
}

// directoryParams are the parameters that a git generator makes of a directory, in
// the syntax of both kinds of template.
func directoryParams(dir string) map[string]any {
	base, segments := path.Base(dir), strings.Split(dir, "/")
	out := map[string]any{"path": map[string]any{"": dir, "path": dir, "basename": base, "basenameNormalized": normalizedName(base), "segments": segments}}
	for i, segment := range segments {
		out[fmt.Sprintf("path[%d]", i)] = segment
	}
	return out
}

// normalizedName makes a DNS subdomain of a name, as Argo CD's ApplicationSets do.
func normalizedName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '.' {
			return r
		}
		return '-'
	}, strings.ToLower(name))
	return strings.Trim(name[:min(len(name), 253)], "-.")
}

func (g argoGenerator) selects(dir string) bool {
	in := false
	for _, d := range g.Git.Directories {
		if glob.Match(path.Clean(d.Path), dir) {
			if d.Exclude {
				return false
			}
			in = true
		}
	}
	return in
}

// parameter matches a plain parameter of a template.
var parameter = regexp.MustCompile(`\{\{\s*\.?([A-Za-z0-9_.\[\]]+)\s*\}\}`)

// fill replaces the parameters of an ApplicationSet's template, in JSON; ok is
// false where something else than plain parameters is left.
func fill(template string, values map[string]any) (string, bool) {
	ok := true
	out := parameter.ReplaceAllStringFunc(template, func(expression string) string {
		var at any = values
		name := parameter.FindStringSubmatch(expression)[1]
		keys := strings.Split(name, ".")
		if _, whole := values[name]; whole {
			keys = []string{name}
		}
		for _, key := range keys {
			m, isMap := at.(map[string]any)
			if !isMap || m[key] == nil {
				ok = false
				return expression
			}
			at = m[key]
		}
		if m, isMap := at.(map[string]any); isMap {
			at = m[""] // {{path}} of the older syntax
		}
		text, err := json.Marshal(fmt.Sprint(at))
		if err != nil {
			ok = false
			return expression
		}
		return strings.Trim(string(text), `"`)
	})
	return out, ok && !strings.Contains(out, "{{")
}
