package review

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Diff compares two snapshots object by object. A target that rendered on one
// side only, because the other failed or is not visible, has no changes: a
// failure is never a mass deletion. The order is stable.
func Diff(base, head *model.Snapshot) []Change {
	c := &collector{entries: map[string]*Change{}, fields: map[[2]string][]Field{}}
	for _, id := range targetIDs(base, head) {
		b, bOK := objects(base.Target(id))
		h, hOK := objects(head.Target(id))
		if bOK && hOK {
			c.target(id, b, h, mayStay(base.Target(id), head.Target(id)))
		}
	}
	return c.changes()
}

// mayStay says why what is gone of a target may still be there; "" where it is gone.
func mayStay(base, head *model.Rendered) string {
	switch {
	case base == nil || head == nil:
	case head.Hole && !(base.Hole && base.Partial == head.Partial): // base had what head lacks, or lacked another part
		return "it may be in what could not be had of the target"
	case base.Lineage != nil && base.Lineage.Kind == model.Manifests && base.Lineage.File != "":
		return "nothing in this repository applies its file: who did may leave it in the cluster"
	}
	return ""
}

// objects gives a target's rendered objects; an absent target has none. Where
// only some values could not be seen, the objects are known but for those. ok is
// false when what it would render is not known.
func objects(r *model.Rendered) (list []*model.Object, ok bool) {
	if r == nil || r.Status == model.StatusAbsent {
		return nil, true
	}
	return r.Objects, r.Comparable()
}

func targetIDs(base, head *model.Snapshot) []string {
	var ids []string
	for _, s := range []*model.Snapshot{base, head} {
		for _, t := range s.Targets {
			if t.Status != model.StatusUnreached {
				ids = append(ids, t.Target.ID)
			}
		}
	}
	sort.Strings(ids)
	return slices.Compact(ids)
}

// collector gathers equal changes of many targets into one entry each.
type collector struct {
	entries map[string]*Change
	fields  map[[2]string][]Field // by the sums of both sides: shared objects are compared once
}

// target compares the objects of one target.
func (c *collector) target(id string, base, head []*model.Object, mayStay string) {
	if len(base) == len(head) { // most are the same objects, in the same order
		var was, is []*model.Object
		for i := range base {
			if base[i] != head[i] {
				was, is = append(was, base[i]), append(is, head[i])
			}
		}
		base, head = was, is
	}
	old := map[model.ObjectID]*model.Object{}
	for _, o := range base {
		old[o.ID.Key()] = o
	}
	var added []*model.Object
	for _, o := range head {
		b, ok := old[o.ID.Key()]
		if !ok {
			added = append(added, o)
			continue
		}
		delete(old, o.ID.Key())
		c.modified(id, b, o)
	}
	var removed []*model.Object
	for _, o := range base {
		if old[o.ID.Key()] == o {
			removed = append(removed, o)
		}
	}
	renamed := pairGenerated(removed, added)
	for _, o := range added {
		if b := renamed[o]; b != nil {
			c.modified(id, b, o)
			delete(old, b.ID.Key())
			continue
		}
		c.note(id, Change{Change: Added, Object: o.ID, Head: o})
	}
	for _, o := range removed {
		if old[o.ID.Key()] == o {
			gone := Change{Change: Removed, Object: o.ID, Base: o, Unsure: mayStay != ""}
			if mayStay != "" {
				gone.Notes = []string{mayStay}
			}
			c.note(id, gone)
		}
	}
}

// generatedSuffix is Kustomize's content hash: ten letters of its alphabet
// (kustomize/api hasher.encode).
var generatedSuffix = regexp.MustCompile(`^(.+)-[2456789bcdfghkmt]{10}$`)

// GeneratedName splits a name into what was written and Kustomize's content
// hash; ok is false when it has none.
func GeneratedName(name string) (stem string, ok bool) {
	m := generatedSuffix.FindStringSubmatch(name)
	if m == nil {
		return name, false
	}
	return m[1], true
}

