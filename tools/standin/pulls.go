package standin

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// NewPull describes a pull request to be opened.
type NewPull struct {
	Repo          string // owner/name
	Title, Author string
	Base          string // "" is the default branch
	Head          string // a branch of Repo, or of Fork
	Fork          string // owner/name of a fork
	From          string // the directory that has the fork's branch Head
	Draft         bool
}

// OpenPull opens a pull request, makes its refs, and sends the event. It gives
// the pull request's number.
func (s *Server) OpenPull(ctx context.Context, n NewPull) (int, error) {
	p, r, err := s.addPull(ctx, n)
	if err != nil {
		return 0, fmt.Errorf("open pull request: %w", err)
	}
	s.send(ctx, "pull_request", s.pullEvent(r, p, "opened", p.author))
	return p.number, nil
}

func (s *Server) addPull(ctx context.Context, n NewPull) (*pull, *repository, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.repo(n.Repo)
	if err != nil {
		return nil, nil, err
	}
	r.lastIssue++
	now := s.opts.Now()
	p := &pull{
		id: s.nextID(), number: r.lastIssue, title: n.Title, author: cmp.Or(n.Author, "author"), draft: n.Draft,
		base: cmp.Or(n.Base, r.defaultBranch), head: n.Head, fork: n.Fork, created: now, modified: now,
	}
	head := "refs/heads/" + n.Head
	if n.Fork != "" {
		if _, err := git(ctx, r.dir, "fetch", "--quiet", "--no-tags", n.From, "+"+head+":"+p.ref()); err != nil {
			return nil, nil, err
		}
		head = p.ref()
	}
	if p.headSHA, err = git(ctx, r.dir, "rev-parse", "--verify", head); err != nil {
		return nil, nil, err
	}
	if err := p.refresh(ctx, r); err != nil {
		return nil, nil, err
	}
	r.pulls = append(r.pulls, p)
	return p, r, nil
}

// OpenPulls opens a pull request into the default branch for each of the
// repository's branches, much quicker than OpenPull: without test merges and
// without sending the events, which it gives.
func (s *Server) OpenPulls(ctx context.Context, repo string, branches []string) ([]Delivery, error) {
	s.mu.Lock()
	r, err := s.repo(repo)
	if err != nil {
		s.mu.Unlock()
		return nil, err
	}
	opened, err := s.addPulls(ctx, r, branches)
	s.mu.Unlock()
	if err != nil {
		return nil, fmt.Errorf("open pull requests: %w", err)
	}
	var out []Delivery
	for _, p := range opened {
		out = append(out, *s.delivery("pull_request", s.pullEvent(r, p, "opened", p.author)))
	}
	return out, nil
}

func (s *Server) addPulls(ctx context.Context, r *repository, branches []string) ([]*pull, error) {
	list, err := git(ctx, r.dir, "for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads")
	if err != nil {
		return nil, err
	}
	heads := map[string]string{}
	for line := range strings.Lines(list) {
		name, sha, _ := strings.Cut(strings.TrimSpace(line), " ")
		heads[name] = sha
	}
	var opened []*pull
	for _, branch := range branches {
		if heads[branch] == "" {
			return nil, fmt.Errorf("standin: there is no branch %s", branch)
		}
		r.lastIssue++
		p := &pull{id: s.nextID(), number: r.lastIssue, title: branch, author: "author", base: r.defaultBranch, head: branch,
			baseSHA: heads[r.defaultBranch], headSHA: heads[branch], created: s.opts.Now(), modified: s.opts.Now()}
		// One process for all of them would need standard input; a loose ref is a
		// file.
		if err := writeRef(r.dir, p.ref(), p.headSHA); err != nil {
			return nil, err
		}
		opened = append(opened, p)
	}
	r.pulls = append(r.pulls, opened...)
	return opened, nil
}

func writeRef(dir, ref, sha string) error {
	file := filepath.Join(dir, filepath.FromSlash(ref))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(sha+"\n"), 0o644)
}

func (p *pull) ref() string { return fmt.Sprintf("refs/pull/%d/head", p.number) }

