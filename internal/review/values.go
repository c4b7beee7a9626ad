package review

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
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
	Release *model.Object // or the Application
	// Handing is the target of an Application that hands them over; "" for a release.
	Handing string
	// Before are the values before the change; nil where the release is new, and
	// on base's side.
	Before *Values

	root    *Setting
	left    int                 // settings that may still be laid
	unread  bool                // there were more
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

	fixed  bool         // Pointer is that of all below
	tier   *model.Tier  // of an Application's values, in which Pointer leads to it
	under  []model.Step // to the chart's options in what asks for the Application
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

// Text is a string as a message may have it, or a number as it is written; ""
// for anything else.
func (s *Setting) Text() string {
	if s == nil {
		return ""
	}
	switch v := s.Value.(type) {
	case string:
		return Quotable(v)
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
// off, beside or below an `enabled: false`, and what only a Helm test runs.
func (v *Values) Each(visit func(*Setting)) {
	for _, s := range v.order {
		visit(s)
	}
}

// helmTests are where charts keep what only `helm test` runs.
var helmTests = map[string]bool{"test": true, "tests": true, "testFramework": true, "helmTest": true}

// index notes what is switched on. A switch at the top is none: a chart is
// installed because its release is there.
func (v *Values) index(s *Setting) {
	if s == nil || s.Path != "" && s.Field("enabled").Is(false) || helmTests[s.Path] {
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

// maxSettings bounds what the tiers of one release hold together: the largest of
// real charts take some thousands.
const maxSettings = 300_000

// layer lays a decoded value over a setting, at the place and with the key that at
// tells, and gives what comes of it.
func (v *Values) layer(under *Setting, value any, at Setting) *Setting {
	s := &at
	if v.left--; v.left < 0 {
		v.unread = true
		return under
	}
	switch value := value.(type) {
	case map[string]any:
		s.fields = map[string]*Setting{}
		if under != nil && under.fields != nil {
			s.fields = under.fields // whose own place this is
		}
		for _, k := range slices.Sorted(maps.Keys(value)) {
			inner := Setting{Path: dotted(at.Path, k), Key: k, Holder: at.Holder, Pointer: at.below(k), fixed: at.fixed, tier: at.tier, under: at.under}
			if f := v.layer(s.fields[k], value[k], inner); f != nil {
				s.fields[k] = f
			}
		}
	case []any:
		for i, e := range value {
			inner := Setting{Path: shortened(at.Path + "[" + itemName(e, i) + "]"), Holder: at.Holder, Pointer: at.below(fmt.Sprint(i)), fixed: at.fixed, tier: at.tier, under: at.under}
			if item := v.layer(nil, e, inner); item != nil {
				s.items = append(s.items, item)
			}
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

// layerAt lays one scalar, which stands at a place, at a path as `helm --set` writes it,
// without the items of lists.
func (v *Values) layerAt(path, text string, at Setting) {
	if strings.ContainsAny(path, "[]{},=") {
		v.unread = true
		return
	}
	var value any = text
	switch {
	case text == "true" || text == "false":
		value = text == "true"
	case wholeNumber.MatchString(text):
		value = json.Number(text)
	}
	const dot = "\x00"
	keys := strings.Split(strings.ReplaceAll(path, `\.`, dot), ".")
	slices.Reverse(keys)
	for _, k := range keys {
		value = map[string]any{strings.ReplaceAll(k, dot, "."): value}
	}
	at.fixed = true
	v.root = v.layer(v.root, value, at)
}

var wholeNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,17})$`)

// maxPath and maxPointer bound how a place is named: a hostile key may be a
// megabyte, and hold thousands.
const (
	maxPath    = 512
	maxPointer = 2048
)

// below is the pointer of something below; past its bound it stays where it is.
func (s *Setting) below(key string) string {
	if next := s.Pointer + Pointer(key); len(next) <= maxPointer && !s.fixed {
		return next
	}
	return s.Pointer
}

func dotted(path, key string) string {
	if path == "" {
		return shortened(key)
	}
	return shortened(path + "." + key)
}

// shortened is a path, or the beginning of a long one with its digest.
func shortened(path string) string {
	if len(path) <= maxPath {
		return path
	}
	return strings.ToValidUTF8(path[:100], "") + fmt.Sprintf("…%x", sha256.Sum256([]byte(path)))
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
	v := &Values{Release: release, on: map[string]*Setting{}, left: maxSettings}
	for _, from := range Items(release.Fields(), "spec", "valuesFrom") {
		key := Text(from, "valuesKey")
		if key == "" {
			key = "values.yaml"
		}
		for _, holder := range c.Own(release, c.Named(Text(from, "kind"), release.ID.Namespace, Text(from, "name"))) {
			if c.Together(release, holder) && !in(holder) {
				continue
			}
			if v.left > 0 {
				v.tier(holder, key, Text(from, "targetPath"))
			}
		}
	}
	if inline := Map(release.Fields(), "spec", "values"); inline != nil {
		v.root = v.layer(v.root, inline, Setting{Holder: release, Pointer: "/spec/values"})
	}
	v.index(v.root)
	return v
}

// tier lays what one key of a ConfigMap or Secret holds: values, or a scalar for
// one place. What is hidden of a Secret changes nothing.
func (v *Values) tier(holder *model.Object, key, target string) {
	if v.left--; v.holders == nil || v.holders[len(v.holders)-1] != holder {
		v.holders = append(v.holders, holder)
	}
	for _, section := range []string{"data", "stringData"} {
		at := Pointer(section, key)
		if target != "" {
			if text := Text(holder.Fields(), section, key); text != "" && holder.ID.Kind == "ConfigMap" && !model.Redacted(text) {
				v.layerAt(target, text, Setting{Holder: holder, Pointer: at})
			}
			continue
		}
		if tree, ok := holder.Keys[at].YAML.(map[string]any); ok {
			v.root = v.layer(v.root, tree, Setting{Holder: holder, Pointer: at + "/"})
		}
	}
}

// ChartValues adds to a check of rendered objects what it says of the values of
// HelmReleases and Applications whose charts are not rendered.
func (r Runner) ChartValues(f func(*Pass, *Values)) Runner { r.values = f; return r }

// handed runs a check over the values of the releases whose charts are not seen:
// on a pull request, over those that the change alters.
func (j *judge) handed(check *Check, p *Pass) {
	for _, c := range p.Clusters {
		for _, release := range c.Kind(helmRelease) {
			if j.chartSeen(c, release) || !j.audit() && !j.handsOther(p.Side, c, release) {
				continue
			}
			v := *c.values(release)
			if v.unread {
				p.Report(Hit{Object: release, Key: "values unread", Verdict: NotAnswered, Title: "not all values were read",
					Message: release.ID.String() + " hands more values to its chart than are read, or hands them in a form that is not."})
			}
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
func (j *judge) handsOther(side model.Side, c *Cluster, release *model.Object) bool {
	if j.altersValues(c.values(release)) {
		return true
	}
	if side == model.Head && c.Before != nil {
		return slices.ContainsFunc(j.beforeIn(c, release), func(o *model.Object) bool { return j.altersValues(c.Before.values(o)) })
	}
	if side == model.Head || c.after == nil {
		return false
	}
	after := j.became(scope{cluster: c.after}, release)
	return after != nil && j.altersValues(c.after.values(after))
}

func (j *judge) altersValues(v *Values) bool {
	return j.changed[v.Release] != nil || slices.ContainsFunc(v.holders, func(o *model.Object) bool { return j.changed[o] != nil })
}

// chartSeen reports whether the release's objects are judged as rendered: so
// they are at head, or in base where head has no such release.
func (j *judge) chartSeen(c *Cluster, release *model.Object) bool {
	id := "helm:" + c.Name + "/" + release.ID.Namespace + "/" + release.ID.Name
	for _, s := range []*model.Snapshot{j.Head, j.base} {
		if s == nil {
			continue
		}
		if t := s.Target(id); t != nil && t.Status != model.StatusAbsent {
			return t.Known()
		}
	}
	return false
}
