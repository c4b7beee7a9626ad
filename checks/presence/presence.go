// Package presence makes the checks that a cluster has something where it has
// something else: backups, dashboards, traces. Only an audit hears of it.
package presence

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Wanted is something that a cluster should have where it has something else.
type Wanted struct {
	// Needs gives what makes it needed, at which the finding stands; none is that
	// the check does not apply. A nil object is the cluster as a whole.
	Needs func(*review.Pass, *review.Cluster) []*model.Object
	Has   func(*review.Pass, *review.Cluster) bool
	// Absent is the message; its %s is the object, or the cluster.
	Absent   string
	Searched []string
}

// Check makes the check that it is there. Only an audit tells, and where a
// part of the cluster cannot be seen, absence is not known.
func Check(c review.Check, s Wanted) *review.Check {
	c.Run = review.Clusters(func(p *review.Pass, cluster *review.Cluster) {
		list := s.Needs(p, cluster)
		p.Looked(min(1, len(list))) // releases that were looked through for what needs it are no sign that it is there
		if len(list) == 0 {
			return
		}
		if s.Has(p, cluster) {
			return
		}
		h := review.Hit{Key: "absent", Verdict: review.NotSeenIf(!flux.AllSeen(cluster)), Searched: s.Searched, Message: fmt.Sprintf(s.Absent, text.InCluster(cluster))}
		if list[0] != nil {
			h.Object, h.Field, h.Message = list[0], "/metadata/name", fmt.Sprintf(s.Absent, list[0].ID.String())
		}
		p.Report(h)
	}).OfAudits()
	return &c
}

// OfCharts is a needs for the HelmReleases of charts.
func OfCharts(charts ...string) func(*review.Pass, *review.Cluster) []*model.Object {
	return func(_ *review.Pass, c *review.Cluster) []*model.Object { return flux.Releases(c, charts...) }
}

// RunsSomething needs a thing in every cluster that runs workloads or releases.
func RunsSomething(_ *review.Pass, c *review.Cluster) []*model.Object {
	if len(c.Workloads())+len(c.Kind(flux.HelmRelease)) == 0 {
		return nil
	}
	return []*model.Object{nil}
}

// Mesh gives what shows that a cluster runs Istio.
func Mesh(_ *review.Pass, c *review.Cluster) []*model.Object {
	out := flux.Releases(c, "istiod")
	for _, o := range c.Objects {
		if o.ID.Group == kube.IstioGroup || o.ID.Group == kube.IstioPolicyGroup {
			out = append(out, o)
		}
	}
	return out
}

// AnyKind reports whether a cluster has an object of one of the kinds.
func AnyKind(kinds ...string) func(*review.Pass, *review.Cluster) bool {
	return func(_ *review.Pass, c *review.Cluster) bool {
		for _, kind := range kinds {
			if len(c.Kind(kind)) > 0 {
				return true
			}
		}
		return false
	}
}
