package github

import (
	"context"
	"errors"
	"fmt"

	gh "github.com/google/go-github/v60/github"
)

// Comment is a comment on a pull request.
type Comment struct {
	ID     int64
	Author string
	Body   string // markdown; cut at 65,535 bytes, which is under GitHub's 65,536 characters
}

// Comment writes a comment on a pull request and gives its id.
func (c *Client) Comment(ctx context.Context, number int, body string) (int64, error) {
	api := c.api(forComment)
	made, err := call(ctx, c.app, c.request(fmt.Sprintf("comment on %s#%d", c, number), false),
		func(ctx context.Context) (*gh.IssueComment, *gh.Response, error) {
			return api.Issues.CreateComment(ctx, c.owner, c.repo, number, &gh.IssueComment{Body: gh.String(fit(body, maxText))})
		})
	return made.GetID(), err
}

// EditComment replaces a comment of the App's own.
func (c *Client) EditComment(ctx context.Context, id int64, body string) error {
	api := c.api(forComment)
	_, err := call(ctx, c.app, c.request(fmt.Sprintf("edit comment %d of %s", id, c), true),
		func(ctx context.Context) (*gh.IssueComment, *gh.Response, error) {
			return api.Issues.EditComment(ctx, c.owner, c.repo, id, &gh.IssueComment{Body: gh.String(fit(body, maxText))})
		})
	return err
}

// maxCommentPages bounds a long discussion.
const maxCommentPages = 30

// Comments lists the comments on a pull request, oldest first.
func (c *Client) Comments(ctx context.Context, number int) ([]Comment, error) {
	api := c.api(forComment)
	var out []Comment
	for page := 1; page > 0 && page <= maxCommentPages; {
		opts := &gh.IssueListCommentsOptions{ListOptions: gh.ListOptions{Page: page, PerPage: perPage}}
		list, err := paged(ctx, c, fmt.Sprintf("list comments of %s#%d", c, number), &page,
			func(ctx context.Context) ([]*gh.IssueComment, *gh.Response, error) {
				return api.Issues.ListComments(ctx, c.owner, c.repo, number, opts)
			})
		if err != nil {
			return nil, err
		}
		for _, one := range list {
			out = append(out, Comment{ID: one.GetID(), Author: one.GetUser().GetLogin(), Body: one.GetBody()})
		}
	}
	return out, nil
}

// React puts a reaction ("eyes", "+1") on a comment; twice is once.
func (c *Client) React(ctx context.Context, id int64, content string) error {
	api := c.api(forComment)
	_, err := call(ctx, c.app, c.request(fmt.Sprintf("react to comment %d of %s", id, c), true),
		func(ctx context.Context) (*gh.Reaction, *gh.Response, error) {
			return api.Reactions.CreateIssueCommentReaction(ctx, c.owner, c.repo, id, content)
		})
	return err
}

// Role is what a user may do in a repository: "admin", "maintain", "write",
// "triage", "read" or "none". A role that an organisation made itself counts as
// the permission below it, which is never "maintain". author_association is no
// substitute: it hides private members.
func (c *Client) Role(ctx context.Context, user string) (string, error) {
	api := c.api(forComment)
	level, err := call(ctx, c.app, c.request(fmt.Sprintf("read the role of %s in %s", user, c), true),
		func(ctx context.Context) (*gh.RepositoryPermissionLevel, *gh.Response, error) {
			return api.Repositories.GetPermissionLevel(ctx, c.owner, c.repo, user)
		})
	if err != nil {
		return "", err
	}
	switch role := level.GetUser().GetRoleName(); role {
	case "admin", "maintain", "write", "triage", "read", "none":
		return role, nil
	}
	return level.GetPermission(), nil
}

// File reads a file at a ref, "" for the default branch; ErrGone when the
// repository, the ref or the file is not there.
func (c *Client) File(ctx context.Context, ref, path string) ([]byte, error) {
	api := c.api(forContent)
	what := fmt.Sprintf("read %s of %s", path, c)
	file, err := call(ctx, c.app, c.request(what, true), func(ctx context.Context) (*gh.RepositoryContent, *gh.Response, error) {
		file, _, resp, err := api.Repositories.GetContents(ctx, c.owner, c.repo, path, &gh.RepositoryContentGetOptions{Ref: ref})
		return file, resp, err
	})
	if err != nil {
		return nil, err
	}
	if file == nil {
		return nil, fmt.Errorf("%s: %w", what, errDirectory)
	}
	content, err := file.GetContent()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return []byte(content), nil
}

var errDirectory = errors.New("it is a directory")
