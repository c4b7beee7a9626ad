package render

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// buildVariable matches a variable of Argo CD's build environment.
var buildVariable = pattern.New(`\$\{?(ARGOCD_[A-Z_]+)\}?`)

// inEnvironment puts the build environment into the values files and parameters of a
// source, into its images and labels, as Argo CD does (argo-cd v3, docs/user-guide/build-environment.md). What
// names the commit that is applied, or the cluster, is not known beforehand, and is a
// problem.
func (s argoSource) inEnvironment(app string, spec application) (argoSource, *model.Problem) {
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
	s.Kustomize = inKustomize(s.Kustomize, put)
	if s.Helm == nil {
		return s, problem
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

// inKustomize puts the build environment into the images and labels that a source adds
// to a kustomization, and into its annotations where it says so.
func inKustomize(raw json.RawMessage, put func(string) string) json.RawMessage {
	if !buildVariable.Match(raw) {
		return raw
	}
	var fields map[string]any
	if json.Unmarshal(raw, &fields) != nil {
		return raw // the build says what is wrong
	}
	images, _ := fields["images"].([]any)
	for i, image := range images {
		if text, ok := image.(string); ok {
			images[i] = put(text)
		}
	}
	sections := []string{"commonLabels"}
	if fields["commonAnnotationsEnvsubst"] == true {
		sections = append(sections, "commonAnnotations")
	}
	for _, section := range sections {
		values, _ := fields[section].(map[string]any)
		for key, value := range values {
			if text, ok := value.(string); ok {
				values[key] = put(text)
			}
		}
	}
	out, err := json.Marshal(fields)
	if err != nil {
		return raw
	}
	return out
}
