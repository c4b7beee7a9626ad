package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/rs/zerolog"

	"github.com/seaworthy-dev/seaworthy/internal/report"
)

// Review is a review as the pages know it.
type Review struct {
	ID, Tenant, Repository int64
	Owner, Name            string
	Number                 int
	Title, Conclusion      string
	// Open: it is not done, and may have a page later. Gone: a newer one took its
	// place before it was done.
	Open, Gone bool
	// Waiting: nobody does it yet; Progress is what whoever does it does.
	Waiting  bool
	Progress string
}

// Reviews is where reviews are kept.
type Reviews interface {
	// Review gives a review; ErrNone where there is none.
	Review(ctx context.Context, id int64) (Review, error)
	// Part gives a part of what its page shows, as report.Page.Pack made it; ErrNone
	// where it is not there.
	Part(ctx context.Context, r Review, part int) ([]byte, error)
}

// ErrNone: there is no such review, or nothing is kept of its page.
var ErrNone = errors.New("there is no such review")

// Pages are the pages behind details_url, for those who may see them. Prepare
// must be called before the first request.
type Pages struct {
	Reviews   Reviews
	Knowledge Knowledge // of repositories; nil for none
	Elsewhere Elsewhere // what changes do in other repositories; nil for none
	GitHub    GitHub
	Secret    string                    // the cookies' key is made of it: the same for all replicas
	URL       string                    // of the service, as browsers reach it
	GitHubURL string                    // where repositories and pull requests are
	Explain   func(check string) string // Markdown; "" for no check; nil explains nothing
	Checks    []CheckLine               // that are explained
	Log       zerolog.Logger

	sealer  *sealer
	answers answers
	limits  limits
	work    chan struct{} // bounds the pages that are made at once
	opened  cache[int64, *report.Page]
	diffs   cache[diffKey, template.HTML]
	streams chan struct{} // bounds the browsers that are told how far a review is
	stop    chan struct{}
	handler http.Handler

	stopOnce sync.Once
}

type diffKey struct {
	review int64
	change int
	full   bool
}

const (
	// openedSize and diffsSize bound what is kept in memory, in bytes.
	openedSize, diffsSize = 40 << 20, 16 << 20
	// grown is about how much larger a page is in memory than it is kept.
	grown = 40
	// atOnce bounds the pages that are made at the same time.
	atOnce = 8
)

// Prepare makes the pages ready to answer.
func (p *Pages) Prepare() (err error) {
	if p.sealer, err = newSealer(p.Secret, strings.HasPrefix(p.URL, "https://")); err != nil {
		return err
	}
	p.work, p.streams, p.stop = make(chan struct{}, atOnce), make(chan struct{}, maxStreams), make(chan struct{})
	p.opened.most, p.diffs.most = openedSize, diffsSize
	mux := http.NewServeMux()
	mux.HandleFunc("GET /reviews/{id}", p.review)
	mux.HandleFunc("GET /reviews/{id}/events", p.events)
	if p.Elsewhere != nil {
		mux.HandleFunc("GET /reviews/{id}/elsewhere", p.elsewhere)
		mux.HandleFunc("GET /reviews/{id}/elsewhere/{impact}", p.elsewhereOne)
	}
	if p.Knowledge != nil {
		mux.HandleFunc("GET /repositories/{id}", p.repository)
		mux.HandleFunc("GET /organisations/{owner}", p.organisation)
		mux.HandleFunc("GET /audits/{id}", p.audit)
		p.programs(mux)
		mux.Handle("/mcp", p.agents())
	}
	mux.HandleFunc("GET /assets/", serveAsset)
	mux.HandleFunc("GET /checks/{$}", p.checks)
	mux.HandleFunc("GET /checks/{check}", p.check)
	mux.HandleFunc("GET /signin", p.signIn)
	mux.HandleFunc("GET "+SignedIn, p.signedIn)
	mux.HandleFunc("POST /signout", p.signOut)
	p.handler = http.NewCrossOriginProtection().Handler(mux)
	return nil
}

