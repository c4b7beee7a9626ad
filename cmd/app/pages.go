package main

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/job"
	"github.com/seaworthy-dev/seaworthy/internal/report"
	"github.com/seaworthy-dev/seaworthy/internal/store"
	"github.com/seaworthy-dev/seaworthy/internal/web"
)

// pages are the reviews' pages, on what the store keeps, for those whom GitHub
// lets read the repository.
func (s *service) pages() (*web.Pages, error) {
	e := s.environment
	users := s.app.Users(e.ClientID, e.ClientSecret)
	p := &web.Pages{Reviews: keptReviews{s.store}, Knowledge: keptReviews{s.store}, Elsewhere: keptImpacts{s.store}, Explain: explainedCheck, Checks: checkLines(), Secret: e.ClientSecret, URL: e.PublicURL, GitHubURL: e.GitHubURL, Log: s.log, GitHub: web.GitHub{
		SignIn: users.Address, Forget: users.Revoke,
		Exchange: func(ctx context.Context, code, verifier, callback string) (web.Viewer, error) {
			u, err := users.Exchange(ctx, code, verifier, callback)
			return web.Viewer{Login: u.Login, Token: u.Token, Expires: u.Expires}, err
		},
		MayRead: func(ctx context.Context, token string, repository int64) (bool, error) {
			may, err := users.MayRead(ctx, token, repository)
			if errors.Is(err, github.ErrSignedOut) {
				return false, web.ErrSignedOut
			}
			return may, err
		},
	}}
	p.GitHub.Lacks = s.app.Lacks
	if e.PagesPublic {
		p.GitHub.Public = s.isPublic
	}
	return p, p.Prepare()
}

// isPublic asks, as the App, whether everybody can read a review's repository.
func (s *service) isPublic(ctx context.Context, r web.Review) (bool, error) {
	about, err := s.app.Repository(github.Repository{Installation: r.Tenant, Owner: r.Owner, Name: r.Name, ID: r.Repository}).About(ctx)
	if errors.Is(err, github.ErrGone) {
		return false, nil
	}
	return err == nil && about.ID == r.Repository && about.Visibility == "public", err
}

// keptReviews are the store's reviews as the pages know them.
type keptReviews struct{ store *store.Store }

func (k keptReviews) Review(ctx context.Context, id int64) (web.Review, error) {
	r, err := k.store.Review(ctx, id)
	if errors.Is(err, store.ErrNoReview) {
		return web.Review{}, web.ErrNone
	}
	return reviewOf(r), err
}

func reviewOf(r store.Review) web.Review {
	return web.Review{ID: r.ID, Tenant: r.Tenant, Repository: r.Repository, Owner: r.Owner, Name: r.Name, Number: r.Number, Title: r.Title, Conclusion: r.Conclusion,
		Open: r.State == store.Queued || r.State == store.Running, Gone: r.State == store.Superseded,
		Waiting: r.State == store.Queued, Progress: r.Progress}
}

func (k keptReviews) Part(ctx context.Context, r web.Review, part int) ([]byte, error) {
	data, err := k.store.Page(ctx, store.Review{ID: r.ID, Pull: store.Pull{Tenant: r.Tenant}}, part)
	if errors.Is(err, store.ErrNoPage) {
		return nil, web.ErrNone
	}
	return data, err
}

func (k keptReviews) Repository(ctx context.Context, id int64) (web.Repository, error) {
	p, err := k.store.Known(ctx, id)
	if errors.Is(err, store.ErrNoReview) {
		return web.Repository{}, web.ErrNone
	}
	return repositoryOf(p), err
}

func repositoryOf(p store.Pull) web.Repository {
	return web.Repository{ID: p.Repository, Tenant: p.Tenant, Owner: p.Owner, Name: p.Name}
}

func (k keptReviews) Repositories(ctx context.Context, owner string) ([]web.Repository, error) {
	all, err := k.store.RepositoriesOf(ctx, owner)
	var out []web.Repository
	for _, p := range all {
		out = append(out, repositoryOf(p))
	}
	return out, err
}

func (k keptReviews) Pulls(ctx context.Context, repository int64) ([]web.Pull, error) {
	all, err := k.store.OpenPulls(ctx, repository)
	var out []web.Pull
	for _, r := range all {
		p := web.Pull{Review: reviewOf(r)}
		if r.Digest != "" && json.Unmarshal([]byte(r.Digest), &p.Digest) != nil {
			p.Digest = report.Digest{} // of another version
		}
		out = append(out, p)
	}
	return out, err
}

func (k keptReviews) Audits(ctx context.Context, repository int64) ([]web.Audit, error) {
	all, err := k.store.Audits(ctx, repository)
	var out []web.Audit
	for _, a := range all {
		out = append(out, auditOf(a))
	}
	return out, err
}

func (k keptReviews) Audit(ctx context.Context, id int64) (web.Audit, []byte, error) {
	a, data, err := k.store.AuditPage(ctx, id)
	if errors.Is(err, store.ErrNoPage) {
		return web.Audit{}, nil, web.ErrNone
	}
	return auditOf(a), data, err
}

func auditOf(a store.Audit) web.Audit {
	out := web.Audit{ID: a.ID, Number: a.Number, Created: a.Created, Repository: web.Repository{ID: a.Repository, Tenant: a.Tenant, Owner: a.Owner, Name: a.Name}}
	if json.Unmarshal([]byte(a.Digest), &out.Digest) != nil {
		out.Digest = report.AuditDigest{} // of another version
	}
	return out
}

// keptImpacts are the store's impacts as the pages know them.
type keptImpacts struct{ store *store.Store }

func (k keptImpacts) Impacts(ctx context.Context, review int64) ([]web.Impact, error) {
	all, err := k.store.Impacts(ctx, review)
	var out []web.Impact
	for _, i := range all {
		out = append(out, impactOf(i))
	}
	return out, err
}

func (k keptImpacts) Impact(ctx context.Context, id int64) (web.Impact, error) {
	i, err := k.store.Impact(ctx, id)
	if errors.Is(err, store.ErrNoPage) {
		return web.Impact{}, web.ErrNone
	}
	return impactOf(i), err
}

func (k keptImpacts) Part(ctx context.Context, id int64, part int) ([]byte, error) {
	data, err := k.store.ImpactPart(ctx, id, part)
	if errors.Is(err, store.ErrNoPage) {
		return nil, web.ErrNone
	}
	return data, err
}

func impactOf(i store.Impact) web.Impact {
	return web.Impact{ID: i.ID, Review: i.Review, Open: !i.Done, What: job.ImpactOf(i),
		Repository: web.Repository{ID: i.Repository, Tenant: i.Tenant, Owner: i.Owner, Name: i.Name}}
}

// checkLines are all checks for the list of them.
func checkLines() (out []web.CheckLine) {
	for _, c := range explained() {
		out = append(out, web.CheckLine{ID: c.ID, Severity: string(c.Severity), Area: string(c.Area), Title: c.Doc.Title})
	}
	return out
}

// explainedCheck is a check's documentation; "" where there is no such check.
func explainedCheck(id string) string {
	for _, c := range explained() {
		if c.ID == id {
			return report.Explain(c)
		}
	}
	return ""
}
