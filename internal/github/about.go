package github

import (
	"context"
	"fmt"

	gh "github.com/google/go-github/v60/github"
)

// About is what a review of another repository needs to know of one.
type About struct {
	ID            int64
	FullName      string // owner/name, as GitHub spells it
	Visibility    string // public, internal or private
	DefaultBranch string
}

// About reads a repository; ErrGone where the installation does not see it.
func (c *Client) About(ctx context.Context) (About, error) {
	api := c.api(forContent)
	r, err := call(ctx, c.app, c.request(fmt.Sprintf("read %s", c), true), func(ctx context.Context) (*gh.Repository, *gh.Response, error) {
		return api.Repositories.Get(ctx, c.owner, c.repo)
	})
	if err != nil {
		return About{}, err
	}
	out := About{ID: r.GetID(), FullName: r.GetFullName(), Visibility: r.GetVisibility(), DefaultBranch: r.GetDefaultBranch()}
	if out.Visibility == "" { // of old servers
		out.Visibility = "public"
		if r.GetPrivate() {
			out.Visibility = "private"
		}
	}
	return out, nil
}
