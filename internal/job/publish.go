package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/store"
)

// announce shows on GitHub that the review runs. That a check run of the name
// may exist is stored first: whatever ends the review also ends its check run.
func (a *attempt) announce(ctx context.Context, name string) error {
	r := a.review
	if r.CheckName == name {
		return nil
	}
	if err := a.queue.Store.Announce(ctx, r, name); err != nil {
		return err
	}
	id, err := a.client.Publish(ctx, github.CheckRun{Name: name, HeadSHA: r.HeadSHA, ExternalID: r.ExternalID,
		DetailsURL: a.queue.pageOf(r.ID), Status: github.InProgress, Title: "Reviewing …", Summary: "Both sides of the " + what(r.Pull) + " are rendered and compared."})
	if err != nil {
		return err
	}
	return a.queue.Store.Published(ctx, r, id)
}

// judge stores what will be published.
func (a *attempt) judge(ctx context.Context, o outcome) error {
	text, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("write the outcome: %w", err)
	}
	return a.queue.Store.Judge(ctx, a.review, string(text), o.Conclusion, o.Title)
}

// carryRounds bounds how often siblings that finish at the same moment make
// each other publish.
const carryRounds = 4

// publish completes the check run. When other open pull requests share the head
// and the name, it carries the worst conclusion of all, and so do theirs.
func (a *attempt) publish(ctx context.Context, o outcome) error {
	var said string
	for range carryRounds {
		siblings, err := a.siblings(ctx)
		if err != nil {
			return err
		}
		told := o.carrying(siblings)
		if told.Title == said {
			return a.spread(ctx, o, siblings)
		}
		id, err := a.client.Publish(ctx, a.queue.checkRun(*a.review, told))
		if err != nil {
			return err
		}
		if err := a.queue.Store.Published(ctx, a.review, id); err != nil {
			return err
		}
		a.review.Conclusion, said = told.Conclusion, told.Title
	}
	return nil
}

// siblings are the judged reviews of open pull requests with the same head and
// the same check run's name. A merge group has none: its head is a commit of its
// own.
func (a *attempt) siblings(ctx context.Context) ([]sibling, error) {
	if a.review.Group() {
		return nil, nil
	}
	known, err := a.queue.Store.Siblings(ctx, *a.review)
	if err != nil {
		return nil, err
	}
	var out []sibling
	for _, r := range known {
		pull, err := a.client.PullRequest(ctx, r.Number)
		if errors.Is(err, github.ErrGone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !pull.Open || pull.HeadSHA != r.HeadSHA || pull.BaseRef != r.BaseRef {
			continue
		}
		o, err := parseOutcome(r.Outcome)
		if err != nil {
			return nil, err
		}
		out = append(out, sibling{r, o})
	}
	return out, nil
}

// sibling is a review of the same head for another pull request.
type sibling struct {
	review store.Review
	own    outcome // what it says by itself
}

// spread brings the check runs of siblings that are done up to date.
func (a *attempt) spread(ctx context.Context, own outcome, siblings []sibling) error {
	for i, s := range siblings {
		if s.review.State != store.Done {
			continue // it will look for itself
		}
		others := []sibling{{*a.review, own}}
		others = append(append(others, siblings[:i]...), siblings[i+1:]...)
		if _, err := a.client.Publish(ctx, a.queue.checkRun(s.review, s.own.carrying(others))); err != nil {
			return err
		}
	}
	return nil
}

var badness = map[string]int{github.Success: 0, github.Neutral: 1, github.ActionRequired: 2, github.Failure: 3}

// carrying is the outcome under the worst conclusion of the others, if that is
// worse than its own.
func (o outcome) carrying(others []sibling) outcome {
	worst := o.Conclusion
	var by []string
	for _, s := range others {
		switch c := s.own.Conclusion; {
		case badness[c] > badness[worst]:
			worst, by = c, []string{fmt.Sprintf("#%d", s.review.Number)}
		case c == worst && worst != o.Conclusion:
			by = append(by, fmt.Sprintf("#%d", s.review.Number))
		}
	}
	if len(by) == 0 {
		return o
	}
	who, verb := strings.Join(by, " and "), "says"
	if len(by) > 1 {
		verb = "say"
	}
	o.Summary = fmt.Sprintf("**`%s` comes from %s**, with the same head commit: GitHub keeps one verdict a commit, so the worst counts. This pull request alone: `%s`.\n\n%s",
		worst, who, o.Conclusion, o.Summary)
	o.Title = firstRunes(fmt.Sprintf("%s %s %s · here: %s", who, verb, worst, o.Title), maxTitle)
	o.Conclusion = worst
	return o
}
