package task

import "encoding/json"

// Flux is what a Flux Kustomization adds to the build of its directory.
type Flux struct {
	// Object is the Kustomization as its parent applies it.
	Object json.RawMessage `json:"object,omitempty"`
	// Self, where set, is the input whose render holds the Kustomization: it
	// has a value that must not leave a child, so the parent knows it only
	// redacted.
	Self *Holder  `json:"self,omitempty"`
	From []Values `json:"from,omitempty"` // spec.postBuild.substituteFrom, in its order
	// Strict: a variable that is set nowhere and has no default ends the build.
	Strict bool `json:"strict,omitempty"`
}

// Holder names an object in the render of one of the task's inputs.
type Holder struct {
	Input     int    `json:"input"`
	Namespace string `json:"ns,omitempty"`
	Name      string `json:"name"`
}

// Values is a ConfigMap or Secret that a Kustomization or a HelmRelease reads.
type Values struct {
	Kind      string `json:"kind"`
	Namespace string `json:"ns,omitempty"`
	Name      string `json:"name"`
	Optional  bool   `json:"optional,omitempty"`
	// Missing: no target of the cluster renders it.
	Missing bool              `json:"missing,omitempty"`
	Data    map[string]string `json:"data,omitempty"`
	// Input is the input whose render holds it, where the parent may not see
	// its values.
	Input *int `json:"input,omitempty"`
}

// String is "Kind namespace/name".
func (v Values) String() string { return v.Kind + " " + v.Namespace + "/" + v.Name }
