package model

// State is what became of a file that a change touches.
type State string

// From the best to the worst: of several readers the worst counts.
const (
	// DocumentState: nothing that is rendered reads it, and it is no manifest.
	DocumentState State = "document"
	// RenderedState: all its readers were rendered on both sides and compared.
	RenderedState State = "rendered"
	// UnappliedState: a manifest, values file or kustomization that nothing applies.
	UnappliedState State = "unapplied"
	// PartialState: compared but for values that could not be seen.
	PartialState State = "partial"
	// UnseenState: a reader is not visible.
	UnseenState State = "unseen"
)

// FileAccount says who reads a file that differs between two trees, and what
// became of that.
type FileAccount struct {
	File    string    `json:"file"`
	State   State     `json:"state"`
	Targets []string  `json:"targets"` // ids of its readers, sorted
	Reason  string    `json:"reason"`  // of any state but rendered and document
	Where   *Position `json:"location,omitempty"`
}
