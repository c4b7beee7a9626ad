package web

import (
	"github.com/seaworthy-dev/seaworthy/internal/report"
	"github.com/seaworthy-dev/seaworthy/internal/yamldiff"
)

// objectView is one object's diff.
type objectView struct {
	changeView
	Findings       []findingView
	Above          []findingView // that have no line in the diff
	Hunks          []hunk
	Long           int // folds that are not sent along
	Removed, Added int
	Place          *placeView
	Matrix         []clusterView // the targets in which it, or one that is alike, changes so
	In, Alike      int           // how many targets, and how many others are alike
	Missing        bool          // the object was not kept
	Review         *reviewView
}

// object makes the view of one change's diff. Without sides it was not kept.
func (v *reviewView) object(i int, sides *report.Sides) *objectView {
	c := v.Changes[i]
	o := &objectView{changeView: v.change(i), Place: v.Links.place(c.Location, v.Page), Review: v, Missing: sides == nil || sides.Base == nil && sides.Head == nil}
	o.matrix()
	for _, n := range c.Findings {
		o.Findings = append(o.Findings, v.finding(v.Page.Findings[n]))
	}
	if o.Missing {
		o.Above = o.Findings
		return o
	}
	d := &differ{lines: yamldiff.Compare(sides.Objects(c.Object)), full: v.Query.Full || v.File}
	o.Removed, o.Added = yamldiff.Changed(d.lines)
	d.place(o, sides, v.Page, v.Links)
	o.Hunks, o.Long = d.hunks()
	return o
}

// matrixSize bounds the targets that a cluster's row names.
const matrixSize = 200

// matrix lists the targets in which the object changes so, and those of the
// objects that changed alike.
func (o *objectView) matrix() {
	v := o.Review
	at := map[string]int{}
	seen := map[int]bool{}
	for i, c := range v.Changes {
		if c.Group != o.Group {
			continue
		}
		if i != o.Index {
			o.Alike++
		}
		for _, n := range c.Targets {
			if seen[n] {
				continue
			}
			seen[n] = true
			t := v.Targets[n]
			m, known := at[t.Cluster]
			if !known {
				m = len(o.Matrix)
				at[t.Cluster] = m
				o.Matrix = append(o.Matrix, clusterView{Name: t.Cluster})
			}
			row := &o.Matrix[m]
			if row.Changes++; len(row.Targets) < matrixSize {
				row.Targets = append(row.Targets, targetView{PageTarget: t, Index: n})
			}
		}
	}
	o.In = len(seen)
}

// More is how many targets a row does not name.
func (c clusterView) More() int { return c.Changes - len(c.Targets) }
