package render

import (
	"bytes"
	"context"
	"fmt"
	"path"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// bootstrap finds the first line at which a chart of the repository that no target
// renders tells Argo CD a repository: an app-of-apps chart that is installed by
// hand, or ApplicationSets in the values of one. What they apply cannot be seen, so
// of no file it may be said that nothing applies it. Nil where there is none.
//
// repoURL is Argo CD's field of a source and of a generator (argo-cd v3,
// ApplicationSource and GitGenerator). A template need not be YAML: it is looked for
// in the bytes.
func (a *accounting) bootstrap(ctx context.Context) (*model.Position, error) {
	for side, tree := range []*model.Tree{a.of.Base.Tree, a.of.Head.Tree} {
		read := map[string]bool{}
		for _, files := range a.of.readings[side] {
			for _, f := range files {
				read[f] = true
			}
		}
		var files []string
		for _, f := range tree.Files() {
			switch path.Ext(f) {
			case ".yaml", ".yml", ".tpl":
				if e, _ := tree.Lookup(f); e.Mode == model.File && !read[f] && inAnyChart(tree, f) {
					files = append(files, f)
				}
			}
		}
		var found *model.Position
		err := eachContent(ctx, tree, files, func(f string, content []byte) {
			if i := bytes.Index(content, []byte("repoURL:")); i >= 0 && found == nil {
				found = &model.Position{File: f, Line: 1 + bytes.Count(content[:i], []byte("\n"))}
			}
		})
		if err != nil {
			return nil, fmt.Errorf("look for what Argo CD is told: %w", err)
		}
		if found != nil {
			return found, nil
		}
	}
	return nil, nil
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
