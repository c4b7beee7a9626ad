// Package custom tells what is customary in a repository: what a new object lacks,
// and none of its like has, is the repository's way, of which an audit speaks and
// not each pull request.
package custom

import (
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// enough is how many things that are alike make a custom.
const enough = 3

// Lacks reports whether what a new object lacks is had by none of its like in the
// cluster before the change, and there were enough of them to tell.
func Lacks(p *review.Pass, o *model.Object, like func(*review.Cluster) []*model.Object, has func(*review.Cluster, *model.Object) bool) bool {
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
	return n >= enough
}

// Workloads are the like of a workload.
func Workloads(c *review.Cluster) []*model.Object { return c.Workloads() }

// Replicated are the like of a workload of several replicas.
func Replicated(c *review.Cluster) (out []*model.Object) {
	for _, o := range c.Workloads() {
		if n, known := kube.ReplicasOf(c, o); known && n > 1 {
			out = append(out, o)
		}
	}
	return out
}

// Container makes of what a container may have what a workload may.
func Container(has func(review.Container) bool) func(*review.Cluster, *model.Object) bool {
	return func(_ *review.Cluster, o *model.Object) bool {
		for _, c := range review.ContainersOf(o) {
			if has(c) {
				return true
			}
		}
		return false
	}
}

// maxSearched bounds how many files of base are searched.
const maxSearched = 5000

// NotWritten reports whether, on a pull request, three or more files of base hold what
// like matches and none holds what has matches: in a large repository, most of what is
// alike is not rendered, and its files tell the custom.
func NotWritten(p *review.Pass, like, has string) bool {
	if p.Audit || p.Side != model.Head {
		return false
	}
	n := 0
	for i, file := range p.Paths() {
		if i == maxSearched {
			return false
		}
		if ext := path.Ext(file); ext != ".yaml" && ext != ".yml" {
			continue
		}
		content := string(p.ReadBase(file))
		if strings.Contains(content, has) {
			return false
		}
		if strings.Contains(content, like) {
			n++
		}
	}
	return n >= enough
}
