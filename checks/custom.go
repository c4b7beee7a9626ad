package checks

import (
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// customary is how many things that are alike make a custom.
const customary = 3

// uncustomary reports whether what a new object lacks is had by none of its like in
// the cluster before the change, and there were enough of them to tell: the change
// follows what is there. An audit speaks of that, and not each pull request.
func uncustomary(p *review.Pass, o *model.Object, like func(*review.Cluster) []*model.Object, has func(*review.Cluster, *model.Object) bool) bool {
	if p.Audit || p.Side != model.Head || p.Before(o) != nil {
		return false
	}
	c := p.Home(o)
	if c == nil || c.Before == nil {
		return false
	}
	n := 0
	for _, other := range like(c.Before) {
		if has(c.Before, other) {
			return false
		}
		n++
	}
	return n >= customary
}

// workloads are the like of a workload.
func workloads(c *review.Cluster) []*model.Object { return c.Workloads() }

// anyContainer makes of what a container may have what a workload may.
func anyContainer(has func(review.Container) bool) func(*review.Cluster, *model.Object) bool {
	return func(_ *review.Cluster, o *model.Object) bool {
		for _, c := range review.ContainersOf(o) {
			if has(c) {
				return true
			}
		}
		return false
	}
}
