package github

import (
	"context"
	"fmt"
	"slices"
	"strings"

	gh "github.com/google/go-github/v60/github"
)

// People are those who had a hand in a pull request's commits.
type People struct {
	Logins []string // lower case, sorted
	// Nameless: some commit's author or committer has no account that GitHub
	// knows, or there are more commits than GitHub lists; whose they are cannot
	// be told.
	Nameless bool
}

// maxPullCommits is how many commits of a pull request GitHub lists.
const maxPullCommits = 250

// Contributors finds who wrote and who committed a pull request's commits.
func (c *Client) Contributors(ctx context.Context, number int) (People, error) {
	api := c.api(forReview)
	var out People
	commits := 0
	for page := 1; page > 0; {
		opts := &gh.ListOptions{Page: page, PerPage: perPage}
		list, err := paged(ctx, c, fmt.Sprintf("list the commits of %s#%d", c, number), &page,
			func(ctx context.Context) ([]*gh.RepositoryCommit, *gh.Response, error) {
				return api.PullRequests.ListCommits(ctx, c.owner, c.repo, number, opts)
			})
		if err != nil {
			return People{}, err
		}
		for _, one := range list {
			commits++
			for _, login := range []string{one.GetAuthor().GetLogin(), one.GetCommitter().GetLogin()} {
				login = strings.ToLower(login)
				switch {
				case login == "":
					out.Nameless = true
				case login != webFlow && !slices.Contains(out.Logins, login):
					out.Logins = append(out.Logins, login)
				}
			}
		}
	}
	out.Nameless = out.Nameless || commits >= maxPullCommits
	slices.Sort(out.Logins)
	return out, nil
}

// webFlow commits what is done on GitHub's pages, in the name of the author.
const webFlow = "web-flow"

// Pipeline is a check run of somebody else's on a commit.
type Pipeline struct {
	Name       string
	Conclusion string // "" while it is not done
}

// Pipelines lists the latest check runs of other Apps on a commit, by name.
func (c *Client) Pipelines(ctx context.Context, sha string) ([]Pipeline, error) {
	api := c.api(forReview)
	var out []Pipeline
	for page := 1; page > 0 && page <= maxRunPages; {
		opts := &gh.ListCheckRunsOptions{Filter: gh.String("latest"), ListOptions: gh.ListOptions{Page: page, PerPage: perPage}}
		list, err := paged(ctx, c, fmt.Sprintf("list check runs of %s at %s", c, sha), &page,
			func(ctx context.Context) (*gh.ListCheckRunsResults, *gh.Response, error) {
				return api.Checks.ListCheckRunsForRef(ctx, c.owner, c.repo, sha, opts)
			})
		if err != nil {
			return nil, err
		}
		for _, r := range list.CheckRuns {
			if r.GetApp().GetID() != c.app.id {
				out = append(out, Pipeline{Name: r.GetName(), Conclusion: r.GetConclusion()})
			}
		}
	}
	slices.SortFunc(out, func(a, b Pipeline) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}
