package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/report"
	"github.com/seaworthy-dev/seaworthy/internal/yamldiff"
)

// bearer is a program, with a token of GitHub's by which it is told what it may
// read; nil where it brings none.
func bearer(r *http.Request) *Viewer {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || token == "" || len(token) > 1000 {
		return nil
	}
	sum := sha256.Sum256([]byte(token))
	return &Viewer{Login: "token " + hex.EncodeToString(sum[:6]), Token: token}
}

// caller is a program with its token, or a browser that is signed in.
func (p *Pages) caller(r *http.Request) *Viewer {
	if v := bearer(r); v != nil {
		return v
	}
	return p.viewer(r)
}

// apiReview is a review as programs read it.
type apiReview struct {
	ID         int64          `json:"id"`
	Repository string         `json:"repository"`
	Number     int            `json:"number"`
	State      string         `json:"state"` // running, superseded or done
	Title      string         `json:"title"`
	Conclusion string         `json:"conclusion,omitempty"`
	Page       *report.Page   `json:"page,omitempty"`   // absent while there is none
	Digest     *report.Digest `json:"digest,omitempty"` // in lists, in place of Page
}

func apiReviewOf(r Review) apiReview {
	out := apiReview{ID: r.ID, Repository: r.Owner + "/" + r.Name, Number: r.Number, Title: r.Title, Conclusion: r.Conclusion, State: "done"}
	switch {
	case r.Open:
		out.State = "running"
	case r.Gone:
		out.State = "superseded"
	}
	return out
}

// apiObject is the diff of one object.
type apiObject struct {
	Object  model.ObjectID     `json:"object"`
	Change  string             `json:"change"`
	Removed int                `json:"removed"`
	Added   int                `json:"added"`
	Kept    bool               `json:"kept"` // false: it was too large to keep
	Lines   []apiLine          `json:"lines"`
	Fields  []report.PageField `json:"fields"` // what changed, and the line that did it
}

// apiLine is a line of a diff.
type apiLine struct {
	Op      string `json:"op"` // " ", "-" or "+"
	Base    int    `json:"base,omitempty"`
	Head    int    `json:"head,omitempty"`
	Text    string `json:"text"`
	Pointer string `json:"pointer"`
	Secret  bool   `json:"secret,omitempty"` // its value is not shown
}

// apiRepository is a repository as programs read it.
type apiRepository struct {
	ID         int64       `json:"id"`
	Repository string      `json:"repository"`
	Pulls      []apiReview `json:"pulls"`
	Audits     []apiAudit  `json:"audits"`
}

type apiAudit struct {
	ID      int64              `json:"id"`
	Created string             `json:"created"` // RFC 3339
	Digest  report.AuditDigest `json:"digest"`
}

// apiOrganisation is an account as programs read it.
type apiOrganisation struct {
	Owner        string           `json:"owner"`
	Repositories []apiLineOfOrg   `json:"repositories"`
	Checks       []map[string]any `json:"checks"` // that block most
	Left         int              `json:"left,omitempty"`
}

type apiLineOfOrg struct {
	ID         int64          `json:"id"`
	Repository string         `json:"repository"`
	Pulls      int            `json:"pulls"`
	States     map[string]int `json:"states"`
	Audit      *apiAudit      `json:"audit,omitempty"`
}

// errNobody: whoever asks brings nothing by which to tell who it is.
var errNobody = errors.New("nobody is signed in")

// allowed finds what is asked for by an id, if whoever asks may see it. What may
// not be seen is ErrNone, as what is not there.
func (p *Pages) allowed(ctx context.Context, v *Viewer, id string, find func(context.Context, int64) (Review, error)) (Review, error) {
	if v == nil && p.GitHub.Public == nil {
		return Review{}, errNobody
	}
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		err = ErrNone
	}
	var found Review
	if err == nil {
		found, err = find(ctx, n)
	}
	may := false
	if err == nil {
		may, err = p.mayRead(ctx, v, found)
	}
	switch {
	case err == nil && may:
		return found, nil
	case (err == nil || errors.Is(err, ErrNone)) && v == nil:
		return Review{}, errNobody
	case err == nil:
		return Review{}, ErrNone
	}
	return Review{}, err
}

