package job

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/audit"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// Whole is what an audit is asked about: the head of a change, all of it.
type Whole struct {
	Change                         // Base and its commits are not looked at
	Part      string               // a directory or a cluster to narrow it to; "" is all
	FileSide  model.Side           // where the repository's file stands: Head if it is of this commit
	Pipelines audit.Pipelines      // the commit's check runs
	Last      *audit.Past          // the audit before; nil for none
	Found     func(*review.Report) // told of the review behind the report; may be nil
}

// NoPartError: the part to narrow an audit to is no cluster and holds no target.
type NoPartError struct{ Part string }

// Error names the part.
func (e *NoPartError) Error() string {
	return fmt.Sprintf("%q is no cluster, and no target is below it", e.Part)
}

// Audit renders a whole repository, runs the checks and makes the readiness
// report.
func (r *Reviewer) Audit(ctx context.Context, w Whole) (*audit.Report, error) {
	start := time.Now()
	reads, done := newReading(ctx)
	defer done()
	ctx, cancel := context.WithTimeoutCause(ctx, Budget, sandbox.ErrTimeout)
	defer cancel()
	c := w.Change
	c.Base = nil
	snapshots, err := r.Renderer.Pair(ctx, r.Request(c))
	if err != nil {
		return nil, fmt.Errorf("render: %w", err)
	}
	within, shown, err := w.within(snapshots.Head)
	if err != nil {
		return nil, err
	}
	c.Base = model.NewTree("", nil, noBlobs{}) // whoever asks for the other side finds nothing there
	inventory := audit.Take(shown)
	in := review.AuditInput{
		Subject: review.Subject{
			HeadSHA: c.HeadSHA, Head: snapshots.Head, Gate: c.Gate, AsOf: c.AsOf, FileSide: w.FileSide, Stats: statsOf(snapshots),
			Checks: r.Checks, Settings: c.Settings, Mistakes: append(slices.Clip(c.Mistakes), c.unmet(snapshots.Head)...),
			Read: reads.sides(&c), ClearText: reads.clearText(r.Renderer, &c, snapshots), Governing: reads.governing(&c),
			Locate: func(questions []review.Question) ([]*model.Position, error) {
				return r.finder(c, snapshots).Locate(ctx, questions)
			},
		},
		Within: within, Own: r.Own, Places: inventory.Questions(),
	}
	if c.Configured {
		in.Configured = 1
	}
	if c.Evidence != "" && !slices.ContainsFunc(r.Checks, func(c *review.Check) bool { return slices.Contains(c.Tags, review.Evidence) }) {
		in.Unjudged = []string{"the operational evidence in " + c.Evidence}
	}
	found, err := review.Audit(in)
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	r.Panics.report(found)
	if err := reads.failed(); err != nil {
		return nil, err
	}
	if w.Found != nil {
		w.Found(found)
	}
	found.Stats.Milliseconds = time.Since(start).Milliseconds()
	out := audit.Build(audit.Input{Review: found, Inventory: inventory, Scope: w.Part, Pipelines: w.Pipelines, Last: w.Last, Tree: c.Head,
		Unjudged: in.Unjudged, Read: func(file string) []byte { return in.Read(model.Head, file) }})
	if err := reads.failed(); err != nil {
		return nil, err
	}
	out.Stats.Milliseconds = time.Since(start).Milliseconds()
	return out, nil
}

// noBlobs are the contents of a tree without files.
type noBlobs struct{}

// Read is model.Blobs'.
func (noBlobs) Read(context.Context, []string) (map[string][]byte, error) { return nil, nil }

// appliedFrom reports whether something that leads to a target is built from a
// directory of the part: a part is all that is applied from there.
func appliedFrom(l *model.Lineage, below func(string) bool) bool {
	for ; l != nil; l = l.Parent {
		if l.Dir != "" && below(l.Dir) || l.File != "" && below(l.File) {
			return true
		}
	}
	return false
}

// within finds the targets of the part, and gives the snapshot of them alone.
func (w Whole) within(s *model.Snapshot) (*review.Within, *model.Snapshot, error) {
	if w.Part == "" {
		return nil, s, nil
	}
	dir := strings.Trim(path.Clean("/"+w.Part), "/")
	part := &review.Within{Targets: map[string]bool{}, Dir: dir}
	shown := &model.Snapshot{Side: s.Side, Tree: s.Tree}
	below := func(at string) bool { return at == dir || strings.HasPrefix(at, dir+"/") }
	for _, t := range s.Targets {
		if t.Target.Cluster == w.Part || t.Target.ID == w.Part || below(t.Target.Path) || appliedFrom(t.Lineage, below) {
			part.Targets[t.Target.ID] = true
			shown.Targets = append(shown.Targets, t)
		}
	}
	if len(part.Targets) == 0 {
		return nil, nil, &NoPartError{w.Part}
	}
	return part, shown, nil
}
