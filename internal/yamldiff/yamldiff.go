// Package yamldiff writes rendered objects as the YAML that people read, and two
// of them as one list of lines that says what stays, goes and comes. It compares
// structure, not text: a field pairs with the field of its name, a list's items
// with equal ones, the lines of a text with its lines. So a line never pairs with
// one that only looks alike somewhere else, and each knows its field.
//
// A secret is compared by its fingerprint and shown as model.RedactedText. The
// package parses no YAML and knows no terminal and no page.
package yamldiff

import "github.com/seaworthy-dev/seaworthy/internal/model"

// Op says what becomes of a line.
type Op byte

// A line is on both sides, on base's alone, or on head's alone.
const (
	Same    Op = ' '
	Removed Op = '-'
	Added   Op = '+'
)

// Line is one line of the YAML of either side, or of both.
type Line struct {
	Op Op
	// Base and Head number it on each side from 1; 0 where it is not there.
	Base, Head int
	Text       string // without a line break
	// Pointer is the JSON Pointer of the field that the line shows, as
	// model.Pointer writes it: into head, of a Removed line into base.
	Pointer string
	// Marked are the parts that differ from the line's counterpart; none where all
	// of it does, or where there is no counterpart.
	Marked []Span
	// Secret: the line holds a value that is not shown. A Removed and an Added line
	// of a secret that changed read the same.
	Secret bool

	pair int // how far after a Removed line its counterpart stands, or before an Added one; 0 for none
}

// Span is a part of a Line's Text, in bytes.
type Span struct{ From, To int }

// Compare gives the lines of two renders of an object, of which either may be
// nil. Of a field that changed, the Removed lines stand right before the Added.
func Compare(base, head *model.Object) []Line {
	d := &differ{}
	b, h := node{absent: true}, node{absent: true}
	if base != nil {
		d.keys[0], b = base.Keys, node{value: base.Fields()}
	}
	if head != nil {
		d.keys[1], h = head.Keys, node{value: head.Fields()}
	}
	d.maps(b, h, 0)
	mark(d.lines)
	return d.lines
}

// Changed counts the lines that go and those that come.
func Changed(lines []Line) (removed, added int) {
	for _, l := range lines {
		switch l.Op {
		case Removed:
			removed++
		case Added:
			added++
		}
	}
	return removed, added
}
