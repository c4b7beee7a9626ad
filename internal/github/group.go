package github

import (
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// MergeGroup is what a merge queue would put onto a branch: one pull request or
// several, merged. Required checks must be on its head.
type MergeGroup struct {
	Ref     string // a branch of the repository, with refs/heads/; "" for no group
	BaseSHA string // what the head was made on: the base branch, or the group before
}

// groupRef is GitHub's name of a group's branch:
// gh-readonly-queue/BASE/pr-NUMBER-COMMIT.
var groupRef = pattern.New(`^refs/heads/gh-readonly-queue/.+/pr-([1-9][0-9]{0,17})-[0-9a-f]{40,64}$`)

// Number is that of the pull request that the group's ref names, its last; 0
// where the ref names none.
func (g MergeGroup) Number() int {
	m := groupRef.FindStringSubmatch(g.Ref)
	if m == nil {
		return 0
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return 0
	}
	return n
}

// MergeGroup gives what a review needs to know of a merge group for one of the
// repository's branches. Whose work is in it is not known, so it counts as a
// fork's.
func (r Repository) MergeGroup(g MergeGroup, baseRef, headSHA string) PullRequest {
	return PullRequest{
		Installation: r.Installation, Owner: r.Owner, Repo: r.Name, RepositoryID: r.ID, Private: r.Private, DefaultBranch: r.DefaultBranch,
		BaseRef: baseRef, BaseSHA: g.BaseSHA, HeadRef: strings.TrimPrefix(g.Ref, branches), HeadSHA: headSHA,
		Fork: true, Open: true, Group: g,
	}
}
