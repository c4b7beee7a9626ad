package report

import (
	"encoding/json"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/audit"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// States of a Digest.
const (
	Blocked = "blocked"
	Unsure  = "not sure"
	Ready   = "ready"
	Routine = "routine" // ready, and only versions of images and charts change
)

// Digest is what lists show of a review.
type Digest struct {
	State    string         `json:"state"`
	Blocking int            `json:"blocking"`
	Advice   int            `json:"advice"`
	Unseen   int            `json:"unseen"`
	Objects  int            `json:"objects"`
	Images   int            `json:"images"`
	Checks   map[string]int `json:"checks,omitempty"` // findings that block, by check
	Not      []string       `json:"not,omitempty"`    // what is not visible, a few
}

// Digest gives what lists show of a page.
func (p *Page) Digest() Digest {
	d := Digest{State: Ready, Unseen: len(p.Unseen), Objects: len(p.Changes), Images: len(p.Images), Checks: map[string]int{}}
	for _, f := range p.Findings {
		switch {
		case f.Blocking:
			d.Blocking++
			d.Checks[f.Check]++
		case f.Status == review.New || f.Status == review.Worse:
			d.Advice++
		}
	}
	for _, u := range p.Unseen[:min(len(p.Unseen), namesShown)] {
		d.Not = append(d.Not, some(u.Names, namesShown)+": "+u.Message)
	}
	switch {
	case p.Conclusion == review.Failure:
		d.State = Blocked
	case p.Conclusion != review.Success:
		d.State = Unsure
	case p.Routine:
		d.State = Routine
	}
	return d
}

// AuditDigest is what lists and pictures show of an audit.
type AuditDigest struct {
	Commit   string         `json:"commit"`
	AsOf     time.Time      `json:"asOf"`
	Approved bool           `json:"approved"`
	Title    string         `json:"title"`
	Score    float64        `json:"score"` // 0 to 10
	Known    bool           `json:"known"` // the score could be told
	Stars    map[string]int `json:"stars"` // by area; 0 where they cannot be given
	Gaps     map[string]int `json:"gaps"`  // open ones, by area
	Waivers  []PageWaiver   `json:"waivers,omitempty"`
	Not      []string       `json:"not,omitempty"` // what is not visible
}

// PageWaiver is a waiver of the repository's file.
type PageWaiver struct {
	Check   string    `json:"check"`
	Object  string    `json:"object,omitempty"`
	Reason  string    `json:"reason"`
	Owner   string    `json:"owner"`
	Expires time.Time `json:"expires"`
}

// notShown bounds what an audit's digest names as not visible.
const notShown = 50

// AuditDigestOf gives what lists show of an audit under these waivers.
func AuditDigestOf(r *audit.Report, waivers []review.Waiver) AuditDigest {
	d := AuditDigest{Commit: r.Commit, AsOf: r.AsOf, Approved: r.Approved, Title: AuditTitle(r), Score: r.Score.Value, Known: r.Score.Known, Stars: map[string]int{}, Gaps: map[string]int{}}
	for _, a := range r.Areas {
		d.Stars[a.Area] = a.Stars
	}
	for _, g := range r.Gaps {
		if g.Status != review.Unknown {
			d.Gaps[g.Area]++
		}
	}
	for _, w := range waivers {
		d.Waivers = append(d.Waivers, PageWaiver{Check: w.Check, Object: w.Object, Reason: w.Reason, Owner: w.Owner, Expires: w.Expires})
	}
	for _, i := range r.Incomplete[:min(len(r.Incomplete), notShown)] {
		d.Not = append(d.Not, oneLine(i.Target+": "+i.Message))
	}
	return d
}

// PackAudit gives the form in which an audit's report is kept.
func PackAudit(r *audit.Report) ([]byte, error) { return pack(r) }

// OpenAudit reads an audit's report.
func OpenAudit(data []byte) (*audit.Report, error) {
	r := &audit.Report{}
	return r, unpack(data, r)
}

// ToText is a digest as it is kept.
func ToText(digest any) string {
	j, _ := json.Marshal(digest) // plain data always marshals
	return string(j)
}
