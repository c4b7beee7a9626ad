package standin

import (
	"net/http"
	"slices"
	"strings"
)

// Issue is a plain issue as it stands.
type Issue struct {
	Number              int
	Author, Title, Body string
	Updates             int
}

// Issues are those of a repository that are no pull requests, oldest first.
func (s *Server) Issues(repo string) ([]Issue, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.repo(repo)
	if err != nil {
		return nil, err
	}
	var out []Issue
	for _, i := range r.issues {
		out = append(out, *i)
	}
	return out, nil
}

func (i *Issue) json() object {
	return object{"number": i.Number, "title": i.Title, "body": i.Body, "state": "open", "user": user(i.Author)}
}

func (s *Server) createIssue(c *call) (int, any, error) {
	if err := issueSchema("title").check("", c.body); err != nil {
		return 0, nil, err
	}
	if err := checkComment(object{"body": text(c.body, "body")}); err != nil {
		return 0, nil, err
	}
	c.repo.lastIssue++
	made := &Issue{Number: c.repo.lastIssue, Author: s.opts.Slug + "[bot]", Title: text(c.body, "title"), Body: text(c.body, "body")}
	c.repo.issues = append(c.repo.issues, made)
	return http.StatusCreated, made.json(), nil
}

func updateIssue(c *call) (int, any, error) {
	if err := issueSchema().check("", c.body); err != nil {
		return 0, nil, err
	}
	for _, i := range c.repo.issues {
		if i.Number == int(c.number("number")) {
			i.Title, i.Body = text(c.body, "title"), text(c.body, "body")
			i.Updates++
			return http.StatusOK, i.json(), nil
		}
	}
	return 0, nil, errNotFound
}

// listIssues gives pull requests too, as GitHub does.
func listIssues(c *call) (int, any, error) {
	list := []object{}
	creator := c.URL.Query().Get("creator")
	for _, i := range slices.Backward(c.repo.issues) {
		if creator == "" || strings.EqualFold(creator, i.Author) {
			list = append(list, i.json())
		}
	}
	for _, p := range c.repo.pulls {
		if creator == "" || strings.EqualFold(creator, p.author) {
			list = append(list, object{"number": p.number, "title": p.title, "body": "", "user": user(p.author), "pull_request": object{"url": ""}})
		}
	}
	return http.StatusOK, page(c, list), nil
}
