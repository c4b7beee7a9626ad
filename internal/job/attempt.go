package job

import (
	"context"
	"errors"
	"fmt"
	"path"
	"runtime/debug"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/audit"
	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/git"
	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/report"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/store"
)

const (
	// maxDeaths is how many processes may die over one review.
	maxDeaths = 3
	// maxTellingDeaths is how many when only telling its verdict is left: that is worth
	// more tries.
	maxTellingDeaths = 2 * maxDeaths
)

// reviewNext does the next due review; its error is the store's.
func (q *Queue) reviewNext(ctx context.Context) error {
	r, err := q.Store.Claim(ctx)
	if err != nil || r == nil {
		return err
	}
	if at := q.App.Room(r.Tenant, reviewPoints); !at.IsZero() {
		r.State = store.Queued
		return q.Store.Requeue(ctx, r, store.Retry{After: time.Until(at) + jitter(time.Second), Reason: store.ForLimit})
	}
	start := time.Now()
	run, done := q.running.add(ctx, r.ID)
	defer done()
	a := &attempt{queue: q, review: r, client: q.client(r.Pull)}
	if r.CheckName == "" {
		a.at = github.NotSent // that it will be is stored first
	}
	run, end := span(under(run, r), "review", attributes(r)...)
	err = a.guarded(run)
	end(err)
	if cause := context.Cause(run); err != nil && cause != nil {
		err = errors.Join(cause, err)
	}
	// What follows must be stored also when this process stops.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	return errors.Join(a.settle(ctx, err, start), q.Store.Spent(ctx, r.Tenant, time.Since(start)))
}

// reviewPoints is what an ordinary review costs of GitHub's limit: the pull request is
// read (1), its check run made and completed (5 each), and some.
const reviewPoints = 15

// settleTime bounds the telling of how a review ended.
const settleTime = time.Minute

// attempt is one worker's go at one review.
type attempt struct {
	queue  *Queue
	review *store.Review
	client *github.Client
	report *review.Report      // nil until there is one
	shown  *review.Report      // the same as its check run tells it
	member *github.PullRequest // the only one of a merge group; nil for others
	at     github.Standing     // of the check run, as far as this attempt knows

	waits *outcome // what is said where nobody asked for the review; nil else

	consumers []string // globs of them, by the default branch's file

	inventory *audit.Inventory // of the head, for the page; nil without pages
}

// guarded keeps a panic to the review that caused it.
func (a *attempt) guarded(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			stack := string(debug.Stack())
			a.queue.Reviewer.Panics.Note(sandbox.Recovered{Where: "review", Value: fmt.Sprint(p), Stack: stack})
			err = fmt.Errorf("panic: %v\n%s", p, stack)
		}
	}()
	return a.run(ctx)
}

// run goes on from wherever an earlier worker left the review.
func (a *attempt) run(ctx context.Context) error {
	r := a.review
	if r.Cancelled {
		return errSuperseded
	}
	if r.Outcome != "" && r.Deaths < maxTellingDeaths {
		o, err := parseOutcome(r.Outcome)
		if err != nil {
			return err
		}
		return a.publish(ctx, o)
	}
	if r.Deaths >= maxDeaths {
		return errDied
	}
	pull, err := a.current(ctx)
	if err != nil {
		return err
	}
	if pull.BaseRef == pull.DefaultBranch {
		if err := a.announce(ctx, checkName); err != nil {
			return err
		}
	}
	a.progress(ctx, "Fetching the commits")
	r.Owner, r.Name = pull.Owner, pull.Repo // it may have been renamed
	a.client = a.queue.client(r.Pull)
	fetching, end := span(ctx, "fetch")
	repo, err := a.fetch(fetching, pull)
	end(err)
	if err != nil {
		return err
	}
	defer repo.Close()
	if pull, err = a.alone(ctx, pull, repo); err != nil {
		return err
	}
	if a.report, err = a.examine(ctx, pull, repo); err != nil {
		return err
	}
	if a.waits != nil {
		if err := a.judge(ctx, *a.waits); err != nil {
			return err
		}
		return a.publish(ctx, *a.waits)
	}
	if err := a.keepPage(ctx); err != nil {
		return err
	}
	if err := a.plan(ctx, pull); err != nil {
		return err
	}
	a.progress(ctx, "Telling GitHub")
	o := outcomeOf(report.ForCheckRun(a.shown))
	o.Checks = checksOf(a.report)
	if err := a.judge(ctx, o); err != nil {
		return err
	}
	return a.publish(ctx, o)
}

// current reads the pull request again: events come late and in any order. One
// that has moved on gets the review that it needs now.
func (a *attempt) current(ctx context.Context) (github.PullRequest, error) {
	if a.review.Group() {
		return groupOf(a.review.Pull), nil // its ref is there, or the fetch finds it gone
	}
	pull, err := a.client.PullRequest(ctx, a.review.Number)
	if err != nil {
		return pull, err
	}
	if !pull.Open {
		return pull, errSuperseded
	}
	if pull.HeadSHA == a.review.HeadSHA && pull.BaseRef == a.review.BaseRef {
		return pull, nil
	}
	taken, err := a.queue.Store.Open(ctx, store.Order{Pull: pullOf(pull), Delivery: a.review.Delivery})
	if err != nil {
		return pull, err
	}
	a.queue.running.cancel(errSuperseded, taken.Cancel...)
	return pull, errSuperseded
}

