package checks

import (
	"fmt"
	"maps"
	"slices"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/presence"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

const (
	peerKind        = kube.PeerAuthentication
	destinationKind = "DestinationRule.networking.istio.io"
)

var meshMTLSNotStrict = &review.Check{
	ID: "mesh-mtls-not-strict", Area: review.Security, Severity: review.High, Tags: []review.Tag{review.MeshTLS},
	Doc: review.Doc{
		Title:  "mesh accepts clear text",
		What:   "Looks for PeerAuthentications that the change removes or moves from STRICT to another mode; for new ones that are PERMISSIVE or DISABLE, in whole or in part; and for DestinationRules that disable TLS. If a cluster uses Istio, an audit looks for a PeerAuthentication in mode STRICT without a selector.",
		Why:    "Anyone in the cluster's network may then talk to the workload without an identity: authorization policies see no caller, and traffic can be read in transit.",
		Fix:    "Keep `mtls: {mode: STRICT}`. For the one port that clients outside the mesh need, use `portLevelMtls`.",
		Verify: "istioctl x describe pod POD; kubectl get peerauthentications -A",
		Waive:  "A migration into the mesh with an end date; say when.",
		Effort: "small",
		Bad:    "mtls: {mode: PERMISSIVE}",
		Good:   "mtls: {mode: STRICT}",
	},
	Run: review.Changes(func(p *review.Pass, c review.Change) {
		switch kind := c.Object.GroupKind(); {
		case kind == peerKind && c.Change == review.Removed && !strictUnderAnotherName(p.After(c.Base)) && review.Text(c.Base.Fields(), "spec", "mtls", "mode") == "STRICT":
			p.Report(review.Hit{Object: c.Base, Gone: true, Message: fmt.Sprintf("%s, which requires mTLS, is removed from the cluster.", c.Object)})
		case c.Head == nil:
		case kind == peerKind:
			peerModes(p, c)
		case kind == destinationKind:
			for _, at := range [][]string{{"spec", "trafficPolicy", "tls", "mode"}} {
				if mode := review.Text(c.Head.Fields(), at...); mode == "DISABLE" && (c.Base == nil || review.Text(c.Base.Fields(), at...) != mode) {
					p.Report(review.Hit{Object: c.Head, Field: review.Pointer(at...), Message: fmt.Sprintf("%s switches TLS off for `%s`.", c.Object, review.Text(c.Head.Fields(), "spec", "host"))})
				}
			}
		}
	}).InAudits(strictMesh),
}

func peerModes(p *review.Pass, c review.Change) {
	modes := map[string][]string{"mtls": {"spec", "mtls", "mode"}}
	for port := range review.Map(c.Head.Fields(), "spec", "portLevelMtls") {
		modes["port "+port] = []string{"spec", "portLevelMtls", port, "mode"}
	}
	old := p.Before(c.Head)
	for _, what := range slices.Sorted(maps.Keys(modes)) {
		at := modes[what]
		now := review.Text(c.Head.Fields(), at...)
		was := ""
		if old != nil {
			was = review.Text(old.Fields(), at...)
		}
		switch {
		case now == was || now == "STRICT":
		case was == "STRICT" || now == "PERMISSIVE" || now == "DISABLE":
			p.Report(review.Hit{Object: c.Head, Field: review.Pointer(at...),
				Message: fmt.Sprintf("%s: the mode of %s was %s and is %s now: clear text is accepted.", c.Object, what, text.Show(text.OrNil(was)), text.Show(text.OrNil(now)))})
		}
	}
}

// strictMesh reports a mesh in which nothing demands mTLS of a whole namespace.
func strictMesh(p *review.Pass, c *review.Cluster) {
	members := presence.Mesh(p, c)
	if len(members) == 0 {
		return
	}
	for _, o := range c.Kind(peerKind) {
		if review.Text(o.Fields(), "spec", "mtls", "mode") == "STRICT" && review.Map(o.Fields(), "spec", "selector") == nil {
			return
		}
	}
	p.Report(review.Hit{Object: members[0], Field: "/metadata/name", Key: "strict", Verdict: review.NotSeenIf(!flux.AllSeen(c)), Searched: []string{"PeerAuthentications in all rendered targets"},
		Message: fmt.Sprintf("%s is part of a mesh in which no PeerAuthentication requires mTLS: clear text is accepted.", members[0].ID)})
}

// strictUnderAnotherName reports whether what an object became demands mutual TLS.
func strictUnderAnotherName(o *model.Object) bool {
	return o != nil && review.Text(o.Fields(), "spec", "mtls", "mode") == "STRICT"
}
