package helm

import (
	"cmp"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"helm.sh/helm/v4/pkg/chart/common"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
)

// newestMinor and oldestMinor are the minor versions of Kubernetes 1 whose APIs
// this program knows; the newest is the client library's.
const (
	newestMinor = 37
	oldestMinor = 20
	// oldestRun is the oldest that is still run by many: the oldest whose schemas are known.
	oldestRun = 29
)

// capabilities sets what templates can ask about the cluster. Where nobody says
// which version the clusters run, the assumed one is taken, or else the one next to it
// that the chart allows: the newer first.
func (h *helm) capabilities() error {
	wanted := h.chart.Metadata.KubeVersion
	minor, err := minorOf(cmp.Or(h.KubeVersion, model.AssumedKubernetes))
	if err != nil {
		return valuesInvalid("%q is no version of Kubernetes", h.KubeVersion)
	}
	allows := func(minor int) bool {
		return wanted == "" || chartutil.IsCompatibleRange(wanted, fmt.Sprintf("v1.%d.0", minor))
	}
	if h.taken.minor != 0 {
		minor = h.taken.minor
	}
	if h.KubeVersion == "" && !allows(minor) {
		assumed := minor
		for minor < newestMinor && !allows(minor) {
			minor++
		}
		if !allows(minor) {
			minor = assumed
		}
		for minor > oldestMinor && !allows(minor) {
			minor--
		}
		if allows(minor) {
			h.out.Notes = append(h.out.Notes, fmt.Sprintf("the chart asks for Kubernetes %s: rendered for 1.%d", wanted, minor))
		}
	}
	switch {
	case allows(minor):
	case h.KubeVersion == "":
		return chartInvalid("chart %s asks for Kubernetes %s, which is none from 1.%d to 1.%d", h.chart.Name(), wanted, oldestMinor, newestMinor)
	default:
		return chartInvalid("chart %s asks for Kubernetes %s, and the clusters run 1.%d", h.chart.Name(), wanted, minor)
	}
	version, err := common.ParseKubeVersion(fmt.Sprintf("v1.%d.0%s", minor, h.taken.suffix))
	if err != nil {
		return fmt.Errorf("read the Kubernetes version: %w", err)
	}
	h.caps = common.DefaultCapabilities.Copy()
	h.caps.KubeVersion = *version
	h.caps.APIVersions = append(append(common.VersionSet{}, builtIn(minor)...), h.APIVersions...)
	return nil
}

// minorOf reads the minor version of "1.33", "v1.33" or "1.33.4".
func minorOf(version string) (int, error) {
	_, text, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	text, _, _ = strings.Cut(text, ".")
	return strconv.Atoi(text)
}

var served sync.Map // minor version to its []string

// builtIn lists the APIs that a cluster of this minor version serves by
// default, as discovery names them: group/version, and group/version/Kind.
// `helm template` assumes every version that ever was; a cluster does not.
func builtIn(minor int) []string {
	if known, ok := served.Load(minor); ok {
		return known.([]string)
	}
	versions := map[string]bool{}
	out := []string{"apiextensions.k8s.io/v1", "apiextensions.k8s.io/v1/CustomResourceDefinition", "apiregistration.k8s.io/v1", "apiregistration.k8s.io/v1/APIService"}
	for gvk, t := range scheme.Scheme.AllKnownTypes() {
		value := reflect.New(t).Interface()
		if _, object := value.(metav1.Object); !object || gvk.Version == runtime.APIVersionInternal || !servedAt(value, gvk.Version, minor) {
			continue
		}
		if gv := gvk.GroupVersion().String(); !versions[gv] {
			versions[gv] = true
			out = append(out, gv)
		}
		out = append(out, gvk.GroupVersion().String()+"/"+gvk.Kind)
	}
	served.Store(minor, out)
	return out
}

// lastDefaultBeta is the minor version from which new beta APIs are off unless
// asked for (KEP-3136).
const lastDefaultBeta = 23

func servedAt(value any, version string, minor int) bool {
	if strings.Contains(version, "alpha") {
		return false // off by default, always
	}
	if t, ok := value.(interface{ APILifecycleRemoved() (int, int) }); ok {
		if _, removed := t.APILifecycleRemoved(); removed <= minor {
			return false
		}
	}
	if t, ok := value.(interface{ APILifecycleIntroduced() (int, int) }); ok {
		_, introduced := t.APILifecycleIntroduced()
		return introduced <= minor && (!strings.Contains(version, "beta") || introduced <= lastDefaultBeta)
	}
	return true
}
