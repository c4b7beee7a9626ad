package web

import (
	"bytes"
	"cmp"
	"context"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/report"
)

// Repository is a repository in which something was reviewed.
type Repository struct {
	ID, Tenant  int64
	Owner, Name string
}

// Pull is an open pull request with its latest review.
type Pull struct {
	Review
	Digest report.Digest // of what was published; the zero one where nothing is kept
}

// Audit is an audit of a default branch, or of a pull request.
type Audit struct {
	ID int64
	Repository
	Number  int // the pull request's, 0 for none
	Digest  report.AuditDigest
	Created time.Time
}

// Knowledge is what is known of repositories, from their reviews and audits.
type Knowledge interface {
	// Repository gives a repository; ErrNone where nothing was reviewed in it.
	Repository(ctx context.Context, id int64) (Repository, error)
	// Repositories gives those of an account.
	Repositories(ctx context.Context, owner string) ([]Repository, error)
	// Pulls gives the open pull requests, the newest first.
	Pulls(ctx context.Context, repository int64) ([]Pull, error)
	// Audits gives those of the default branch that are kept, the newest first.
	Audits(ctx context.Context, repository int64) ([]Audit, error)
	// Audit gives one with its report; ErrNone where it is not kept.
	Audit(ctx context.Context, id int64) (Audit, []byte, error)
}

// frame is what all pages have around them.
type frame struct {
	Title  string
	Viewer string
	Assets assetNames

	Policy string       // of one file with everything in it; "" for a page that is served
	Style  template.CSS // and its style
}

func newFrame(title string, v *Viewer) frame {
	f := frame{Title: title, Assets: assets.names}
	if v != nil {
		f.Viewer = v.Login
	}
	return f
}

// repositoryView is a repository's page.
type repositoryView struct {
	frame
	Repository
	Link    string // on GitHub
	Pulls   []Pull
	States  []stateCount
	Latest  *Audit
	Audits  []Audit
	Areas   []areaView
	Picture picture
	Waivers []waiverView
	Not     []string
}

type stateCount struct {
	State string
	Count int
}

type areaView struct {
	Name        string
	Stars, Gaps int
	Spark       string // the stars over time
}

type waiverView struct {
	report.PageWaiver
	Soon, Over bool
}

// states are the states of pull requests in the order in which they are told.
var states = []string{report.Blocked, report.Unsure, report.Ready, report.Routine, "being reviewed"}

// StateOf is the state of a pull request.
func (p Pull) StateOf() string {
	switch {
	case p.Open:
		return "being reviewed"
	case p.Digest.State == "":
		return report.Unsure
	}
	return p.Digest.State
}

func countStates(pulls []Pull) (out []stateCount) {
	n := map[string]int{}
	for _, p := range pulls {
		n[p.StateOf()]++
	}
	for _, s := range states {
		if n[s] > 0 {
			out = append(out, stateCount{s, n[s]})
		}
	}
	return out
}

// soon is how long before its end a waiver is marked.
const soon = 30 * 24 * time.Hour

// repository shows a repository to those who can read it.
func (p *Pages) repository(w http.ResponseWriter, r *http.Request) {
	at, viewer, ok := p.admitTo(w, r, func(ctx context.Context, id int64) (Repository, error) { return p.Knowledge.Repository(ctx, id) })
	if !ok {
		return
	}
	v, err := p.repositoryView(r.Context(), at)
	if err != nil {
		p.broken(w, r, err)
		return
	}
	v.frame = newFrame(at.Owner+"/"+at.Name, viewer)
	p.write(w, r, "repository.tmpl", v)
}

func (p *Pages) repositoryView(ctx context.Context, at Repository) (*repositoryView, error) {
	pulls, err := p.Knowledge.Pulls(ctx, at.ID)
	if err != nil {
		return nil, err
	}
	audits, err := p.Knowledge.Audits(ctx, at.ID)
	if err != nil {
		return nil, err
	}
	v := &repositoryView{Repository: at, Link: p.GitHubURL + "/" + url.PathEscape(at.Owner) + "/" + url.PathEscape(at.Name), Pulls: pulls, States: countStates(pulls), Audits: audits}
	if len(audits) == 0 {
		return v, nil
	}
	v.Latest = &audits[0]
	d := v.Latest.Digest
	for name, stars := range d.Stars {
		v.Areas = append(v.Areas, areaView{name, stars, d.Gaps[name], sparkStars(audits, name)})
	}
	slices.SortFunc(v.Areas, func(a, b areaView) int { return cmp.Compare(a.Name, b.Name) })
	for _, one := range d.Waivers {
		left := time.Until(one.Expires.Add(24 * time.Hour))
		v.Waivers = append(v.Waivers, waiverView{one, left > 0 && left < soon, left <= 0})
	}
	slices.SortStableFunc(v.Waivers, func(a, b waiverView) int { return a.Expires.Compare(b.Expires) })
	v.Not = d.Not
	v.Picture = pictureOf(audits)
	return v, nil
}

// admitTo finds what is asked for by its id, and its repository, if whoever asks
// may see it; else it answers.
func (p *Pages) admitTo(w http.ResponseWriter, r *http.Request, find func(context.Context, int64) (Repository, error)) (at Repository, viewer *Viewer, ok bool) {
	_, viewer, ok = p.admitWith(w, r, func(ctx context.Context, id int64) (Review, error) {
		var err error
		at, err = find(ctx, id)
		return Review{Tenant: at.Tenant, Repository: at.ID, Owner: at.Owner, Name: at.Name}, err
	})
	return at, viewer, ok
}

// audit shows an audit to those who can read its repository.
func (p *Pages) audit(w http.ResponseWriter, r *http.Request) {
	var found Audit
	var data []byte
	_, viewer, ok := p.admitTo(w, r, func(ctx context.Context, id int64) (at Repository, err error) {
		found, data, err = p.Knowledge.Audit(ctx, id)
		return found.Repository, err
	})
	if !ok {
		return
	}
	whole, err := report.OpenAudit(data)
	if err != nil {
		p.broken(w, r, err)
		return
	}
	v := newAuditView(whole, p.links(Review{Owner: found.Owner, Name: found.Name, Number: found.Number}))
	v.frame, v.Audit = newFrame(found.Digest.Title, viewer), found
	p.write(w, r, "audit.tmpl", v)
}

// nothing is the answer to whoever may not see a page, or asks for none.
func (p *Pages) nothing(w http.ResponseWriter, r *http.Request) {
	p.say(w, r, notice{Status: http.StatusNotFound, Title: "There is no such page", Text: "Or your GitHub account cannot read the repository that it is about."})
}

// write sends a template.
func (p *Pages) write(w http.ResponseWriter, r *http.Request, name string, v any) {
	var b bytes.Buffer
	if err := pages().ExecuteTemplate(&b, name, v); err != nil {
		p.broken(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(b.Bytes()) // the reader may be gone
}
