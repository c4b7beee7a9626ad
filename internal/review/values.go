package review

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Values are what a HelmRelease hands to its chart, all tiers laid over each
// other as Helm does: maps are merged, everything else is replaced, the last
// wins. They stand in for the chart's objects where the chart is not rendered.
type Values struct {
	Release *model.Object
	// Before are the values before the change; nil where the release is new, and
	// on base's side.
	Before *Values

	root    *Setting
	on      map[string]*Setting // by path
	order   []*Setting
	holders []*model.Object
}

// Setting is one place in values. All methods take nil for a place that is not
// there.
type Setting struct {
	// Path is how a reader names it, as in `helm --set`: image.tag; an item of a
	// list is told by its name.
	Path string
	Key  string // the last part of Path; "" for the item of a list
	// Value is a scalar; nil for a map or list.
	Value any
	// Holder is the object that says so last, and Pointer the place in it.
	Holder  *model.Object
	Pointer string

	fields map[string]*Setting
	items  []*Setting
}

// Field is the setting at a path of map keys below this one.
func (s *Setting) Field(path ...string) *Setting {
	for _, key := range path {
		if s == nil {
			return nil
		}
		s = s.fields[key]
	}
	return s
}

// Keys are the keys of a map, sorted.
func (s *Setting) Keys() []string {
	if s == nil {
		return nil
	}
	keys := make([]string, 0, len(s.fields))
	for k := range s.fields {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// Items are the items of a list.
func (s *Setting) Items() []*Setting {
	if s == nil {
		return nil
	}
	return s.items
}

// Map reports whether the setting is a map with something in it.
func (s *Setting) Map() bool { return s != nil && len(s.fields) > 0 }

// Text is a string, or a number as it is written; "" for anything else.
func (s *Setting) Text() string {
	if s == nil {
		return ""
	}
	switch v := s.Value.(type) {
	case string:
		return v
	case json.Number:
		return string(v)
	}
	return ""
}

// Is reports whether the setting is this boolean.
func (s *Setting) Is(want bool) bool { return s != nil && s.Value == want }

// On is the setting at a path, as Setting.Path writes it; nil where there is
// none, and where it is switched off: see Each.
func (v *Values) On(path string) *Setting {
	if path == "" {
		return v.root
	}
	return v.on[path]
}

// Was is what stood at a path before the change: see On.
func (v *Values) Was(path string) *Setting {
	if v.Before == nil {
		return nil
	}
	return v.Before.On(path)
}

// Each visits all settings, outer before inner, and leaves out what is switched
// off: what stands beside or below an `enabled: false`.
func (v *Values) Each(visit func(*Setting)) {
	for _, s := range v.order {
		visit(s)
	}
}

// index notes what is switched on.
func (v *Values) index(s *Setting) {
	if s == nil || s.Field("enabled").Is(false) {
		return
	}
	if s.Path != "" {
		v.on[s.Path] = s
		v.order = append(v.order, s)
	}
	for _, k := range s.Keys() {
		v.index(s.fields[k])
	}
	for _, item := range s.items {
		v.index(item)
	}
}

// layer lays a decoded value over a setting and gives what comes of it.
func layer(under *Setting, value any, holder *model.Object, pointer, path string) *Setting {
	s := &Setting{Path: path, Holder: holder, Pointer: pointer}
	if !strings.HasSuffix(path, "]") {
		s.Key = path[strings.LastIndexByte(path, '.')+1:]
	}
	switch value := value.(type) {
	case map[string]any:
		s.fields = make(map[string]*Setting, len(value))
		if under != nil {
			for k, f := range under.fields {
				s.fields[k] = f
			}
		}
		for k, v := range value {
			s.fields[k] = layer(under.Field(k), v, holder, pointer+Pointer(k), dotted(path, k))
		}
	case []any:
		for i, v := range value {
			s.items = append(s.items, layer(nil, v, holder, fmt.Sprint(pointer, "/", i), path+"["+itemName(v, i)+"]"))
		}
	default:
		s.Value = scalar(value)
	}
	return s
}

// scalar gives a number as objects hold it. A key's parsed value has it as a
// float, whichever file it stands in.
func scalar(value any) any {
	switch v := value.(type) {
	case float64:
		return json.Number(strconv.FormatFloat(v, 'f', -1, 64))
	case int, int64, uint64:
		return json.Number(fmt.Sprint(v))
	}
	return value
}

func dotted(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// itemName tells an item of a list: by its name, so that one that moved is the
// same, else by its index.
func itemName(v any, i int) string {
	if m, ok := v.(map[string]any); ok {
		if name, ok := m["name"].(string); ok && name != "" {
			return name
		}
	}
	return fmt.Sprint(i)
}

// values gives what a release hands to its chart, as far as this repository
// holds it.
func (c *Cluster) values(release *model.Object) *Values {
	if v, ok := c.handed[release]; ok {
		return v
	}
	v := c.valuesIn(release, c.targets[release])
	if c.handed == nil {
		c.handed = map[*model.Object]*Values{}
	}
	c.handed[release] = v
	return v
}

// valuesIn is values as some of the release's targets have them. One release can
// stand in many targets, each with values of its own.
func (c *Cluster) valuesIn(release *model.Object, targets []string) *Values {
	in := func(o *model.Object) bool {
		return slices.ContainsFunc(c.targets[o], func(t string) bool { return slices.Contains(targets, t) })
	}
	v := &Values{Release: release, on: map[string]*Setting{}}
	for _, from := range Items(release.Fields(), "spec", "valuesFrom") {
		key := Text(from, "valuesKey")
		if key == "" {
			key = "values.yaml"
		}
		if Text(from, "targetPath") != "" {
			continue // one scalar at one place
		}
		for _, holder := range c.Own(release, c.Named(Text(from, "kind"), release.ID.Namespace, Text(from, "name"))) {
			if c.Together(release, holder) && !in(holder) {
				continue
			}
			v.holders = append(v.holders, holder)
			for _, section := range []string{"data", "stringData"} {
				at := Pointer(section, key)
				if tree, ok := holder.Keys[at].YAML.(map[string]any); ok {
					v.root = layer(v.root, tree, holder, at+"/", "")
				}
			}
		}
	}
	if inline := Map(release.Fields(), "spec", "values"); inline != nil {
		v.root = layer(v.root, inline, release, "/spec/values", "")
	}
	v.index(v.root)
	return v
}

// ChartValues adds to a check of rendered objects what it says of the values of
// HelmReleases whose charts are not rendered.
func (r Runner) ChartValues(f func(*Pass, *Values)) Runner { r.values = f; return r }

// handed runs a check over the values of the releases whose charts are not seen:
// on a pull request, over those that the change alters.
func (e *engine) handed(check *Check, p *Pass) {
	for _, c := range p.Clusters {
		for _, release := range c.Kind(helmRelease) {
			if e.chartSeen(c, release) || !e.audit() && !e.handsOther(p.Side, c, release) {
				continue
			}
			v := *c.values(release)
			if p.Side == model.Head && c.Before != nil {
				if old := p.Before(release); old != nil {
					v.Before = c.Before.valuesIn(old, c.beforeOf(release, old))
				}
			}
			check.Run.values(p, &v)
		}
	}
}

// beforeOf gives those targets of what a release was that are targets of it
// still; all of them where none is.
func (c *Cluster) beforeOf(release, old *model.Object) []string {
	was := c.Before.targets[old]
	still := slices.DeleteFunc(slices.Clone(was), func(t string) bool { return !slices.Contains(c.targets[release], t) })
	if len(still) == 0 {
		return was
	}
	return still
}

// handsOther reports whether the change alters a release, or something that it
// reads, on either side.
func (e *engine) handsOther(side model.Side, c *Cluster, release *model.Object) bool {
	if e.altersValues(c.values(release)) {
		return true
	}
	if side == model.Head && c.Before != nil {
		return slices.ContainsFunc(e.before[release], func(o *model.Object) bool { return e.altersValues(c.Before.values(o)) })
	}
	return side == model.Base && e.after[release] != nil && c.after != nil && e.altersValues(c.after.values(e.after[release]))
}

func (e *engine) altersValues(v *Values) bool {
	return e.changed[v.Release] != nil || slices.ContainsFunc(v.holders, func(o *model.Object) bool { return e.changed[o] != nil })
}

// chartSeen reports whether the release's objects are judged as rendered: so
// they are at head, or in base where head has no such release.
func (e *engine) chartSeen(c *Cluster, release *model.Object) bool {
	id := "helm:" + c.Name + "/" + release.ID.Namespace + "/" + release.ID.Name
	for _, s := range []*model.Snapshot{e.in.Head, e.in.Base} {
		if s == nil {
			continue
		}
		if t := s.Target(id); t != nil && t.Status != model.StatusAbsent {
			return t.Known()
		}
	}
	return false
}
