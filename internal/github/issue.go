package github

import (
	"context"
	"fmt"
	"strings"

	gh "github.com/google/go-github/v60/github"
)

// Issue is an issue of the App's own that is kept up to date.
type Issue struct {
	Number int    // 0 to find or to make it
	Mark   string // begins its body, and tells it from others
	Title  string
	Body   string // markdown, cut like a comment's
}

// KeepIssue brings an issue up to date and gives its number. One that is not
// known by number is looked for among the App's own before it is made; one that
// was deleted is made anew.
func (c *Client) KeepIssue(ctx context.Context, app string, i Issue) (int, error) {
	var err error
	if i.Number == 0 {
		if i.Number, err = c.findIssue(ctx, app, i.Mark); err != nil {
			return 0, err
		}
	}
	api := c.api(forIssue)
	request := &gh.IssueRequest{Title: gh.String(i.Title), Body: gh.String(fit(i.Mark+"\n"+i.Body, maxText))}
	if i.Number != 0 {
		_, err := call(ctx, c.app, c.request(fmt.Sprintf("edit issue %s#%d", c, i.Number), true),
			func(ctx context.Context) (*gh.Issue, *gh.Response, error) {
				return api.Issues.Edit(ctx, c.owner, c.repo, i.Number, request)
			})
		return i.Number, err
	}
	made, err := call(ctx, c.app, c.request("open an issue of "+c.String(), false),
		func(ctx context.Context) (*gh.Issue, *gh.Response, error) {
			return api.Issues.Create(ctx, c.owner, c.repo, request)
		})
	return made.GetNumber(), err
}

// findIssue looks through the App's own issues; 0 where there is none with the
// mark.
func (c *Client) findIssue(ctx context.Context, app, mark string) (int, error) {
	api := c.api(forIssue)
	for page := 1; page > 0 && page <= maxCommentPages; {
		opts := &gh.IssueListByRepoOptions{State: "all", Creator: app + "[bot]", ListOptions: gh.ListOptions{Page: page, PerPage: perPage}}
		list, err := paged(ctx, c, "list the issues of "+c.String(), &page,
			func(ctx context.Context) ([]*gh.Issue, *gh.Response, error) {
				return api.Issues.ListByRepo(ctx, c.owner, c.repo, opts)
			})
		if err != nil {
			return 0, err
		}
		for _, one := range list {
			if one.GetUser().GetLogin() == app+"[bot]" && !one.IsPullRequest() && strings.HasPrefix(one.GetBody(), mark) {
				return one.GetNumber(), nil
			}
		}
	}
	return 0, nil
}