// fetch brings the mirror up to date. A token that was revoked before its time
// is replaced once.
func (a *attempt) fetch(ctx context.Context, pull github.PullRequest) (*git.Repo, error) {
	token, err := a.client.Token(ctx)
	if err != nil {
		return nil, err
	}
	request := git.FetchRequest{
		Tenant: fmt.Sprint(pull.Installation), Repository: fmt.Sprint(pull.RepositoryID),
		URL: a.queue.App.CloneURL(pull.Owner, pull.Repo), Token: token, CAFile: a.queue.App.CAFile(),
		Wants: []git.Want{{Ref: pull.HeadFetchRef(), SHA: pull.HeadSHA}, {Ref: pull.BaseFetchRef()}},
	}
	if pull.DefaultBranch != pull.BaseRef {
		request.Wants = append(request.Wants, git.Want{Ref: "refs/heads/" + pull.DefaultBranch})
	}
	repo, err := a.queue.Mirrors.Fetch(ctx, request)
	if errors.Is(err, git.ErrNotVisible) {
		if request.Token, err = a.client.NewToken(ctx); err != nil {
			return nil, err
		}
		repo, err = a.queue.Mirrors.Fetch(ctx, request)
	}
	return repo, err
}

// examine makes the report.
func (a *attempt) examine(ctx context.Context, pull github.PullRequest, repo *git.Repo) (*review.Report, error) {
	c, name, err := a.change(ctx, pull, repo)
	if err != nil {
		return nil, err
	}
	if err := a.announce(ctx, name); err != nil {
		return nil, err
	}
	if a.waits, err = a.unasked(ctx, pull, c.Reviews); a.waits != nil || err != nil {
		return nil, err
	}
	if a.queue.Pages != "" {
		c.Rendered = func(head *model.Snapshot) { a.inventory = audit.Take(head) }
	}
	c.Progress, c.Built = func(what string) { a.progress(ctx, what) }, a.built(ctx)
	ctx, end := span(ctx, "judge")
	r, err := a.queue.Reviewer.Review(ctx, c)
	end(err)
	if err != nil {
		return nil, err
	}
	a.shown, err = Placed(ctx, r, c)
	return r, err
}

// change is what a review or an audit of a pull request is asked about, under
// the rules that govern it, and the check run's name.
func (a *attempt) change(ctx context.Context, pull github.PullRequest, repo *git.Repo) (c Change, name string, err error) {
	c = Change{BaseSHA: repo.At(pull.BaseFetchRef()), HeadSHA: pull.HeadSHA, AsOf: time.Now(), Scope: scopeOf(pull),
		Fork: pull.Fork, Neighbours: a.neighbours(pull), Origins: []string{a.queue.App.CloneURL(pull.Owner, pull.Repo)}}
	if pull.Group.Ref != "" {
		c.BaseSHA = pull.Group.BaseSHA // the groups before it in the queue are judged by themselves
	}
	if c.MergeBase, err = repo.MergeBase(ctx, c.BaseSHA, c.HeadSHA); err != nil {
		return c, "", err
	}
	if c.Base, err = repo.Tree(ctx, c.MergeBase); err != nil {
		return c, "", err
	}
	if c.Head, err = repo.Tree(ctx, c.HeadSHA); err != nil {
		return c, "", err
	}
	tips, err := a.tips(ctx, pull, repo)
	if err != nil {
		return c, "", err
	}
	if err := repo.Prefetch(ctx, wanted(tips, c.Base, c.Head)); err != nil {
		return c, "", err
	}
	if name, c.Governance, err = a.govern(ctx, pull, tips); err != nil {
		return c, "", err
	}
	waivers, allowed, err := a.grants(ctx, pull, c.Gate)
	c.Settings.Waivers, c.Allowed = append(c.Settings.Waivers, waivers...), allowed
	return c, name, err
}

// scopeOf is tenant and trust: what forks bring shares nothing with the rest.
func scopeOf(pull github.PullRequest) string {
	if pull.Fork {
		return fmt.Sprintf("%d/fork", pull.Installation)
	}
	return fmt.Sprintf("%d/own", pull.Installation)
}

// inputs are the endings of files that renders usually read. Others are fetched
// when they are asked for.
var inputs = map[string]bool{".yaml": true, ".yml": true, ".json": true, ".env": true, ".properties": true, ".conf": true, ".toml": true, ".ini": true}

// wanted are the blobs that a review will read: all of them come with one
// request.
func wanted(tips tips, sides ...*model.Tree) []string {
	var ids []string
	for _, tree := range sides {
		for _, file := range tree.Files() {
			if e, ok := tree.Lookup(file); ok && e.Mode == model.File && inputs[path.Ext(file)] {
				ids = append(ids, e.ID)
			}
		}
	}
	for _, tree := range []*model.Tree{tips.standard, tips.base} {
		for _, file := range config.Paths {
			if e, ok := tree.Lookup(file); ok && e.Mode == model.File {
				ids = append(ids, e.ID)
			}
		}
	}
	return ids
}
