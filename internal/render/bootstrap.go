package render

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// bootstrap finds the first line at which a chart of the repository that no target
// renders tells Argo CD a repository: an app-of-apps chart that is installed by
// hand, or ApplicationSets in the values of one. What they apply cannot be seen, so
// of no file it may be said that nothing applies it. Nil where there is none.
//
// repoURL is Argo CD's field of a source and of a generator (argo-cd v3,
// ApplicationSource and GitGenerator). A template need not be YAML: it is looked for
// in the bytes.
//
// With it come the patterns of files that are generators' parameters there.
func (a *accounting) bootstrap(ctx context.Context) (at *model.Position, parameters []string, err error) {
	for side, tree := range []*model.Tree{a.of.Base.Tree, a.of.Head.Tree} {
		read := map[string]bool{}
		for _, r := range a.of.readings[side] {
			for _, f := range slices.Concat(r.files, r.given) {
				read[f] = true
			}
			for _, s := range r.closure.all() {
				for _, f := range s.paths {
					read[f] = true
				}
			}
		}
		files := slices.Clone(a.of.makers[side].values)
		for _, f := range tree.Files() {
			switch path.Ext(f) {
			case ".yaml", ".yml", ".tpl":
				if e, _ := tree.Lookup(f); e.Mode == model.File && !read[f] && inAnyChart(tree, f) {
					files = append(files, f)
				}
			}
		}
		err := eachContent(ctx, tree, files, func(f string, content []byte) {
			i := bytes.Index(content, []byte("repoURL:"))
			if i < 0 {
				return
			}
			if at == nil {
				at = &model.Position{File: f, Line: 1 + bytes.Count(content[:i], []byte("\n"))}
			}
			for _, m := range parameterFile.FindAllSubmatch(content, -1) {
				parameters = append(parameters, path.Clean(string(m[1])))
			}
		})
		if err != nil {
			return nil, nil, fmt.Errorf("look for what Argo CD is told: %w", err)
		}
		if at == nil {
			at = a.of.makers[side].inline
		}
	}
	return at, parameters, nil
}

// parameterFile is a pattern of a generator of Git files.
var parameterFile = pattern.New(`(?m)^\s*-?\s*path:\s*["']?([^\s"'#{]+\.(?:json|ya?ml))["']?\s*$`)

// makers are the charts from outside the repository that make Applications: they are
// given a repository for them, or are known for it.
type makers struct {
	inline *model.Position // of what gives it in its own object
	values []string        // files that they are given
}

// appsChart is the chart of argo-helm whose values are Applications and
// ApplicationSets (argocd-apps 2.0).
const appsChart = "argocd-apps"

// makers finds a side's: Applications and HelmReleases whose charts are not visible.
func (p *pair) makers(side int) (out makers) {
	tell := func(problem *model.Problem) {
		if problem.Location != nil && out.inline == nil {
			out.inline = problem.Location
		}
	}
	for _, id := range slices.Sorted(maps.Keys(p.apps[side].units)) {
		u := p.apps[side].units[id]
		if u.out.Problem == nil {
			continue
		}
		for _, s := range u.spec.all() {
			if s.Chart == appsChart || s.Helm != nil && namesRepository(s.Helm) {
				tell(p.argoRendered(u.target)[side].Problem)
			}
		}
		for _, f := range append(u.values[:len(u.values):len(u.values)], u.params...) {
			if e, ok := p.trees[side].Lookup(f); ok && e.Mode == model.File {
				out.values = append(out.values, f)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(p.helms.units[side])) {
		if u := p.helms.units[side][id]; u.chart.problem != nil && (u.spec.Chart.Spec.Chart == appsChart || namesRepository(u.held.object.Fields())) {
			if file := u.target.Path; file != "" && out.inline == nil {
				out.inline = &model.Position{File: file, Line: 1}
			}
		}
	}
	return out
}

// namesRepository reports whether values name a repository as Argo CD does.
func namesRepository(values any) bool {
	j, err := json.Marshal(values)
	return err == nil && bytes.Contains(j, []byte("repoURL"))
}

// eachContent gives the contents of files of a tree to do, in their order. It holds
// a bounded number of them at once.
func eachContent(ctx context.Context, tree *model.Tree, files []string, do func(file string, content []byte)) error {
	const batch = 2000
	for len(files) > 0 {
		n := min(batch, len(files))
		ids := make([]string, n)
		for i, f := range files[:n] {
			e, _ := tree.Lookup(f)
			ids[i] = e.ID
		}
		contents, err := tree.ReadBlobs(ctx, ids)
		if err != nil {
			return err
		}
		for i, f := range files[:n] {
			do(f, contents[ids[i]])
		}
		files = files[n:]
	}
	return nil
}
