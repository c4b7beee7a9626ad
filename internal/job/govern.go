package job

import (
	"context"
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/git"
	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// checkName is the check run's name on pull requests into governed branches.
// GitHub judges a required check by head and name: a pull request of the same
// head into a lax branch must not speak under this one.
const checkName = "seaworthy"

// laxName is the check run's name on pull requests into any other branch.
func laxName(base string) string { return fmt.Sprintf("%s (%s)", checkName, base) }

// tips are the trees of the branches whose word can count.
type tips struct {
	standard *model.Tree // of the default branch
	base     *model.Tree // of the pull request's base
}

func (a *attempt) tips(ctx context.Context, pull github.PullRequest, repo *git.Repo) (tips, error) {
	base, err := repo.Tree(ctx, repo.At(pull.BaseFetchRef()))
	if err != nil {
		return tips{}, err
	}
	if pull.BaseRef == pull.DefaultBranch {
		return tips{standard: base, base: base}, nil
	}
	standard, err := repo.Tree(ctx, repo.At("refs/heads/"+pull.DefaultBranch))
	return tips{standard: standard, base: base}, err
}

// govern puts the governing branch's file into the change: the base's own if the
// default branch's file lists it, else the default branch's. It gives the check
// run's name.
func (a *attempt) govern(ctx context.Context, pull github.PullRequest, at tips, c *Change) (name string, err error) {
	if err := a.queue.organisation(ctx, pull.Installation, pull.Owner, c); err != nil {
		return "", err
	}
	file, path, mistakes, err := config.Read(ctx, a.queue.Reviewer.Runner, at.standard, c.Scope, a.queue.Reviewer.known(c))
	if err != nil {
		return "", err
	}
	c.Governing = at.standard
	switch {
	case pull.BaseRef == pull.DefaultBranch:
		return checkName, a.queue.Reviewer.Apply(file, path, mistakes, c)
	case slices.Contains(file.Branches, pull.BaseRef):
		return checkName, a.queue.Reviewer.Configure(ctx, at.base, c)
	}
	return laxName(pull.BaseRef), a.queue.Reviewer.Apply(file, path, mistakes, c)
}
