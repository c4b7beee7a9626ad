// Package job makes one review, from two commits to a report, and runs reviews
// from a durable queue. It ties git, render, review, cause and report together
// and translates every error once, to whose it is.
package job

import (
	"context"
	"fmt"
	"path"
	"slices"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/cause"
	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/glob"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/render"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/source"
)

// Reviewer makes reviews.
type Reviewer struct {
	Runner   sandbox.Runner
	Renderer *render.Renderer
	Checks   []*review.Check
	Own      []*review.Check // the findings that a review makes itself, explained like checks
	// Sources gives what fetches from outside the repository during one review;
	// nil fetches nothing.
	Sources func(source.Neighbours) render.Sources
	// Panics takes what checks recovered from; nil takes nothing.
	Panics *Panics
}

// Aside makes reviews with one build at a time, for what nobody waits for.
func (r *Reviewer) Aside() *Reviewer {
	out := *r
	out.Renderer = r.Renderer.Aside()
	return &out
}

// Change is what a review is asked about.
type Change struct {
	Governance
	BaseSHA, MergeBase, HeadSHA string
	Base, Head                  *model.Tree // of the merge base and the head
	Scope                       string      // tenant and trust
	Only                        []string    // target ids; empty means all
	Origins                     []string    // URLs of the repository itself, however it is fetched
	Plain                       bool        // Kustomize and manifests only: no Flux, no Helm
	Offline                     bool        // nothing is fetched
	Fork                        bool        // head may fetch only what base names
	// Neighbours tells which repositories are read with the installation's token;
	// nil for none.
	Neighbours source.Neighbours
	AsOf       time.Time
	Allowed    []string // sources that a command allowed for this head
	// Moved is another repository that differs between the sides; nil for none.
	Moved *render.Moved
	// Rendered is given what the head renders to, once; nil is given nothing.
	Rendered func(head *model.Snapshot)
	// Progress is told what is being done; nil tells nobody.
	Progress func(what string)
	// Built is told, from any goroutine, how many builds were begun; nil tells nobody.
	Built func(n int)
}

// contextLimit is the number of targets up to which a review also renders
// those that the change cannot reach, for cross-object rules.
const contextLimit = 150

// renderingBoth is what a review does first, as its page says it.
const renderingBoth = "Rendering both sides"

// Budget is the time that one review may take.
const Budget = 5 * time.Minute

// Review renders, compares, checks and locates. The error is for what stops the
// whole review; a target that fails is data in the report.
func (r *Reviewer) Review(ctx context.Context, c Change) (*review.Report, error) {
	start := time.Now()
	reads, done := newReading(ctx)
	defer done()
	ctx, cancel := context.WithTimeoutCause(ctx, Budget, sandbox.ErrTimeout)
	defer cancel()
	c.tell(renderingBoth)
	request := r.Request(c)
	request.ContextLimit = contextLimit
	snapshots, err := r.Renderer.Pair(ctx, request)
	if err != nil {
		return nil, fmt.Errorf("render: %w", err)
	}
	if c.Rendered != nil {
		c.Rendered(snapshots.Head)
	}
	in := review.Input{
		Subject: review.Subject{
			HeadSHA: c.HeadSHA, Head: snapshots.Head, Gate: c.Gate, AsOf: c.AsOf, Stats: statsOf(snapshots),
			Checks: r.Checks, Settings: c.Settings, Mistakes: append(slices.Clip(c.Mistakes), c.unmet(snapshots.Base, snapshots.Head)...),
			Read: reads.sides(&c), ClearText: reads.clearText(r.Renderer, &c, snapshots), Governing: reads.governing(&c),
			Locate: func(questions []review.Question) ([]*model.Position, error) {
				return r.finder(c, snapshots).Locate(ctx, questions)
			},
		},
		BaseSHA: c.BaseSHA, MergeBase: c.MergeBase, Base: snapshots.Base, ChangedFiles: model.Changed(c.Base, c.Head),
		IdlePatches: reads.idlePatches(r.Renderer, &c, snapshots),
	}
	if in.Account, err = r.account(ctx, c, snapshots); err != nil {
		return nil, err
	}
	if in.Proposal, err = r.proposal(ctx, c, in); err != nil {
		return nil, err
	}
	report, err := review.Review(in)
	if err != nil {
		return nil, fmt.Errorf("review: %w", err)
	}
	r.Panics.report(report)
	if err := reads.failed(); err != nil {
		return nil, err
	}
	report.Stats.Milliseconds = time.Since(start).Milliseconds()
	return report, nil
}

// tell says what is done at the moment.
func (c *Change) tell(what string) {
	if c.Progress != nil {
		c.Progress(what)
	}
}

// account says who reads the files that differ. What the repository's file calls
// not applied on purpose is a document.
func (r *Reviewer) account(ctx context.Context, c Change, s *render.Snapshots) ([]model.FileAccount, error) {
	list, err := r.Renderer.Account(ctx, s, c.Scope)
	if err != nil {
		return nil, fmt.Errorf("account for the files: %w", err)
	}
	if len(c.Only) > 0 { // who else reads a file was not asked
		list = slices.DeleteFunc(list, func(f model.FileAccount) bool { return len(f.Targets) == 0 })
	}
	for i, f := range list {
		meant := func(pattern string) bool { return glob.Match(pattern, f.File) || glob.Match(pattern, path.Dir(f.File)) }
		unread := f.State == model.UnappliedState || f.State == model.UnseenState && len(f.Targets) == 0
		if unread && slices.ContainsFunc(slices.Concat(c.Unapplied, c.Exclude), meant) {
			list[i].State, list[i].Reason, list[i].Where = model.DocumentState, "", nil
		}
	}
	return list, nil
}

// finder finds the source lines of a change that was rendered.
func (r *Reviewer) finder(c Change, s *render.Snapshots) cause.Finder {
	return cause.Finder{Renderer: r.Renderer, Scope: c.Scope, Snapshots: s}
}

// Request asks for the renders of a change, or of its head alone where it has no
// base.
func (r *Reviewer) Request(c Change) render.Request {
	return render.Request{
		Base: c.Base, Head: c.Head, Scope: c.Scope, Only: c.Only, Exclude: c.Exclude, Clusters: clusterPaths(c.Clusters), Destinations: destinations(c.Clusters),
		Flux: !c.Plain, Kubernetes: c.Settings.Kubernetes, Own: slices.Concat(c.Origins, c.Mirrors), Sources: r.sources(c), Untrusted: c.Fork, Allowed: c.Allowed, Moved: c.Moved, Built: c.Built,
	}
}

// sources is a fetcher for one review, in which a name is resolved once.
func (r *Reviewer) sources(c Change) render.Sources {
	if r.Sources == nil || c.Offline {
		return nil
	}
	return r.Sources(c.Neighbours)
}

func clusterPaths(clusters []config.Cluster) map[string]string {
	out := map[string]string{}
	for _, c := range clusters {
		if c.Path != "" {
			out[c.Path] = c.Name
		}
	}
	return out
}

func destinations(clusters []config.Cluster) map[string]string {
	out := map[string]string{}
	for _, c := range clusters {
		for _, d := range c.Destinations {
			out[d] = c.Name
		}
	}
	return out
}

func statsOf(s *render.Snapshots) review.Stats {
	return review.Stats{Targets: s.Stats.Targets, Rendered: s.Stats.Rendered, Reused: s.Stats.Reused}
}