// ServeHTTP answers what is below the paths of the server's Pages.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	allowed := strings.HasPrefix(r.URL.Path, "/assets/") || p.limits.allow(whoAsks(p.caller(r), r))
	if bearer(r) != nil { // anybody can think a token out: their own address counts, too
		allowed = p.limits.allow(whoAsks(nil, r)) && allowed
	}
	if !allowed {
		h.Set("Retry-After", "5")
		p.say(w, r, notice{Status: http.StatusTooManyRequests, Title: "Too many requests", Text: "Wait a few seconds."})
		return
	}
	p.handler.ServeHTTP(w, r)
}

// review shows a review to those who may see it. For everybody else there is
// none, whether there is or not.
func (p *Pages) review(w http.ResponseWriter, r *http.Request) {
	if found, viewer, ok := p.admit(w, r); ok {
		p.reviewed(w, r, found, viewer)
	}
}

// reviewed shows what is kept of a review to a viewer who may see it.
func (p *Pages) reviewed(w http.ResponseWriter, r *http.Request, found Review, viewer *Viewer) {
	select {
	case p.work <- struct{}{}:
		defer func() { <-p.work }()
	case <-r.Context().Done():
		return
	}
	page, err := p.page(r.Context(), found)
	switch {
	case errors.Is(err, ErrNone), errors.Is(err, report.ErrPageVersion):
		p.without(w, r, found)
		return
	case err != nil:
		p.broken(w, r, err)
		return
	}
	v := newView(page, readQuery(r.URL.Query()), p.links(found))
	v.Repository = found.Owner + "/" + found.Name
	if p.Knowledge != nil {
		v.RepositoryID = found.Repository
	}
	if viewer != nil {
		v.Viewer = viewer.Login
	}
	if p.Elsewhere != nil && found.ID > 0 {
		impacts, err := p.Elsewhere.Impacts(r.Context(), found.ID)
		if err != nil {
			p.broken(w, r, err)
			return
		}
		if len(impacts) > 0 {
			v.Impact = r.URL.Path + "/elsewhere"
		}
	}
	if v.Query.Part != "list" && v.Query.Object >= 0 {
		diff, err := p.diff(r.Context(), found, v)
		if err != nil {
			p.broken(w, r, err)
			return
		}
		v.Written = []template.HTML{diff}
	}
	switch v.Query.Part {
	case "list":
		p.show(w, r, "list", v)
	case "object":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		for _, diff := range v.Written {
			_, _ = w.Write([]byte(diff)) // the reader may be gone
		}
	default:
		p.show(w, r, "review.tmpl", v)
	}
}

// admit finds the review that is asked for, if whoever asks may see it; else it
// answers.
func (p *Pages) admit(w http.ResponseWriter, r *http.Request) (found Review, viewer *Viewer, ok bool) {
	return p.admitWith(w, r, p.Reviews.Review)
}

// admitWith is admit for whatever belongs to a repository, by what finds it.
func (p *Pages) admitWith(w http.ResponseWriter, r *http.Request, find func(context.Context, int64) (Review, error)) (found Review, viewer *Viewer, ok bool) {
	viewer = p.viewer(r)
	found, err := p.allowed(r.Context(), viewer, r.PathValue("id"), find)
	switch {
	case err == nil:
		return found, viewer, true
	case errors.Is(err, ErrSignedOut):
		p.sealer.clear(w, "session")
		p.toSignIn(w, r)
	case errors.Is(err, errNobody):
		p.toSignIn(w, r)
	case errors.Is(err, ErrNone):
		p.nothing(w, r)
	default:
		p.Log.Warn().Err(err).Msg("it could not be found out who may see a page")
		p.say(w, r, notice{Status: http.StatusBadGateway, Title: "GitHub does not answer", Text: "Whether you may see this could not be found out. Try again in a minute."})
	}
	return found, viewer, false
}

