package checks

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// releaseValues are the values of a HelmRelease as far as this repository holds
// them, the last winning. whole is false where one of them cannot be read here.
func releaseValues(c *review.Cluster, release *model.Object) (trees []map[string]any, whole bool) {
	whole = true
	for _, v := range valuesOf(release) {
		found := false
		for _, holder := range c.Own(release, c.Named(v.Kind, v.Namespace, v.Name)) {
			for pointer, key := range holder.Keys {
				if tree, ok := key.YAML.(map[string]any); ok && strings.HasSuffix(pointer, review.Pointer(v.key)) {
					trees, found = append(trees, tree), true
				}
			}
		}
		whole = whole && (found || v.optional)
	}
	if inline := review.Map(release.Fields(), "spec", "values"); inline != nil {
		trees = append(trees, inline)
	}
	return trees, whole
}

// valueAt is what the last of the values says at a path; nil where none does.
func valueAt(trees []map[string]any, path ...string) any {
	for i := len(trees) - 1; i >= 0; i-- {
		if v := review.Lookup(trees[i], path...); v != nil {
			return v
		}
	}
	return nil
}

// releasesOf gives the HelmReleases of a cluster of one of the charts.
func releasesOf(c *review.Cluster, charts ...string) []*model.Object {
	var out []*model.Object
	for _, o := range c.Kind(helmReleaseKind) {
		name := chartOf(c, o)
		for _, chart := range charts {
			if name == chart {
				out = append(out, o)
			}
		}
	}
	return out
}

// chartOf is the name of a release's chart: of its chart template, or the last
// part of the address of its OCIRepository; "" where neither tells.
func chartOf(c *review.Cluster, release *model.Object) string {
	name := review.Text(release.Fields(), "spec", "chart", "spec", "chart")
	if ref := review.Map(release.Fields(), "spec", "chartRef"); ref != nil {
		namespace := review.Text(ref, "namespace")
		if namespace == "" {
			namespace = release.ID.Namespace
		}
		for _, source := range c.Named(sourceKind(review.Text(ref, "kind")), namespace, review.Text(ref, "name")) {
			name = review.Text(source.Fields(), "spec", "url")
			if chart := review.Text(source.Fields(), "spec", "chart"); chart != "" {
				name = chart
			}
		}
	}
	return name[strings.LastIndexByte(name, '/')+1:]
}

// said reports whether a value says something: it is there and not empty.
func said(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case map[string]any:
		return len(v) > 0
	case []any:
		return len(v) > 0
	}
	return true
}
