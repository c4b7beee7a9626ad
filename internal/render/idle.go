package render

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"

	"github.com/sourcegraph/conc/pool"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// maxIdleDirs bounds the directories whose patches are tried one by one.
const maxIdleDirs = 20

// maxIdleObjects bounds the objects that are built for it, in all builds of all
// directories: a count and no time, so that the same change gets the same answer. At a
// hundred objects in each build it is some four seconds of one processor.
const maxIdleObjects = 1200

// IdlePatches gives the patches and images that change nothing, of the kustomizations among some
// files of a side and of those that name one of them; only those with a key, where there are
// any. What touches Kustomize's process-wide schema is left out, and what takes too long is
// not known.
func (r *Renderer) IdlePatches(ctx context.Context, s *Snapshots, side model.Side, scope string, files []string, only []string) ([]model.IdlePatch, error) {
	g, other := s.graphs[0], s.graphs[1]
	if side == model.Head {
		g, other = other, g
	}
	if g == nil {
		return nil, nil
	}
	var dirs []string
	for _, file := range append(s.Naming(side, files), files...) {
		dir := path.Dir(file)
		facts, scanned := g.facts[file]
		if !scanned || g.files[dir] != file || facts.Broken || facts.Kind == "Component" || !facts.Patches || g.closure(model.Kustomize, dir).global {
			continue
		}
		if !slices.Contains(files, file) && s.differs(string(model.Kustomize)+":"+dir) {
			continue // only a patch changes, and it shows
		}
		if !slices.Contains(dirs, dir) && len(dirs) < maxIdleDirs {
			dirs = append(dirs, dir)
		}
	}
	if len(dirs) == 0 {
		return nil, nil
	}
	slices.Sort(dirs)
	trees := []*model.Tree{g.tree}
	if other != nil {
		trees = append(trees, other.tree)
	}
	found := make([][]model.IdlePatch, len(dirs))
	work := pool.New().WithContext(ctx).WithCancelOnError()
	for i, dir := range dirs {
		want := task.Idle{Dir: dir, KubeVersion: g.kubernetes, Compared: other != nil, Base: side == model.Base, Only: only, Objects: maxIdleObjects / len(dirs)}
		work.Go(func(ctx context.Context) (err error) {
			found[i], err = r.idlePatches(ctx, scope, want, trees)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(found...), nil
}

func (r *Renderer) idlePatches(ctx context.Context, scope string, want task.Idle, trees []*model.Tree) ([]model.IdlePatch, error) {
	all := func([]byte) bool { return true } // names of files and targets
	result, err := r.Recalling(all).Do(ctx, sandbox.Task{Kind: task.IdleKind, Payload: want, Scope: scope, Trees: trees})
	if err != nil {
		if sandbox.GaveUp(err) {
			return nil, nil
		}
		return nil, fmt.Errorf("try patches: %w", err)
	}
	var found []task.IdlePatch
	if err := json.Unmarshal(result.JSON, &found); err != nil {
		return nil, fmt.Errorf("try patches: %w", err)
	}
	var out []model.IdlePatch
	for _, p := range found {
		out = append(out, model.IdlePatch{File: p.File, Line: p.Line, What: p.Key, ID: p.ID, Image: p.Image, Built: p.Built, Replacement: p.Replacement})
	}
	return out, nil
}

// differs reports whether a target renders other objects on the two sides.
func (s *Snapshots) differs(target string) bool {
	if s.Base == nil {
		return false
	}
	base, head := s.Base.Target(target), s.Head.Target(target)
	return base != nil && head != nil && len(base.Objects) > 0 && !slices.EqualFunc(base.Objects, head.Objects, func(a, b *model.Object) bool { return a.Sum == b.Sum && a.ID == b.ID })
}
