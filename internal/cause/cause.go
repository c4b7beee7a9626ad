// Package cause finds the source line that made a rendered field what it is: it
// asks the sandbox, which reads the files of both sides (engine/locate), and where
// several lines could have changed a field it renders again without one of them.
// A wrong line is worse than a coarser one.
package cause

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sourcegraph/conc/pool"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/render"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// locateBatch is how many targets one locating task speaks of at most.
const locateBatch = 100

// located is one target's questions and where their answers belong.
type located struct {
	target     model.Target
	shares     string // what it reads of others: a batch reads a base once
	base, head *model.Lineage
	queries    []task.Query
	index      []int
}

// Finder finds lines for one change.
type Finder struct {
	Renderer  *render.Renderer
	Scope     string // tenant and trust
	Snapshots *render.Snapshots
}

// Locate finds the source lines of places in rendered objects. Where the
// sandbox gives up, the places stay unknown: a review without a line is better
// than none.
func (f Finder) Locate(ctx context.Context, questions []review.Question) ([]*model.Position, error) {
	answers := make([]task.Answer, len(questions))
	work := pool.New().WithContext(ctx).WithCancelOnError()
	batches := byTarget(f.Snapshots, questions)
	size := min(locateBatch, max(1, (len(batches)+1)/2)) // two children share the work
	for len(batches) > 0 {
		batch := batches[:min(size, len(batches))]
		batches = batches[len(batch):]
		ahead := f.Snapshots.Reads(targets(batch))
		work.Go(func(ctx context.Context) error { return f.batch(ctx, batch, ahead, answers) })
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	f.experiment(ctx, questions, answers)
	out := make([]*model.Position, len(questions))
	for i := range answers {
		out[i] = f.Snapshots.Place(questions[i].Target, answers[i].Position)
	}
	return out, nil
}

// maxExperiments bounds the renders that a review spends on finding lines. It is
// a count and no time, so that the same input gives the same answer.
const maxExperiments = 64

// experiment decides between several lines that could have changed a field: the
// one is right without which the field has its old value again.
func (f Finder) experiment(ctx context.Context, questions []review.Question, answers []task.Answer) {
	left := maxExperiments
	for i, q := range questions {
		if !q.Changed {
			continue
		}
		for _, trial := range answers[i].Trials {
			if left <= 0 {
				return
			}
			out, err := f.Renderer.Experiment(ctx, f.Snapshots, f.Scope, q.Target, trial.File, trial.Content)
			if !errors.Is(err, render.ErrNoExperiment) {
				left--
			}
			if err != nil {
				continue // the static answer stands
			}
			if q.WentBack(out.Objects) {
				at := trial.Position
				answers[i].Position = &at
				break
			}
		}
	}
}

func byTarget(s *render.Snapshots, questions []review.Question) []located {
	at := map[string]int{}
	var out []located
	for i, q := range questions {
		j, ok := at[q.Target.ID]
		if !ok {
			j = len(out)
			at[q.Target.ID] = j
			out = append(out, located{target: q.Target, base: lineage(s.Base, q.Target.ID), head: lineage(s.Head, q.Target.ID)})
		}
		out[j].index = append(out[j].index, i)
		out[j].queries = append(out[j].queries, task.Query{
			Object: q.Object, Path: q.Path, Gone: q.Gone, Value: q.Value, Removed: q.Removed, Asker: q.Asker, File: q.File, Side: q.Side,
			Changed: q.Changed || q.Caused, Was: scalar(q.Was),
		})
	}
	for i := range out {
		out[i].shares = s.Shares(out[i].target)
	}
	slices.SortFunc(out, func(a, b located) int {
		return cmp.Or(strings.Compare(a.shares, b.shares), strings.Compare(a.target.ID, b.target.ID))
	})
	return out
}

func (f Finder) batch(ctx context.Context, batch []located, ahead [][]string, out []task.Answer) error {
	payload := make(task.Batch, len(batch))
	for i, l := range batch {
		payload[i] = task.TargetQueries{Kind: l.target.Kind, Dir: l.target.Path, Queries: l.queries,
			Base: l.base, Head: l.head}
	}
	runner := f.Renderer.Recalling(func(result []byte) bool { return !quotesFiles(result) && !readsSecrets(batch) })
	result, err := runner.Do(ctx, sandbox.Task{Kind: task.LocateKind, Payload: payload, Scope: f.Scope,
		Trees: []*model.Tree{f.Snapshots.Built(0), f.Snapshots.Built(1)}, Ahead: ahead})
	if err != nil {
		if ctx.Err() != nil || !sandbox.GaveUp(err) {
			return fmt.Errorf("locate: %w", err)
		}
		return nil
	}
	var answers [][]task.Answer
	if err := json.Unmarshal(result.JSON, &answers); err != nil {
		return fmt.Errorf("locate: %w", err)
	}
	for i, l := range batch {
		for j, index := range l.index {
			if i < len(answers) && j < len(answers[i]) {
				out[index] = answers[i][j]
			}
		}
	}
	return nil
}

// quotesFiles reports whether answers hold the content of files, which is not redacted.
func quotesFiles(result []byte) bool {
	var answers [][]task.Answer
	return json.Unmarshal(result, &answers) != nil || slices.ContainsFunc(answers, func(of []task.Answer) bool {
		return slices.ContainsFunc(of, func(a task.Answer) bool { return len(a.Trials) > 0 })
	})
}

// readsSecrets reports whether a Secret's value goes into one of the targets, or into
// what asks for it: it may stand in a path that is asked for.
func readsSecrets(batch []located) bool {
	seen := map[*model.Lineage]bool{}
	var reads func(l *model.Lineage) bool
	reads = func(l *model.Lineage) bool {
		if l == nil || seen[l] {
			return false
		}
		seen[l] = true
		return reads(l.Parent) || l.Source != nil && reads(l.Source.In) || slices.ContainsFunc(l.Reads, func(r model.Read) bool {
			return r.Object.Kind == "Secret" || reads(r.In)
		})
	}
	return slices.ContainsFunc(batch, func(l located) bool { return reads(l.base) || reads(l.head) })
}

// scalar is a value as a locating task carries it; nil for a map or list.
func scalar(v review.Value) any {
	switch v.V.(type) {
	case map[string]any, []any:
		return nil
	}
	return v.V
}

// lineage says how a target came to be on a side; nil for a mere directory.
func lineage(s *model.Snapshot, id string) *model.Lineage {
	if s == nil {
		return nil
	}
	if t := s.Target(id); t != nil {
		return t.Lineage
	}
	return nil
}

func targets(batch []located) []model.Target {
	out := make([]model.Target, len(batch))
	for i, l := range batch {
		out[i] = l.target
	}
	return out
}
