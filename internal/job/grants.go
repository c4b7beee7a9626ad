package job

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/store"
)

// grants are what commands gave to the pull request at this head: a push ends it.
// A merge group has what its pull request has, if that is in it alone.
func (a *attempt) grants(ctx context.Context, pull github.PullRequest, gate review.Gate) (waivers []review.Waiver, allowed []string, err error) {
	of := pullOf(pull)
	if a.member != nil {
		of = pullOf(*a.member)
	}
	given, err := a.queue.Store.Grants(ctx, of)
	if err != nil {
		return nil, nil, err
	}
	for _, g := range given {
		if g.Kind == store.SourceGrant {
			allowed = append(allowed, g.Subject)
			continue
		}
		until, err := time.Parse(time.DateOnly, g.Expires)
		if err != nil {
			return nil, nil, fmt.Errorf("read a grant's last day: %w", err)
		}
		waivers = append(waivers, review.Waiver{Check: g.Subject, Object: g.Object, Reason: g.Reason,
			Owner: "@" + g.Giver, Expires: until, NotCritical: gate == review.Strict})
	}
	return waivers, allowed, nil
}

// maxWaiver is how long a waiver by command holds at most: what must last stands
// in the repository's file.
const maxWaiver = 90 * 24 * time.Hour

// waive accepts a check's findings on this pull request at this head.
func (o *order) waive(ctx context.Context, pull github.PullRequest) (string, error) {
	check := o.queue.Reviewer.explained(o.asked.arg)
	switch now := time.Now(); {
	case check == nil:
		return fmt.Sprintf("There is no check `%s`: `seaworthy checks list` names them all.", printable(o.asked.arg)), nil
	case !objectText.MatchString(o.asked.object):
		return "Name an object as `Kind/namespace/name` or `Kind/name`; `*` stands for any part of a name.", nil
	case !o.asked.until.Add(24 * time.Hour).After(now):
		return "That day is over.", nil
	case o.asked.until.After(now.Add(maxWaiver)):
		return fmt.Sprintf("A waiver by comment holds for %.0f days at most. What must last belongs into the repository's file:\n\n%s", maxWaiver.Hours()/24, o.lines()), nil
	}
	if no, err := o.sawHead(ctx, pull); err != nil || no != "" {
		return no, err
	}
	if no, err := o.disinterested(ctx, pull); err != nil || no != "" {
		return no, err
	}
	governed, err := o.governed(ctx, pull)
	if err != nil {
		return "", err
	}
	severity := check.Severity
	if s, ok := governed.Settings.Severity[check.ID]; ok {
		severity = s
	}
	if governed.Gate == review.Strict && severity == review.Critical {
		return fmt.Sprintf("`%s` is critical, and the gate is strict: only the repository's file can waive it.\n\n%s", check.ID, o.lines()), nil
	}
	err = o.queue.Store.Give(ctx, pullOf(pull), o.from.Comment, store.Grant{Kind: store.WaiverGrant, Subject: check.ID, Object: o.asked.object,
		Reason: o.asked.reason, Giver: o.from.Sender, Expires: o.asked.until.Format(time.DateOnly)})
	if err != nil {
		return "", err
	}
	if err := o.again(ctx, pull); err != nil {
		return "", err
	}
	strict := ""
	if governed.Gate == review.Strict {
		strict = " Critical findings are left out: the gate is strict."
	}
	return fmt.Sprintf("`%s` is waived on this pull request at commit `%s` until %s, on the word of %s.%s A push ends it. The review runs again.\n\nFor good, into the repository's file:\n\n%s",
		check.ID, pull.HeadSHA[:7], o.asked.until.Format(time.DateOnly), printable(o.from.Sender), strict, o.lines()), nil
}

var objectText = pattern.New(`^$|^[A-Za-z*?]+(/[A-Za-z0-9.*?:_-]+){1,2}$`)

// lines are what the repository's file would say.
func (o *order) lines() string {
	object := ""
	if o.asked.object != "" {
		object = fmt.Sprintf("object: %q, ", o.asked.object)
	}
	return fmt.Sprintf("```yaml\nwaivers:\n  - {check: %s, %sreason: %q, owner: %q, expires: %s}\n```",
		printable(o.asked.arg), object, strings.ReplaceAll(o.asked.reason, "\u200b", ""), "@"+o.from.Sender, o.asked.until.Format(time.DateOnly))
}

// sawHead says why the command may not mean this head; "" where it was reviewed
// before the command came. A comment's event does not say which head its author
// looked at.
func (o *order) sawHead(ctx context.Context, pull github.PullRequest) (string, error) {
	known, err := o.queue.Store.Reviews(ctx, pull.RepositoryID, pull.Number)
	if err != nil {
		return "", err
	}
	for _, r := range known {
		if r.HeadSHA == pull.HeadSHA && r.Created.Before(o.from.Created) {
			return "", nil
		}
	}
	return fmt.Sprintf("The head is commit `%s`, and no review of it was there when you wrote. Look at its review, then write again.", pull.HeadSHA[:7]), nil
}

