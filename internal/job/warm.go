package job

import (
	"context"
	"fmt"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/git"
	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/store"
)

// warm renders a branch that moved, so that the traces of its targets are there when
// the next pull request starts from it. Nothing depends on it: what fails is left to
// the review.
func (q *Queue) warm(ctx context.Context, b store.Branch) error {
	start := time.Now()
	err := q.render(ctx, b)
	e := q.Log.Debug()
	if err != nil {
		e = e.Err(err)
	}
	e.Str("repository", b.Repository.Owner+"/"+b.Repository.Name).Str("branch", b.Branch).
		Int64("milliseconds", time.Since(start).Milliseconds()).Msg("warmed")
	return nil
}

func (q *Queue) render(ctx context.Context, b store.Branch) error {
	at := b.Repository
	client := q.client(store.Pull{Tenant: at.Tenant, Repository: at.ID, Owner: at.Owner, Name: at.Name})
	at.DefaultBranch = b.Branch
	repo, ref, err := q.fetchDefault(ctx, at, client)
	if err != nil {
		return err
	}
	defer repo.Close()
	c, err := q.branchChange(ctx, at, repo, ref)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, Budget)
	defer cancel()
	if _, err := q.Reviewer.Renderer.Pair(ctx, q.Reviewer.Request(c)); err != nil {
		return fmt.Errorf("render: %w", err)
	}
	return nil
}

// branchChange is what a branch is rendered by: its own files, as it is trusted.
func (q *Queue) branchChange(ctx context.Context, at store.Repository, repo *git.Repo, ref string) (c Change, err error) {
	c = Change{HeadSHA: repo.At(ref), AsOf: time.Now(), Scope: scopeOf(github.PullRequest{Installation: at.Tenant}),
		Origins: []string{q.App.CloneURL(at.Owner, at.Name)}}
	if c.Head, err = repo.Tree(ctx, c.HeadSHA); err != nil {
		return c, err
	}
	if err := repo.Prefetch(ctx, inputsOf(c.Head)); err != nil {
		return c, err
	}
	below, err := q.organisation(ctx, at.Tenant, at.Owner, c.Scope)
	if err != nil {
		return c, err
	}
	file, name, mistakes, err := config.Read(ctx, q.Reviewer.Runner, c.Head, c.Scope, q.Reviewer.known(below))
	if err != nil {
		return c, err
	}
	c.Governance, err = q.Reviewer.Govern(file, name, mistakes, below)
	return c, err
}
