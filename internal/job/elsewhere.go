package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/audit"
	"github.com/seaworthy-dev/seaworthy/internal/fault"
	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/report"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/store"
)

// What a pull request does in other repositories of its installation is looked at after
// its verdict, one repository after the other, when nobody waits for anything else
// (docs/adr/0014-impact-elsewhere.md). What a check run says of it names nobody but
// repositories that everybody can read.

const (
	// maxConsumers bounds the repositories that are looked at for one review, those
	// that were seen to read this one first.
	maxConsumers = 100
	// maxImpactClusters and maxImpactTime bound one review's impact in all.
	maxImpactClusters = 500
	maxImpactTime     = 20 * time.Minute
	// impactTries is how often one is tried that failed for what may pass.
	impactTries = 4
	// impactPoints is what one costs of GitHub's limit.
	impactPoints = 5
)

// plan asks what the change does in other repositories: in those that the default
// branch's file lists under consumers, and in those that were seen to read this one. A
// fork could ask by its change what is in repositories that it may not read.
func (a *attempt) plan(ctx context.Context, pull github.PullRequest) error {
	if pull.Fork || pull.Group.Ref != "" {
		return nil
	}
	all, seen, err := a.queue.Store.Neighbours(ctx, pull.Installation, pull.RepositoryID)
	if err != nil {
		return err
	}
	var first, then []store.Repository
	for _, r := range all {
		switch {
		case seen[r.ID]:
			first = append(first, r)
		case listed(a.consumers, r.Owner, r.Name):
			then = append(then, r)
		}
	}
	all = append(first, then...)
	if len(all) == 0 {
		return nil
	}
	if len(all) > maxConsumers {
		a.queue.Log.Warn().Str("repository", pull.Owner+"/"+pull.Repo).Int("consumers", len(all)).Msg("more repositories use this one than are looked at")
	}
	return a.queue.Store.PlanImpact(ctx, a.review, all)
}

// impact looks at one impact; its error is the store's.
func (q *Queue) impact(ctx context.Context) error {
	i, err := q.Store.ClaimImpact(ctx)
	if err != nil || i == nil {
		return err
	}
	if at := q.App.Room(i.Tenant, impactPoints); !at.IsZero() {
		return q.Store.RetryImpact(ctx, i, store.Retry{After: time.Until(at) + jitter(time.Second)})
	}
	start := time.Now()
	e := &elsewhere{queue: q, impact: i}
	err = errDied
	if i.Starts <= maxDeaths {
		run, done := aside(ctx, q.stopping)
		err = e.guarded(run)
		if cause := context.Cause(run); err != nil && cause != nil {
			err = errors.Join(cause, err)
		}
		done()
	}
	i.Took = time.Since(start)
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	return errors.Join(e.settle(keep, err), q.Store.Spent(keep, i.Tenant, i.Took))
}

// elsewhere is one impact being looked at.
type elsewhere struct {
	queue  *Queue
	impact *store.Impact
	parts  [][]byte // of its page
}

// guarded keeps a panic to the impact that caused it.
func (e *elsewhere) guarded(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			stack := string(debug.Stack())
			e.queue.Reviewer.Panics.Note(sandbox.Recovered{Where: "impact", Value: fmt.Sprint(p), Stack: stack})
			err = fmt.Errorf("panic: %v\n%s", p, stack)
		}
	}()
	return e.look(ctx)
}

// settle ends an impact, or puts it back.
func (e *elsewhere) settle(ctx context.Context, err error) error {
	i := e.impact
	line := e.queue.Log.Info()
	if err != nil {
		line = e.queue.Log.Warn().Err(err).Stringer("owner", fault.OwnerOf(err))
	}
	line.Int64("review", i.Review).Str("repository", i.Owner+"/"+i.Name).Int64("installation", i.Tenant).Int64("milliseconds", i.Took.Milliseconds()).Msg("impact")
	var retry *github.RetryError
	switch {
	case err == nil:
	case errors.Is(err, errSuperseded):
		return e.queue.Store.DropImpact(ctx, i.Review)
	case errors.Is(err, errStopping), errors.Is(err, context.Canceled):
		return e.queue.Store.RetryImpact(ctx, i, store.Retry{})
	case errors.As(err, &retry):
		return e.queue.Store.RetryImpact(ctx, i, store.Retry{After: time.Until(retry.At) + jitter(time.Second)})
	case i.Tries < impactTries && (mayPass(err) || passing(err, time.Since(i.Created))):
		return e.queue.Store.RetryImpact(ctx, i, store.Retry{After: jitter(commandWait(i.Tries)), Count: true})
	default:
		e.parts, i.Subject = nil, ""
		if err := e.result(model.ImpactedRepository{Problem: unseenElsewhere(err)}); err != nil {
			return err
		}
	}
	err = e.queue.Store.FinishImpact(ctx, i, e.parts)
	if errors.Is(err, store.ErrLost) {
		return nil
	}
	return err
}

