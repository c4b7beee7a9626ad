package main

import (
	"context"
	"errors"

	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/store"
	"github.com/seaworthy-dev/seaworthy/internal/web"
)

// pages are the reviews' pages, on what the store keeps, for those whom GitHub
// lets read the repository.
func (s *service) pages() (*web.Pages, error) {
	e := s.environment
	users := s.app.Users(e.ClientID, e.ClientSecret)
	p := &web.Pages{Reviews: keptReviews{s.store}, Secret: e.ClientSecret, URL: e.PublicURL, GitHubURL: e.GitHubURL, Log: s.log, GitHub: web.GitHub{
		SignIn: users.Address,
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
	return web.Review{ID: r.ID, Tenant: r.Tenant, Repository: r.Repository, Owner: r.Owner, Name: r.Name, Number: r.Number, Title: r.Title, Conclusion: r.Conclusion,
		Open: r.State == store.Queued || r.State == store.Running, Gone: r.State == store.Superseded,
		Waiting: r.State == store.Queued, Progress: r.Progress}, err
}

func (k keptReviews) Part(ctx context.Context, r web.Review, part int) ([]byte, error) {
	data, err := k.store.Page(ctx, store.Review{ID: r.ID, Pull: store.Pull{Tenant: r.Tenant}}, part)
	if errors.Is(err, store.ErrNoPage) {
		return nil, web.ErrNone
	}
	return data, err
}