// pairGenerated pairs added objects with removed ones whose name differs only
// in the content hash. Stems that several objects share do not pair.
func pairGenerated(removed, added []*model.Object) map[*model.Object]*model.Object {
	stem := func(o *model.Object) (model.ObjectID, bool) {
		name, ok := GeneratedName(o.ID.Name)
		id := o.ID.Key()
		id.Name = name
		return id, ok
	}
	byStem := map[model.ObjectID][]*model.Object{}
	for _, o := range removed {
		if id, ok := stem(o); ok {
			byStem[id] = append(byStem[id], o)
		}
	}
	count := map[model.ObjectID]int{}
	for _, o := range added {
		if id, ok := stem(o); ok {
			count[id]++
		}
	}
	out := map[*model.Object]*model.Object{}
	for _, o := range added {
		if id, ok := stem(o); ok && count[id] == 1 && len(byStem[id]) == 1 {
			out[o] = byStem[id][0]
		}
	}
	return out
}

func (c *collector) modified(target string, base, head *model.Object) {
	if base == head || base.Sum == head.Sum && base.ID == head.ID {
		return
	}
	sums := [2]string{base.Sum, head.Sum}
	fields, known := c.fields[sums]
	if !known {
		fields = fieldsOf(base, head)
		c.fields[sums] = fields
	}
	change := Change{Change: Modified, Object: head.ID, Fields: slices.Clone(fields), Base: base, Head: head}
	if base.ID.Name != head.ID.Name {
		change.OldName = base.ID.Name
	} else if len(fields) == 0 {
		return // only the spelling of embedded YAML differs
	}
	c.note(target, change)
}

// note adds a change to its entry: the same object that changes in the same way
// in many targets is one.
func (c *collector) note(target string, change Change) {
	key := strings.Join([]string{change.Change, fmt.Sprint(change.Unsure), change.Object.String(), change.Object.GroupKind(), change.OldName, fingerprint(change)}, "\x00")
	pair := [2]*model.Object{change.Base, change.Head}
	if e, ok := c.entries[key]; ok {
		e.Targets = append(e.Targets, target)
		if !slices.Contains(e.pairs, pair) {
			e.pairs = append(e.pairs, pair)
		}
		return
	}
	change.Targets, change.pairs = []string{target}, [][2]*model.Object{pair}
	c.entries[key] = &change
}

// fingerprint is equal for changes that do the same, to whichever object.
func fingerprint(c Change) string {
	h := sha256.New()
	e := json.NewEncoder(h)
	write := func(v any) { _ = e.Encode(v) } // decoded JSON always encodes
	write(c.Change)
	write(c.Object.GroupKind())
	for _, f := range c.Fields {
		write([]any{f.Path, f.Before.Set, f.Before.V, f.After.Set, f.After.V})
	}
	for _, o := range []*model.Object{c.Base, c.Head} {
		if o != nil && c.Change != Modified {
			write(withoutName(o.Fields()))
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:12])
}

// withoutName is an object's content without its name and namespace.
func withoutName(fields map[string]any) map[string]any {
	out := make(map[string]any, len(fields))
	for k, v := range fields {
		out[k] = v
	}
	if meta, ok := fields["metadata"].(map[string]any); ok {
		m := make(map[string]any, len(meta))
		for k, v := range meta {
			if k != "name" && k != "namespace" {
				m[k] = v
			}
		}
		out["metadata"] = m
	}
	return out
}

// changes gives the entries in their order, numbered by group.
func (c *collector) changes() []Change {
	out := make([]Change, 0, len(c.entries))
	prints := map[string]string{}
	for key, e := range c.entries {
		prints[entryKey(*e)] = key[strings.LastIndex(key, "\x00")+1:]
		sort.Strings(e.Targets)
		out = append(out, *e)
	}
	sort.Slice(out, func(i, j int) bool { return entryKey(out[i]) < entryKey(out[j]) })
	groups := map[string]int{}
	for i := range out {
		p := prints[entryKey(out[i])]
		if groups[p] == 0 {
			groups[p] = len(groups) + 1
		}
		out[i].Group = groups[p]
	}
	return out
}

func entryKey(c Change) string {
	o := c.Object
	return strings.Join([]string{o.Namespace, o.GroupKind(), o.Name, c.Targets[0], c.Change}, "\x00")
}
