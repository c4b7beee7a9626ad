package locate

import (
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
	score     int
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
	candidates := s.candidates()
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
	row := p.file.row(p.line)
	f.row(1)
	return !slices.Contains(f.rows, row)
}

// candidates are the nodes that differ in the files which this side has read.
func (s *search) candidates() []candidate {
	var paths []string
	for name, f := range s.side.files {
		if f != nil && f.path == name && f.parsed {
			paths = append(paths, name)
		}
	}
	sort.Strings(paths)
	d := differ{hints: s.hints()}
	for _, name := range paths {
		f, old := s.side.files[name], s.side.other.read(name)
		if old == nil || string(old.content) == string(f.content) {
			continue
		}
		now, then := s.side.docs(f), s.side.other.docs(old)
		d.file, d.old = f, old
		for i := range min(len(now), len(then)) {
			d.diff(now[i], then[i])
		}
	}
	sort.SliceStable(d.found, func(i, j int) bool { return d.found[i].score > d.found[j].score })
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
	hints     []string
	found     []candidate
}

func (d *differ) add(at place, now, then [2]int) {
	if len(d.found) >= maxCandidates || at.file != d.file {
		return
	}
	c := candidate{at: at.head(), now: now, then: then, file: d.file, old: d.old}
	text := strings.Join(d.file.span(now), "\n") + strings.Join(d.old.span(then), "\n")
	for _, h := range d.hints {
		if strings.Contains(text, h) {
			c.score++
		}
	}
	d.found = append(d.found, c)
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
	for _, v := range n.vals {
		if name != "" && itemName(v) == name && v.kind == want.kind || name == "" && same(v, want) {
			return v
		}
	}
	if name == "" && want.kind != scalar && len(n.vals) == len(other.vals) && i < len(n.vals) {
		return n.vals[i]
	}
	return nil
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
func (c candidate) takenBack(s *side) ([]byte, bool) {
	c.file.row(1)
	before := c.file.span([2]int{1, c.now[0]})
	after := c.file.span([2]int{c.now[1], len(c.file.rows) + 1})
	content := []byte(strings.Join(slices.Concat(before, c.old.span(c.then), after), "\n"))
	nodes := s.nodes
	docs, broken := s.parse(content, func(line int) place { return place{file: c.file, line: line, end: line} })
	s.nodes = nodes
	return content, !broken && len(docs) > 0
}
