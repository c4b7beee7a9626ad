package audit

import (
	"sort"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Past is what is kept of an audit, for the next to compare with.
type Past struct {
	Commit   string         `json:"commit"`
	AsOf     time.Time      `json:"asOf"`
	Approved bool           `json:"approved"`
	Score    float64        `json:"score"`
	Stars    map[string]int `json:"stars"`
	Open     []string       `json:"open"` // findings by what outlives a moved line, sorted
}

// Trend compares with the audit before.
type Trend struct {
	Since time.Time `json:"since"`
	From  string    `json:"from"` // commit
	New   int       `json:"new"`
	Fixed int       `json:"fixed"`
	// Stars are the areas that changed: by how much.
	Stars map[string]int `json:"stars"`
	Score float64        `json:"score"` // difference
}

// Keep gives what the next audit compares with.
func (r *Report) Keep() Past {
	p := Past{Commit: r.Commit, AsOf: r.AsOf, Approved: r.Approved, Score: r.Score.Value, Stars: map[string]int{}, Open: []string{}}
	for _, a := range r.Areas {
		p.Stars[a.Area] = a.Stars
	}
	for _, f := range r.Findings {
		if f.Status == review.Existing {
			p.Open = append(p.Open, fingerprint(f))
		}
	}
	sort.Strings(p.Open)
	return p
}

// fingerprint is what stays the same when lines move.
func fingerprint(f review.Finding) string {
	if f.Object != nil {
		return f.Check + " " + f.Object.GroupKind() + " " + f.Object.String() + " " + f.Field
	}
	if f.Location != nil {
		return f.Check + " " + f.Location.File + " " + f.Title
	}
	return f.Check + " " + f.Message
}

func trend(r *Report, last *Past) *Trend {
	if last == nil {
		return nil
	}
	now := r.Keep()
	t := &Trend{Since: last.AsOf, From: last.Commit, Stars: map[string]int{}, Score: now.Score - last.Score}
	before := map[string]int{}
	for _, f := range last.Open {
		before[f]++
	}
	for _, f := range now.Open {
		if before[f] > 0 {
			before[f]--
		} else {
			t.New++
		}
	}
	for _, n := range before {
		t.Fixed += n
	}
	for area, stars := range now.Stars {
		if was, ok := last.Stars[area]; ok && was != stars && was > 0 && stars > 0 {
			t.Stars[area] = stars - was
		}
	}
	return t
}
