package model

// SourceKind is how something outside the repository is had.
type SourceKind string

const (
	// GitSource is a repository at a ref, read by Git over HTTPS.
	GitSource SourceKind = "git"
	// OCISource is an artifact of a registry that holds a tree of files.
	OCISource SourceKind = "oci"
	// ChartSource is a packaged chart of a Helm repository: an HTTP index, or a
	// registry where the URL starts with oci://.
	ChartSource SourceKind = "chart"
)

// SourceRef names something outside the repository, as a Flux source object
// does. It is comparable: equal refs are fetched once.
type SourceRef struct {
	Kind SourceKind
	URL  string // without credentials
	// Chart and Version are a chart's name and its version or SemVer range, ""
	// for the newest.
	Chart, Version string
	// One of these says which commit or which manifest; none is the default
	// branch, or the tag latest.
	Branch, Tag, SemVer, SemVerFilter, Commit, Name, Digest string
	// LayerMediaType and LayerOperation ("extract", the default, or "copy")
	// select the layer of an OCI artifact; "" is the first.
	LayerMediaType, LayerOperation string
	// By is the reference of the credentials that the source names, as
	// "namespace/name" of a Secret; "" is none. The secret itself never travels.
	By string
	// Vouched: the base of the review names the source too, in this version or
	// another.
	Vouched bool
}

// ChartFile is the one file of a ChartSource's tree: the package as it was
// served, unpacked only inside a sandboxed child.
const ChartFile = "chart.tgz"

// Artifact is what a SourceRef led to.
type Artifact struct {
	Tree *Tree // nil with a Problem
	// Revision is what the ref resolved to, for people: a version, a tag or a
	// branch, then @ and the digest or commit.
	Revision string
	Digest   string // of the content; equal digests mean equal trees
	Problem  *Problem
}
