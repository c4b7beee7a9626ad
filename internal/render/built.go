package render

import (
	"context"
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// buildCommand matches a command that builds or applies a kustomization, up to the
// directory that it names. A variable before it is the place of the checkout.
var buildCommand = pattern.New(`\b(?:kustomize build|kubectl kustomize|kubectl apply\b[^|;&\n]*? (?:-k|--kustomize)[= ])\s*(?:--?[\w-]+(?:[= ](?:LoadRestrictions\w+|true|false))? )*["']?(?:\$\{?\w+\}?/|\./)*([\w./-]+)`)

// builds reports whether a file says what is built of the repository: a pipeline, a
// make file, or what a tool of developers reads.
func builds(p string) bool {
	switch path.Base(p) {
	case "Makefile", "justfile", ".gitlab-ci.yml", "Jenkinsfile":
		return true
	}
	ext := path.Ext(p)
	return strings.HasPrefix(p, ".github/workflows/") && (ext == ".yml" || ext == ".yaml")
}

// builtByName gives the directories with a kustomization that a pipeline or a make
// file builds by their name, sorted: somebody applies them by themselves, also where
// another kustomization takes them in.
func (g *graph) builtByName(ctx context.Context) ([]string, error) {
	var files, out []string
	for _, p := range g.tree.Files() {
		if e, ok := g.tree.Lookup(p); ok && e.Mode == model.File && builds(p) {
			files = append(files, p)
		}
	}
	err := eachContent(ctx, g.tree, files, func(_ string, content []byte) {
		for _, m := range buildCommand.FindAllSubmatch(content, -1) {
			dir := path.Clean(string(m[1]))
			if file, ok := g.files[dir]; ok && g.facts[file].Kind != "Component" && !slices.Contains(out, dir) {
				out = append(out, dir)
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("read pipelines: %w", err)
	}
	sort.Strings(out)
	return out, nil
}
