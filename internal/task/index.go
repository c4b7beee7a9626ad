package task

// IndexFile is the one file of the tree that an Index task reads.
const IndexFile = "index.yaml"

// ChartVersion is one version of a chart in a Helm repository's index, as far as
// it is read. The answer to an Index task is a list of them by chart.
type ChartVersion struct {
	Version string   `json:"version" yaml:"version"`
	URLs    []string `json:"urls,omitempty" yaml:"urls"`
	Digest  string   `json:"digest,omitempty" yaml:"digest"`
}
