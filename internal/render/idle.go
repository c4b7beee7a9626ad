package render

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// maxIdleDirs bounds the directories whose patches are tried one by one.
const maxIdleDirs = 20

// IdlePatches gives the patches and images that change nothing, of the kustomizations among some
// files of a side and of those that name one of them. What touches Kustomize's
// process-wide schema is left out, and what takes too long is not known.
func (r *Renderer) IdlePatches(ctx context.Context, s *Snapshots, side model.Side, scope string, files []string) ([]model.IdlePatch, error) {
	g := s.graphs[0]
	if side == model.Head {
		g = s.graphs[1]
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
	all := func([]byte) bool { return true } // names of files and targets
	result, err := r.Recalling(all).Do(ctx, sandbox.Task{Kind: task.IdleKind, Payload: task.Idle{Dirs: dirs, KubeVersion: g.kubernetes}, Scope: scope, Trees: []*model.Tree{g.tree}})
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
		out = append(out, model.IdlePatch{File: p.File, Line: p.Line, What: p.Key, Image: p.Image, Built: p.Built})
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