// refresh sets the refs of a pull request and makes the test merge.
func (p *pull) refresh(ctx context.Context, r *repository) (err error) {
	if p.baseSHA, err = git(ctx, r.dir, "rev-parse", "--verify", "refs/heads/"+p.base); err != nil {
		return err
	}
	if _, err := git(ctx, r.dir, "update-ref", p.ref(), p.headSHA); err != nil {
		return err
	}
	p.mergeSHA = ""
	merge := fmt.Sprintf("refs/pull/%d/merge", p.number)
	tree, err := git(ctx, r.dir, "merge-tree", "--write-tree", p.baseSHA, p.headSHA)
	if err != nil {
		// Conflicts: GitHub keeps no merge ref then.
		_, err := git(ctx, r.dir, "update-ref", "-d", merge)
		return err
	}
	p.mergeSHA, err = git(ctx, r.dir, "commit-tree", "-m", "Merge", "-p", p.baseSHA, "-p", p.headSHA, tree)
	if err != nil {
		return err
	}
	_, err = git(ctx, r.dir, "update-ref", merge, p.mergeSHA)
	return err
}

// Push brings a revision of a directory to a branch, forced, moves the pull
// requests whose head it is, and sends the events.
func (s *Server) Push(ctx context.Context, repo, branch, from, rev string) error {
	return s.push(ctx, repo, from, "+"+rev+":refs/heads/"+branch, func(p *pull) bool { return p.fork == "" && p.head == branch })
}

// PushFork brings a revision of a directory to a pull request from a fork.
func (s *Server) PushFork(ctx context.Context, repo string, number int, from, rev string) error {
	return s.push(ctx, repo, from, fmt.Sprintf("+%s:refs/pull/%d/head", rev, number), func(p *pull) bool { return p.number == number })
}

func (s *Server) push(ctx context.Context, repo, from, spec string, moves func(*pull) bool) error {
	moved, r, err := s.move(ctx, repo, from, spec, moves)
	if err != nil {
		return fmt.Errorf("push to %s: %w", repo, err)
	}
	for _, p := range moved {
		s.send(ctx, "pull_request", s.pullEvent(r, p, "synchronize", p.author))
	}
	return nil
}

func (s *Server) move(ctx context.Context, repo, from, spec string, moves func(*pull) bool) ([]*pull, *repository, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.repo(repo)
	if err != nil {
		return nil, nil, err
	}
	if _, err := git(ctx, r.dir, "fetch", "--quiet", "--no-tags", from, spec); err != nil {
		return nil, nil, err
	}
	_, ref, _ := strings.Cut(spec, ":")
	sha, err := git(ctx, r.dir, "rev-parse", "--verify", ref)
	if err != nil {
		return nil, nil, err
	}
	var moved []*pull
	for _, p := range r.pulls {
		if p.closed || !moves(p) {
			continue
		}
		p.headSHA, p.modified = sha, s.opts.Now()
		if err := p.refresh(ctx, r); err != nil {
			return nil, nil, err
		}
		moved = append(moved, p)
	}
	return moved, r, nil
}

// ClosePull closes a pull request and sends the event.
func (s *Server) ClosePull(ctx context.Context, repo string, number int) error {
	return s.changePull(ctx, repo, number, "closed", nil, func(p *pull) { p.closed = true })
}

// ReopenPull opens a closed pull request again and sends the event.
func (s *Server) ReopenPull(ctx context.Context, repo string, number int) error {
	return s.changePull(ctx, repo, number, "reopened", nil, func(p *pull) { p.closed = false })
}

// Ready ends a pull request's being a draft and sends the event.
func (s *Server) Ready(ctx context.Context, repo string, number int) error {
	return s.changePull(ctx, repo, number, "ready_for_review", nil, func(p *pull) { p.draft = false })
}

// Retarget changes a pull request's base branch and sends the event.
func (s *Server) Retarget(ctx context.Context, repo string, number int, base string) error {
	changes := object{"base": object{"ref": object{}, "sha": object{}}}
	return s.changePull(ctx, repo, number, "edited", changes, func(p *pull) {
		changes["base"] = object{"ref": object{"from": p.base}, "sha": object{"from": p.baseSHA}}
		p.base = base
	})
}

func (s *Server) changePull(ctx context.Context, repo string, number int, action string, changes object, change func(*pull)) error {
	r, p, err := s.applyToPull(ctx, repo, number, change)
	if err != nil {
		return fmt.Errorf("change pull request %s#%d: %w", repo, number, err)
	}
	event := s.pullEvent(r, p, action, p.author)
	if changes != nil {
		event["changes"] = changes
	}
	s.send(ctx, "pull_request", event)
	return nil
}