// answerJSON answers a program.
func (p *Pages) answerJSON(w http.ResponseWriter, r *http.Request, make func(ctx context.Context, v *Viewer) (any, error)) {
	body, err := make(r.Context(), p.caller(r))
	status := http.StatusOK
	switch {
	case errors.Is(err, errNobody), errors.Is(err, ErrSignedOut):
		w.Header().Set("WWW-Authenticate", `Bearer realm="GitHub"`)
		status, body = http.StatusUnauthorized, map[string]string{"error": "a token of GitHub's is needed that can read the repository"}
	case errors.Is(err, ErrNone), errors.Is(err, report.ErrPageVersion):
		status, body = http.StatusNotFound, map[string]string{"error": "there is no such thing, or the token cannot read its repository"}
	case err != nil:
		p.Log.Warn().Err(err).Str("path", r.URL.Path).Msg("a program was not answered")
		status, body = http.StatusBadGateway, map[string]string{"error": "it could not be read now"}
	}
	text, err := json.Marshal(body)
	if err != nil {
		p.broken(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) // the reader may be gone
}

// reviewJSON gives a review with what its page shows.
func (p *Pages) reviewJSON(ctx context.Context, v *Viewer, id string) (any, error) {
	found, err := p.allowed(ctx, v, id, p.Reviews.Review)
	if err != nil {
		return nil, err
	}
	out := apiReviewOf(found)
	out.Page, err = p.page(ctx, found)
	if errors.Is(err, ErrNone) || errors.Is(err, report.ErrPageVersion) {
		err = nil
	}
	return out, err
}

// objectJSON gives the diff of one of its objects.
func (p *Pages) objectJSON(ctx context.Context, v *Viewer, id, change string) (any, error) {
	found, err := p.allowed(ctx, v, id, p.Reviews.Review)
	if err != nil {
		return nil, err
	}
	page, err := p.page(ctx, found)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(change)
	if err != nil || n < 0 || n >= len(page.Changes) {
		return nil, ErrNone
	}
	c := page.Changes[n]
	sides, err := p.sides(ctx, found, c)
	if err != nil {
		return nil, err
	}
	out := apiObject{Object: c.Object, Change: c.Change, Lines: []apiLine{}, Fields: []report.PageField{}}
	if sides == nil {
		return out, nil
	}
	out.Kept, out.Fields = true, append(out.Fields, sides.Fields...)
	lines := yamldiff.Compare(sides.Objects(c.Object))
	out.Removed, out.Added = yamldiff.Changed(lines)
	for _, l := range lines {
		out.Lines = append(out.Lines, apiLine{Op: string(rune(l.Op)), Base: l.Base, Head: l.Head, Text: l.Text, Pointer: l.Pointer, Secret: l.Secret})
	}
	return out, nil
}

// repositoryJSON gives a repository's open pull requests and audits.
func (p *Pages) repositoryJSON(ctx context.Context, v *Viewer, id string) (any, error) {
	found, err := p.allowed(ctx, v, id, p.asReview)
	if err != nil {
		return nil, err
	}
	out := apiRepository{ID: found.Repository, Repository: found.Owner + "/" + found.Name, Pulls: []apiReview{}, Audits: []apiAudit{}}
	pulls, err := p.Knowledge.Pulls(ctx, found.Repository)
	if err != nil {
		return nil, err
	}
	for _, pull := range pulls {
		one := apiReviewOf(pull.Review)
		one.Digest = &pull.Digest
		out.Pulls = append(out.Pulls, one)
	}
	audits, err := p.Knowledge.Audits(ctx, found.Repository)
	for _, a := range audits {
		out.Audits = append(out.Audits, apiAuditOf(a))
	}
	return out, err
}

// asReview finds a repository, as something that belongs to one.
func (p *Pages) asReview(ctx context.Context, id int64) (Review, error) {
	at, err := p.Knowledge.Repository(ctx, id)
	return Review{Tenant: at.Tenant, Repository: at.ID, Owner: at.Owner, Name: at.Name}, err
}

func apiAuditOf(a Audit) apiAudit {
	return apiAudit{ID: a.ID, Created: a.Created.UTC().Format("2006-01-02T15:04:05Z"), Digest: a.Digest}
}

// organisationJSON gives an account's repositories: those that the caller reads.
func (p *Pages) organisationJSON(ctx context.Context, v *Viewer, owner string) (any, error) {
	if v == nil && p.GitHub.Public == nil {
		return nil, errNobody
	}
	all, err := p.organisationView(ctx, v, owner)
	switch {
	case err != nil:
		return nil, err
	case len(all.Repositories) == 0 && v == nil:
		return nil, errNobody
	case len(all.Repositories) == 0:
		return nil, ErrNone
	}
	out := apiOrganisation{Owner: all.Owner, Repositories: []apiLineOfOrg{}, Checks: []map[string]any{}, Left: all.Left}
	for _, l := range all.Repositories {
		one := apiLineOfOrg{ID: l.ID, Repository: l.Owner + "/" + l.Name, Pulls: l.Pulls, States: map[string]int{}}
		for _, s := range l.States {
			one.States[s.State] = s.Count
		}
		if l.Latest != nil {
			a := apiAuditOf(*l.Latest)
			one.Audit = &a
		}
		out.Repositories = append(out.Repositories, one)
	}
	for _, c := range all.Checks {
		out.Checks = append(out.Checks, map[string]any{"check": c.Check, "pulls": c.Pulls, "findings": c.Counts})
	}
	return out, nil
}

// auditJSON gives an audit's report, in the form of the command line.
func (p *Pages) auditJSON(ctx context.Context, v *Viewer, id string) (any, error) {
	var data []byte
	_, err := p.allowed(ctx, v, id, func(ctx context.Context, id int64) (Review, error) {
		found, kept, err := p.Knowledge.Audit(ctx, id)
		data = kept
		at := found.Repository
		return Review{Tenant: at.Tenant, Repository: at.ID, Owner: at.Owner, Name: at.Name}, err
	})
	if err != nil {
		return nil, err
	}
	return report.OpenAudit(data)
}

// programs adds what programs ask for.
func (p *Pages) programs(mux *http.ServeMux) {
	for pattern, answer := range map[string]func(context.Context, *Viewer, *http.Request) (any, error){
		"GET /api/reviews/{id}": func(ctx context.Context, v *Viewer, r *http.Request) (any, error) {
			return p.reviewJSON(ctx, v, r.PathValue("id"))
		},
		"GET /api/reviews/{id}/objects/{object}": func(ctx context.Context, v *Viewer, r *http.Request) (any, error) {
			return p.objectJSON(ctx, v, r.PathValue("id"), r.PathValue("object"))
		},
		"GET /api/repositories/{id}": func(ctx context.Context, v *Viewer, r *http.Request) (any, error) {
			return p.repositoryJSON(ctx, v, r.PathValue("id"))
		},
		"GET /api/organisations/{owner}": func(ctx context.Context, v *Viewer, r *http.Request) (any, error) {
			return p.organisationJSON(ctx, v, r.PathValue("owner"))
		},
		"GET /api/audits/{id}": func(ctx context.Context, v *Viewer, r *http.Request) (any, error) {
			return p.auditJSON(ctx, v, r.PathValue("id"))
		},
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			p.answerJSON(w, r, func(ctx context.Context, v *Viewer) (any, error) { return answer(ctx, v, r) })
		})
	}
}
