// Package object has the few things that every room does with an object that is
// still being built: plain maps, not yet redacted.
package object

import (
	"cmp"
	"encoding/json"
	"maps"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// Map is a field that is a map; nil for anything else.
func Map(m map[string]any, field string) map[string]any {
	c, _ := m[field].(map[string]any)
	return c
}

// Plain copies values by way of JSON, as the API server gives them to the
// controller: every number is a float64.
func Plain(values map[string]any) map[string]any {
	out := map[string]any{}
	j, err := json.Marshal(values)
	if err == nil {
		err = json.Unmarshal(j, &out)
	}
	if err != nil || out == nil {
		return maps.Clone(values)
	}
	return out
}

// Copy copies values; numbers keep their types, by which a template prints them.
func Copy(value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(value))
		for key, child := range value {
			out[key] = Copy(child)
		}
		return out
	case []any:
		out := make([]any, len(value))
		for i, child := range value {
			out[i] = Copy(child)
		}
		return out
	}
	return value
}

// Remarks are what a build has to say besides its objects.
type Remarks struct {
	// Hole is the problem of the first entry that cannot be had; nil for none.
	Hole   *model.Problem
	Unseen []task.Unseen
	Notes  []string
	Losses []task.Loss
	// Repeats are objects that files define more than once.
	Repeats []model.Repeat
	Chart   string // the version of the chart that was rendered
	// ChartName is the name in its metadata.
	ChartName string
	// Values is equal where the values are that a release gives to its chart; "" where some
	// cannot be seen.
	Values string
	// Otherwise is what is rendered where what nobody sees is otherwise.
	Otherwise []model.Otherwise
	// ValueNotes are what is to be said of values that are given to charts.
	ValueNotes []model.ValueNote
	// Handed is what charts are given that are not to be had.
	Handed []model.Handed
}

// Lack notes an entry that cannot be had.
func (r *Remarks) Lack(p *model.Problem, what task.Unseen) {
	if r.Hole == nil {
		r.Hole = p
	}
	r.Unseen = append(r.Unseen, what)
}

// ID identifies an object; what is secret in its name stays apart from other
// secrets without being shown. One that the cluster gives its name is known by what the
// name begins with.
func ID(fields map[string]any) model.ObjectID {
	text := func(m map[string]any, key string) string {
		s, _ := m[key].(string)
		return model.RedactedName(s)
	}
	meta, _ := fields["metadata"].(map[string]any)
	group, version := model.SplitAPIVersion(text(fields, "apiVersion"))
	return model.ObjectID{
		Group: group, Version: version, Kind: text(fields, "kind"),
		Namespace: text(meta, "namespace"), Name: cmp.Or(text(meta, "name"), text(meta, "generateName")),
	}
}

// Merge sets labels or annotations, as helm-controller does on every
// object.
func Merge(fields map[string]any, section string, add map[string]any) {
	meta := Map(fields, "metadata")
	if meta == nil {
		meta = map[string]any{}
		fields["metadata"] = meta
	}
	have := Map(meta, section)
	if have == nil {
		have = map[string]any{}
		meta[section] = have
	}
	maps.Copy(have, add)
}
