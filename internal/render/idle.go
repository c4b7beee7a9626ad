package render

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sourcegraph/conc/pool"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// maxIdleDirs bounds the directories whose patches are tried one by one.
const maxIdleDirs = 20

// maxIdleObjects bounds the objects that are built for it, in all builds of all
// directories that the change touches, and once more for those that include what it
// touches: a count and no time, so that the same change gets the same answer. At a
// hundred objects in each build it is some four seconds of one processor.
const maxIdleObjects = 1200

// IdlePatches gives the patches, images and replacements that change nothing, of the
// kustomizations among some files of a side, of those that name one of them, and of those
// that build what the change took an object or an image from. Base is asked after head,
// for what was found there. What touches Kustomize's process-wide schema is left out, and
// what takes too long is not known.
func (r *Renderer) IdlePatches(ctx context.Context, s *Snapshots, side model.Side, scope string, files []string, found []model.IdlePatch) ([]model.IdlePatch, error) {
	g, other := s.graphs[0], s.graphs[1]
	if side == model.Head {
		g, other = other, g
	}
	if g == nil {
		return nil, nil
	}
	var direct, including, read []string
	add := func(to *[]string, file string) {
		dir := path.Dir(file)
		if !g.mayIdle(dir, file) || slices.Contains(direct, dir) || slices.Contains(including, dir) || slices.Contains(read, dir) || len(*to) == maxIdleDirs {
			return
		}
		*to = append(*to, dir)
	}
	for _, file := range append(s.Naming(side, files), files...) {
		if found != nil && other != nil && other.files[path.Dir(file)] != "" && !slices.ContainsFunc(found, func(p model.IdlePatch) bool { return p.Dir == path.Dir(file) }) {
			continue // head has it, and nothing was found there
		}
		if !slices.Contains(files, file) && s.differs(string(model.Kustomize)+":"+path.Dir(file)) {
			add(&read, file) // only a patch changes, and it shows: nothing is built to find that out
			continue
		}
		add(&direct, file)
	}
	if side == model.Head {
		for _, file := range s.robbed(g, files) {
			add(&including, file)
		}
	}
	var only []string
	for _, p := range found {
		only = append(only, p.ID)
		if file, ok := g.files[p.Dir]; ok {
			add(&including, file)
		}
	}
	slices.Sort(only)
	only = slices.Compact(only)
	var wants []task.Idle
	for _, dirs := range [][]string{direct, including} {
		slices.Sort(dirs)
		for _, dir := range dirs {
			wants = append(wants, task.Idle{Dir: dir, KubeVersion: g.kubernetes, Compared: other != nil, Base: side == model.Base, Only: only, Objects: maxIdleObjects / len(dirs)})
		}
	}
	for _, dir := range read {
		wants = append(wants, task.Idle{Dir: dir, Compared: other != nil, Base: side == model.Base, Only: only})
	}
	trees := []*model.Tree{g.tree}
	if other != nil {
		trees = append(trees, other.tree)
	}
	out := make([][]model.IdlePatch, len(wants))
	work := pool.New().WithContext(ctx).WithCancelOnError()
	for i, want := range wants {
		work.Go(func(ctx context.Context) (err error) {
			out[i], err = r.idlePatches(ctx, scope, want, trees)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(out...), nil
}

// mayIdle reports whether a file is a directory's kustomization that has what may change
// nothing, and can be built here.
func (g *graph) mayIdle(dir, file string) bool {
	facts, scanned := g.facts[file]
	return scanned && g.files[dir] == file && !facts.Broken && facts.Kind != "Component" && facts.Patches && !g.closure(model.Kustomize, dir).global
}

// robbed gives the kustomizations that build what some files make, in targets that lack
// something for it which another's patch or image may have been for.
func (s *Snapshots) robbed(g *graph, files []string) (out []string) {
	if s.Base == nil {
		return nil
	}
	changed := make(map[string]bool, len(files))
	for _, file := range files {
		changed[file] = true
	}
	for i := range s.Head.Targets {
		head := &s.Head.Targets[i]
		base := s.Base.Target(head.Target.ID)
		if base == nil || base.Status != model.StatusRendered || head.Status != model.StatusRendered || head.Target.Path == "" || !lacks(base.Objects, head.Objects) {
			continue
		}
		for _, file := range g.closure(head.Target.Kind, head.Target.Path).paths() {
			dir := path.Dir(file)
			if g.mayIdle(dir, file) && slices.ContainsFunc(g.closure(model.Kustomize, dir).paths(), func(read string) bool { return changed[read] }) {
				out = append(out, file)
			}
		}
	}
	return out
}

// lacks reports whether objects, images or labels of base are not in head.
func lacks(base, head []*model.Object) bool {
	here := make(map[model.ObjectID]*model.Object, len(head))
	for _, o := range head {
		here[o.ID.Key()] = o
	}
	for _, o := range base {
		now := here[o.ID.Key()]
		switch {
		case now == nil && (o.ID.Kind == "ConfigMap" || o.ID.Kind == "Secret") && generatedName.MatchString(o.ID.Name):
		case now == nil:
			return true
		case now.Sum != o.Sum && !holds(selectable(now), selectable(o)):
			return true
		}
	}
	return false
}

// generatedName ends as what Kustomize generates: no patch names that.
var generatedName = pattern.New(`-[2456789bcdfghkmt]{10}$`)

func holds(all, some map[string]bool) bool {
	for one := range some {
		if !all[one] {
			return false
		}
	}
	return true
}

// selectable gives what of an object selects it for a patch, or an image: its labels, but
// for those that name a version, and the names of its images.
func selectable(o *model.Object) map[string]bool {
	out := map[string]bool{}
	metadata, _ := o.Fields()["metadata"].(map[string]any)
	labels, _ := metadata["labels"].(map[string]any)
	for key, value := range labels {
		if key != "app.kubernetes.io/version" && key != "helm.sh/chart" {
			out[fmt.Sprintf("label %s=%v", key, value)] = true
		}
	}
	addImages(o.Fields(), out)
	return out
}

func addImages(value any, to map[string]bool) {
	switch v := value.(type) {
	case map[string]any:
		for key, child := range v {
			if text, ok := child.(string); ok && key == "image" {
				name, _, _ := strings.Cut(text, "@")
				if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
					name = name[:i]
				}
				to["image "+name] = true
			}
			addImages(child, to)
		}
	case []any:
		for _, child := range v {
			addImages(child, to)
		}
	}
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
		out = append(out, model.IdlePatch{Dir: want.Dir, File: p.File, Line: p.Line, What: p.Key, ID: p.ID, Image: p.Image, Built: p.Built, Replacement: p.Replacement, Twice: p.Twice})
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
