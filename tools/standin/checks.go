package standin

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// suite is the App's check suite of one commit.
type suite struct {
	id  int64
	sha string
}

// checkRun is one check run as it is kept.
type checkRun struct {
	CheckRun
	suite *suite
}

// CheckRun is a check run as the API's requests left it.
type CheckRun struct {
	ID                   int64
	Name, HeadSHA        string
	ExternalID           string
	Status, Conclusion   string
	DetailsURL           string
	Title, Summary, Text string
	Annotations          []Annotation // in the order in which they arrived
	Started, Completed   time.Time
	Updates              int      // PATCH requests so far
	Actions              []string // the identifiers of its buttons
}

// Annotation is one annotation of a check run.
type Annotation struct {
	Path                    string
	StartLine, EndLine      int
	StartColumn, EndColumn  int // 0 when not given
	Level                   string
	Message, Title, Details string
}

// maxRunsOfAName is how many check runs of one name a suite keeps.
const maxRunsOfAName = 1000

// CheckRuns are the check runs on a commit, oldest first; sha "" is any commit.
func (s *Server) CheckRuns(repo, sha string) ([]CheckRun, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.repo(repo)
	if err != nil {
		return nil, err
	}
	var out []CheckRun
	for _, run := range r.runs {
		if sha == "" || run.HeadSHA == sha {
			c := run.CheckRun
			c.Annotations = slices.Clone(c.Annotations)
			out = append(out, c)
		}
	}
	return out, nil
}

// Rerequest sends the event of somebody's clicking "Re-run" on a check run.
func (s *Server) Rerequest(ctx context.Context, repo string, id int64, sender string) error {
	return s.sendCheck(ctx, repo, sender, func(r *repository, host string) (string, object) {
		run := r.run(id)
		if run == nil {
			return "", nil
		}
		return "check_run", object{"action": "rerequested", "check_run": s.runJSON(r, run, host)}
	})
}

// Press sends the event of somebody's pressing a button of a check run.
func (s *Server) Press(ctx context.Context, repo string, id int64, button, sender string) error {
	return s.sendCheck(ctx, repo, sender, func(r *repository, host string) (string, object) {
		run := r.run(id)
		if run == nil || !slices.Contains(run.Actions, button) {
			return "", nil
		}
		return "check_run", object{"action": "requested_action", "check_run": s.runJSON(r, run, host), "requested_action": object{"identifier": button}}
	})
}

// RerequestSuite sends the event of "Re-run all checks" for the App's suite of
// a commit.
func (s *Server) RerequestSuite(ctx context.Context, repo, sha, sender string) error {
	return s.sendCheck(ctx, repo, sender, func(r *repository, _ string) (string, object) {
		for _, u := range r.suites {
			if u.sha == sha {
				return "check_suite", object{"action": "rerequested", "check_suite": object{"id": u.id, "head_sha": sha,
					"head_branch": nil, "pull_requests": s.suitePulls(r, sha), "app": s.appJSON()}}
			}
		}
		return "", nil
	})
}

func (s *Server) sendCheck(ctx context.Context, repo, sender string, make func(*repository, string) (string, object)) error {
	s.mu.Lock()
	r, err := s.repo(repo)
	if err != nil {
		s.mu.Unlock()
		return err
	}
	name, event := make(r, eventHost)
	s.mu.Unlock()
	if event == nil {
		return fmt.Errorf("standin: %s has no such check", repo)
	}
	s.send(ctx, name, s.complete(r, event, cmp.Or(sender, "author")))
	return nil
}

func (r *repository) run(id int64) *checkRun {
	for _, run := range r.runs {
		if run.ID == id {
			return run
		}
	}
	return nil
}

// suitePulls names the pull requests of a commit; those from forks are never
// there.
func (s *Server) suitePulls(r *repository, sha string) []object {
	list := []object{}
	for _, p := range r.pulls {
		if !p.closed && p.fork == "" && p.headSHA == sha {
			list = append(list, object{"id": p.id, "number": p.number,
				"head": object{"ref": p.head, "sha": p.headSHA, "repo": object{"id": r.id, "name": r.name}},
				"base": object{"ref": p.base, "sha": p.baseSHA, "repo": object{"id": r.id, "name": r.name}}})
		}
	}
	return list
}

func (s *Server) runJSON(r *repository, run *checkRun, host string) object {
	var conclusion any
	if run.Conclusion != "" {
		conclusion = run.Conclusion
	}
	url := fmt.Sprintf("http://%s/repos/%s/check-runs/%d", host, r.fullName(), run.ID)
	return object{
		"id": run.ID, "name": run.Name, "head_sha": run.HeadSHA, "external_id": run.ExternalID, "status": run.Status,
		"conclusion": conclusion, "details_url": run.DetailsURL, "url": url,
		"html_url":   fmt.Sprintf("http://%s/%s/runs/%d", host, r.fullName(), run.ID),
		"started_at": stamp(run.Started), "completed_at": stamp(run.Completed),
		"output": object{"title": run.Title, "summary": run.Summary, "text": run.Text,
			"annotations_count": len(run.Annotations), "annotations_url": url + "/annotations"},
		"app": s.appJSON(), "check_suite": object{"id": run.suite.id, "head_sha": run.HeadSHA}, "pull_requests": s.suitePulls(r, run.HeadSHA),
	}
}
