package model

import "sort"

// Kind is what renders a target.
type Kind string

const (
	Kustomize Kind = "kustomize"
	Manifests Kind = "manifests"
	Flux      Kind = "flux"
	Helm      Kind = "helm"
	ArgoCD    Kind = "argocd"
)

// Target is one thing that is rendered.
type Target struct {
	ID      string // kustomize:<dir>, manifests:<dir>, flux:<cluster>/<namespace>/<name>, …
	Kind    Kind
	Path    string // repository directory, "." is the root; for a HelmRelease the file that declares it
	Cluster string // "" is the unnamed cluster
}

// Status says what became of a target on one side.
type Status string

const (
	// StatusRendered: Objects hold the render.
	StatusRendered Status = "rendered"
	// StatusFailed: the author's mistake stops it; Problem says which.
	StatusFailed Status = "failed"
	// StatusIncomplete: it reads something that is not visible from here.
	StatusIncomplete Status = "incomplete"
	// StatusAbsent: what declares it does not exist on this side.
	StatusAbsent Status = "absent"
	// StatusUnreached: its inputs are the same on both sides; it was not rendered.
	StatusUnreached Status = "unreached"
)

// Rendered is a target on one side.
type Rendered struct {
	Target  Target
	Status  Status
	Objects []*Object // in the renderer's order; none unless Known
	Problem *Problem  // set when failed or incomplete, and where rendering it for context found one
	Reused  bool      // taken from the cache or from the other side
	// Context: the change cannot reach the target; it was rendered so that
	// cross-object rules see the whole cluster.
	Context bool
	// Partial is set where Objects are all that the target applies but hold
	// values that could not be seen, which Problem tells of. Equal texts mean
	// that the same values are hidden.
	Partial string
	// Open are the variables that stay as they are written in Objects, because nobody
	// can see their values.
	Open []string
	// Hole: something that the target applies cannot be had, which Problem tells
	// of. Objects are the rest.
	Hole  bool
	Notes []string // what people should know of the render
	// ChartName is the name in the metadata of the chart that was rendered; "" for none.
	ChartName string
	// Values is equal where the values are that a release gives to its chart; "" where that
	// is not known.
	Values string
	// Losses are values that arrive as others.
	Losses []Loss
	// Repeats are objects that its files define more than once.
	Repeats []Repeat
	// Handed is what an Application's charts are given that could not be had.
	Handed []Handed
	// Otherwise is what the target renders where what nobody sees here is otherwise
	// than was taken for granted.
	Otherwise []Otherwise
	// ValueNotes are what is to be said of values that are given to charts.
	ValueNotes []ValueNote
	// Application is the one that an ApplicationSet makes for the target; nil where none does.
	Application *Object
	// Lineage is how a Flux target came to be; nil for others.
	Lineage *Lineage
}

// Otherwise is what a target renders besides Objects, or instead of them, where something
// that nobody sees here is otherwise than was taken for granted.
type Otherwise struct {
	If    string `json:"if"` // what is otherwise: a clause
	Class Class  `json:"class"`
	// Prints are of the objects that are others then, by what they are called; equal
	// where they differ from Objects in the same way. Under "" is what is not known by
	// the object.
	Prints map[string]string `json:"prints"`
	// Later: it cannot be so when the target is first applied.
	Later bool `json:"later,omitempty"`
	// Gone are those of Objects that an upgrade of the release does not render, as in
	// Prints; none where more than that is otherwise.
	Gone []string `json:"gone,omitempty"`
}

// Known reports whether Objects are all that the target applies.
func (r Rendered) Known() bool {
	return !r.Hole && (r.Status == StatusRendered || r.Context || r.Partial != "")
}

// Comparable reports whether Objects can be held against those of the other side:
// they are all, or all but what a hole would hold.
func (r Rendered) Comparable() bool {
	return r.Status == StatusRendered || r.Status == StatusIncomplete && (r.Partial != "" || r.Hole)
}

// Snapshot is all targets of a Tree, rendered, in the order of their ids.
type Snapshot struct {
	Side    Side
	Tree    *Tree
	Targets []Rendered
}

// Target finds a target by id; nil when the snapshot has none of that id.
func (s *Snapshot) Target(id string) *Rendered {
	i := sort.Search(len(s.Targets), func(i int) bool { return s.Targets[i].Target.ID >= id })
	if i < len(s.Targets) && s.Targets[i].Target.ID == id {
		return &s.Targets[i]
	}
	return nil
}
