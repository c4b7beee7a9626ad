package task

import (
	"encoding/json"
)

// Argo is an Argo CD Application to build, as a part of a buildTask.
type Argo struct {
	Name      string     `json:"name"`
	Namespace string     `json:"namespace,omitempty"`
	Parts     []ArgoPart `json:"parts"`
}

// ArgoPart is one source of an Application.
type ArgoPart struct {
	Dir       string          `json:"dir"`
	Kustomize json.RawMessage `json:"kustomize,omitempty"` // as it is written
	Directory *ArgoDirectory  `json:"directory,omitempty"`
	Helm      *ArgoHelm       `json:"helm,omitempty"`
}

// ArgoHelm is how an Application renders a chart.
//
// ValueFiles, as they travel, are paths of the repository.
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
}

// ArgoDirectory says which manifests of a plain directory count.
type ArgoDirectory struct {
	Recurse bool   `json:"recurse,omitempty"`
	Include string `json:"include,omitempty"`
	Exclude string `json:"exclude,omitempty"`
}