// disinterested says why the sender must not decide about this pull request; ""
// where nothing speaks against it.
func (o *order) disinterested(ctx context.Context, pull github.PullRequest) (string, error) {
	sender := strings.ToLower(o.from.Sender)
	if strings.EqualFold(pull.Author, sender) {
		return "You opened this pull request; somebody else must waive.", nil
	}
	pushers, err := o.queue.Store.Pushers(ctx, pullOf(pull))
	if err != nil {
		return "", err
	}
	people, err := o.client.Contributors(ctx, pull.Number)
	if err != nil {
		return "", err
	}
	switch {
	case slices.Contains(pushers, sender), slices.Contains(people.Logins, sender):
		return "You pushed to this pull request; somebody else must waive.", nil
	case people.Nameless:
		return "Some commit of this pull request belongs to no account that GitHub knows, so it cannot be told whether it is yours. Waive in the repository's file instead.", nil
	}
	return "", nil
}

// sourceText is a host with a path, or an OCI or Git URL of one.
var sourceText = pattern.New(`^(?:(?:https|oci)://)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~-]+)*/?$`)

// allow lets reviews of this pull request at this head fetch from a source that
// the base does not name.
func (o *order) allow(ctx context.Context, pull github.PullRequest) (string, error) {
	if !sourceText.MatchString(o.asked.arg) || len(o.asked.arg) > 200 {
		return "Name a source as `host/path` or its URL, without a user and without parameters.", nil
	}
	if no, err := o.sawHead(ctx, pull); err != nil || no != "" {
		return no, err
	}
	err := o.queue.Store.Give(ctx, pullOf(pull), o.from.Comment, store.Grant{Kind: store.SourceGrant, Subject: o.asked.arg, Giver: o.from.Sender})
	if err != nil {
		return "", err
	}
	if err := o.again(ctx, pull); err != nil {
		return "", err
	}
	return fmt.Sprintf("Reviews of this pull request at commit `%s` may fetch from `%s`, as far as this installation's egress policy lets them. A push ends it. The review runs again.",
		pull.HeadSHA[:7], o.asked.arg), nil
}

// waivers lists what is waived here.
func (o *order) waivers(ctx context.Context, pull github.PullRequest) (string, error) {
	governed, err := o.governed(ctx, pull)
	if err != nil {
		return "", err
	}
	given, err := o.queue.Store.Grants(ctx, pullOf(pull))
	if err != nil {
		return "", err
	}
	var b strings.Builder
	row := func(check, object, until, owner, reason, where string) {
		if b.Len() == 0 {
			b.WriteString("| check | object | until | owner | reason | where |\n|---|---|---|---|---|---|\n")
		}
		cells := []string{check, object, until, owner, reason, where}
		for i, c := range cells {
			cells[i] = strings.ReplaceAll(printable(c), "|", "\\|")
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	const most = 100
	for i, w := range governed.Settings.Waivers {
		if i < most {
			row(w.Check, w.Object+w.Path, w.Expires.Format(time.DateOnly), w.Owner, w.Reason, fmt.Sprintf("%s:%d", w.File, w.Line))
		}
	}
	for i, g := range given {
		if g.Kind == store.WaiverGrant && i < most {
			row(g.Subject, g.Object, g.Expires, "@"+g.Giver, g.Reason, "this pull request, at "+pull.HeadSHA[:7])
		}
	}
	if b.Len() == 0 {
		return "Nothing is waived.", nil
	}
	return b.String(), nil
}

// governed reads the file whose word counts for a pull request.
func (o *order) governed(ctx context.Context, pull github.PullRequest) (Governance, error) {
	a := &attempt{queue: o.queue, client: o.client, review: &store.Review{Pull: pullOf(pull)}}
	repo, err := a.fetch(ctx, pull)
	if err != nil {
		return Governance{}, err
	}
	defer repo.Close()
	tips, err := a.tips(ctx, pull, repo)
	if err != nil {
		return Governance{}, err
	}
	_, g, err := a.govern(ctx, pull, tips)
	return g, err
}

// again opens a new attempt at the pull request's review.
func (o *order) again(ctx context.Context, pull github.PullRequest) error {
	taken, err := o.queue.Store.Open(ctx, store.Order{Pull: pullOf(pull), Delivery: o.from.Delivery, Again: true})
	if err != nil {
		return err
	}
	o.queue.running.cancel(errSuperseded, taken.Cancel...)
	return nil
}

// explained finds a check, or what the review itself finds, by its id.
func (r *Reviewer) explained(id string) *review.Check {
	for _, list := range [][]*review.Check{r.Checks, r.Own} {
		for _, c := range list {
			if c.ID == id {
				return c
			}
		}
	}
	return nil
}
