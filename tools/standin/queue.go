package standin

import (
	"context"
	"fmt"
)

// Group is a merge group: what a merge queue would put onto a branch.
type Group struct {
	Ref              string // a branch, with refs/heads/
	HeadSHA, BaseSHA string
	BaseRef          string // with refs/heads/
}

// Enqueue puts open pull requests of one base branch into a merge group, each
// merged onto the one before, and asks for the group's checks. As at GitHub the
// event is sent only where the App may read merge queues.
func (s *Server) Enqueue(ctx context.Context, repo string, numbers ...int) (Group, error) {
	return s.EnqueueAfter(ctx, repo, Group{}, numbers...)
}

// EnqueueAfter makes a merge group on another, which waits before it in the queue.
func (s *Server) EnqueueAfter(ctx context.Context, repo string, before Group, numbers ...int) (Group, error) {
	r, g, err := s.addGroup(ctx, repo, before, numbers)
	if err != nil {
		return Group{}, fmt.Errorf("enqueue: %w", err)
	}
	s.sendGroup(ctx, r, g, object{"action": "checks_requested"})
	return g, nil
}

func (s *Server) addGroup(ctx context.Context, repo string, before Group, numbers []int) (*repository, Group, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.repo(repo)
	if err != nil {
		return nil, Group{}, err
	}
	g := Group{BaseRef: before.BaseRef, BaseSHA: before.HeadSHA, HeadSHA: before.HeadSHA}
	for _, n := range numbers {
		p := r.pull(n)
		if p == nil || p.closed {
			return nil, Group{}, errNotFound
		}
		if g.BaseRef == "" {
			g.BaseRef = "refs/heads/" + p.base
			if g.BaseSHA, err = git(ctx, r.dir, "rev-parse", "--verify", g.BaseRef); err != nil {
				return nil, Group{}, err
			}
			g.HeadSHA = g.BaseSHA
		}
		tree, err := git(ctx, r.dir, "merge-tree", "--write-tree", g.HeadSHA, p.headSHA)
		if err != nil {
			return nil, Group{}, err
		}
		// GitHub's commits differ by their time, these by their words.
		message := fmt.Sprintf("Merge pull request #%d (%d)", n, s.nextID())
		if g.HeadSHA, err = git(ctx, r.dir, "commit-tree", "-m", message, "-p", g.HeadSHA, "-p", p.headSHA, tree); err != nil {
			return nil, Group{}, err
		}
		g.Ref = fmt.Sprintf("refs/heads/gh-readonly-queue/%s/pr-%d-%s", p.base, n, g.BaseSHA)
	}
	_, err = git(ctx, r.dir, "update-ref", g.Ref, g.HeadSHA)
	return r, g, err
}

// Destroy ends a merge group: merged, invalidated or dequeued.
func (s *Server) Destroy(ctx context.Context, repo string, g Group, reason string) error {
	s.mu.Lock()
	r, err := s.repo(repo)
	if err == nil {
		_, err = git(ctx, r.dir, "update-ref", "-d", g.Ref)
	}
	s.mu.Unlock()
	if err != nil {
		return fmt.Errorf("destroy a merge group: %w", err)
	}
	s.sendGroup(ctx, r, g, object{"action": "destroyed", "reason": reason})
	return nil
}

func (s *Server) sendGroup(ctx context.Context, r *repository, g Group, event object) {
	s.mu.Lock()
	told := r.installation.permissions.allow("merge_queues", "read")
	event["merge_group"] = object{"head_sha": g.HeadSHA, "head_ref": g.Ref, "base_sha": g.BaseSHA, "base_ref": g.BaseRef,
		"head_commit": object{"id": g.HeadSHA, "message": "Merge"}}
	event = s.complete(r, event, "github-merge-queue[bot]")
	s.mu.Unlock()
	if told {
		s.send(ctx, "merge_group", event)
	}
}
