package job

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/report"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/store"
)

// The buttons of a check run. What they do goes the way of commands.
const (
	againButton   = "again"
	auditButton   = "audit"
	explainButton = "explain"
)

// buttonWords are what is on the buttons, and what the answer calls them.
var buttonWords = map[string]string{againButton: "Review again", auditButton: "Full audit", explainButton: "Explain"}

// buttons are those of a review's check run. Answers are comments: where the
// installation does not grant these, only what needs none is offered.
func (q *Queue) buttons(ctx context.Context, r store.Review, o outcome) []github.Button {
	out := []github.Button{{Identifier: againButton, Label: buttonWords[againButton], Description: "Fetch, render and judge it once more"}}
	if r.Group() || !q.App.Grants(ctx, r.Tenant, "pull_requests", "write") {
		return out
	}
	out = append(out, github.Button{Identifier: auditButton, Label: buttonWords[auditButton], Description: "The whole repository, at this commit"})
	if len(o.Checks) > 0 {
		out = append(out, github.Button{Identifier: explainButton, Label: buttonWords[explainButton], Description: "What was found: why, and what to do"})
	}
	return out
}

// pressed is a button as a command; nil for one that is not known, or of a check run
// that is not.
func (q *Queue) pressed(ctx context.Context, e *github.ActionEvent, delivery string) (*store.Command, error) {
	if buttonWords[e.Action] == "" {
		return nil, nil
	}
	r, err := q.Store.ReviewOf(ctx, e.Repository.ID, e.ExternalID)
	if errors.Is(err, store.ErrNoReview) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	at := e.Repository
	return &store.Command{Tenant: at.Installation, Repository: at.ID, Owner: at.Owner, Name: at.Name, Number: r.Number,
		Comment: commentOf(delivery), Heavy: e.Action == auditButton, Sender: e.Sender, Line: fmt.Sprintf("%s %s %d", pressVerb, e.Action, r.ID)}, nil
}

// press does what a button is for, for those who may.
func (o *order) press(ctx context.Context) (string, error) {
	var button string
	var id int64
	if _, err := fmt.Sscanf(o.from.Line, pressVerb+" %s %d", &button, &id); err != nil {
		return "", fmt.Errorf("read a button: %w", err)
	}
	who := fmt.Sprintf("@%s pressed **%s**.\n\n", o.from.Sender, buttonWords[button])
	o.asked = command{verb: verb(button)}
	if button == againButton {
		o.asked.verb = auditVerb // as much
	}
	role, err := o.client.Role(ctx, o.from.Sender)
	if err != nil {
		return "", err
	}
	if !o.asked.may(role) {
		return who + fmt.Sprintf("That takes the role %s in this repository; they have `%s`.", orMore[o.asked.needs()], printable(role)), nil
	}
	r, err := o.queue.Store.Review(ctx, id)
	if errors.Is(err, store.ErrNoReview) {
		return who + "That review is not kept any more.", nil
	}
	if err != nil {
		return "", err
	}
	switch button {
	case againButton:
		return "", o.reopen(ctx, r.HeadSHA)
	case explainButton:
		return who + o.queue.Reviewer.explainAll(r), nil
	}
	pull, err := o.client.PullRequest(ctx, o.from.Number)
	if err != nil {
		return "", err
	}
	if !pull.Open {
		return who + "The pull request is closed.", nil
	}
	said, err := o.audit(ctx, pull)
	if err != nil {
		return "", err
	}
	return who + said, nil
}

// pressVerb begins the line of a button. No comment begins so.
const pressVerb = "button"

// maxExplained is how many checks a button explains.
const maxExplained = 8

// checksOf names the checks of what a review found, what blocks first, each once.
func checksOf(r *review.Report) []string {
	var out []string
	seen := map[string]bool{}
	for _, blocking := range []bool{true, false} {
		for _, f := range r.Findings {
			told := f.Blocking || f.Status == review.New || f.Status == review.Worse
			if told && f.Blocking == blocking && !seen[f.Check] && len(out) < maxExplained {
				seen[f.Check] = true
				out = append(out, f.Check)
			}
		}
	}
	return out
}

// explainAll explains what a review found.
func (r *Reviewer) explainAll(of store.Review) string {
	o, err := parseOutcome(of.Outcome)
	if err != nil || len(o.Checks) == 0 {
		return fmt.Sprintf("Of that review of commit `%s` there is nothing to explain any more.", of.HeadSHA[:7])
	}
	var b strings.Builder
	fmt.Fprintf(&b, "What the review of commit `%s` found:\n", of.HeadSHA[:7])
	for _, id := range o.Checks {
		if check := r.explained(id); check != nil {
			fmt.Fprintf(&b, "\n<details><summary><code>%s</code>: %s</summary>\n\n%s\n</details>\n", id, check.Doc.Title, report.Explain(check))
		}
	}
	return b.String()
}
