package flux

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Releases gives the HelmReleases of a cluster of one of the charts.
func Releases(c *review.Cluster, charts ...string) []*model.Object {
	var out []*model.Object
	for _, o := range c.Kind(HelmRelease) {
		name := Chart(c, o)
		for _, chart := range charts {
			if name == chart {
				out = append(out, o)
			}
		}
	}
	return out
}

// Chart is the name of a release's chart: of its chart template, or the last
// part of the address of its OCIRepository; "" where neither tells.
func Chart(c *review.Cluster, release *model.Object) string {
	name := review.Text(release.Fields(), "spec", "chart", "spec", "chart")
	if ref := review.Map(release.Fields(), "spec", "chartRef"); ref != nil {
		namespace := review.Text(ref, "namespace")
		if namespace == "" {
			namespace = release.ID.Namespace
		}
		for _, source := range c.Named(SourceKind(review.Text(ref, "kind")), namespace, review.Text(ref, "name")) {
			name = review.Text(source.Fields(), "spec", "url")
			if chart := review.Text(source.Fields(), "spec", "chart"); chart != "" {
				name = chart
			}
		}
	}
	return name[strings.LastIndexByte(name, '/')+1:]
}

// AllSeen reports whether everything that a cluster applies was seen, what its
// releases' charts bring included: else something that is absent may come from
// there.
func AllSeen(c *review.Cluster) bool {
	return c.Made("all seen", func() any { return allSeen(c) }).(bool)
}

func allSeen(c *review.Cluster) bool {
	if !c.Complete {
		return false
	}
	rendered := map[string]bool{}
	for _, o := range c.Objects {
		for _, t := range c.Targets(o) {
			if namespace, name, ok := ReleaseTarget(t); ok {
				rendered[namespace+"/"+name] = true
			}
		}
	}
	for _, o := range c.Kind(HelmRelease) {
		if !rendered[o.ID.Namespace+"/"+o.ID.Name] {
			return false
		}
	}
	return true
}

// OnlyCharts reports whether nothing but charts renders an object: what it holds
// is not this repository's to write.
func OnlyCharts(p *review.Pass, o *model.Object) bool {
	c := p.Home(o)
	if c == nil {
		return false
	}
	for _, t := range c.Targets(o) {
		if !strings.HasPrefix(t, string(model.Helm)+":") {
			return false
		}
	}
	return true
}

// Retried reports whether a HelmRelease tries a failed action again. Retries of
// -1 go on for ever.
func Retried(o *model.Object, action string) bool {
	if n, ok := review.Int(o.Fields(), "spec", action, "remediation", "retries"); ok && n != 0 {
		return true
	}
	return review.Text(o.Fields(), "spec", action, "strategy", "name") == "RetryOnFailure"
}

// ReportTogether makes one finding of all HelmReleases of a cluster of which
// the same is so: lacking gives the field that says it, "" where it is not.
func ReportTogether(p *review.Pass, c *review.Cluster, key string, lacking func(*model.Object) string, what string) {
	var list []*model.Object
	field := ""
	all := c.Kind(HelmRelease)
	for _, o := range all {
		if at := lacking(o); at != "" {
			if field == "" {
				field = at
			}
			list = append(list, o)
		}
	}
	if len(list) == 0 {
		return
	}
	p.Report(review.Hit{Object: list[0], Field: field, Key: key, Measure: len(list), Related: list[1:], Verdict: review.Sure,
		Message: fmt.Sprintf("%d of %s are %s: %s.", len(list), text.Plural(len(all), "HelmRelease"), what, text.Some(text.Names(list)))})
}
