package update

import (
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Ignored reports whether all that applies an object leaves what changes below a pointer as
// the cluster has it: Applications that ignore differences there, and do so in a sync too
// (argo-cd v3, normalizeTargetResources). Flux asks the API server before it looks at what
// its Kustomization ignores.
func Ignored(p *review.Pass, c review.Change, below string) bool {
	for _, target := range c.Targets {
		by := p.AskedBy(target)
		if tool(target) != model.ArgoCD || !slices.Contains(applicationOptions(by), "RespectIgnoreDifferences=true") {
			return false
		}
		ignored := ignoredPaths(applicationSpec(by), c.Object)
		for _, f := range c.Fields {
			related := strings.HasPrefix(f.Path+"/", below+"/") || strings.HasPrefix(below+"/", f.Path+"/")
			if related && !slices.ContainsFunc(ignored, func(steps []string) bool { return covers(steps, f.Path) }) {
				return false
			}
		}
	}
	return len(c.Targets) > 0
}

// ignoredPaths are the places of an object in which an Application ignores differences, as
// steps; "*" is every item of a list. Expressions of jq that do more than lead to a place
// are left out.
func ignoredPaths(spec map[string]any, id model.ObjectID) [][]string {
	var out [][]string
	for _, entry := range review.Items(spec, "ignoreDifferences") {
		name, namespace := review.Text(entry, "name"), review.Text(entry, "namespace")
		if !alike(review.Text(entry, "group"), id.Group) || !alike(review.Text(entry, "kind"), id.Kind) || name != "" && name != id.Name || namespace != "" && namespace != id.Namespace {
			continue
		}
		for _, pointer := range kube.Texts(entry["jsonPointers"]) {
			if rest, ok := strings.CutPrefix(pointer, "/"); ok && rest != "" {
				out = append(out, strings.Split(rest, "/"))
			}
		}
		for _, expression := range kube.Texts(entry["jqPathExpressions"]) {
			if plainPath.MatchString(expression) {
				expression = strings.NewReplacer("[]?", ".*", "[]", ".*", "?", "").Replace(expression)
				out = append(out, strings.Split(expression, ".")[1:])
			}
		}
	}
	return out
}

// plainPath matches an expression of jq that leads to a place.
var plainPath = pattern.New(`^(\.[A-Za-z0-9_]+(\[\])?\??)+$`)

func alike(glob, text string) bool {
	ok, err := path.Match(glob, text)
	return err == nil && ok
}

// covers reports whether steps lead to what a pointer leads to, or above it.
func covers(steps []string, pointer string) bool {
	at := strings.Split(pointer, "/")[1:]
	if len(steps) > len(at) {
		return false
	}
	for i, step := range steps {
		if step != at[i] && step != "*" {
			return false
		}
	}
	return true
}
