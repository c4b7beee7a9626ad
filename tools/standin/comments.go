package standin

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// comment is one comment on a pull request.
type comment struct {
	Comment
	created, modified time.Time
}

// Comment is a comment as it stands.
type Comment struct {
	ID           int64
	Issue        int
	Author, Body string
	Reactions    []string // the App's
}

// Comments are those on a pull request, oldest first.
func (s *Server) Comments(repo string, number int) ([]Comment, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.repo(repo)
	if err != nil {
		return nil, err
	}
	var out []Comment
	for _, c := range r.comments {
		if c.Issue == number {
			one := c.Comment
			one.Reactions = slices.Clone(one.Reactions)
			out = append(out, one)
		}
	}
	return out, nil
}

// Comment has a user comment on a pull request, and sends the event. It gives
// the comment's id.
func (s *Server) Comment(ctx context.Context, repo string, number int, author, body string) (int64, error) {
	s.mu.Lock()
	r, err := s.repo(repo)
	if err == nil && r.pull(number) == nil {
		err = errNotFound
	}
	if err != nil {
		s.mu.Unlock()
		return 0, fmt.Errorf("comment on %s#%d: %w", repo, number, err)
	}
	c := s.addComment(r, number, author, body)
	s.mu.Unlock()
	s.send(ctx, "issue_comment", s.commentEvent(r, c, "created", author, nil))
	return c.ID, nil
}

// EditComment has a user change a comment, perhaps another's, and sends the
// event.
func (s *Server) EditComment(ctx context.Context, repo string, id int64, editor, body string) error {
	s.mu.Lock()
	r, err := s.repo(repo)
	var c *comment
	if err == nil {
		if c = r.comment(id); c == nil {
			err = errNotFound
		}
	}
	if err != nil {
		s.mu.Unlock()
		return fmt.Errorf("edit comment %d of %s: %w", id, repo, err)
	}
	before := c.Body
	c.Body, c.modified = body, s.opts.Now()
	s.mu.Unlock()
	s.send(ctx, "issue_comment", s.commentEvent(r, c, "edited", editor, object{"body": object{"from": before}}))
	return nil
}

func (s *Server) addComment(r *repository, number int, author, body string) *comment {
	now := s.opts.Now()
	c := &comment{Comment: Comment{ID: s.nextID(), Issue: number, Author: author, Body: body}, created: now, modified: now}
	r.comments = append(r.comments, c)
	return c
}

func (r *repository) comment(id int64) *comment {
	for _, c := range r.comments {
		if c.ID == id {
			return c
		}
	}
	return nil
}

func (c *comment) json(r *repository, host string) object {
	return object{"id": c.ID, "body": c.Body, "user": user(c.Author), "author_association": "CONTRIBUTOR",
		"created_at": stamp(c.created), "updated_at": stamp(c.modified),
		"html_url":  fmt.Sprintf("http://%s/%s/pull/%d#issuecomment-%d", host, r.fullName(), c.Issue, c.ID),
		"issue_url": fmt.Sprintf("http://%s/repos/%s/issues/%d", host, r.fullName(), c.Issue)}
}

func (s *Server) commentEvent(r *repository, c *comment, action, sender string, changes object) object {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := r.pull(c.Issue)
	event := object{"action": action, "comment": c.json(r, eventHost), "issue": object{
		"number": p.number, "title": p.title, "state": "open", "user": user(p.author),
		"pull_request": object{"url": fmt.Sprintf("http://%s/repos/%s/pulls/%d", eventHost, r.fullName(), p.number)}}}
	if changes != nil {
		event["changes"] = changes
	}
	return s.complete(r, event, sender)
}

func checkComment(body object) error {
	if err := commentSchema.check("", body); err != nil {
		return err
	}
	if utf8.RuneCountInString(text(body, "body")) > 65536 {
		return refused(object{"resource": "IssueComment", "code": "unprocessable", "field": "data",
			"message": "Body is too long (maximum is 65536 characters)"})
	}
	if strings.TrimSpace(text(body, "body")) == "" {
		return refused(object{"resource": "IssueComment", "code": "missing_field", "field": "body"})
	}
	return nil
}

func (s *Server) createComment(c *call) (int, any, error) {
	number := int(c.number("number"))
	if c.repo.pull(number) == nil {
		return 0, nil, errNotFound
	}
	if err := checkComment(c.body); err != nil {
		return 0, nil, err
	}
	made := s.addComment(c.repo, number, s.opts.Slug+"[bot]", text(c.body, "body"))
	return http.StatusCreated, made.json(c.repo, c.Host), nil
}

func (s *Server) updateComment(c *call) (int, any, error) {
	old := c.repo.comment(c.number("id"))
	if old == nil {
		return 0, nil, errNotFound
	}
	if err := checkComment(c.body); err != nil {
		return 0, nil, err
	}
	old.Body, old.modified = text(c.body, "body"), s.opts.Now()
	return http.StatusOK, old.json(c.repo, c.Host), nil
}

func listComments(c *call) (int, any, error) {
	number := int(c.number("number"))
	if c.repo.pull(number) == nil {
		return 0, nil, errNotFound
	}
	list := []object{}
	for _, one := range c.repo.comments {
		if one.Issue == number {
			list = append(list, one.json(c.repo, c.Host))
		}
	}
	return http.StatusOK, page(c, list), nil
}

func readComment(c *call) (int, any, error) {
	one := c.repo.comment(c.number("id"))
	if one == nil {
		return 0, nil, errNotFound
	}
	return http.StatusOK, one.json(c.repo, c.Host), nil
}

func (s *Server) react(c *call) (int, any, error) {
	one := c.repo.comment(c.number("id"))
	if one == nil {
		return 0, nil, errNotFound
	}
	if err := reactionSchema.check("", c.body); err != nil {
		return 0, nil, err
	}
	content := text(c.body, "content")
	body := object{"id": one.ID*10 + 1, "content": content, "user": user(s.opts.Slug + "[bot]")}
	if slices.Contains(one.Reactions, content) {
		return http.StatusOK, body, nil
	}
	one.Reactions = append(one.Reactions, content)
	return http.StatusCreated, body, nil
}
