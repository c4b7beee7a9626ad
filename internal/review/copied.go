package review

import (
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// Production matches clusters, targets, directories and namespaces of production.
var Production = pattern.New(`(?i)(^|[/:._-])(prod|production|prd|live)($|[/:._-])`)

// disown makes findings new that were taken for old ones since base has an object like the
// one that comes: a new overlay of an old base brings what the base has, and no more. So
// does a copy that the change writes, as a ring or a cluster more; but what another object
// has excuses nothing in one that is written otherwise, that comes beside it, or that
// production did not have yet. What is waived for the other object is waived for that one alone.
func (j *judge) disown(list []Finding, waivers []Waiver) {
	written := sync.OnceValue(j.writing)
	for i := range list {
		f := &list[i]
		if f.copied == nil || f.Status != Existing {
			continue
		}
		elsewhere := slices.ContainsFunc(waivers, func(w Waiver) bool { return w.covers(*f.copied) && !w.expired(j.AsOf) })
		beside := slices.ContainsFunc(f.Targets, func(t string) bool { return slices.Contains(f.copied.Targets, t) })
		another := beside || !f.copied.copyOf(f) || inProduction(f.Targets) && !inProduction(f.copied.Targets)
		if elsewhere || another && !j.fromOutside(f) && written().has(f.Location) {
			f.Status = New
		}
	}
}

// copyOf reports whether the objects of two findings are the same but for their metadata.
func (f *Finding) copyOf(other *Finding) bool {
	a, b := f.on, other.on
	return a == b || a != nil && b != nil && reflect.DeepEqual(withoutMetadata(a), withoutMetadata(b))
}

func inProduction(targets []string) bool { return slices.ContainsFunc(targets, Production.MatchString) }

// fromOutside reports whether what is found may come of files that are not this
// repository's: it stands at the line that brings them.
func (j *judge) fromOutside(f *Finding) bool {
	return slices.ContainsFunc(f.Targets, func(id string) bool {
		t := j.Head.Target(id)
		return t != nil && t.Lineage != nil && (t.Lineage.Source != nil || t.Lineage.Elsewhere || t.Lineage.Dir == "" && t.Lineage.File == "")
	})
}

// writing is what a change writes: how much oftener each line stands in the files of head
// that it alters than in base's.
type writing struct {
	files map[string][]string // of head
	lines map[string]int
}

func (j *judge) writing() *writing {
	out := &writing{files: map[string][]string{}, lines: map[string]int{}}
	for _, file := range j.changedPaths {
		if ext := path.Ext(file); ext != ".yaml" && ext != ".yml" && ext != ".json" {
			continue
		}
		for _, line := range linesOf(j.read(model.Base, file)) {
			out.lines[line]--
		}
		out.files[file] = linesOf(j.read(model.Head, file))
		for _, line := range out.files[file] {
			out.lines[line]++
		}
	}
	return out
}

// has reports whether the change writes the line at a place: one that is moved is not
// written.
func (w *writing) has(at *model.Position) bool {
	if at == nil || at.Side != model.Head {
		return false
	}
	lines := w.files[at.File]
	return at.Line > 0 && at.Line <= len(lines) && w.lines[lines[at.Line-1]] > 0
}

func linesOf(content []byte) []string {
	if len(content) == 0 {
		return nil
	}
	return strings.Split(string(content), "\n")
}
