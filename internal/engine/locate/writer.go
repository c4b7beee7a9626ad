package locate

import (
	"slices"
	"strings"
)

// writer is where a node was written. Of a composed value it is the part that
// the pull request changed, else the one that was written last.
func (s *search) writer(n *node) place {
	return s.writerOf(n, s.counterpart())
}

func (s *search) writerOf(n, other *node) place {
	if n.x == nil || len(n.x.parts) == 0 {
		return n.changedRows(other)
	}
	if other == nil {
		return n.x.parts[0].at
	}
	if p := changedPart(n, other); p.known() {
		return p
	}
	if p := s.lostVariable(n, other); p.known() {
		return p
	}
	p := n.x.lead().at
	if n.x.filled != nil && (n.text != other.text || n.x.open && s.Value != nil && s.Value != n.text) {
		p.vague = true // something else changed what this text became
	}
	return p
}

// changedPart is the part of a composed value that the other side has not.
func changedPart(n, other *node) place {
	if n.x == nil || other == nil || other.kind == scalar && other.text == n.text && !n.x.open {
		return place{}
	}
	var old []part
	if other.x != nil {
		old = other.x.parts
	}
	for _, p := range n.x.parts {
		i := slices.IndexFunc(old, func(q part) bool { return q.role == p.role })
		switch {
		case p.role == "file" && i >= 0 && old[i].text != p.text:
			return changedRows(p.at.file, old[i].text)
		case p.role == "file" && i < 0 && other.kind == scalar:
			return changedRows(p.at.file, other.text)
		case i < 0 && p.role == textRole && other.x == nil && other.kind == scalar && other.text == p.text:
			continue
		case i >= 0 && old[i].text != p.text && p.role == textRole && n.x.filled != nil && other.x.filled != nil:
			return n.x.filled.raw.changedRows(other.x.filled.raw)
		case i < 0 || old[i].text != p.text:
			return p.at
		}
	}
	return place{}
}

// changedRows is where a text that stands in the file line for line differs from
// what it was; where lines are only gone from it, the text as a whole.
func (n *node) changedRows(old *node) place {
	if n.body == 0 || n.kind != scalar || old == nil || old.kind != scalar || n.at.file == nil || n.tag == tagBinary {
		return n.at
	}
	rows, was := strings.Split(strings.TrimRight(n.text, "\n"), "\n"), strings.Split(strings.TrimRight(old.text, "\n"), "\n")
	first := 0
	for first < len(rows) && first < len(was) && rows[first] == was[first] {
		first++
	}
	last := len(rows)
	for i := len(was); last > first && i > first && rows[last-1] == was[i-1]; i-- {
		last--
	}
	if last == first {
		return n.at
	}
	return place{file: n.at.file, line: n.body + first, end: n.body + last - 1, vague: n.at.vague}
}

// counterpart is the same field on the other side, nil when there is none.
func (s *search) counterpart() *node {
	if s.found == nil {
		return nil
	}
	o := s.sameObject(s.found)
	if s.twin.absent != nil {
		o = s.twin.absent(s.Object)
	}
	if o == nil {
		return nil
	}
	return s.walk(o.content(), s.Path)
}

// changedRows gives the lines of a generator's file that differ from what the
// key held on the other side.
func changedRows(f *file, other string) place {
	p := place{file: f, line: 1, end: 1}
	a, b := strings.Split(string(f.content), "\n"), strings.Split(other, "\n")
	for p.line < len(a) && p.line < len(b) && a[p.line-1] == b[p.line-1] {
		p.line++
	}
	end := len(a)
	for i := len(b); end > p.line && i > p.line && a[end-1] == b[i-1]; i-- {
		end--
	}
	p.end = end
	return p
}
