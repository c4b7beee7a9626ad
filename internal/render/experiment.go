package render

import (
	"context"
	"errors"
	"fmt"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// ErrNoExperiment: the target's own directory does not read the file, so that
// rendering the target again would show nothing.
var ErrNoExperiment = errors.New("no experiment with this file is possible")

// Experiment renders a target of the head once more with one file's content
// replaced. Nothing of it is remembered.
func (r *Renderer) Experiment(ctx context.Context, s *Snapshots, scope string, t model.Target, file string, content []byte) (model.Rendered, error) {
	w, err := s.trial(t, file, content)
	if err != nil {
		return model.Rendered{}, err
	}
	w.task.Key = r.cache.key
	result, err := r.runner.Do(ctx, sandbox.Task{
		Kind: task.BuildKind, Scope: scope, Retire: w.retire, Payload: w.task, Trees: w.trees, Ahead: w.ahead,
	})
	if err != nil {
		return model.Rendered{}, fmt.Errorf("experiment on %s: %w", t.ID, err)
	}
	var out outcome
	b := newBuilder(r, Request{Scope: scope})
	if err := b.read(&out.Built, result.JSON, false); err != nil {
		return model.Rendered{}, fmt.Errorf("experiment on %s: %w", t.ID, err)
	}
	return b.rendered(1, t, out), nil
}

// trial is the build of a target with one file's content replaced.
func (s *Snapshots) trial(t model.Target, file string, content []byte) (work, error) {
	u, ok := s.units[t.ID]
	if !ok && t.Kind != model.Kustomize && t.Kind != model.Manifests {
		return work{}, ErrNoExperiment
	}
	if !ok {
		c := s.graphs[1].closure(t.Kind, t.Path)
		want := s.graphs[1].build(t)
		want.Instead = map[string][]byte{file: content}
		return work{task: want,
			trees: []*model.Tree{s.Built(1)}, ahead: [][]string{c.paths()}, retire: c.global}, nil
	}
	inside := u.from.reads(u.work.task.Dir, file)
	if inside == "" {
		return work{}, ErrNoExperiment
	}
	w := u.work
	w.task.Instead = map[string][]byte{inside: content}
	return w, nil
}

// reads is the artifact's path of a file of this repository that the build of a
// directory reads; "" where it does not.
func (a *artifact) reads(dir, file string) string {
	if a == nil || !a.own || a.problem != nil || a.graph == nil {
		return ""
	}
	for _, p := range a.graph.closure(a.graph.kindOf(dir), dir).paths() {
		if a.place(p) == file {
			return p
		}
	}
	return ""
}

// headUnits are the Flux targets of the head, by id.
func (p *pair) headUnits() map[string]*unit {
	out := map[string]*unit{}
	if f := p.sides[1]; f != nil {
		for _, c := range f.clusters {
			for id, u := range c.byID {
				out[id] = u
			}
		}
	}
	return out
}
