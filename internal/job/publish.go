package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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
	at, err := a.client.Publish(ctx, github.CheckRun{Name: name, HeadSHA: r.HeadSHA, ExternalID: r.ExternalID,
		DetailsURL: a.queue.pageOf(r.ID), Status: github.InProgress, Title: "Reviewing …", Summary: "Both sides of the " + what(r.Pull) + " are rendered and compared."}, a.at)
	a.at = at
	if err != nil {
		return err
	}
	return a.queue.Store.Published(ctx, r, at.ID)
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
		told := o.carrying(judged(siblings))
		if told.Title == said {
			return a.spread(ctx, o, judged(siblings))
		}
		a.at, err = a.client.Publish(ctx, a.queue.checkRun(ctx, *a.review, told), a.at)
		if err != nil {
			return err
		}
		if err := a.queue.Store.Published(ctx, a.review, a.at.ID); err != nil {
			return err
		}
		a.review.Conclusion, said = told.Conclusion, told.Title
	}
	return nil
}

// siblings are the reviews of other open pull requests with the same head and the
// same check run's name. A merge group has none: its head is a commit of its
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
		s := sibling{review: r}
		if r.Outcome != "" {
			if s.own, err = parseOutcome(r.Outcome); err != nil {
				return nil, err
			}
		}
		out = append(out, s)
	}
	return out, nil
}

// judged are those of the siblings that have a verdict.
func judged(all []sibling) []sibling {
	var out []sibling
	for _, s := range all {
		if s.review.Outcome != "" {
			out = append(out, s)
		}
	}
	return out
}

// sibling is a review of the same head for another pull request.
type sibling struct {
	review store.Review
	own    outcome // what it says by itself; zero until it is judged
}

// spread brings the check runs of siblings that are done up to date.
func (a *attempt) spread(ctx context.Context, own outcome, siblings []sibling) error {
	for i, s := range siblings {
		if s.review.State != store.Done {
			continue // it will look for itself
		}
		if err := a.retell(ctx, s, append(without(siblings, i), sibling{*a.review, own})); err != nil {
			return err
		}
	}
	return nil
}

// retell brings the check run of a sibling that is done up to date with what others
// say.
func (a *attempt) retell(ctx context.Context, s sibling, others []sibling) error {
	err := a.client.Revise(ctx, a.queue.checkRun(ctx, s.review, s.own.carrying(others)))
	if errors.Is(err, github.ErrNoCheckRun) {
		return nil
	}
	return err
}

func without(all []sibling, i int) []sibling { return slices.Concat(all[:i], all[i+1:]) }

// badness is from what is best; no conclusion is better than any.
var badness = map[string]int{"": -1, github.Success: 0, github.Neutral: 1, github.ActionRequired: 2, github.Failure: 3}

// worst is the worst conclusion of some and of the given, and the pull requests
// that have it if it is worse than that, in words.
func worst(than string, all []sibling) (conclusion, by string) {
	conclusion = than
	var who []string
	for _, s := range all {
		switch c := s.own.Conclusion; {
		case badness[c] > badness[conclusion]:
			conclusion, who = c, []string{fmt.Sprintf("#%d", s.review.Number)}
		case c == conclusion && c != than:
			who = append(who, fmt.Sprintf("#%d", s.review.Number))
		}
	}
	return conclusion, strings.Join(who, " and ")
}

// carrying is the outcome under the worst conclusion of the others, if that is
// worse than its own.
func (o outcome) carrying(others []sibling) outcome {
	conclusion, who := worst(o.Conclusion, others)
	if who == "" {
		return o
	}
	verb := "says"
	if strings.Contains(who, " and ") {
		verb = "say"
	}
	o.Summary = fmt.Sprintf("**`%s` comes from %s**, with the same head commit: GitHub keeps one verdict a commit, so the worst counts. This pull request alone: `%s`.\n\n%s",
		conclusion, who, o.Conclusion, o.Summary)
	o.Title = firstRunes(fmt.Sprintf("%s %s %s · here: %s", who, verb, conclusion, o.Title), maxTitle)
	o.Conclusion = conclusion
	return o
}
