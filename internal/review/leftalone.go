package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
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
		pointers, known := j.ignored[target+" "+id.String()]
		if !known {
			pointers = ignoredPointers(s, target, id)
			j.ignored[target+" "+id.String()] = pointers
		}
		if !slices.ContainsFunc(pointers, func(p string) bool { return field == p || strings.HasPrefix(field, p+"/") }) {
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

// ignoredPointers are the fields of an object that a target's Application leaves alone.
func ignoredPointers(s *model.Snapshot, target string, id model.ObjectID) (out []string) {
	t := s.Target(target)
	if t == nil || t.Target.Kind != model.ArgoCD || t.Lineage == nil || t.Lineage.By == nil {
		return nil
	}
	spec := applicationSpec(s, *t.Lineage.By)
	if options, _ := Lookup(spec, "syncPolicy", "syncOptions").([]any); !slices.Contains(options, any("RespectIgnoreDifferences=true")) {
		return nil
	}
	fits := func(pattern, value string) bool { return pattern == "" || pattern == "*" || pattern == value }
	for _, entry := range Items(spec, "ignoreDifferences") {
		group := Text(entry, "group")
		if group != "*" && group != id.Group || !fits(Text(entry, "kind"), id.Kind) || !fits(Text(entry, "name"), id.Name) || !fits(Text(entry, "namespace"), id.Namespace) {
			continue
		}
		pointers, _ := entry["jsonPointers"].([]any)
		for _, p := range pointers {
			if text, ok := p.(string); ok && strings.HasPrefix(text, "/") {
				out = append(out, strings.TrimSuffix(text, "/"))
			}
		}
	}
	return out
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
