package job

import (
	"context"
	"errors"

	"github.com/seaworthy-dev/seaworthy/internal/git"
	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/store"
)

// groupOf is a merge group as it was asked for: GitHub has nothing to read it from
// again.
func groupOf(p store.Pull) github.PullRequest {
	at := github.Repository{Installation: p.Tenant, Owner: p.Owner, Name: p.Name, ID: p.Repository, DefaultBranch: p.DefaultBranch}
	return at.MergeGroup(github.MergeGroup{Ref: p.GroupRef, BaseSHA: p.GroupBase}, p.BaseRef, p.HeadSHA)
}

// what a review is of, in a sentence.
func what(p store.Pull) string {
	if p.Group() {
		return "merge group"
	}
	return "pull request"
}

// alone finds out whether a merge group is one pull request and nothing else: its
// head follows on its base, with one merge or one squashed commit. Such a group has
// what commands gave to that pull request, and where its base is of the branch, and
// not of a group that waits before it, it is trusted as the pull request is. Any
// other is a fork's: what its base names may be a fork's too. A pull request stays
// what it is.
func (a *attempt) alone(ctx context.Context, pull github.PullRequest, repo *git.Repo) (github.PullRequest, error) {
	number := pull.Group.Number()
	if number == 0 {
		return pull, nil
	}
	parent, err := repo.Resolve(ctx, pull.HeadSHA+"^1")
	if err != nil || parent != pull.Group.BaseSHA {
		return pull, err
	}
	member, err := a.client.PullRequest(ctx, number)
	switch {
	case errors.Is(err, github.ErrGone):
		return pull, nil
	case err != nil:
		return pull, err
	case member.BaseRef != pull.BaseRef:
		return pull, nil
	}
	a.member = &member
	landed, err := repo.Ancestor(ctx, parent, repo.At(pull.BaseFetchRef()))
	if landed {
		pull.Fork = member.Fork
	}
	return pull, err
}
