package locate

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// inflation is an entry of `helmCharts:`, whose objects no file of the repository
// declares.
type inflation struct {
	k       kustomization
	entry   *node
	altered bool    // a kustomization above it may write into what it makes
	images  []*node // of the kustomizations above it, the nearest first
}

// wanted is an object of a chart that is followed through the layers: one of which
// nothing but the identity is known is put where the chart's come in.
type wanted struct {
	id    model.ObjectID
	entry *node
}

// charts notes the entries of helmCharts.
func (b *builder) charts(l *layer, k kustomization) {
	entries := slices.Clone(k.root.list("helmCharts"))
	for _, name := range k.root.list("generators") { // files that configure charts
		if name.kind != scalar || strings.Contains(name.text, "\n") {
			continue
		}
		for _, doc := range b.side.docs(b.side.read(path.Join(k.dir, name.text))) {
			if doc.str("kind") == "HelmChartInflationGenerator" {
				entries = append(entries, doc)
			}
		}
	}
	for _, entry := range entries {
		at := entry.at.head()
		at.vague = true
		l.charts, l.unseen = append(l.charts, inflation{k: k, entry: entry}), append(l.unseen, at)
		if b.wanted == nil || b.wanted.entry != entry {
			continue
		}
		name := b.wanted.id.Name
		for _, dir := range b.stack {
			if above, ok := b.side.kustomization(dir); ok {
				name = strings.TrimSuffix(strings.TrimPrefix(name, above.root.str("namePrefix")), above.root.str("nameSuffix"))
			}
		}
		o := bare(b.wanted.id, name, at)
		o.outside = true
		b.add(l, o)
	}
}

// alterers are the fields by which a kustomization writes into objects.
var alterers = []string{"patches", "patchesStrategicMerge", "patchesJson6902", "images", "replicas", "replacements", "labels", "commonLabels",
	"commonAnnotations", "components", "transformers", "vars", "configurations"}

// alter notes that a kustomization may write into what the charts below it make.
func (l *layer) alter(k kustomization) {
	if len(l.charts) > 0 && slices.ContainsFunc(alterers, func(key string) bool { return k.root.get(key) != nil }) {
		l.charts = slices.Clone(l.charts)
		for i := range l.charts {
			l.charts[i].altered = true
			l.charts[i].images = slices.Concat(l.charts[i].images, k.root.list("images"))
		}
	}
}

// chartOf is the chart that makes an object: the only one of a target that has nothing
// else from elsewhere, or the only one whose release the object's name begins with.
func (l *layer) chartOf(id model.ObjectID) *inflation {
	if len(l.charts) == 1 && len(l.unseen) == 1 {
		return &l.charts[0]
	}
	var found *inflation
	longest := 0
	for i := range l.charts {
		release := cmp.Or(l.charts[i].entry.str("releaseName"), l.charts[i].entry.str("name"))
		if !strings.Contains(id.Name, release) || release == "" || len(release) < longest {
			continue
		}
		if found = &l.charts[i]; len(release) == longest {
			return nil
		}
		longest = len(release)
	}
	return found
}

// like is a side's entry that stands for one of the other side; nil for none.
func (l *layer) like(c *inflation) *inflation {
	var found []*inflation
	for i := range l.charts {
		o := &l.charts[i]
		if o.entry.str("name") == c.entry.str("name") && o.entry.str("releaseName") == c.entry.str("releaseName") {
			found = append(found, o)
		}
	}
	if len(found) == 0 && len(l.charts) == 1 {
		return &l.charts[0]
	}
	if i := slices.IndexFunc(found, func(o *inflation) bool { return o.k.dir == c.k.dir }); i >= 0 {
		return found[i]
	}
	if len(found) == 1 {
		return found[0]
	}
	return nil
}

