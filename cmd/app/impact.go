package main

import (
	"context"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/git"
	"github.com/seaworthy-dev/seaworthy/internal/job"
	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// impact is what a change does in the repositories of --consumer, as they are at their
// HEAD; nil where none is named.
func (f *reviewFlags) impact(ctx context.Context, repo *git.Repo, w *workbench, c job.Change) (*model.Impact, error) {
	if len(f.consumers) == 0 {
		return nil, nil
	}
	move := job.Move{Names: slices.Concat(repo.Origins(ctx), c.Mirrors), Branch: strings.TrimPrefix(f.base, "origin/"),
		BaseSHA: c.MergeBase, HeadSHA: c.HeadSHA, Base: c.Base, Head: c.Head}
	if len(move.Names) == 0 {
		return nil, usage("--consumer: nobody can tell by which URL others name this repository: give it a remote, or list the URL under `mirrors:` in its file")
	}
	out := &model.Impact{Repositories: []model.ImpactedRepository{}}
	for _, dir := range f.consumers {
		of, err := f.impactOn(ctx, w, dir, c, move)
		if err != nil {
			return nil, err
		}
		out.Add(of)
	}
	return out, nil
}

func (f *reviewFlags) impactOn(ctx context.Context, w *workbench, dir string, of job.Change, move job.Move) (out model.ImpactedRepository, err error) {
	repo, err := git.Open(ctx, dir)
	if err != nil {
		return out, exitStatus{exitUsage, err}
	}
	defer repo.Close()
	c := job.Change{Scope: localScope, Origins: repo.Origins(ctx), AsOf: of.AsOf, Plain: of.Plain}
	if c.HeadSHA, c.Head, err = commit(ctx, repo, "HEAD"); err != nil {
		return out, refused(err)
	}
	if c.Governance, err = w.reviewer.Configure(ctx, c.Head, localScope, of.Defaults); err != nil {
		return out, broken(err)
	}
	out, _, err = w.reviewer.Impact(ctx, c, move)
	if err != nil {
		return out, broken(err)
	}
	out.Name = dir
	return out, nil
}