// toSignIn asks for a name, whether there is such a page or not.
func (p *Pages) toSignIn(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("part") != "" { // a script asks: the page it is on must be left
		p.say(w, r, notice{Status: http.StatusUnauthorized, Title: "Not signed in"})
		return
	}
	http.Redirect(w, r, "/signin?to="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
}

func (p *Pages) links(r Review) Links {
	return Links{Repository: p.GitHubURL + "/" + url.PathEscape(r.Owner) + "/" + url.PathEscape(r.Name), Number: r.Number, Checks: p.Explain != nil}
}

// part reads a part of what is kept of a review, or of an impact: a review whose id is
// the impact's, negated.
func (p *Pages) part(ctx context.Context, r Review, part int) ([]byte, error) {
	if r.ID < 0 {
		return p.Elsewhere.Part(ctx, -r.ID, part)
	}
	return p.Reviews.Part(ctx, r, part)
}

// page opens what is kept of a review, or takes what was opened.
func (p *Pages) page(ctx context.Context, r Review) (*report.Page, error) {
	if page, ok := p.opened.get(r.ID); ok {
		return page, nil
	}
	part, err := p.part(ctx, r, 0)
	if err != nil {
		return nil, err
	}
	page, err := report.OpenPage(part)
	if err != nil {
		return nil, fmt.Errorf("review %d: %w", r.ID, err)
	}
	if !r.Open { // else it may be made anew
		p.opened.put(r.ID, page, grown*len(part))
	}
	return page, nil
}

// diff makes the diff of the object that a view is of, or takes what was made.
func (p *Pages) diff(ctx context.Context, r Review, v *reviewView) (template.HTML, error) {
	key := diffKey{r.ID, v.Query.Object, v.Query.Full}
	if diff, ok := p.diffs.get(key); ok {
		return diff, nil
	}
	c := v.Changes[v.Query.Object]
	sides, err := p.sides(ctx, r, c)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := pages().ExecuteTemplate(&b, "object", v.object(v.Query.Object, sides)); err != nil {
		return "", fmt.Errorf("write the diff of %s: %w", c.Object, err)
	}
	if diff := template.HTML(b.String()); !r.Open {
		p.diffs.put(key, diff, len(diff))
		return diff, nil
	}
	return template.HTML(b.String()), nil
}

// sides reads the objects of a change; nil where they are not kept.
func (p *Pages) sides(ctx context.Context, r Review, c report.PageChange) (*report.Sides, error) {
	if c.Part == 0 {
		return nil, nil
	}
	part, err := p.part(ctx, r, c.Part)
	if errors.Is(err, ErrNone) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all, err := report.OpenSides(part)
	if err != nil || c.At >= len(all) {
		return nil, err
	}
	return &all[c.At], nil
}

// without tells of a review that has no page, or none yet.
func (p *Pages) without(w http.ResponseWriter, r *http.Request, found Review) {
	n := notice{Status: http.StatusOK, Title: found.Title, Link: p.links(found).Pull(), LinkText: fmt.Sprintf("%s/%s#%d", found.Owner, found.Name, found.Number)}
	of, moved := "pull request", "A newer commit, or a change of the pull request, took its place before it was done."
	if found.Number == 0 {
		of, moved = "merge group", "The merge queue gave up the group before it was done."
	}
	switch {
	case found.Gone:
		n.Title, n.Text = "Superseded", moved
	case found.Open:
		n.Title, n.Text, n.Refresh = "Being reviewed", "Both sides of the "+of+" are rendered and compared. What there is to see comes by itself.", 5
		n.Events, n.Step = r.URL.Path+"/events", stepOf(found).Text
	case n.Title == "":
		n.Title, n.Text = "Nothing is kept", "What this review showed is not kept any more. The check run on GitHub has the verdict."
	default:
		n.Text = "There is no more to show than this: nothing was rendered, or it is not kept any more. The check run on GitHub says why."
	}
	p.say(w, r, n)
}
