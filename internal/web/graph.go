package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seaworthy-dev/seaworthy/internal/audit"
	"github.com/seaworthy-dev/seaworthy/internal/report"
)

// graph is a map of what applies what, laid out in columns: what comes first
// stands left.
type graph struct {
	Width, Height int
	Boxes         []box
	Lines         []curve
	Left          int // boxes that are not drawn
}

type box struct {
	X, Y          int
	Kind, Name    string
	Whole, Detail string // the name in full, and what is more to say
	Lit           bool   // it changes
}

type curve struct{ Path, Kind string }

const (
	// maxBoxes bounds a graph: beyond it nobody finds anything.
	maxBoxes             = 150
	boxWidth, boxHeight  = 210, 40
	columnGap, rowGap    = 70, 12
	graphEdge, nameRunes = 8, 26
)

// Changing counts the boxes that change.
func (g graph) Changing() (n int) {
	for _, b := range g.Boxes {
		if b.Lit {
			n++
		}
	}
	return n
}

// mapOf lays out the map of an audit.
func mapOf(nodes []audit.Node, edges []audit.Edge) graph {
	var all []report.PageNode
	for _, n := range nodes {
		all = append(all, report.PageNode{ID: n.ID, Kind: n.Kind, Name: n.Name, Detail: n.Detail})
	}
	return drawn(all, edges)
}

// Graph is the map on a review's page.
func (v *reviewView) Graph() graph {
	if v.Page.Graph == nil {
		return graph{}
	}
	return drawn(v.Page.Graph.Nodes, v.Page.Graph.Edges)
}

// drawn lays out nodes and what leads from one to another.
func drawn(nodes []report.PageNode, edges []audit.Edge) graph {
	var g graph
	if len(nodes) > maxBoxes {
		g.Left, nodes = len(nodes)-maxBoxes, nodes[:maxBoxes]
	}
	at := map[string]int{}
	for i, n := range nodes {
		at[n.ID] = i
	}
	type step struct {
		from, to int // to comes after from
		kind     string
	}
	var steps []step
	for _, e := range edges {
		from, known := at[e.From]
		to, both := at[e.To]
		if !known || !both || from == to {
			continue
		}
		if e.Kind == "applies" {
			steps = append(steps, step{from, to, e.Kind})
		} else { // a source, or what must be ready before
			steps = append(steps, step{to, from, e.Kind})
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int { return cmp.Compare(layers[a.kind], layers[b.kind]) })
	after := make([][]int, len(nodes))
	steps = slices.DeleteFunc(steps, func(s step) bool {
		if leads(after, s.to, s.from) {
			return s.kind == "applies" // that Flux applies its own source is no news
		}
		after[s.from] = append(after[s.from], s.to)
		return false
	})
	column := columns(after)
	rows := map[int]int{}
	for i, n := range nodes {
		b := box{X: graphEdge + column[i]*(boxWidth+columnGap), Y: graphEdge + rows[column[i]]*(boxHeight+rowGap), Kind: n.Kind, Name: shortName(n.Name), Whole: n.Name, Detail: n.Detail, Lit: n.Lit}
		rows[column[i]]++
		g.Boxes = append(g.Boxes, b)
		g.Width, g.Height = max(g.Width, b.X+boxWidth+graphEdge), max(g.Height, b.Y+boxHeight+graphEdge)
	}
	for _, s := range steps {
		a, b := g.Boxes[s.from], g.Boxes[s.to]
		x1, y1, x2, y2 := a.X+boxWidth, a.Y+boxHeight/2, b.X, b.Y+boxHeight/2
		bend := columnGap / 2
		g.Lines = append(g.Lines, curve{fmt.Sprintf("M%d %d C%d %d %d %d %d %d", x1, y1, x1+bend, y1, x2-bend, y2, x2, y2), s.kind})
	}
	return g
}

// layers is what decides first where a box stands: of what leads in a circle the
// rest is not laid out.
var layers = map[string]int{"dependsOn": 0, "source": 1, "valuesFrom": 2, "applies": 3}

// leads reports whether one box stands before another, or is it.
func leads(after [][]int, from, to int) bool {
	seen := map[int]bool{}
	var walk func(int) bool
	walk = func(at int) bool {
		if at == to {
			return true
		}
		if seen[at] {
			return false
		}
		seen[at] = true
		return slices.ContainsFunc(after[at], walk)
	}
	return walk(from)
}

// columns puts each box right of all that stand before it.
func columns(after [][]int) []int {
	out := make([]int, len(after))
	var push func(at, column int)
	push = func(at, column int) {
		if column < out[at] || column > 0 && column == out[at] {
			return
		}
		out[at] = column
		for _, next := range after[at] {
			push(next, column+1)
		}
	}
	for i := range after {
		push(i, out[i])
	}
	return out
}

func shortName(s string) string {
	if utf8.RuneCountInString(s) <= nameRunes {
		return s
	}
	runes := []rune(s)
	return "…" + string(runes[len(runes)-nameRunes+1:])
}

// picture is how the score went over time.
type picture struct {
	Points string // of a line, left is the oldest
	Dots   []dot
	From   time.Time
	To     time.Time
}

type dot struct {
	X, Y int
	Text string
}

const pictureWidth, pictureHeight = 600, 110

// pictureOf draws the scores of audits, of which the newest stands first.
func pictureOf(audits []Audit) picture {
	var p picture
	var known []Audit
	for _, a := range audits {
		if a.Digest.Known {
			known = append(known, a)
		}
	}
	if len(known) == 0 {
		return p
	}
	p.From, p.To = known[len(known)-1].Created, known[0].Created
	span := max(p.To.Sub(p.From), time.Second)
	var points []string
	for i := len(known) - 1; i >= 0; i-- {
		a := known[i]
		x := 10 + int(float64(pictureWidth-20)*float64(a.Created.Sub(p.From))/float64(span))
		y := pictureHeight - 10 - int(float64(pictureHeight-20)*a.Digest.Score/10)
		points = append(points, fmt.Sprintf("%d,%d", x, y))
		p.Dots = append(p.Dots, dot{x, y, fmt.Sprintf("%s: %.1f", a.Created.UTC().Format(time.DateOnly), a.Digest.Score)})
	}
	p.Points = strings.Join(points, " ")
	return p
}

const sparkWidth, sparkHeight = 100, 20

// spark draws values over time in the height of a line, the newest audit first; ""
// where there are not two of them. value gives one, of most at most; it may be
// unknown.
func spark(audits []Audit, most float64, value func(report.AuditDigest) (float64, bool)) string {
	var known []Audit
	for _, a := range audits {
		if _, ok := value(a.Digest); ok {
			known = append(known, a)
		}
	}
	if len(known) < 2 {
		return ""
	}
	from := known[len(known)-1].Created
	span := max(known[0].Created.Sub(from), time.Second)
	var points []string
	for i := len(known) - 1; i >= 0; i-- {
		v, _ := value(known[i].Digest)
		x := 2 + int(float64(sparkWidth-4)*float64(known[i].Created.Sub(from))/float64(span))
		points = append(points, fmt.Sprintf("%d,%d", x, sparkHeight-2-int(float64(sparkHeight-4)*v/most)))
	}
	return strings.Join(points, " ")
}

// sparkScore draws the completeness.
func sparkScore(audits []Audit) string {
	return spark(audits, 10, func(d report.AuditDigest) (float64, bool) { return d.Score, d.Known })
}

// sparkStars draws the stars of an area.
func sparkStars(audits []Audit, area string) string {
	return spark(audits, 5, func(d report.AuditDigest) (float64, bool) { n := d.Stars[area]; return float64(n), n > 0 })
}
