package web

import (
	"html"
	"html/template"
	"strings"

	"github.com/alecthomas/chroma/v2"

	"github.com/seaworthy-dev/seaworthy/internal/report"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/yamldiff"
)

const (
	// diffContext is how many unchanged lines are shown around what changed.
	diffContext = 3
	// maxColoured bounds the lines of a diff that are coloured: it is what takes the
	// most time.
	maxColoured = 2500
	// maxFold is up to how many lines a fold is sent along; a longer one is a link.
	maxFold = 400
	// maxLines is how many lines of a diff are sent, and maxAll how many when all are
	// asked for: a browser has to live with them.
	maxLines, maxAll = 5000, 50_000
)

// hunk is a run of a diff's rows: shown, or folded.
type hunk struct {
	Folded bool
	Lines  int  // of a fold
	Cut    bool // it is the rest, which is too long for a page
	Chunks []chunk
}

// chunk is a run of rows that belong together: unchanged ones, or the removed and
// added lines of one field, which a view in one column shows one after the other.
type chunk struct {
	Same bool
	Rows []row
}

// row is a line of the view side by side.
type row struct {
	Base, Head *cell
	Findings   []findingView // at the line
}

// cell is a line on one side.
type cell struct {
	Number int
	Text   template.HTML
	Secret bool       // it changed, and reads the same
	Cause  *placeView // the line of the repository that made it so
}

// differ makes the view of one object's diff.
type differ struct {
	lines    []yamldiff.Line
	text     map[*yamldiff.Line]template.HTML
	causes   map[*yamldiff.Line]*placeView
	findings map[*yamldiff.Line][]findingView
	full     bool // long folds too
}

// hunks gives the diff in its hunks. long counts the folds that are left to a
// link.
func (d *differ) hunks() (out []hunk, long int) {
	most := maxLines
	if d.full {
		most = maxAll
	}
	rest := max(0, len(d.lines)-maxAll)
	folds := yamldiff.Fold(d.lines[:len(d.lines)-rest], diffContext)
	folds, more := cut(folds, most, d.full)
	rest += more
	var shown [][]yamldiff.Line
	for _, f := range folds {
		if !f.Folded || len(f.Lines) <= maxFold || d.full {
			shown = append(shown, f.Lines)
		}
	}
	d.colour(shown)
	for _, f := range folds {
		h := hunk{Folded: f.Folded, Lines: len(f.Lines)}
		if f.Folded && len(f.Lines) > maxFold && !d.full {
			long++
			out = append(out, h)
			continue
		}
		root := ""
		for _, r := range yamldiff.Rows(f.Lines) {
			next := d.row(r)
			same, field := r.Base == r.Head, rootOf(r)
			if n := len(h.Chunks); n == 0 || h.Chunks[n-1].Same != same || !same && field != root {
				h.Chunks = append(h.Chunks, chunk{Same: same})
			}
			last := &h.Chunks[len(h.Chunks)-1]
			last.Rows, root = append(last.Rows, next), field
		}
		out = append(out, h)
	}
	if rest > 0 {
		out = append(out, hunk{Folded: true, Lines: rest, Cut: true})
	}
	return out, long
}

// cut leaves out what makes more lines than are sent, and counts it.
func cut(folds []yamldiff.Hunk, most int, full bool) (kept []yamldiff.Hunk, left int) {
	for _, f := range folds {
		n := len(f.Lines)
		if f.Folded && n > maxFold && !full {
			n = 0 // it is a link
		}
		switch {
		case left > 0:
			left += len(f.Lines)
		case n > most:
			left = n - most
			kept = append(kept, yamldiff.Hunk{Folded: f.Folded, Lines: f.Lines[:most]})
		default:
			most -= n
			kept = append(kept, f)
		}
	}
	return kept, left
}

// rootOf is the field that a row shows; all lines of a text are of one.
func rootOf(r yamldiff.Row) string {
	l := r.Head
	if l == nil {
		l = r.Base
	}
	root, _, _ := strings.Cut(l.Pointer, "//")
	return root
}

func (d *differ) row(r yamldiff.Row) row {
	one := func(l *yamldiff.Line, number int) *cell {
		return &cell{Number: number, Text: d.text[l], Secret: l.Secret && l.Op != yamldiff.Same, Cause: d.causes[l]}
	}
	var out row
	if r.Base != nil {
		out.Base = one(r.Base, r.Base.Base)
		out.Findings = d.findings[r.Base]
	}
	if r.Head != nil {
		out.Head = one(r.Head, r.Head.Head)
		if r.Head != r.Base {
			out.Findings = append(out.Findings, d.findings[r.Head]...)
		}
	}
	return out
}

// yamlLexer tells the words of YAML apart, as yamldiff writes it: a line is a key
// with a value, an item, or a line of a text. (Chroma's own lexers are all read
// when a program that imports them starts, which takes 10 ms in each process.)
var yamlLexer = chroma.Coalesce(chroma.MustNewLexer(&chroma.Config{Name: "YAML"}, func() chroma.Rules {
	return chroma.Rules{"root": {
		{Pattern: `[ \t]+`, Type: chroma.TextWhitespace},
		{Pattern: `\n`, Type: chroma.TextWhitespace},
		{Pattern: `-(?=\s)`, Type: chroma.Punctuation},
		{Pattern: `#.*$`, Type: chroma.Comment},
		{Pattern: `("(?:\\.|[^"\\\n])*"|[^\s"'#{}\[\],&*!|>%@][^\n#"{}]*?)(:)(?=\s|$)`, Type: chroma.ByGroups(chroma.NameTag, chroma.Punctuation)},
		{Pattern: `[|>][+-]?\d?[+-]?(?=$)`, Type: chroma.Punctuation},
		{Pattern: `(?:true|false|null|~)(?=\s*$)`, Type: chroma.KeywordConstant},
		{Pattern: `[+-]?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|0x[\da-fA-F]+)(?=\s*$)`, Type: chroma.LiteralNumber},
		{Pattern: `"(?:\\.|[^"\\\n])*"`, Type: chroma.LiteralStringDouble},
		{Pattern: `'(?:''|[^'\n])*'`, Type: chroma.LiteralStringSingle},
		{Pattern: `[{}\[\],]`, Type: chroma.Punctuation},
		{Pattern: `[^\n]+?(?=$)`, Type: chroma.Literal},
	}}
}))

