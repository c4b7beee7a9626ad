package task

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Helm is a HelmRelease to render, as a part of a buildTask.
type Helm struct {
	// Object is the HelmRelease as it is applied; Self, where it has a value
	// that must not leave a child.
	Object json.RawMessage `json:"object,omitempty"`
	Self   *Holder         `json:"self,omitempty"`
	// Tree holds the chart: in Dir, or, where Dir is "", as model.ChartFile.
	Tree        int      `json:"tree"`
	Own         bool     `json:"own,omitempty"` // the tree is the repository under review
	Dir         string   `json:"dir,omitempty"`
	ValuesFiles []string `json:"valuesFiles,omitempty"`
	// IgnoreMissing leaves out values files that are not there.
	IgnoreMissing bool     `json:"ignoreMissing,omitempty"`
	From          []Values `json:"from,omitempty"` // spec.valuesFrom, in its order
	KubeVersion   string   `json:"kubeVersion,omitempty"`
	APIVersions   []string `json:"apiVersions,omitempty"`
	// Open are the variables that stay as they are written in what the release is given,
	// because nobody can see their values.
	Open []string `json:"open,omitempty"`
}

// Packaged is a chart that was fetched from a Helm repository. Its tree holds
// model.ChartFile.
type Packaged struct {
	Repository string `json:"repository"`
	Name       string `json:"name"`
	Version    string `json:"version,omitempty"` // or a range
	Tree       int    `json:"tree,omitempty"`    // which of the task's trees
	// Problem is why it could not be had.
	Problem *model.Problem `json:"problem,omitempty"`
}

// ChartDir is where Kustomize looks for a chart that `helmCharts` of a kustomization name,
// from the kustomization's directory, before it fetches it to there (kustomize api 0.21,
// HelmChartInflationGenerator); home is helmGlobals.chartHome.
func ChartDir(home string, c Packaged) string {
	home = cmp.Or(home, "charts")
	if c.Version != "" && c.Repository != "" {
		home = path.Join(home, c.Name+"-"+c.Version)
	}
	return path.Join(home, c.Name)
}

// ChartMount is where the tree that is built holds the package of such a chart, fetched.
func ChartMount(c Packaged) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q", c.Repository, c.Name, c.Version))
	return path.Join(RemoteDir, "charts", hex.EncodeToString(sum[:12]), model.ChartFile)
}

// ChartNotFetched is how the sandbox says that it met such a chart, and there is no
// package of it.
func ChartNotFetched(c Packaged) string {
	return fmt.Sprintf("the chart `%s` of `%s` was not fetched", c.Name, c.Repository)
}
