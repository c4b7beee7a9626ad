package model

// Class names why a target could not be rendered. The names are part of the
// command line's contract and are never renamed.
type Class string

// Failed: the author's to mend.
const (
	YAMLSyntax                 Class = "yaml-syntax"
	MissingFile                Class = "missing-file"
	MissingDir                 Class = "missing-dir"
	PathOutside                Class = "path-outside"
	Cycle                      Class = "cycle"
	EmptyKustomization         Class = "empty-kustomization"
	InvalidKustomization       Class = "invalid-kustomization"
	GeneratorInput             Class = "generator-input"
	PatchTargetNotFound        Class = "patch-target-not-found"
	ReplacementNothingSelected Class = "replacement-nothing-selected"
	IDConflict                 Class = "id-conflict"
	PluginRefused              Class = "plugin-refused"
	TooLarge                   Class = "too-large"
	ChartInvalid               Class = "chart-invalid"
	ValuesInvalid              Class = "values-invalid"
)

// Incomplete: not visible from here.
const (
	RemoteBase             Class = "remote-base"
	HelmChartsRefused      Class = "helm-charts-refused"
	SourceUnreachable      Class = "source-unreachable"
	SourceRefused          Class = "source-refused"
	UnsupportedSource      Class = "unsupported-source"
	NeedsInclude           Class = "needs-include"
	FluxSystemAbsent       Class = "flux-system-absent"
	SubstitutionUnresolved Class = "substitution-unresolved"
	ClusterUnknown         Class = "cluster-unknown"
	Timeout                Class = "timeout"
	Memory                 Class = "memory"
	Internal               Class = "internal"
)

var incomplete = map[Class]bool{
	RemoteBase: true, HelmChartsRefused: true, SourceUnreachable: true, SourceRefused: true,
	UnsupportedSource: true, NeedsInclude: true, FluxSystemAbsent: true, SubstitutionUnresolved: true,
	ClusterUnknown: true, Timeout: true, Memory: true, Internal: true,
}

// Incomplete reports whether the class means "not visible from here" rather
// than "wrong".
func (c Class) Incomplete() bool { return incomplete[c] }

// OfSet begins the message of an ApplicationSet that is not followed: the target is the
// set itself, and no Application that it makes.
const OfSet = "ApplicationSet: "

// Problem is why a target has no render, or not a whole one. Message is one or
// two plain sentences that name repository paths only and hold nothing secret.
type Problem struct {
	Class    Class     `json:"class"`
	Message  string    `json:"message"`
	Location *Position `json:"location,omitempty"`
	// Field leads to the field at fault in the object that asks for the target;
	// nil where the class tells which.
	Field []Step `json:"-"`
	// Also is another place that may be at fault as well as Location: which of both is, the
	// change tells.
	Also *Position `json:"-"`
}

// Error makes a Problem usable as an error.
func (p *Problem) Error() string { return string(p.Class) + ": " + p.Message }
