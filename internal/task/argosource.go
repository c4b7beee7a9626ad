package task

import "encoding/json"

// ArgoSourceKind merges overrides: ArgoSource over one tree ▶ MergedSource.
const ArgoSourceKind = "argosource"

// ArgoSource is a source of an Application that files beside it alter.
type ArgoSource struct {
	Source    json.RawMessage `json:"source"`
	Overrides []string        `json:"overrides"` // files of the repository, in their order
}

// MergedSource is the source with what the files say.
type MergedSource struct {
	Source map[string]any `json:"source,omitempty"`
	// Why is what keeps a file from being read, and File which; "" for nothing.
	Why  string `json:"why,omitempty"`
	File string `json:"file,omitempty"`
}