// unseenElsewhere is why a repository could not be looked at, for those who can read
// it.
func unseenElsewhere(err error) string {
	switch {
	case errors.Is(err, errBudget):
		return errBudget.Error()
	case errors.Is(err, sandbox.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("it was not done in %.0f minutes", Budget.Minutes())
	case errors.Is(err, github.ErrGone):
		return "the App cannot read it"
	case fault.OwnerOf(err) == fault.GitHub:
		return "GitHub does not answer for it"
	case fault.OwnerOf(err) == fault.Us:
		return "a defect of Seaworthy"
	}
	return fault.PublicOf(err)
}

// errBudget: a review's impact is looked at within bounds.
var errBudget = fmt.Errorf("more is not looked at for one pull request than %d repositories, %d clusters and %.0f minutes", maxConsumers, maxImpactClusters, maxImpactTime.Minutes())

func (e *elsewhere) result(r model.ImpactedRepository) error {
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("keep an impact: %w", err)
	}
	e.impact.Result = string(text)
	return nil
}

// look renders the repository with the reviewed one at both commits.
func (e *elsewhere) look(ctx context.Context) error {
	i, q := e.impact, e.queue
	r, err := q.Store.Review(ctx, i.Review)
	if errors.Is(err, store.ErrNoReview) {
		return errSuperseded
	}
	if err != nil {
		return err
	}
	if err := e.within(ctx); err != nil {
		return err
	}
	there := q.client(store.Pull{Tenant: i.Tenant, Repository: i.Repository, Owner: i.Owner, Name: i.Name})
	about, err := there.About(ctx)
	if err == nil && about.ID != i.Repository {
		err = github.ErrGone // another one has its name by now
	}
	if err != nil {
		return err
	}
	i.Public = about.Visibility == "public"
	a := &attempt{queue: q, review: &r, client: q.client(r.Pull)}
	move, done, err := a.move(ctx)
	if err != nil {
		return err
	}
	defer done()
	at := store.Repository{ID: i.Repository, Tenant: i.Tenant, Owner: i.Owner, Name: i.Name, DefaultBranch: about.DefaultBranch}
	repo, ref, err := q.fetchDefault(ctx, at, there)
	if err != nil {
		return err
	}
	defer repo.Close()
	subject := strings.Join([]string{repo.At(ref), move.BaseSHA, move.HeadSHA, move.Branch}, " ")
	if known, parts, ok, err := q.Store.SameImpact(ctx, i, subject); err != nil || ok {
		i.Result, i.Subject, e.parts = known, subject, parts
		return err
	}
	c, err := q.branchChange(ctx, at, repo, ref)
	if err != nil {
		return err
	}
	if c.NoImpact {
		return e.result(model.ImpactedRepository{Commit: c.HeadSHA})
	}
	reader := &attempt{queue: q, client: there}
	c.Neighbours = reader.neighbours(github.PullRequest{Installation: i.Tenant, Owner: i.Owner, Repo: i.Name, RepositoryID: i.Repository, DefaultBranch: about.DefaultBranch})
	return e.review(ctx, c, move, subject)
}

// review makes the impact and its page.
func (e *elsewhere) review(ctx context.Context, c Change, move Move, subject string) error {
	var inventory *audit.Inventory
	if e.queue.Pages != "" {
		c.Rendered = func(head *model.Snapshot) { inventory = audit.Take(head) }
	}
	found, r, err := e.queue.Reviewer.Aside().Impact(ctx, c, move)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(found.Clusters, func(c model.ImpactedCluster) bool { return c.Unseen > 0 }) {
		e.impact.Subject = subject // what could not be seen may be seen another time
	}
	if r != nil && e.queue.Pages != "" {
		page := report.PageOf(r)
		page.Draw(inventory)
		if e.parts, err = page.Pack(); err != nil {
			return err
		}
	}
	return e.result(found)
}

// within holds a review's impact to its budget.
func (e *elsewhere) within(ctx context.Context) error {
	all, err := e.queue.Store.Impacts(ctx, e.impact.Review)
	if err != nil {
		return err
	}
	clusters, looked, took := 0, 0, time.Duration(0)
	for _, i := range all {
		if !i.Done {
			continue
		}
		looked++
		took += i.Took
		clusters += len(ImpactOf(i).Clusters)
	}
	if looked >= maxConsumers || clusters >= maxImpactClusters || took >= maxImpactTime {
		return errBudget
	}
	return nil
}

