package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/fault"
	"github.com/seaworthy-dev/seaworthy/internal/git"
	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/report"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/store"
)

// outcome is what a review's check run will say. It is stored before it is
// published, so that it stays the same whoever publishes it.
type outcome struct {
	Conclusion  string              `json:"conclusion"`
	Title       string              `json:"title"`
	Summary     string              `json:"summary"`
	Annotations []report.Annotation `json:"annotations,omitempty"`
	Checks      []string            `json:"checks,omitempty"` // that found something, what blocks first
}

func outcomeOf(r report.CheckRun) outcome {
	return outcome{Conclusion: string(r.Conclusion), Title: r.Title, Summary: r.Summary, Annotations: r.Annotations}
}

func parseOutcome(text string) (outcome, error) {
	var o outcome
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return o, fmt.Errorf("read a stored outcome: %w", err)
	}
	return o, nil
}

// checkRun is an outcome as a complete check run of a review.
func (q *Queue) checkRun(ctx context.Context, r store.Review, o outcome) github.CheckRun {
	run := github.CheckRun{Name: nameOf(r), HeadSHA: r.HeadSHA, ExternalID: r.ExternalID, DetailsURL: q.pageOf(r.ID), Status: github.Completed,
		Conclusion: o.Conclusion, Title: o.Title, Summary: o.Summary}
	if page := q.pageOf(r.ID); page != "" && r.Digest != "" {
		run.Summary += fmt.Sprintf("\n[Every changed object, with its rendered diff](%s)\n", page)
	}
	if o.Conclusion != github.Cancelled {
		q.addImpact(ctx, r, &run)
	}
	if r.Asker != "" {
		run.Summary += fmt.Sprintf("\nReviewed once more at the request of @%s.\n", r.Asker)
	}
	run.Buttons = q.buttons(ctx, r, o)
	for _, n := range o.Annotations {
		run.Annotations = append(run.Annotations, github.Annotation{Path: n.Path, StartLine: n.StartLine, EndLine: n.EndLine,
			Level: string(n.Level), Title: n.Title, Message: n.Message})
	}
	return run
}

// nameOf is the check run's name; before the governing file was read it is what
// is sure without it.
func nameOf(r store.Review) string {
	switch {
	case r.CheckName != "":
		return r.CheckName
	case r.BaseRef == r.DefaultBranch:
		return checkName
	}
	return laxName(r.BaseRef)
}

// errDied: process after process died over the review.
var errDied = fmt.Errorf("%d processes died over this review", maxDeaths)

// mayPass reports whether an error can go away by itself.
func mayPass(err error) bool {
	var moved *git.MovedError
	switch {
	case errors.As(err, &moved): // GitHub's git and API can be seconds apart
		return true
	case errors.Is(err, git.ErrBroken): // the next fetch makes the mirror anew
		return true
	}
	return fault.OwnerOf(err) == fault.GitHub
}

// passing reports whether an answer of GitHub's is not believed yet, some time after
// it was first had.
func passing(err error, after time.Duration) bool {
	var p *github.PassingError
	return errors.As(err, &p) && after < p.Within
}

// conclude translates an error into what the pull request's author reads. It is
// the only place that does.
func conclude(r *store.Review, err error) outcome {
	o := outcome{Conclusion: github.ActionRequired}
	public := fault.PublicOf(err)
	brief, _, _ := strings.Cut(strings.ReplaceAll(public, "?", ";"), ";")
	var moved *git.MovedError
	switch owner := fault.OwnerOf(err); {
	case errors.Is(err, git.ErrNoMergeBase):
		o.Title = "Could not finish: no common history with " + r.BaseRef
		o.Summary = fmt.Sprintf("The head `%s` and the branch `%s` have no common ancestor, so there is nothing to compare with. Rebase the pull request's branch onto `%s`.",
			r.HeadSHA, r.BaseRef, r.BaseRef)
	case github.NotGranted(err):
		o.Title = "Not set up for this: " + brief
		o.Summary = fmt.Sprintf("Nothing was judged: %s. As soon as it is granted, this is reviewed by itself. `seaworthy doctor` lists what each installation lacks.", strings.TrimSuffix(public, "."))
	case owner == fault.GitHub:
		o.Title = "Could not finish: " + brief + " · review again"
		o.Summary = fmt.Sprintf("%s. Seaworthy tried %d times. Nothing was judged; choose **Re-run** when GitHub is well again.", public, r.Tries+1)
	case errors.Is(err, sandbox.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		o.Title = fmt.Sprintf("Could not finish: not done in %.0f minutes · review again", Budget.Minutes())
		o.Summary = "The review took longer than it may. What was rendered so far is kept, so that another try is quicker: choose **Re-run**. A smaller " + what(r.Pull) + " helps, too."
	case errors.As(err, &moved):
		o.Title = "Could not finish: the head cannot be fetched · review again"
		o.Summary = "GitHub shows a head commit that its Git side does not deliver. Choose **Re-run**, or push again."
	case owner == fault.Operator:
		o.Title = "Not set up for this: " + brief
		o.Summary = fmt.Sprintf("Nothing was judged: %s. When that is mended, choose **Re-run**. `seaworthy doctor` finds what is set up wrong.", strings.TrimSuffix(public, "."))
	case owner == fault.Author:
		o.Title = "Could not finish: " + brief
		o.Summary = fmt.Sprintf("Nothing was judged: %s.", strings.TrimSuffix(public, "."))
	default:
		o.Title = "Could not finish: a defect of Seaworthy"
		o.Summary = fmt.Sprintf("Nothing was judged, and this %s is not to blame. Choose **Re-run** to try again; whoever runs Seaworthy finds the details in its log under the delivery `%s`.", what(r.Pull), r.Delivery)
	}
	o.Title = firstRunes(o.Title, maxTitle)
	return o
}

// maxTitle is what fits into GitHub's list of checks.
const maxTitle = 90

func firstRunes(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return s
}
