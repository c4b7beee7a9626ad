// Package cleartext finds which credentials stand readable in a tree's files. What one
// looks like is internal/credential's; parsing the files is the engine's, in the
// sandbox. It gives places, and never what stands there.
package cleartext

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sourcegraph/conc/pool"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// Kind is the task's.
const Kind = "cleartext"

// Task is what the sandbox is asked.
type Task struct {
	// Files are looked at.
	Files []string `json:"files"`
	// Fed are looked at where a Secret is made of them.
	Fed []string `json:"fed"`
	// Values are those of the files that something reads as values.
	Values []string `json:"values,omitempty"`
	// Kustomizations may make a Secret of one of the files, or patch one with it.
	Kustomizations []string `json:"kustomizations"`
}

// Question is what is asked about a tree.
type Question struct {
	Tree  *model.Tree
	Scope string   // tenant and trust
	Look  []string // files that are looked at by themselves
	Fed   []string // files that are, where a Secret is made of them
	// Naming are the kustomizations that may make a Secret of one of the files.
	Naming []string
	// Values are the files that something reads as values, whatever they are called.
	Values map[string]bool
	// Surrender tells which errors mean that the sandbox gave up: the files are
	// not seen then. Any other ends it.
	Surrender func(error) bool
}

// batch is how many files one task looks at, so that its time bounds it and one
// file that takes too much costs no more than these.
const batch = 200

// Find gives the credentials in some files of a tree, by file and line.
func Find(ctx context.Context, runner sandbox.Runner, q Question) ([]model.ClearText, error) {
	task := Task{Fed: slices.Concat(q.Look, q.Fed), Kustomizations: q.Naming}
	for _, f := range task.Fed {
		if Kustomization(f) && !slices.Contains(task.Kustomizations, f) {
			task.Kustomizations = append(task.Kustomizations, f)
		}
	}
	if len(q.Look)+len(task.Kustomizations) == 0 {
		return nil, nil // no Secret is made of the others
	}
	slices.Sort(task.Kustomizations)
	for _, f := range q.Look {
		if q.Values[f] {
			task.Values = append(task.Values, f)
		}
	}
	var found []model.ClearText
	left := q.Look
	if len(task.Kustomizations) == 0 {
		var err error
		if found, left, err = q.here(ctx); err != nil {
			return nil, fmt.Errorf("look for credentials: %w", err)
		}
		if len(left) == 0 {
			return found, nil
		}
	}
	answers := make([][]model.ClearText, max(1, (len(left)+batch-1)/batch))
	work := pool.New().WithContext(ctx).WithMaxGoroutines(atOnce).WithCancelOnError().WithFirstError()
	for i := range answers {
		task.Files = left[i*batch : min((i+1)*batch, len(left))]
		part := task
		work.Go(func(ctx context.Context) (err error) {
			answers[i], err = look(ctx, runner, q, part)
			return err
		})
		task = Task{Values: task.Values} // the first has looked at the kustomizations
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	found = append(found, slices.Concat(answers...)...)
	slices.SortStableFunc(found, func(a, b model.ClearText) int { return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line) })
	return once(found), nil
}

// atOnce bounds the tasks that wait for a place in the sandbox at the same time.
const atOnce = 8

// look is find, where a sandbox that gave up has not seen the files.
func look(ctx context.Context, runner sandbox.Runner, q Question, task Task) ([]model.ClearText, error) {
	found, err := find(ctx, runner, q, task)
	switch {
	case err == nil:
		return found, nil
	case !q.Surrender(err):
		return nil, fmt.Errorf("look for credentials: %w", err)
	}
	for _, f := range task.Files {
		found = append(found, model.ClearText{File: f, Sort: model.NotSeen})
	}
	return found, nil
}

// once leaves one of several for a line: a file may be looked at by itself, and
// as what a Secret is made of.
func once(all []model.ClearText) []model.ClearText {
	type spot struct {
		file string
		line int
	}
	told := map[spot]bool{}
	return slices.DeleteFunc(all, func(c model.ClearText) bool {
		at := spot{c.File, c.Line}
		again := told[at]
		told[at] = true
		return again
	})
}

func find(ctx context.Context, runner sandbox.Runner, q Question, task Task) ([]model.ClearText, error) {
	result, err := runner.Do(ctx, sandbox.Task{Kind: Kind, Payload: task, Scope: q.Scope, Trees: []*model.Tree{q.Tree},
		Ahead: [][]string{slices.Concat(task.Files, task.Kustomizations)}})
	if err != nil {
		return nil, err
	}
	var out []model.ClearText
	if err := json.Unmarshal(result.JSON, &out); err != nil {
		return nil, err
	}
	return out, nil
}

// Kustomization reports whether a file is called as kustomize looks for one.
func Kustomization(file string) bool {
	switch path.Base(file) {
	case "kustomization.yaml", "kustomization.yml", "Kustomization":
		return true
	}
	return false
}
