package kube

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// ParentRefs gives the parentRefs of a route; items that name no Gateway are nil.
func ParentRefs(o *model.Object) []map[string]any {
	if o.ID.Group != GatewayGroup || !strings.HasSuffix(o.ID.Kind, "Route") {
		return nil
	}
	refs := review.Items(o.Fields(), "spec", "parentRefs")
	for i, ref := range refs {
		if kind := review.Text(ref, "kind"); kind != "" && kind != "Gateway" {
			refs[i] = nil
		}
	}
	return refs
}

// ParentNamespace is the namespace of what a parentRef names: its own, else that
// of the route.
func ParentNamespace(o *model.Object, ref map[string]any) string {
	if n := review.Text(ref, "namespace"); n != "" {
		return n
	}
	return o.ID.Namespace
}

// HasExtensionFilter reports whether a route's own filters lead to an extension:
// what that does is not read, and it may be a limit.
func HasExtensionFilter(route *model.Object) bool {
	for _, r := range review.Items(route.Fields(), "spec", "rules") {
		for _, f := range review.Items(r, "filters") {
			if review.Text(f, "type") == "ExtensionRef" {
				return true
			}
		}
	}
	return false
}
