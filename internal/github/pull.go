package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	gh "github.com/google/go-github/v60/github"
)

// PullRequest is what a review needs to know of one, or of a merge group: that
// has the number 0, and no author.
type PullRequest struct {
	Installation  int64
	Owner, Repo   string
	RepositoryID  int64 // outlives a rename
	Private       bool
	DefaultBranch string
	Number        int
	BaseRef       string // a branch of the repository, without refs/heads/
	BaseSHA       string // GitHub's note of the base, perhaps not the branch's tip
	HeadRef       string
	HeadSHA       string
	HeadRepo      string // owner/name; "" when the fork was deleted
	Author        string
	Draft, Fork   bool
	Open          bool
	Group         MergeGroup // zero for a pull request
}

// Repository is where the pull request is.
func (p PullRequest) Repository() Repository {
	return Repository{Installation: p.Installation, Owner: p.Owner, Name: p.Repo, ID: p.RepositoryID, DefaultBranch: p.DefaultBranch, Private: p.Private}
}

// branches is where a repository's branches are.
const branches = "refs/heads/"

// HeadFetchRef is the ref of the base repository that holds the head, whatever
// fork it came from and whether or not that still exists.
func (p PullRequest) HeadFetchRef() string {
	if p.Group.Ref != "" {
		return p.Group.Ref
	}
	return fmt.Sprintf("refs/pull/%d/head", p.Number)
}

// BaseFetchRef is the full ref of the base branch.
func (p PullRequest) BaseFetchRef() string { return branches + p.BaseRef }

// PullRequest reads one pull request; ErrGone when there is none.
func (c *Client) PullRequest(ctx context.Context, number int) (PullRequest, error) {
	api := c.api(forReview)
	r := c.request(fmt.Sprintf("read pull request %s#%d", c, number), true)
	r.there = true
	p, err := call(ctx, c.app, r,
		func(ctx context.Context) (*gh.PullRequest, *gh.Response, error) {
			return api.PullRequests.Get(ctx, c.owner, c.repo, number)
		})
	if err != nil {
		return PullRequest{}, err
	}
	return c.pull(p), nil
}

// maxPulls bounds the open pull requests that are looked through for a head.
const maxPulls = 3000

// PullRequestsByHead finds the open pull requests whose head is a commit. All
// open ones are looked through: GitHub's index from commits to pull requests
// does not know forks.
func (c *Client) PullRequestsByHead(ctx context.Context, sha string) ([]PullRequest, error) {
	api := c.api(forReview)
	var found []PullRequest
	for page := 1; page > 0 && page <= maxPulls/perPage; {
		opts := &gh.PullRequestListOptions{State: "open", ListOptions: gh.ListOptions{Page: page, PerPage: perPage}}
		list, err := paged(ctx, c, "list pull requests of "+c.String(), &page,
			func(ctx context.Context) ([]*gh.PullRequest, *gh.Response, error) {
				return api.PullRequests.List(ctx, c.owner, c.repo, opts)
			})
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			if p.GetHead().GetSHA() == sha {
				found = append(found, c.pull(p))
			}
		}
	}
	return found, nil
}

// ErrUnchanged: it is as it was when the tag was given.
var ErrUnchanged = errors.New("nothing has changed")

// OpenPulls lists the hundred open pull requests that changed last, and gives a tag of
// the list. ErrUnchanged where the tag of an earlier list still holds: that costs
// nothing of GitHub's limit.
func (c *Client) OpenPulls(ctx context.Context, tag string) ([]PullRequest, string, error) {
	api := c.app.client(&http.Client{Transport: c.app.source(sourceKey{installation: c.installation, purpose: forLook})})
	list, err := call(ctx, c.app, c.request("list pull requests of "+c.String(), true), func(ctx context.Context) (list []*gh.PullRequest, resp *gh.Response, err error) {
		req, err := api.NewRequest(http.MethodGet, fmt.Sprintf("repos/%s/%s/pulls?state=open&sort=updated&direction=desc&per_page=%d", c.owner, c.repo, perPage), nil)
		if err != nil {
			return nil, nil, err
		}
		if tag != "" {
			req.Header.Set("If-None-Match", tag)
		}
		resp, err = api.Do(ctx, req, &list)
		if resp != nil && resp.StatusCode == http.StatusNotModified {
			return nil, resp, ErrUnchanged
		}
		if err == nil {
			tag = resp.Header.Get("ETag")
		}
		return list, resp, err
	})
	if err != nil {
		return nil, "", err
	}
	var out []PullRequest
	for _, p := range list {
		out = append(out, c.pull(p))
	}
	return out, tag, nil
}

// perPage is GitHub's most.
const perPage = 100

// paged is a call for one page; it sets page to the next, 0 after the last.
func paged[T any](ctx context.Context, c *Client, what string, page *int, do func(context.Context) (T, *gh.Response, error)) (T, error) {
	next := 0
	got, err := call(ctx, c.app, c.request(what, true), func(ctx context.Context) (T, *gh.Response, error) {
		got, resp, err := do(ctx)
		if err == nil {
			next = resp.NextPage
		}
		return got, resp, err
	})
	*page = next
	return got, err
}

func (c *Client) pull(p *gh.PullRequest) PullRequest {
	base, head := p.GetBase(), p.GetHead()
	return PullRequest{
		Installation: c.installation, Owner: base.GetRepo().GetOwner().GetLogin(), Repo: base.GetRepo().GetName(),
		RepositoryID: base.GetRepo().GetID(), Private: base.GetRepo().GetPrivate(), DefaultBranch: base.GetRepo().GetDefaultBranch(),
		Number: p.GetNumber(), BaseRef: base.GetRef(), BaseSHA: base.GetSHA(),
		HeadRef: head.GetRef(), HeadSHA: head.GetSHA(), HeadRepo: head.GetRepo().GetFullName(),
		Author: p.GetUser().GetLogin(), Draft: p.GetDraft(),
		Fork: head.GetRepo().GetID() != base.GetRepo().GetID(), Open: p.GetState() == "open",
	}
}
