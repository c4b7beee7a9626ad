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

// leftAlone reports whether a field of an object that lives on stays as it is in the
// cluster, whatever the repository says, in all targets that render it.
func (j *judge) leftAlone(s *model.Snapshot, targets []string, id model.ObjectID, field string) bool {
	if field == "" || s == nil {
		return false
	}
	for _, target := range targets {
		key := string(s.Side) + " " + target + " " + id.String()
		paths, known := j.ignored[key]
		if !known {
			paths = ignoredPaths(s, target, id)
			j.ignored[key] = paths
		}
		if !slices.ContainsFunc(paths, func(steps []string) bool { return Covers(steps, field) }) {
			return false
		}
	}
	return len(targets) > 0
}

// isOnBoth reports whether an object is there before the change and after it.
func (j *judge) isOnBoth(side model.Side, o *model.Object) bool {
	if side == model.Base {
		return j.after[o] != nil
	}
	return len(j.before[o]) > 0
}

// ignoredPaths are the fields of an object that a target's Application leaves alone.
func ignoredPaths(s *model.Snapshot, target string, id model.ObjectID) [][]string {
	t := s.Target(target)
	if t == nil || t.Target.Kind != model.ArgoCD || t.Lineage == nil || t.Lineage.By == nil {
		return nil
	}
	spec := applicationSpec(s, *t.Lineage.By)
	if options, _ := Lookup(spec, "syncPolicy", "syncOptions").([]any); !slices.Contains(options, any("RespectIgnoreDifferences=true")) {
		return nil
	}
	return IgnoredPaths(spec, id)
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

// applicationSpec is the spec of an Application, or of the template of a set.
func applicationSpec(s *model.Snapshot, by model.ObjectID) map[string]any {
	for i := range s.Targets {
		for _, o := range s.Targets[i].Objects {
			switch {
			case o.ID.Key() != by.Key():
			case by.Kind == "ApplicationSet":
				return Map(o.Fields(), "spec", "template", "spec")
			default:
				return Map(o.Fields(), "spec")
			}
		}
	}
	return nil
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
