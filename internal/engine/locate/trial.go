package locate

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

const (
	maxTrials     = 4   // of one answer
	maxCandidates = 256 // looked at to choose them
)

// candidate is one YAML node that the pull request changed. now is its lines in
// head, or the line after which it stood when it is gone; then its lines in
// base.
type candidate struct {
	at        place
	now, then [2]int // first line and the one after the last
	file      *file
	old       *file
	text      string // both
	back      *backed
}

// backed is what takenBack gave.
type backed struct {
	content []byte
	ok      bool
}

// trials offers experiments for a field that changed although the line that
// wrote it did not, or for which no line is proven: the pull request's other
// changes, the likeliest first.
func (s *search) trials(n *node, found place) []task.Trial {
	if s.Side == model.Base || found.known() && s.newRow(found) {
		return nil
	}
	other := s.counterpart()
	if other == nil || other.kind != scalar || s.Value == nil || other.is(s.Value) || n != nil && same(n, other) && !found.known() {
		return nil
	}
	var out []task.Trial
	candidates := s.likeliest()
	for _, c := range candidates[:min(len(candidates), 4*maxTrials)] {
		content, ok := c.takenBack(s.side)
		if !ok {
			continue
		}
		p := s.side.position(c.at, model.AtLine)
		out = append(out, task.Trial{Position: *p, File: c.file.path, Content: content})
		if len(out) == maxTrials {
			break
		}
	}
	return out
}

// newRow reports whether a line has no like on the other side.
func (s *search) newRow(p place) bool {
	f := s.side.other.read(p.file.path)
	if f == nil {
		return true
	}
	return !f.has(p.file.row(p.line))
}

// likeliest are the candidates, those first that name the most of what is asked for.
func (s *search) likeliest() []*candidate {
	candidates, hints := slices.Clone(s.side.candidates()), s.hints()
	scores := map[*candidate]int{}
	for _, c := range candidates {
		for _, h := range hints {
			if strings.Contains(c.text, h) {
				scores[c]++
			}
		}
	}
	slices.SortStableFunc(candidates, func(a, b *candidate) int { return scores[b] - scores[a] })
	return candidates
}

// candidates are the nodes that differ in the files which the side has read. They are
// the same for all questions, until another file is read.
func (s *side) candidates() []*candidate {
	if s.differing.parsed == s.parsed {
		return s.differing.found
	}
	var paths []string
	for name, f := range s.files {
		if f != nil && f.path == name && f.parsed {
			paths = append(paths, name)
		}
	}
	sort.Strings(paths)
	d := differ{items: map[*node]map[string]*node{}}
	for _, name := range paths {
		f, old := s.files[name], s.other.read(name)
		if old == nil || string(old.content) == string(f.content) {
			continue
		}
		now, then := s.docs(f), s.other.docs(old)
		d.file, d.old = f, old
		for i := range min(len(now), len(then)) {
			d.diff(now[i], then[i])
		}
	}
	s.differing.parsed, s.differing.found = s.parsed, d.found
	return d.found
}

// hints are the words that a change which reaches the field is likely to name.
func (s *search) hints() []string {
	hints := []string{s.Object.Name, s.Object.Kind}
	for _, step := range s.Path {
		if step.Field != "" && step.Field != "spec" && step.Field != "metadata" {
			hints = append(hints, step.Field)
		}
	}
	return hints
}

// differ collects the smallest nodes that differ between two trees.
type differ struct {
	file, old *file
	found     []*candidate
	items     map[*node]map[string]*node // of long lists, by what match looks for
}

func (d *differ) add(at place, now, then [2]int) {
	if len(d.found) >= maxCandidates || at.file != d.file {
		return
	}
	d.found = append(d.found, &candidate{at: at.head(), now: now, then: then, file: d.file, old: d.old,
		text: strings.Join(d.file.span(now), "\n") + strings.Join(d.old.span(then), "\n")})
}

func rows(p place) [2]int { return [2]int{p.line, p.end + 1} }

// diff compares two nodes that stand in the same place.
func (d *differ) diff(now, then *node) {
	if same(now, then) {
		return
	}
	if now.kind != then.kind || now.kind == scalar {
		d.add(now.changedRows(then), rows(now.at), rows(then.at))
		return
	}
	last := now.at.line + 1
	for i, old := range then.vals {
		v := d.match(now, then, i)
		if v == nil {
			d.add(now.at, [2]int{last, last}, rows(old.at))
			continue
		}
		last = v.at.end + 1
		d.diff(v, old)
	}
	for i, v := range now.vals {
		if d.match(then, now, i) == nil {
			d.add(v.at, rows(v.at), [2]int{1, 1})
		}
	}
}

// match finds the child of n that stands for the i-th child of other.
func (d *differ) match(n, other *node, i int) *node {
	if n.kind == mapping {
		return n.get(other.keys[i])
	}
	want := other.vals[i]
	name := itemName(want)
	if v := d.itemsOf(n)[itemKey(want)]; v != nil {
		return v
	}
	if name == "" && want.kind != scalar && len(n.vals) == len(other.vals) && i < len(n.vals) {
		return n.vals[i]
	}
	return nil
}

// itemsOf gives the items of a list by their keys, the first of each.
func (d *differ) itemsOf(n *node) map[string]*node {
	items, known := d.items[n]
	if !known {
		items = make(map[string]*node, len(n.vals))
		for _, v := range slices.Backward(n.vals) {
			items[itemKey(v)] = v
		}
		d.items[n] = items
	}
	return items
}

// itemKey is equal for items of which one stands for the other: those of a kind with
// one name, or without a name the same.
func itemKey(n *node) string {
	if name := itemName(n); name != "" {
		return fmt.Sprintf("%d %s", n.kind, name)
	}
	return "same " + content(n)
}

// content is equal for nodes that are the same.
func content(n *node) string {
	var b strings.Builder
	n.write(&b)
	return b.String()
}

func (n *node) write(b *strings.Builder) {
	fmt.Fprintf(b, "%d %v %q[", n.kind, n.kind == scalar && n.tag == tagNull, n.text)
	order := make([]int, len(n.vals))
	for i := range order {
		order[i] = i
	}
	if n.kind == mapping {
		slices.SortFunc(order, func(i, j int) int { return strings.Compare(n.keys[i], n.keys[j]) })
	}
	for _, i := range order {
		if n.kind == mapping {
			fmt.Fprintf(b, "%q:", n.keys[i])
		}
		n.vals[i].write(b)
	}
	b.WriteString("]")
}

func (f *file) span(r [2]int) []string {
	f.row(1)
	lo, hi := min(max(r[0]-1, 0), len(f.rows)), min(max(r[1]-1, 0), len(f.rows))
	if lo >= hi {
		return nil
	}
	return f.rows[lo:hi]
}

// takenBack is head's file with the candidate as base has it; ok is false when
// that would be no YAML.
func (c *candidate) takenBack(s *side) ([]byte, bool) {
	if c.back != nil {
		return c.back.content, c.back.ok
	}
	c.file.row(1)
	before := c.file.span([2]int{1, c.now[0]})
	after := c.file.span([2]int{c.now[1], len(c.file.rows) + 1})
	content := []byte(strings.Join(slices.Concat(before, c.old.span(c.then), after), "\n"))
	nodes := s.nodes
	docs, broken := s.parse(content, func(line int) place { return place{file: c.file, line: line, end: line} })
	s.nodes = nodes
	c.back = &backed{content, !broken && len(docs) > 0}
	return c.back.content, c.back.ok
}
