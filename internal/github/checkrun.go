package github

import (
	"context"
	"errors"
	"fmt"
	"time"

	gh "github.com/google/go-github/v60/github"

	"github.com/seaworthy-dev/seaworthy/internal/fault"
)

// Values of a CheckRun's Status and Conclusion.
const (
	Queued     = "queued"
	InProgress = "in_progress"
	Completed  = "completed"

	Success        = "success"
	Failure        = "failure"
	Neutral        = "neutral"
	Cancelled      = "cancelled"
	ActionRequired = "action_required"
)

// CheckRun is one attempt's check run as it is to stand on GitHub.
type CheckRun struct {
	Name        string
	HeadSHA     string
	ExternalID  string // names the attempt: the same one is never created twice
	Status      string
	Conclusion  string // with Completed only
	DetailsURL  string
	CompletedAt time.Time // with Completed only; zero is now

	Title   string
	Summary string // markdown; cut at 65,535 bytes
	Text    string // markdown; cut at 65,535 bytes

	// Annotations must have the same order in each attempt at publishing: what
	// is there already is counted, not compared.
	Annotations []Annotation

	Buttons []Button
}

// Button is one of a check run's, of which GitHub shows three: labels of 20
// characters, descriptions of 40, identifiers of 20. They are there when it is
// completed.
type Button struct{ Label, Description, Identifier string }

func (run CheckRun) actions() []*gh.CheckRunAction {
	if run.Status != Completed {
		return nil
	}
	var out []*gh.CheckRunAction
	for _, b := range run.Buttons {
		out = append(out, &gh.CheckRunAction{Label: b.Label, Description: b.Description, Identifier: b.Identifier})
	}
	return out
}

// Standing is a check run as GitHub last acknowledged it to this process.
type Standing struct {
	ID          int64
	Annotations int // that are there
	known       bool
}

// NotSent is the standing of a check run for which no process ever sent a request.
var NotSent = Standing{known: true}

// ErrNoCheckRun: GitHub has no check run of the attempt.
var ErrNoCheckRun = errors.New("GitHub has no such check run")

// Publish makes the check run on GitHub what run says, from wherever an earlier
// call left it. It looks for the external id before it creates, and counts the
// annotations that are there before it appends; so it can be called again after
// any error. Until the last annotation is there the check run is in progress.
//
// Who knows how the check run stands says so in from, and saves the looking: what
// Publish gave the last time, NotSent where nothing was sent, the zero Standing
// for not known.
func (c *Client) Publish(ctx context.Context, run CheckRun, from Standing) (Standing, error) {
	return c.publish(ctx, run, from, c.create)
}

// Revise is Publish for a check run that must not be made if it is not there:
// ErrNoCheckRun.
func (c *Client) Revise(ctx context.Context, run CheckRun) error {
	_, err := c.publish(ctx, run, Standing{}, func(context.Context, CheckRun, []*gh.CheckRunAnnotation) (*gh.CheckRun, error) {
		return nil, fmt.Errorf("update the check run of %s at %s: %w", c, run.HeadSHA, ErrNoCheckRun)
	})
	return err
}

type creator func(context.Context, CheckRun, []*gh.CheckRunAnnotation) (*gh.CheckRun, error)

func (c *Client) publish(ctx context.Context, run CheckRun, from Standing, create creator) (Standing, error) {
	if run.ExternalID == "" || run.Name == "" || run.HeadSHA == "" {
		return Standing{}, errors.New("publish check run: it needs a name, a commit and an external id")
	}
	notes := annotations(run.Annotations)
	var lost error
	for range attempts {
		at, err := c.stands(ctx, run, from)
		if err != nil {
			return Standing{}, err
		}
		if at == nil {
			at, err = create(ctx, run, notes)
		}
		if err == nil {
			err = c.advance(ctx, at, run, notes)
		}
		if err == nil {
			return Standing{ID: at.GetID(), Annotations: max(len(notes), at.GetOutput().GetAnnotationsCount()), known: true}, nil
		}
		if !answerLost(ctx, err) {
			return Standing{}, err
		}
		lost, from = err, Standing{}
	}
	return Standing{}, lost
}

// stands gives the check run as it is on GitHub; nil where there is none.
func (c *Client) stands(ctx context.Context, run CheckRun, from Standing) (*gh.CheckRun, error) {
	switch {
	case !from.known:
		return c.find(ctx, run)
	case from.ID == 0:
		return nil, nil
	}
	return &gh.CheckRun{ID: &from.ID, Output: &gh.CheckRunOutput{AnnotationsCount: &from.Annotations}}, nil
}

// answerLost reports whether a request may have been carried out although it
// failed: then only reading shows how things stand.
func answerLost(ctx context.Context, err error) bool {
	var retry *RetryError
	var refused *PassingError
	return ctx.Err() == nil && fault.OwnerOf(err) == fault.GitHub && !errors.As(err, &retry) && !errors.As(err, &refused)
}

// maxRunPages bounds the search; GitHub keeps 1000 check runs of one name.
const maxRunPages = 10

