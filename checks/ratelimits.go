package checks

import (
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

const (
	gatewayKind      = "Gateway." + gatewayGroup
	istioGatewayKind = "Gateway.networking.istio.io"
	envoyFilterKind  = "EnvoyFilter.networking.istio.io"
)

// limitedByFilter reports whether a route's own filters lead to an extension:
// what that does is not read, and it may be a limit.
func limitedByFilter(route *model.Object) bool {
	for _, r := range review.Items(route.Fields(), "spec", "rules") {
		for _, f := range review.Items(r, "filters") {
			if review.Text(f, "type") == "ExtensionRef" {
				return true
			}
		}
	}
	return false
}