// move is the pull request's change as others see it; done must be called when it was
// looked at. A pull request that moved on is superseded.
func (a *attempt) move(ctx context.Context) (m Move, done func(), err error) {
	r := a.review
	pull, err := a.client.PullRequest(ctx, r.Number)
	if errors.Is(err, github.ErrGone) || err == nil && (!pull.Open || pull.HeadSHA != r.HeadSHA || pull.BaseRef != r.BaseRef || pull.Fork) {
		return m, nil, errSuperseded
	}
	if err != nil {
		return m, nil, err
	}
	repo, err := a.fetch(ctx, pull)
	if err != nil {
		return m, nil, err
	}
	defer func() {
		if err != nil {
			repo.Close()
		}
	}()
	m = Move{Branch: pull.BaseRef, Default: pull.BaseRef == pull.DefaultBranch, HeadSHA: pull.HeadSHA}
	if m.BaseSHA, err = repo.MergeBase(ctx, repo.At(pull.BaseFetchRef()), pull.HeadSHA); err != nil {
		return m, nil, err
	}
	if m.Base, err = repo.Tree(ctx, m.BaseSHA); err != nil {
		return m, nil, err
	}
	if m.Head, err = repo.Tree(ctx, m.HeadSHA); err != nil {
		return m, nil, err
	}
	at, err := a.tips(ctx, pull, repo)
	if err != nil {
		return m, nil, err
	}
	if err = repo.Prefetch(ctx, wanted(at, m.Base, m.Head)); err != nil {
		return m, nil, err
	}
	_, g, err := a.govern(ctx, pull, at)
	if err != nil {
		return m, nil, err
	}
	m.Names = append([]string{a.queue.App.CloneURL(pull.Owner, pull.Repo)}, g.Mirrors...)
	return m, func() { repo.Close() }, nil
}

// ImpactOf is what came of one impact; what cannot be read could not be looked at.
func ImpactOf(i store.Impact) model.ImpactedRepository {
	var r model.ImpactedRepository
	if json.Unmarshal([]byte(i.Result), &r) != nil {
		r = model.ImpactedRepository{Problem: "it is not kept any more"}
	}
	r.Name = i.Owner + "/" + i.Name
	return r
}

// impactOfReview is what is known of a review's impact, of how many repositories it is
// not known yet, and what is so of those that everybody can read.
func (q *Queue) impactOfReview(ctx context.Context, review int64) (all model.Impact, open int, public []model.ImpactedRepository, err error) {
	found, err := q.Store.Impacts(ctx, review)
	for _, i := range found {
		if !i.Done {
			open++
			continue
		}
		r := ImpactOf(i)
		all.Add(r)
		if i.Public && len(r.Clusters) > 0 {
			public = append(public, r)
		}
	}
	return all, open, public, err
}

// addImpact says in a check run what is known of a review's impact. It names those
// alone whom everybody can read.
func (q *Queue) addImpact(ctx context.Context, r store.Review, run *github.CheckRun) {
	all, open, public, err := q.impactOfReview(ctx, r.ID)
	switch {
	case err != nil: // it is told again when it is done
		q.Log.Warn().Err(err).Int64("review", r.ID).Msg("the impact was not read")
		return
	case open > 0:
		run.Summary += "\n**Elsewhere**: what this does in the repositories that use this one is being looked at. It takes no part in the verdict, and is told here when it is known.\n"
		return
	case len(all.Repositories) == 0:
		return
	}
	run.Summary += "\n**Elsewhere**: " + report.ImpactText(all) + " It takes no part in the verdict.\n"
	for n, p := range public {
		if n == 0 {
			run.Summary += "\n"
		}
		if n == maxNamed {
			run.Summary += fmt.Sprintf("- and %d more\n", len(public)-n)
			break
		}
		run.Summary += report.ImpactList(p)
	}
	if page := q.pageOf(r.ID); page != "" && r.Digest != "" {
		run.Summary += fmt.Sprintf("\n[Which ones, for those who can read them](%s/elsewhere)\n", page)
	}
	if title := report.ImpactTitle(all); title != "" && len([]rune(run.Title+" · "+title)) <= maxTitle {
		run.Title += " · " + title
	}
}

// maxNamed bounds the repositories that a check run names.
const maxNamed = 20

// impactTold brings the check run of a review up to date with its impact. It makes
// none, and leaves the verdict and its time as they are.
func (q *Queue) impactTold(ctx context.Context, id int64) error {
	r, err := q.Store.Review(ctx, id)
	if errors.Is(err, store.ErrNoReview) {
		return nil
	}
	if err != nil {
		return err
	}
	if r.State != store.Done || r.Closed || r.Outcome == "" {
		return nil
	}
	own, err := parseOutcome(r.Outcome)
	if err != nil {
		return err
	}
	a := &attempt{queue: q, review: &r, client: q.client(r.Pull)}
	siblings, err := a.siblings(ctx)
	if err != nil {
		return q.eventError("tell the impact of", r.Pull, err)
	}
	run := q.checkRun(ctx, r, own.carrying(judged(siblings)))
	run.CompletedAt = r.Finished
	if err := a.client.Revise(ctx, run); err != nil && !errors.Is(err, github.ErrNoCheckRun) {
		return q.eventError("tell the impact of", r.Pull, err)
	}
	return nil
}
