package review

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// Argo CD compares an object without the fields of `ignoreDifferences`, and applies them
// all the same, but where the Application says RespectIgnoreDifferences: then they stay as
// they are in the cluster, once the object is there (argo-cd v3.2,
// util/argo/normalizers, controller/sync.go).

// ignoring is what the Applications of a side leave alone.
type ignoring struct {
	makers map[model.ObjectID]*model.Object // Applications and their sets
	specs  map[string]map[string]any        // by target: of an Application that leaves fields alone, nil of others
}

// leftAlone reports whether a field of an object that lives on stays as it is in the
// cluster, whatever the repository says, in all targets that render it.
func (j *judge) leftAlone(s *model.Snapshot, targets []string, id model.ObjectID, field string) bool {
	if field == "" || s == nil {
		return false
	}
	for _, target := range targets {
		spec := j.ignoringSpec(s, target)
		if spec == nil || !slices.ContainsFunc(IgnoredPaths(spec, id), func(steps []string) bool { return Covers(steps, field) }) {
			return false
		}
	}
	return len(targets) > 0
}

// ignoringSpec is the spec of a target's Application, or of the template of its set, where
// it leaves fields alone; nil where it does not. It is looked for once.
func (j *judge) ignoringSpec(s *model.Snapshot, target string) map[string]any {
	i := j.ignored[s]
	if i == nil {
		i = &ignoring{map[model.ObjectID]*model.Object{}, map[string]map[string]any{}}
		j.ignored[s] = i
		for _, t := range s.Targets {
			for _, o := range t.Objects {
				if o.ID.Group == "argoproj.io" {
					i.makers[o.ID.Key()] = o
				}
			}
		}
	}
	if spec, known := i.specs[target]; known {
		return spec
	}
	i.specs[target] = nil
	if t := s.Target(target); t != nil && t.Target.Kind == model.ArgoCD && t.Lineage != nil && t.Lineage.By != nil {
		if o := i.makers[t.Lineage.By.Key()]; o != nil {
			spec := Map(o.Fields(), "spec")
			if o.ID.Kind == "ApplicationSet" {
				spec = Map(spec, "template", "spec")
			}
			if options, _ := Lookup(spec, "syncPolicy", "syncOptions").([]any); slices.Contains(options, any("RespectIgnoreDifferences=true")) {
				i.specs[target] = spec
			}
		}
	}
	return i.specs[target]
}

// isOnBoth reports whether an object is there before the change and after it.
func (j *judge) isOnBoth(side model.Side, o *model.Object) bool {
	if side == model.Base {
		return len(j.after[o]) > 0
	}
	return len(j.before[o]) > 0
}

// IgnoredPaths are the places of an object in which an Application ignores differences, by
// its spec, as steps; "*" is every item of a list. Expressions of jq that do more than lead
// to a place are left out.
func IgnoredPaths(spec map[string]any, id model.ObjectID) [][]string {
	alike := func(glob, text string) bool {
		ok, err := path.Match(glob, text)
		return err == nil && ok
	}
	var out [][]string
	for _, entry := range Items(spec, "ignoreDifferences") {
		name, namespace := Text(entry, "name"), Text(entry, "namespace")
		if !alike(Text(entry, "group"), id.Group) || !alike(Text(entry, "kind"), id.Kind) || name != "" && name != id.Name || namespace != "" && namespace != id.Namespace {
			continue
		}
		pointers, _ := entry["jsonPointers"].([]any)
		for _, pointer := range pointers {
			if text, ok := pointer.(string); ok && strings.HasPrefix(text, "/") && text != "/" {
				out = append(out, strings.Split(text, "/")[1:])
			}
		}
		expressions, _ := entry["jqPathExpressions"].([]any)
		for _, expression := range expressions {
			if text, ok := expression.(string); ok && plainPath.MatchString(text) {
				text = strings.NewReplacer("[]?", ".*", "[]", ".*", "?", "").Replace(text)
				out = append(out, strings.Split(text, ".")[1:])
			}
		}
	}
	return out
}

// plainPath matches an expression of jq that leads to a place.
var plainPath = pattern.New(`^(\.[A-Za-z0-9_]+(\[\])?\??)+$`)

// Covers reports whether steps lead to what a pointer leads to, or above it.
func Covers(steps []string, pointer string) bool {
	at := strings.Split(pointer, "/")[1:]
	if len(steps) > len(at) {
		return false
	}
	for i, step := range steps {
		if step != at[i] && step != "*" {
			return false
		}
	}
	return true
}

// noteLeftAlone says of changed fields that they stay as they are in the cluster.
func (j *judge) noteLeftAlone(changes []Change) {
	for i := range changes {
		c := &changes[i]
		if c.Change != Modified {
			continue
		}
		for _, f := range c.Fields {
			if j.leftAlone(j.Head, c.Targets, c.Object, f.Path) {
				c.Notes = append(c.Notes, fmt.Sprintf("Argo CD leaves `%s` as it is in the cluster: `ignoreDifferences` with RespectIgnoreDifferences", f.Path))
			}
		}
	}
}