// inflated answers for an object of a chart: what a kustomization writes into it, else
// what the pull request changed of the entry, its values files and its chart, else the
// value that is called like the field, else the entry.
func (s *search) inflated(c *inflation) *model.Position {
	if p := s.written(c); p.known() {
		return s.side.position(p, model.AtLine)
	}
	twin := s.twin.like(c)
	if len(s.Path) > 0 && len(s.Gone) == 0 && len(c.images) > 0 {
		var old []*node
		if twin != nil {
			old = twin.images
		}
		now := slices.Clone(c.images)
		slices.Reverse(now) // the last has its way
		if p := s.imageEntry(now, old); p.known() {
			return s.side.position(p, model.AtLine)
		}
	}
	own := s.side.inflation(c)
	declared := s.side.position(own.object.decl, model.AtObject)
	if twin == nil {
		return cmp.Or(s.template(own), declared)
	}
	if changes := s.between(own, s.side.other.inflation(twin)); len(changes) > 0 && (s.Changed || s.Removed) {
		return cmp.Or(s.choice(own, changes), s.likelyChange(own, changes), declared)
	}
	if p := s.likelyValue(own); p.known() {
		return s.side.position(p, model.AtLine)
	}
	return cmp.Or(s.template(own), declared)
}

// written is the line of a kustomization above the chart that writes the field.
func (s *search) written(c *inflation) place {
	if !c.altered || len(s.Path) == 0 || len(s.Gone) > 0 || s.Value == nil || s.Removed {
		return place{}
	}
	dirs := []string{s.dir}
	if s.line != nil {
		dirs = append([]string{path.Clean(s.line.Dir)}, s.line.Dirs...)
	}
	var o *object
	for _, dir := range dirs {
		if _, ok := s.side.kustomization(dir); ok && o == nil {
			b := builder{side: s.side, wanted: &wanted{s.Object, c.entry}}
			o = b.optioned(s.line, path.Clean(dir)).object(s.Object)
		}
	}
	if o == nil {
		return place{}
	}
	s.found = o
	defer func() { s.found = nil }()
	n := s.walk(o.content(), s.Path)
	if n == nil || n.kind != scalar || !n.is(s.Value) {
		return place{}
	}
	if p := s.prove(o, n); p.known() && !p.vague {
		return p
	}
	return place{}
}

// unmade answers for an object of a chart that only base renders.
func (s *search) unmade(c *inflation) *model.Position {
	if now := s.target.like(c); now != nil {
		return s.inflated(now)
	}
	if k, ok := s.side.kustomization(c.k.dir); ok {
		return s.entryList(k, "helmCharts")
	}
	return s.side.other.position(c.entry.at.head(), model.AtObject)
}

// inflation reads all that the render of an entry depends on, once a side.
func (s *side) inflation(c *inflation) *release {
	if r, ok := s.inflations[c.entry]; ok {
		return r
	}
	r := &release{values: map[string]*node{}, fields: map[string]*node{}, files: map[string]*file{}, params: map[string]*node{}, root: map[string]*node{}}
	s.inflations[c.entry] = r
	r.object = &object{root: c.entry, decl: c.entry.at.head()}
	globals := c.k.root.get("helmGlobals")
	if c.entry.get("chartHome") != nil {
		globals = c.entry.only("chartHome")
	}
	dir := path.Join(c.k.dir, task.ChartDir(globals.str("chartHome"),
		task.Packaged{Repository: c.entry.str("repo"), Name: c.entry.str("name"), Version: c.entry.str("version")}))
	if s.from.IsDir(dir) {
		s.chartFiles(r, dir, "")
		for _, doc := range s.docs(r.files["values.yaml"]) {
			r.layer(doc, "")
		}
	}
	file := func(name string) {
		for _, doc := range s.docs(s.read(path.Join(c.k.dir, name))) {
			r.layer(doc, "")
		}
	}
	inline := c.entry.get("valuesInline")
	switch own := c.entry.str("valuesFile"); {
	case own == "" || c.entry.str("valuesMerge") == "replace":
		r.layer(inline, "")
	case c.entry.str("valuesMerge") == "merge":
		r.layer(inline, "")
		file(own)
	default:
		file(own)
		r.layer(inline, "")
	}
	for _, more := range c.entry.list("additionalValuesFiles") {
		file(more.text)
	}
	leavesOf(globals, "spec/source/helmGlobals", r.fields, nil)
	for i, key := range c.entry.keys {
		if key != "valuesInline" {
			leavesOf(c.entry.vals[i], "spec/source/"+key, r.fields, nil)
		}
	}
	for name := range r.values {
		r.names = append(r.names, name)
	}
	slices.Sort(r.names)
	return r
}
