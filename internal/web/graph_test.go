package web

import (
	"fmt"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/audit"
	"github.com/seaworthy-dev/seaworthy/internal/report"
)

// What comes first stands left, and a circle ends.
func TestDrawn(t *testing.T) {
	nodes := []report.PageNode{{ID: "app", Name: "apps/app"}, {ID: "infra"}, {ID: "source"}, {ID: "a"}, {ID: "b"}}
	g := drawn(nodes, []audit.Edge{
		{From: "app", To: "infra", Kind: "dependsOn"}, {From: "infra", To: "source", Kind: "source"}, {From: "app", To: "gone", Kind: "source"},
		{From: "a", To: "b", Kind: "dependsOn"}, {From: "b", To: "a", Kind: "dependsOn"}, {From: "app", To: "app", Kind: "applies"},
	})
	if len(g.Boxes) != 5 || len(g.Lines) != 4 {
		t.Fatalf("%d boxes and %d lines", len(g.Boxes), len(g.Lines))
	}
	if app, infra, source := g.Boxes[0].X, g.Boxes[1].X, g.Boxes[2].X; app <= infra || infra <= source {
		t.Errorf("they stand at %d, %d, %d", app, infra, source)
	}
	at := map[[2]int]bool{}
	for _, b := range g.Boxes {
		if at[[2]int{b.X, b.Y}] || b.X+boxWidth > g.Width || b.Y+boxHeight > g.Height {
			t.Errorf("a box stands on another, or outside: %+v", b)
		}
		at[[2]int{b.X, b.Y}] = true
	}
	var many []report.PageNode
	for i := range maxBoxes + 7 {
		many = append(many, report.PageNode{ID: fmt.Sprint(i)})
	}
	if g := drawn(many, nil); g.Left != 7 {
		t.Errorf("%d are said not to be drawn", g.Left)
	}
}

func TestPictureOf(t *testing.T) {
	day := func(n int, score float64, known bool) Audit {
		return Audit{Created: time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC), Digest: report.AuditDigest{Score: score, Known: known}}
	}
	p := pictureOf([]Audit{day(21, 10, true), day(15, 3, false), day(11, 5, true), day(1, 0, true)})
	if want := "10,100 300,55 590,10"; p.Points != want || len(p.Dots) != 3 {
		t.Errorf("the line is %q, want %q", p.Points, want)
	}
	if got, want := sparkScore([]Audit{day(21, 10, true), day(15, 3, false), day(11, 5, true), day(1, 0, true)}), "2,18 50,10 98,2"; got != want {
		t.Errorf("in a line it is %q, want %q", got, want)
	}
	if got := sparkStars([]Audit{day(1, 0, true), day(2, 0, true)}, "Security"); got != "" {
		t.Errorf("of no stars it is %q", got)
	}
	if p := pictureOf(nil); p.Points != "" {
		t.Errorf("of nothing it is %q", p.Points)
	}
}
