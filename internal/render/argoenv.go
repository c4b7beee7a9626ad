package render

import (
	"maps"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// buildVariable matches a variable of Argo CD's build environment.
var buildVariable = pattern.New(`\$\{?(ARGOCD_[A-Z_]+)\}?`)

// inEnvironment puts the build environment into the values files and parameters of a
// source, as Argo CD does (argo-cd v3, docs/user-guide/build-environment.md). What
// names the commit that is applied, or the cluster, is not known beforehand, and is a
// problem.
func (s argoSource) inEnvironment(app string, spec application) (argoSource, *model.Problem) {
	if s.Helm == nil {
		return s, nil
	}
	known := map[string]string{
		"ARGOCD_APP_NAME": app, "ARGOCD_APP_NAMESPACE": spec.Destination.Namespace, "ARGOCD_APP_PROJECT_NAME": spec.Project,
		"ARGOCD_APP_SOURCE_PATH": s.Path, "ARGOCD_APP_SOURCE_REPO_URL": s.RepoURL, "ARGOCD_APP_SOURCE_TARGET_REVISION": s.TargetRevision,
	}
	var problem *model.Problem
	put := func(text string) string {
		return buildVariable.ReplaceAllStringFunc(text, func(v string) string {
			name := strings.Trim(v, "${}")
			value, ok := known[name]
			if !ok {
				problem = &model.Problem{Class: model.UnsupportedSource, Message: "`$" + name + "` is known only when Argo CD applies it"}
				return v
			}
			return value
		})
	}
	helm := *s.Helm
	helm.ValueFiles = slices.Clone(helm.ValueFiles)
	for i, file := range helm.ValueFiles {
		helm.ValueFiles[i] = put(file)
	}
	for _, list := range []*[]map[string]any{&helm.Parameters, &helm.FileParameters} {
		*list = slices.Clone(*list)
		for i, p := range *list {
			p = maps.Clone(p)
			for _, key := range []string{"value", "path"} {
				if text, ok := p[key].(string); ok {
					p[key] = put(text)
				}
			}
			(*list)[i] = p
		}
	}
	s.Helm = &helm
	return s, problem
}
