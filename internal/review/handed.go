package review

import (
	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// HandedOver is a HelmRelease of a snapshot, with what it hands to its chart.
type HandedOver struct {
	Cluster string
	Chart   string // its name; "" where the repository does not hold it
	Version string
	// Rendered: what the chart makes is rendered, so that the objects speak.
	Rendered bool
	Values   *Values
	targets  []model.Rendered
}

// Handed gives the HelmReleases of a snapshot, by cluster, each once.
func Handed(s *model.Snapshot) []HandedOver {
	var out []HandedOver
	j := &judge{Subject: Subject{Head: s}}
	for _, c := range clustersOf(s) {
		seen := map[string]bool{}
		for _, release := range c.Kind(helmRelease) {
			if key := release.ID.Namespace + "/" + release.ID.Name; seen[key] {
				continue
			} else {
				seen[key] = true
			}
			h := HandedOver{Cluster: c.Name, Rendered: j.chartSeen(c, release), Values: c.values(release), targets: s.Targets}
			h.Chart, h.Version = chartOf(c, release)
			out = append(out, h)
		}
	}
	return out
}

// chartOf names the chart of a release: as the release does, or as the source that
// it refers to.
func chartOf(c *Cluster, release *model.Object) (name, version string) {
	chart := Map(release.Fields(), "spec", "chart", "spec")
	name, version = lastPart(Text(chart, "chart")), Text(chart, "version")
	ref := Map(release.Fields(), "spec", "chartRef")
	namespace := Text(ref, "namespace")
	if namespace == "" {
		namespace = release.ID.Namespace
	}
	for _, o := range c.Named(Text(ref, "kind")+".source.toolkit.fluxcd.io", namespace, Text(ref, "name")) {
		if name = lastPart(Text(o.Fields(), "spec", "chart")); name == "" {
			name = lastPart(Text(o.Fields(), "spec", "url"))
		}
		if version = Text(o.Fields(), "spec", "version"); version == "" {
			version = Text(o.Fields(), "spec", "ref", "tag")
		}
	}
	if name == "helm" || name == "chart" || name == "." {
		name = release.ID.Name // a directory of another repository tells nothing
	}
	return name, version
}

func lastPart(s string) string {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == '/' {
			return s[i+1:]
		}
	}
	return s
}

// Question asks where a setting was written.
func (h HandedOver) Question(s *Setting) (Question, bool) {
	if s == nil || s.Holder == nil {
		return Question{}, false
	}
	for _, t := range h.targets {
		for _, o := range t.Objects {
			if o != s.Holder {
				continue
			}
			steps, value, ok := Walk(o, s.Pointer)
			q := Question{Target: t.Target, Side: model.Head, Object: o.ID, Path: steps}
			if ok {
				q.Value = scalarOnly(value)
			}
			if len(steps) >= 2 {
				q.File = o.Keys[model.Pointer(steps[:2])].File
			}
			return q, true
		}
	}
	return Question{}, false
}
