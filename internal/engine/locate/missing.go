package locate

import (
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// missing answers for something that is gone, or was never there: the patch
// that takes it away, if it is new, else the key of the nearest ancestor.
func (s *search) missing(o *object) *model.Position {
	n := o.content()
	if len(s.Path) > 0 {
		n = s.walk(n, s.Path)
	}
	if n == nil {
		return s.side.position(o.decl, model.AtObject)
	}
	if p := s.burial(n); p.known() {
		return s.side.position(p, model.AtLine)
	}
	if len(s.Path) == 0 {
		return s.side.position(o.decl, model.AtLine)
	}
	if p := s.leftOut(o); p != nil {
		return p
	}
	p := s.holder(o, n).head()
	if !p.known() {
		return s.side.position(o.decl, model.AtObject)
	}
	return s.side.position(p, model.AtLine)
}

// burial is the line of the patch that removed what is gone, unless the other
// side has that patch too.
func (s *search) burial(n *node) place {
	if n.x == nil {
		return place{}
	}
	lost := s.Gone[0]
	for _, g := range slices.Backward(n.x.dead) {
		named := !lost.Item() && g.key == lost.Field ||
			lost.Item() && lost.Key != "" && (g.was.str(lost.Key) == lost.Value || g.key == lost.Value)
		if !named && lost.Item() && lost.Key == "" && g.was != nil {
			named = true
		}
		if named && g.at.known() && !s.buriedBefore(g) {
			return g.at.head()
		}
	}
	return place{}
}

// buriedBefore reports whether the other side's patches remove the same.
func (s *search) buriedBefore(g grave) bool {
	other := s.counterpart()
	if len(s.Path) == 0 {
		if o := s.sameObject(s.found); o != nil {
			other = o.content()
		}
	}
	return other != nil && other.x != nil && slices.ContainsFunc(other.x.dead, func(old grave) bool {
		return old.key == g.key && old.at.known() && old.at.file.path == g.at.file.path
	})
}

// leftOut is the list of head that no longer has the component or the patch which wrote
// what is gone; nil where that is still there, or no file of the repository wrote it.
func (s *search) leftOut(o *object) *model.Position {
	twin := s.sameObject(o)
	if twin == nil || s.side.name != model.Head {
		return nil
	}
	lost := s.walk(twin.content(), slices.Concat(s.Path, s.Gone))
	if lost == nil || !lost.at.known() {
		return nil
	}
	file := lost.at.file.path
	for _, w := range s.twin.writers { // the outer ones come before what they bring in
		if w.entry != file && !strings.HasPrefix(file, w.entry+"/") || slices.ContainsFunc(s.target.writers, w.same) {
			continue
		}
		if k, ok := s.side.kustomization(w.dir); ok {
			return s.entryList(k, w.field)
		}
	}
	return nil
}

func (l link) same(other link) bool {
	return l.dir == other.dir && l.field == other.field && l.entry == other.entry
}

// holder is the place, of all that wrote the ancestor, where the other side has
// what is gone; else where the ancestor was written first.
func (s *search) holder(o *object, n *node) place {
	places := append([]place{}, n.at)
	if n.x != nil {
		places = append(places, n.x.also...)
	}
	twin := s.sameObject(o)
	if twin == nil {
		return n.at
	}
	parent := s.walk(twin.content(), s.Path)
	lost := s.walk(twin.content(), slices.Concat(s.Path, s.Gone))
	if parent == nil || lost == nil || !lost.at.known() {
		return n.at
	}
	old := append([]place{}, parent.at)
	if parent.x != nil {
		old = append(old, parent.x.also...)
	}
	inFile := func(all []place) (out []place) {
		for _, p := range all {
			if p.known() && p.file.path == lost.at.file.path {
				out = append(out, p)
			}
		}
		return out
	}
	now, then := inFile(places), inFile(old)
	if len(now) == 0 {
		return n.at
	}
	for i, p := range then {
		if p.line <= lost.at.line && lost.at.line <= p.end && i < len(now) {
			return now[i]
		}
	}
	return now[0]
}

// removed answers for an object that only base renders: the place in head where
// its entry would stand, or that of what asked for it.
func (s *search) removed() task.Answer {
	o := s.twin.object(s.Object)
	if c := s.twin.chartOf(s.Object); c != nil && (o == nil || o.outside) {
		return task.Answer{Position: s.unmade(c)}
	}
	if s.twin.absent == nil && o == nil {
		return task.Answer{}
	}
	if p := s.unasked(); p != nil {
		return task.Answer{Position: p}
	}
	if o == nil {
		return task.Answer{Position: s.brought()}
	}
	for _, dead := range s.target.dead {
		if dead.original() == o.original() && dead.gone.known() {
			return task.Answer{Position: s.side.position(dead.gone.head(), model.AtLine)}
		}
	}
	if p, _ := s.lastLink(o); p != nil {
		return task.Answer{Position: p}
	}
	return task.Answer{Position: s.side.other.position(o.decl, model.AtObject)}
}

// unasked answers where a target is gone with what asked for it, or moved to
// another directory; nil where neither is so.
func (s *search) unasked() *model.Position {
	if s.twinLine == nil || s.twinLine.By == nil {
		return nil
	}
	if s.line != nil {
		if o := s.side.askedBy(s.line); o != nil && s.line.Dir != s.twinLine.Dir {
			return s.side.position(s.changedAmong(o, s.side.other.askedBy(s.twinLine), asked).head(), model.AtLine)
		}
		return nil
	}
	var last *model.Position
	for line, n := s.twinLine, 0; line != nil && n < maxDepth; line, n = line.Parent, n+1 {
		o := s.side.other.askedBy(line)
		if o == nil {
			break
		}
		p, gone := s.lastLink(o)
		if gone {
			return p
		}
		if last == nil {
			last = p
		}
	}
	return last
}

// lastLink follows the way to an object's declaration as base had it, as far as
// it still goes in head; gone says that it breaks off there.
func (s *search) lastLink(o *object) (last *model.Position, gone bool) {
	for l := o.chain; l != nil; l = l.inner {
		if l.field == "" {
			continue
		}
		k, ok := s.side.kustomization(l.dir)
		if !ok {
			return last, last != nil
		}
		entry := k.entry(*l)
		if entry == nil {
			return s.entryList(k, l.field), true
		}
		last = s.side.position(entry.at.head(), model.AtLine)
	}
	if o.gen != nil || !o.decl.known() {
		return last, false
	}
	f := s.side.read(o.decl.file.path)
	if f == nil {
		return last, last != nil
	}
	return s.side.position(place{file: f, line: 1}, model.AtFile), !s.side.declares(f, o.original())
}

// entry finds the entry of a kustomization that a link stands for.
func (k kustomization) entry(l link) *node {
	if k.file.entries == nil {
		k.file.entries = map[string]map[entry]*node{}
	}
	if k.file.entries[k.dir] == nil { // a file behind a symlink is one of many directories
		k.file.entries[k.dir] = k.entries()
	}
	return k.file.entries[k.dir][entry{listOf(l.field), l.entry}]
}

// entry is one of a list of a kustomization, by what a link says of it.
type entry struct{ list, name string }

// listOf is where entries of a field count: Kustomize takes bases for resources.
func listOf(field string) string {
	if field == "bases" {
		return "resources"
	}
	return field
}

func (k kustomization) entries() map[entry]*node {
	out := map[entry]*node{}
	for _, field := range []string{"resources", "bases", "components", "configMapGenerator", "secretGenerator"} {
		for _, e := range k.root.list(field) {
			key := entry{listOf(field), e.str("name")}
			if e.kind == scalar {
				key.name = path.Join(k.dir, e.text)
			}
			if out[key] == nil {
				out[key] = e
			}
		}
	}
	return out
}

// entryList is the key of the list in which an entry would stand.
func (s *search) entryList(k kustomization, field string) *model.Position {
	if n := k.root.get(field); n != nil {
		return s.side.position(n.at.head(), model.AtLine)
	}
	return s.side.position(place{file: k.file, line: 1}, model.AtFile)
}
