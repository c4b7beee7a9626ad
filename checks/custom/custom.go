// Package custom tells what is customary in a repository: what a new object lacks,
// and at most one in ten of its like has, is the repository's way, of which an audit
// speaks and not each pull request.
package custom

import (
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

const (
	// enough is how many things that are alike make a custom.
	enough = 3
	// seldom is of how many things that are alike one may have what the others lack.
	seldom = 10
)

// isCustom reports whether it is customary to lack what have of a number of things
// have.
func isCustom(have, of int) bool { return of >= enough && have*seldom <= of }

// Lacks reports whether what a new object lacks is had by hardly any of its like in
// the cluster before the change, and there were enough of them to tell.
func Lacks(p *review.Pass, o *model.Object, like func(*review.Cluster) []*model.Object, has func(*review.Cluster, *model.Object) bool) bool {
	have, all, ok := count(p, o, like, has)
	return ok && isCustom(have, all)
}

// Unheard reports the same, and also where a new object has few of its like in the
// cluster, or none: for advice that only those want to hear who follow it already.
func Unheard(p *review.Pass, o *model.Object, like func(*review.Cluster) []*model.Object, has func(*review.Cluster, *model.Object) bool) bool {
	have, all, ok := count(p, o, like, has)
	return ok && have*seldom <= all
}

// count tells of a new object how many of its like the cluster had before the change,
// and how many of them have something; ok is false where that is not asked.
func count(p *review.Pass, o *model.Object, like func(*review.Cluster) []*model.Object, has func(*review.Cluster, *model.Object) bool) (have, all int, ok bool) {
	if p.Audit || p.Demanded || p.Side != model.Head || p.Before(o) != nil {
		return 0, 0, false
	}
	c := p.Home(o)
	if c == nil || c.Before == nil {
		return 0, 0, true
	}
	list := like(c.Before)
	for _, other := range list {
		if has(c.Before, other) {
			have++
		}
	}
	return have, len(list), true
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

// NotWritten reports whether, of a new object on a pull request, three or more files
// of base hold the text like, and hardly any the text has: in a large repository, most
// of what is alike is not rendered, and its files tell the custom.
func NotWritten(p *review.Pass, o *model.Object, like, has string) bool {
	if p.Audit || p.Demanded || p.Side != model.Head || p.Before(o) != nil {
		return false
	}
	c := p.Home(o)
	return c != nil && c.Made("written: "+like+": "+has, func() any { return notWritten(p, like, has) }).(bool)
}

func notWritten(p *review.Pass, like, has string) bool {
	all, have := 0, 0
	for i, file := range p.Paths() {
		if i == maxSearched {
			return false
		}
		if ext := path.Ext(file); ext != ".yaml" && ext != ".yml" {
			continue
		}
		content := string(p.ReadBase(file))
		if strings.Contains(content, has) {
			have++
		}
		if strings.Contains(content, like) {
			all++
		}
	}
	return isCustom(have, all)
}