func (s *Server) applyToPull(ctx context.Context, repo string, number int, change func(*pull)) (*repository, *pull, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.repo(repo)
	if err != nil {
		return nil, nil, err
	}
	p := r.pull(number)
	if p == nil {
		return nil, nil, errNotFound
	}
	change(p)
	p.modified = s.opts.Now()
	return r, p, p.refresh(ctx, r)
}

func (r *repository) pull(number int) *pull {
	for _, p := range r.pulls {
		if p.number == number {
			return p
		}
	}
	return nil
}

// json is a pull request in GitHub's form.
func (p *pull) json(r *repository, host string) object {
	state := "open"
	if p.closed {
		state = "closed"
	}
	headRepo, headOwner := r.json(host), r.owner
	if p.fork != "" {
		owner, name, _ := strings.Cut(p.fork, "/")
		headOwner = owner
		headRepo = object{"id": int64(p.id) + 1e9, "name": name, "full_name": p.fork, "private": r.private, "fork": true, "owner": user(owner)}
	}
	var mergeSHA any
	if p.mergeSHA != "" {
		mergeSHA = p.mergeSHA
	}
	return object{
		"id": p.id, "number": p.number, "state": state, "title": p.title, "draft": p.draft, "merged": p.merged,
		"user": user(p.author), "mergeable": p.mergeSHA != "", "merge_commit_sha": mergeSHA,
		"html_url":   fmt.Sprintf("http://%s/%s/pull/%d", host, r.fullName(), p.number),
		"head":       object{"ref": p.head, "sha": p.headSHA, "label": headOwner + ":" + p.head, "repo": headRepo, "user": user(headOwner)},
		"base":       object{"ref": p.base, "sha": p.baseSHA, "label": r.owner + ":" + p.base, "repo": r.json(host), "user": user(r.owner)},
		"created_at": stamp(p.created), "updated_at": stamp(p.modified),
		"author_association": "CONTRIBUTOR",
	}
}

func readPull(c *call) (int, any, error) {
	p := c.repo.pull(int(c.number("number")))
	if p == nil {
		return 0, nil, errNotFound
	}
	return http.StatusOK, p.json(c.repo, c.Host), nil
}

func listPulls(c *call) (int, any, error) {
	q := c.URL.Query()
	state := cmp.Or(q.Get("state"), "open")
	list := []object{}
	for _, p := range slices.Backward(c.repo.pulls) { // newest first
		if state == "open" && p.closed || state == "closed" && !p.closed {
			continue
		}
		j := p.json(c.repo, c.Host)
		if q.Get("base") != "" && q.Get("base") != p.base || q.Get("head") != "" && q.Get("head") != j["head"].(object)["label"] {
			continue
		}
		list = append(list, j)
	}
	return http.StatusOK, page(c, list), nil
}

// listPullsOfCommit leaves out pull requests from forks: GitHub's index of
// commits knows the repository's own branches.
func listPullsOfCommit(c *call) (int, any, error) {
	list := []object{}
	for _, p := range c.repo.pulls {
		if p.fork == "" && p.headSHA == c.PathValue("ref") {
			list = append(list, p.json(c.repo, c.Host))
		}
	}
	return http.StatusOK, page(c, list), nil
}

// listCommits gives the commits of a pull request, oldest first. An account is
// the part of an address before the @ where that is at example.com; other
// addresses are nobody's.
func listCommits(c *call) (int, any, error) {
	p := c.repo.pull(int(c.number("number")))
	if p == nil {
		return 0, nil, errNotFound
	}
	out, err := git(c.Context(), c.repo.dir, "log", "--reverse", "--format=%H %ae %ce", p.baseSHA+".."+p.headSHA)
	if err != nil {
		return 0, nil, err
	}
	list := []object{}
	for _, line := range strings.Split(out, "\n") {
		fields := strings.Fields(line)
		if len(fields) != 3 {
			continue
		}
		one := object{"sha": fields[0], "author": nil, "committer": nil}
		for i, who := range []string{"author", "committer"} {
			if login, ok := strings.CutSuffix(fields[i+1], "@example.com"); ok {
				one[who] = user(login)
			}
		}
		list = append(list, one)
	}
	return http.StatusOK, page(c, list), nil
}
