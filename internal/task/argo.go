package task

import (
	"encoding/json"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Argo is an Argo CD Application to build, as a part of a buildTask.
type Argo struct {
	Name      string     `json:"name"`
	Namespace string     `json:"namespace,omitempty"`
	Parts     []ArgoPart `json:"parts"`
	// KubeVersion is the cluster's, "1.33"; "" for the newest that is known.
	KubeVersion string `json:"kubeVersion,omitempty"`
}

// ArgoPart is one source of an Application.
type ArgoPart struct {
	Dir       string          `json:"dir"`
	Kustomize json.RawMessage `json:"kustomize,omitempty"` // as it is written
	Directory *ArgoDirectory  `json:"directory,omitempty"`
	Helm      *ArgoHelm       `json:"helm,omitempty"`
	// Chart is the chart of a Helm repository that is rendered in the place of Dir.
	Chart *Packaged `json:"chart,omitempty"`
	// Git is the other repository that Dir is in.
	Git *Checkout `json:"git,omitempty"`
}

// Problem is why a source from elsewhere could not be had; nil for none.
func (p *ArgoPart) Problem() *model.Problem {
	switch {
	case p.Chart != nil:
		return p.Chart.Problem
	case p.Git != nil:
		return p.Git.Problem
	}
	return nil
}

// Names leads, in a source from elsewhere, to the field that names what is fetched.
func (p *ArgoPart) Names() model.Step {
	if p.Chart != nil {
		return model.FieldStep("chart")
	}
	return model.FieldStep("repoURL")
}

// Checkout is another Git repository that was fetched.
type Checkout struct {
	URL      string `json:"url"`
	Revision string `json:"revision,omitempty"`
	Tree     int    `json:"tree,omitempty"` // which of the task's trees
	// Problem is why it could not be had.
	Problem *model.Problem `json:"problem,omitempty"`
}

// ArgoHelm is how an Application renders a chart.
//
// ValueFiles, as they travel, are paths of the repository; with a slash before them,
// of the chart or the other repository that was fetched.
type ArgoHelm struct {
	ReleaseName  string           `json:"releaseName,omitempty"`
	ValueFiles   []string         `json:"valueFiles,omitempty"`
	Values       string           `json:"values,omitempty"`
	ValuesObject map[string]any   `json:"valuesObject,omitempty"`
	Parameters   []map[string]any `json:"parameters,omitempty"`
	SkipCRDs     bool             `json:"skipCrds,omitempty"`
	// IgnoreMissing leaves out values files that are not there.
	IgnoreMissing  bool             `json:"ignoreMissingValueFiles,omitempty"`
	FileParameters []map[string]any `json:"fileParameters,omitempty"`
	// Namespace is the release's, where it is not the Application's.
	Namespace            string   `json:"namespace,omitempty"`
	KubeVersion          string   `json:"kubeVersion,omitempty"`
	APIVersions          []string `json:"apiVersions,omitempty"`
	SkipSchemaValidation bool     `json:"skipSchemaValidation,omitempty"`
	// Version, SkipTests and PassCredentials only say that it is a chart.
	Version         string `json:"version,omitempty"`
	SkipTests       bool   `json:"skipTests,omitempty"`
	PassCredentials bool   `json:"passCredentials,omitempty"`
}

// ArgoDirectory says which manifests of a plain directory count.
type ArgoDirectory struct {
	Recurse bool   `json:"recurse,omitempty"`
	Include string `json:"include,omitempty"`
	Exclude string `json:"exclude,omitempty"`
	// Jsonnet is what programs are given: extVars, tlas, libs.
	Jsonnet map[string]any `json:"jsonnet,omitempty"`
}

// Empty reports whether it says nothing, not even that the source is a plain directory
// (argo-cd v3, ApplicationSourceDirectory.IsZero).
func (d *ArgoDirectory) Empty() bool {
	if d == nil {
		return true
	}
	if d.Recurse || d.Include != "" || d.Exclude != "" {
		return false
	}
	for _, field := range d.Jsonnet {
		if list, _ := field.([]any); len(list) > 0 {
			return false
		}
	}
	return true
}
