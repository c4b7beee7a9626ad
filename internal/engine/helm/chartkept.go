package helm

import (
	"slices"
	"sync"

	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	chartv2 "helm.sh/helm/v4/pkg/chart/v2"
)

// Many releases may be of one chart. A process keeps the last that it loaded: they hold
// for a task that is told the same of their files.

// loaded is a chart as it was loaded; nobody changes it.
type loaded struct {
	path               string
	packaged, reviewed bool
	heard              *sandbox.Heard // what it was told of its files
	chart              *chartv2.Chart
	took               budget // of the limits
}

const (
	// keptCharts is how many are kept: those of two sides, and some.
	keptCharts = 4
	// keptChartBytes bounds what one of them holds when unpacked, 4 MiB.
	keptChartBytes = 4 << 20
)

// charts are this process' charts, the latest last.
var charts struct {
	sync.Mutex
	loaded []*loaded
}

// loadAt loads the chart at a path, or copies what was loaded of the same files.
func (c ChartFiles) loadAt(at string, left *budget) (*chartv2.Chart, error) {
	charts.Lock()
	known := slices.Clone(charts.loaded)
	charts.Unlock()
	for _, l := range known {
		fits := left.files >= l.took.files && left.bytes >= l.took.bytes
		if l.path == at && l.packaged == c.Packaged && l.reviewed == c.Reviewed && fits && l.heard.Holds(c.Files) {
			left.files, left.bytes = left.files-l.took.files, left.bytes-l.took.bytes
			return copyOf(l.chart), nil
		}
	}
	before := *left
	heard, end := c.Files.Hear()
	defer end()
	chart, err := c.loadNew(at, left)
	if err != nil {
		return nil, err
	}
	l := &loaded{path: at, packaged: c.Packaged, reviewed: c.Reviewed, heard: heard, chart: chart, took: budget{before.files - left.files, before.bytes - left.bytes}}
	if l.took.bytes > keptChartBytes {
		return chart, nil
	}
	charts.Lock()
	defer charts.Unlock()
	charts.loaded = append(charts.loaded, l)
	charts.loaded = slices.Clone(charts.loaded[max(0, len(charts.loaded)-keptCharts):])
	return copyOf(chart), nil
}

// copyOf copies what a render changes of a chart: its values, its dependencies and what
// is said of them.
func copyOf(ch *chartv2.Chart) *chartv2.Chart {
	out, about := *ch, *ch.Metadata
	out.Metadata = &about
	if ch.Values != nil {
		out.Values, _ = copyValue(ch.Values).(map[string]any)
	}
	about.Dependencies = slices.Clone(about.Dependencies)
	for i, d := range about.Dependencies {
		if d != nil {
			one := *d
			about.Dependencies[i] = &one
		}
	}
	var subs []*chartv2.Chart
	for _, sub := range ch.Dependencies() {
		subs = append(subs, copyOf(sub))
	}
	out.SetDependencies(subs...)
	return &out
}

func copyValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, child := range v {
			out[k] = copyValue(child)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, child := range v {
			out[i] = copyValue(child)
		}
		return out
	}
	return v
}
