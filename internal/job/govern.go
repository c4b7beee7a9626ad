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

// govern gives what the governing branch's file says, and the check run's name: the
// base's own file if the default branch's lists it, else the default branch's.
func (a *attempt) govern(ctx context.Context, pull github.PullRequest, at tips) (name string, g Governance, err error) {
	r, scope := a.queue.Reviewer, scopeOf(pull)
	below, err := a.queue.organisation(ctx, pull.Installation, pull.Owner, scope)
	if err != nil {
		return "", g, err
	}
	file, path, mistakes, err := config.Read(ctx, r.Runner, at.standard, scope, r.known(below))
	if err != nil {
		return "", g, err
	}
	a.consumers = file.Consumers
	name = checkName
	switch {
	case pull.BaseRef == pull.DefaultBranch:
	case slices.Contains(file.Branches, pull.BaseRef):
		g, err = r.Configure(ctx, at.base, scope, below)
		return name, g, err
	default:
		name = laxName(pull.BaseRef)
	}
	g, err = r.Govern(file, path, mistakes, below)
	g.Governing = at.standard
	return name, g, err
}
