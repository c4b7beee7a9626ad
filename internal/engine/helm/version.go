package helm

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
)

// maxVersions bounds the versions of Kubernetes that a chart is rendered for besides the
// assumed one.
const maxVersions = 4

// versions are the renders for other versions of Kubernetes, where nobody says which one
// the clusters run. Those versions that the templates cannot tell apart need one render.
func (h *helm) versions(asked string) []model.Otherwise {
	if h.KubeVersion != "" || !strings.Contains(asked, ".Capabilities") {
		return nil
	}
	assumed, err := strconv.Atoi(h.caps.KubeVersion.Minor)
	if err != nil {
		return nil
	}
	tells := tellsVersions(asked)
	var minors []int
	for minor := oldestRun; minor <= newestMinor; minor++ {
		if wanted := h.chart.Metadata.KubeVersion; wanted == "" || chartutil.IsCompatibleRange(wanted, fmt.Sprintf("v1.%d.0", minor)) {
			minors = append(minors, minor)
		}
	}
	slices.SortStableFunc(minors, func(a, b int) int { return cmp.Compare(distance(a, assumed), distance(b, assumed)) })
	rendered := map[string]model.Otherwise{tells(assumed): {}}
	var out []model.Otherwise
	for _, minor := range minors {
		like := tells(minor)
		if _, known := rendered[like]; !known {
			if len(rendered) > maxVersions {
				continue
			}
			rendered[like], _ = h.other(taken{minor: minor})
		}
		if o := rendered[like]; len(o.Prints) > 0 {
			o.If = onVersion(minor) // whichever of them the other side is rendered for
			out = append(out, o)
		}
	}
	return out
}

func distance(a, b int) int { return max(a-b, b-a) }

// onVersion says which version the clusters run.
func onVersion(minor int) string {
	return fmt.Sprintf("the cluster runs Kubernetes 1.%d (the repository's file can say which, under `kubernetes:`)", minor)
}

var (
	// aMinor matches what templates hold a version against; aNumber what its minor part
	// alone is held against.
	aMinor   = pattern.New(`\b1\.(\d{2})\b`)
	aNumber  = pattern.New(`\b(\d{2})\b`)
	anAction = pattern.New(`\{\{[^{}]*\bMinor\b[^{}]*\}\}`)
	// anAPI matches what templates ask APIVersions for.
	anAPI = pattern.New(`\b(?:[a-z0-9.-]+/)?v\d+(?:(?:alpha|beta)\d+)?(?:/[A-Z]\w*)?\b`)
)

// tellsVersions gives a text for every minor version: versions of equal texts are one to
// the templates.
func tellsVersions(asked string) func(minor int) string {
	var bounds []int
	add := func(text string) {
		if n, err := strconv.Atoi(text); err == nil && n >= oldestRun && n <= newestMinor {
			bounds = append(bounds, n)
		}
	}
	if strings.Contains(asked, "KubeVersion") {
		for _, m := range aMinor.FindAllStringSubmatch(asked, -1) {
			add(m[1])
		}
		for _, action := range anAction.FindAllString(asked, -1) {
			for _, m := range aNumber.FindAllStringSubmatch(action, -1) {
				add(m[1])
			}
		}
	}
	slices.Sort(bounds)
	bounds = slices.Compact(bounds)
	var apis []string
	if strings.Contains(asked, "APIVersions") {
		apis = anAPI.FindAllString(asked, -1)
		slices.Sort(apis)
		apis = slices.Compact(apis)
	}
	return func(minor int) string {
		var out strings.Builder
		for _, bound := range bounds {
			out.WriteString(strconv.Itoa(cmp.Compare(minor, bound)))
		}
		served := builtIn(minor)
		for _, api := range apis {
			out.WriteString(strconv.FormatBool(slices.Contains(served, api)))
		}
		return out.String()
	}
}