// colour writes the lines as HTML, with the classes of their words. Each side is
// read as a whole.
func (d *differ) colour(shown [][]yamldiff.Line) {
	d.text = map[*yamldiff.Line]template.HTML{}
	var sides [2][]*yamldiff.Line
	for _, lines := range shown {
		for i := range lines {
			side := 0
			if lines[i].Op == yamldiff.Removed {
				side = 1
			}
			sides[side] = append(sides[side], &lines[i])
		}
	}
	for _, lines := range sides {
		coloured := min(len(lines), maxColoured)
		var text strings.Builder
		for _, l := range lines[:coloured] {
			text.WriteString(l.Text + "\n")
		}
		tokens, err := yamlLexer.Tokenise(nil, text.String())
		var split [][]chroma.Token
		if err == nil {
			split = chroma.SplitTokensIntoLines(tokens.Tokens())
		}
		for i, l := range lines {
			words := []chroma.Token{{Type: chroma.Text, Value: l.Text}}
			if i < coloured && i < len(split) && textOf(split[i]) == l.Text {
				words = split[i]
			}
			d.text[l] = written(words, l.Marked)
		}
	}
}

// textOf is the text of a line's tokens.
func textOf(tokens []chroma.Token) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteString(t.Value)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// written is a line as HTML: its words in their classes, and what is marked in
// it.
func written(tokens []chroma.Token, marked []yamldiff.Span) template.HTML {
	var b strings.Builder
	at := 0
	piece := func(class, text string) {
		if text == "" {
			return
		}
		if class == "" {
			b.WriteString(html.EscapeString(text))
			return
		}
		b.WriteString(`<span class="` + class + `">` + html.EscapeString(text) + `</span>`)
	}
	for _, t := range tokens {
		class, text := classes[t.Type], strings.TrimSuffix(t.Value, "\n")
		for text != "" {
			for len(marked) > 0 && marked[0].To <= at {
				marked = marked[1:]
			}
			n, inside := len(text), false
			if len(marked) > 0 {
				switch m := marked[0]; {
				case at >= m.From:
					n, inside = min(n, m.To-at), true
				default:
					n = min(n, m.From-at)
				}
			}
			if inside {
				b.WriteString("<mark>")
			}
			piece(class, text[:n])
			if inside {
				b.WriteString("</mark>")
			}
			text, at = text[n:], at+n
		}
	}
	return template.HTML(b.String())
}

// classes are the words that have a colour; the style sheet knows them.
var classes = map[chroma.TokenType]string{
	chroma.NameTag: "nt", chroma.Comment: "c", chroma.CommentSingle: "c", chroma.CommentPreproc: "c",
	chroma.LiteralNumber: "m", chroma.LiteralNumberInteger: "m", chroma.LiteralNumberFloat: "m", chroma.LiteralNumberHex: "m", chroma.LiteralNumberOct: "m",
	chroma.KeywordConstant: "kc", chroma.LiteralString: "s", chroma.LiteralStringDouble: "s", chroma.LiteralStringSingle: "s", chroma.LiteralStringDoc: "s",
	chroma.Literal: "s", chroma.LiteralDate: "s",
}

// place finds for each field and finding the line to stand at.
func (d *differ) place(v *objectView, sides *report.Sides, page *report.Page, links Links) {
	d.causes, d.findings = map[*yamldiff.Line]*placeView{}, map[*yamldiff.Line][]findingView{}
	at := [2]map[string]*yamldiff.Line{{}, {}} // the first line of each field on both sides, or the first below it
	note := func(side int, l *yamldiff.Line) {
		for p := l.Pointer; p != "" && at[side][p] == nil; p = p[:strings.LastIndexByte(p, '/')] {
			at[side][p] = l
		}
	}
	for i := range d.lines {
		l := &d.lines[i]
		if l.Op != yamldiff.Added {
			note(0, l)
		}
		if l.Op != yamldiff.Removed {
			note(1, l)
		}
	}
	for _, f := range sides.Fields {
		side := 1
		if f.Removed {
			side = 0
		}
		if l := nearest(at[side], f.Path); l != nil && f.Location != nil && d.causes[l] == nil {
			d.causes[l] = links.place(f.Location, page)
		}
	}
	for _, f := range v.Findings {
		side := 1
		if f.Status == review.Fixed {
			side = 0
		}
		l := nearest(at[side], f.Field)
		if f.Field == "" || l == nil {
			v.Above = append(v.Above, f)
			continue
		}
		d.findings[l] = append(d.findings[l], f)
	}
}

// nearest finds the line of a field, or that of what it stands in.
func nearest(at map[string]*yamldiff.Line, pointer string) *yamldiff.Line {
	for p := pointer; p != ""; p = p[:strings.LastIndexByte(p, '/')] {
		if l := at[p]; l != nil {
			return l
		}
	}
	return nil
}
