package render

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/glob"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// deployCommand matches commands that bring files of the repository into a cluster, or
// into an artifact that a cluster reads, and are not followed here.
var deployCommand = pattern.New(`\b(?:kubectl|oc) (?:[\w-]+[= ])*?(?:apply|create|replace)\b|\bflux push artifact\b|\bhelm (?:upgrade|install)\b|\bkapp deploy\b|\bargocd app create\b`)

// pathToken matches what may be a path on such a line.
var pathToken = pattern.New(`(?:\$\{?\w+\}?/|\./)*([\w.*-]+(?:/[\w.*-]+)*)`)

// deployer is the tool by which a file brings others into a cluster, by all of its lines:
// those of a helmfile, of Skaffold. "" is none; a script or a pipeline does by its
// commands alone.
func deployer(p string) (tool string, script bool) {
	base := path.Base(p)
	switch {
	case strings.HasPrefix(base, "helmfile") && strings.Contains(base, ".yaml"):
		return "helmfile", false
	case base == "skaffold.yaml":
		return "Skaffold", false
	case builds(p), path.Ext(p) == ".sh", base == "Taskfile.yml", base == "Taskfile.yaml", base == "azure-pipelines.yml", base == "bitbucket-pipelines.yml":
		return "", true
	}
	for _, dir := range []string{".circleci/", ".woodpecker/", ".gitea/workflows/", ".forgejo/workflows/", ".tekton/"} {
		if strings.HasPrefix(p, dir) {
			return "", true
		}
	}
	return "", false
}

// deployed is a line that brings a path into a cluster.
type deployed struct {
	where model.Position
	tool  string
	path  string
}

// takes reports whether it takes in a file.
func (d deployed) takes(file string) bool {
	return d.path == "." || within(file, d.path) || strings.Contains(d.path, "*") && glob.Match(d.path, file)
}

// deployments finds the lines of base and head that bring files into a cluster by a tool
// whose render is not known here.
func (a *accounting) deployments(ctx context.Context) ([]deployed, error) {
	var out []deployed
	for _, tree := range []*model.Tree{a.of.Head.Tree, a.of.Base.Tree} {
		var files []string
		for _, p := range tree.Files() {
			if e, _ := tree.Lookup(p); e.Mode != model.File {
				continue
			}
			if tool, script := deployer(p); tool != "" || script {
				files = append(files, p)
			}
		}
		err := eachContent(ctx, tree, files, func(p string, content []byte) {
			tool, _ := deployer(p)
			n := 0
			for line := range strings.Lines(string(content)) {
				n++
				if text := strings.TrimSpace(line); strings.HasPrefix(text, "#") || len(text) > 1000 {
					continue
				}
				by, rest := tool, line
				if by == "" {
					at := deployCommand.FindStringIndex(line)
					if at == nil {
						continue
					}
					by, _, _ = strings.Cut(line[at[0]:], " ")
					rest = line[at[1]:]
				}
				for _, m := range pathToken.FindAllStringSubmatch(rest, -1) {
					for _, dir := range []string{".", path.Dir(p)} {
						if to := path.Join(dir, m[1]); known(tree, to) {
							out = append(out, deployed{model.Position{File: p, Line: n, EndLine: n, Precision: model.AtLine}, by, to})
						}
					}
				}
			}
		})
		if err != nil {
			return nil, fmt.Errorf("read what deploys: %w", err)
		}
	}
	return out, nil
}

// known reports whether a path is one of the tree's, below the root; a pattern is where
// its directory is.
func known(tree *model.Tree, p string) bool {
	if i := strings.Index(p, "*"); i >= 0 {
		p = path.Dir(p[:i] + "x")
	}
	_, ok := tree.Lookup(p)
	return ok && p != "."
}
