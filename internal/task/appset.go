package task

import (
	"encoding/json"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// ApplicationSetKind makes Applications: ApplicationSet over one tree ▶ Applications.
const ApplicationSetKind = "applicationset"

// ApplicationSet is an ApplicationSet whose Applications are wanted.
type ApplicationSet struct {
	Generators      []json.RawMessage `json:"generators"`
	Template        json.RawMessage   `json:"template"`
	TemplatePatch   string            `json:"templatePatch,omitempty"`
	GoTemplate      bool              `json:"goTemplate,omitempty"`
	GoTemplateOpts  []string          `json:"goTemplateOptions,omitempty"`
	Namespace       string            `json:"namespace,omitempty"` // the set's
	MaxApplications int               `json:"maxApplications"`
	Key             []byte            `json:"key,omitempty"` // for fingerprints of secrets
}

// Applications are what an ApplicationSet makes.
type Applications struct {
	Made []Application `json:"made,omitempty"`
	// Why is what keeps it from being known, in words; "" for nothing.
	Why string `json:"why,omitempty"`
	// Mistake: Argo CD cannot make them either. Field leads to what Why is about in the set,
	// where that is known.
	Mistake bool         `json:"mistake,omitempty"`
	Field   []model.Step `json:"field,omitempty"`
	// Repositories are the addresses of the repositories that generators read, and the
	// revisions they read them at, in pairs.
	Repositories [][2]string `json:"repositories,omitempty"`
}

// Application is one that an ApplicationSet makes.
type Application struct {
	Name string `json:"name"`
	// Object is what the set applies, with nothing secret in it.
	Object json.RawMessage `json:"object"`
	// Files are those that its parameters come from.
	Files []string `json:"files,omitempty"`
	// By are the generators, or elements of a list, that give them: paths in the set's spec.
	By []string `json:"by,omitempty"`
}