// find looks for the external id; nil when there is none.
func (c *Client) find(ctx context.Context, run CheckRun) (*gh.CheckRun, error) {
	api := c.api(forReview)
	for page := 1; page > 0 && page <= maxRunPages; {
		opts := &gh.ListCheckRunsOptions{CheckName: &run.Name, Filter: gh.String("all"), AppID: &c.app.id,
			ListOptions: gh.ListOptions{Page: page, PerPage: perPage}}
		list, err := paged(ctx, c, fmt.Sprintf("list check runs of %s at %s", c, run.HeadSHA), &page,
			func(ctx context.Context) (*gh.ListCheckRunsResults, *gh.Response, error) {
				return api.Checks.ListCheckRunsForRef(ctx, c.owner, c.repo, run.HeadSHA, opts)
			})
		if err != nil {
			return nil, err
		}
		for _, r := range list.CheckRuns {
			if r.GetExternalID() == run.ExternalID {
				return r, nil
			}
		}
	}
	return nil, nil
}

// create makes the check run with as many annotations as one request takes. It is
// not cut off when ctx ends: GitHub may carry out what was cut off, and then later
// than what a newer attempt sends.
func (c *Client) create(ctx context.Context, run CheckRun, notes []*gh.CheckRunAnnotation) (*gh.CheckRun, error) {
	first := notes[:min(len(notes), maxAnnotations)]
	s := run.state(len(first) == len(notes))
	opts := gh.CreateCheckRunOptions{
		Name: run.Name, HeadSHA: run.HeadSHA, ExternalID: &run.ExternalID, DetailsURL: optional(run.DetailsURL),
		Status: s.status, Conclusion: s.conclusion, CompletedAt: s.completed, Output: run.output(first), Actions: run.actions(),
	}
	if err := ctx.Err(); err != nil {
		return nil, translate(ctx, "create check run", err)
	}
	ctx = context.WithoutCancel(ctx) // the client has a limit of its own
	api := c.api(forReview)
	return call(ctx, c.app, c.request(fmt.Sprintf("create check run of %s at %s", c, run.HeadSHA), false),
		func(ctx context.Context) (*gh.CheckRun, *gh.Response, error) {
			return api.Checks.CreateCheckRun(ctx, c.owner, c.repo, opts)
		})
}

// advance brings a check run from where it is to where it should be. What GitHub
// has acknowledged is counted here: its own count may lag behind.
func (c *Client) advance(ctx context.Context, at *gh.CheckRun, run CheckRun, notes []*gh.CheckRunAnnotation) error {
	if run.standsAt(at, len(notes)) {
		return nil
	}
	api := c.api(forReview)
	for there := min(at.GetOutput().GetAnnotationsCount(), len(notes)); ; {
		next := notes[there:min(len(notes), there+maxAnnotations)]
		there += len(next)
		s := run.state(there == len(notes))
		opts := gh.UpdateCheckRunOptions{
			Name: run.Name, DetailsURL: optional(run.DetailsURL),
			Status: s.status, Conclusion: s.conclusion, CompletedAt: s.completed, Output: run.output(next), Actions: run.actions(),
		}
		_, err := call(ctx, c.app, c.request(fmt.Sprintf("update check run %d of %s", at.GetID(), c), false),
			func(ctx context.Context) (*gh.CheckRun, *gh.Response, error) {
				return api.Checks.UpdateCheckRun(ctx, c.owner, c.repo, at.GetID(), opts)
			})
		if err != nil || there == len(notes) {
			return err
		}
	}
}

// standsAt reports whether nothing is left to be done.
func (run CheckRun) standsAt(at *gh.CheckRun, notes int) bool {
	out := at.GetOutput()
	return at.GetStatus() == run.Status && at.GetConclusion() == run.Conclusion && out.GetAnnotationsCount() >= notes &&
		out.GetTitle() == run.Title && out.GetSummary() == fit(run.Summary, maxText) && out.GetText() == fit(run.Text, maxText) &&
		(run.DetailsURL == "" || at.GetDetailsURL() == run.DetailsURL)
}

// state is the part of a request that opens or closes the check run.
type state struct {
	status, conclusion *string
	completed          *gh.Timestamp
}

// state closes a check run with its last annotations only.
func (run CheckRun) state(last bool) state {
	s := state{status: gh.String(run.Status)}
	if run.Status != Completed {
		return s
	}
	if !last {
		s.status = gh.String(InProgress)
		return s
	}
	at := run.CompletedAt
	if at.IsZero() {
		at = time.Now()
	}
	s.conclusion, s.completed = gh.String(run.Conclusion), &gh.Timestamp{Time: at.UTC().Truncate(time.Second)}
	return s
}

// output is nil for a check run without a title: GitHub wants both or neither.
func (run CheckRun) output(notes []*gh.CheckRunAnnotation) *gh.CheckRunOutput {
	if run.Title == "" {
		return nil
	}
	return &gh.CheckRunOutput{
		Title: &run.Title, Summary: gh.String(fit(run.Summary, maxText)), Text: optional(fit(run.Text, maxText)), Annotations: notes,
	}
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
