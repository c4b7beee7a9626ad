package job

import (
	"context"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/yamldiff"
)

// A finding about something that was taken away stands at what is left around it: the
// key of its nearest ancestor. That line may be far from the change, and then GitHub
// shows nobody what stands there: "Files changed" has the lines of the diff and three
// around them. For the check run such a finding is moved to where the diff shows that
// the thing went.

// around is how many lines GitHub shows beside a change.
const around = 3

// maxPlaced bounds the files that are compared, in bytes.
const maxPlaced = 500_000

// Placed is a report as its annotations tell it.
func Placed(ctx context.Context, r *review.Report, c Change) (*review.Report, error) {
	read, failed := Source(ctx, c)
	out := placed(r, read)
	return out, failed()
}

func placed(r *review.Report, read func(model.Side, string) []byte) *review.Report {
	out := *r
	out.Findings = slices.Clone(r.Findings)
	files := map[string]*fileDiff{}
	for i, f := range out.Findings {
		at := f.Location
		if at == nil || at.Side != model.Head || at.Line < 1 || f.Status != review.New && f.Status != review.Worse && !f.Blocking {
			continue
		}
		d, known := files[at.File]
		if !known {
			d = diffOf(read(model.Base, at.File), read(model.Head, at.File))
			files[at.File] = d
		}
		line := d.whereGone(at.Line, namesIn(f))
		if line == 0 {
			continue
		}
		out.Findings[i].Location = &model.Position{File: at.File, Line: line, Precision: model.AtLine, Side: model.Head}
		out.Findings[i].Message = strings.TrimRight(f.Message, "\n") + " What is missing was taken out here."
	}
	return &out
}

// fileDiff is what changed in a file.
type fileDiff struct {
	head []string
	runs []run
}

// run is lines of base that became other lines of head, or none, or came from none.
// Its lines in head are from+1 to to, from 1; both are equal where it has none.
type run struct {
	removed  []string
	from, to int
}

// diffOf compares a file's two sides; nil where one of them is missing or too large.
func diffOf(base, head []byte) *fileDiff {
	if base == nil || head == nil || len(base) > maxPlaced || len(head) > maxPlaced {
		return nil
	}
	b, h := strings.Split(string(base), "\n"), strings.Split(string(head), "\n")
	d := &fileDiff{head: h}
	i, j := 0, 0
	for _, p := range append(yamldiff.Common(b, h), [2]int{len(b), len(h)}) {
		if p[0] > i || p[1] > j {
			d.runs = append(d.runs, run{removed: b[i:p[0]], from: j, to: p[1]})
		}
		i, j = p[0]+1, p[1]+1
	}
	return d
}

// shows reports whether GitHub shows a line of head in the diff.
func (d *fileDiff) shows(line int) bool {
	return slices.ContainsFunc(d.runs, func(r run) bool { return line > r.from-around && line <= r.to+around })
}

// whereGone finds, for a line that the diff does not show, where inside of its block
// one of the names was taken out; 0 where that is not sure.
func (d *fileDiff) whereGone(line int, names []string) int {
	if d == nil || line > len(d.head) || d.shows(line) {
		return 0
	}
	end := d.blockEnd(line)
	var inside, named []run
	for _, r := range d.runs {
		if r.from < line || r.from > end {
			continue
		}
		inside = append(inside, r)
		if len(r.removed) > 0 && mentions(r.removed, names) {
			named = append(named, r)
		}
	}
	switch {
	case len(named) > 0:
		return named[0].place()
	case len(inside) == 1 && len(inside[0].removed) > 0:
		return inside[0].place()
	}
	return 0
}

// place is the line of head at which a run is shown: one that it touched, else the one
// before what went.
func (r run) place() int {
	if r.to > r.from {
		return r.from + 1
	}
	return r.from
}

// blockEnd is the last line that belongs to what begins at a line, by indentation.
func (d *fileDiff) blockEnd(line int) int {
	first := d.head[line-1]
	indent, item := indentOf(first), strings.HasPrefix(strings.TrimLeft(first, " "), "- ")
	end := line
	for n := line; n < len(d.head); n++ {
		text := strings.TrimLeft(d.head[n], " ")
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		deeper := indentOf(d.head[n]) > indent || indentOf(d.head[n]) == indent && !item && strings.HasPrefix(text, "-") && !strings.HasPrefix(text, "---")
		if !deeper {
			break
		}
		end = n + 1
	}
	return end
}

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

var quotedName = pattern.New("`([^`]+)`")

// namesIn are the keys and names that a finding is about.
func namesIn(f review.Finding) []string {
	var out []string
	add := func(s string) {
		if len(s) > 2 && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	if i := strings.LastIndex(f.Field, "/"); i >= 0 {
		add(f.Field[i+1:])
	}
	for _, m := range quotedName.FindAllStringSubmatch(f.Message, -1) {
		for _, word := range strings.FieldsFunc(m[1], func(r rune) bool { return strings.ContainsRune(".:,[]{} /", r) }) {
			add(word)
		}
	}
	for _, o := range f.Objects {
		add(o.Name)
	}
	return out
}

// mentions reports whether lines have one of the names as a word.
func mentions(lines, names []string) bool {
	return slices.ContainsFunc(lines, func(line string) bool {
		words := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" :,[]{}\"'/", r) })
		return slices.ContainsFunc(words, func(w string) bool {
			return slices.Contains(names, w) || slices.Contains(names, strings.TrimSuffix(strings.TrimSuffix(w, ".yaml"), ".yml"))
		})
	})
}
