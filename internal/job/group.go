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
// head follows on its base, with one merge or one squashed commit. Such a group is
// trusted as that pull request is, and has what commands gave to it. Any other is
// a fork's, and nothing was given to it. A pull request stays what it is.
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
	a.member, pull.Fork = &member, member.Fork
	return pull, nil
}
