package locate

import (
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// release is a HelmRelease, or an Application of a chart, on one side: all of this repository that its render
// depends on, as leaves by their names.
type release struct {
	object *object
	values map[string]*node // by path, as later documents override earlier ones
	fields map[string]*node // of the spec and of the chart's source
	files  map[string]*file // of a chart in this repository, by path in the chart
	params map[string]*node // what the generators of an ApplicationSet give, by file
	root   map[string]*node // the maps and lists on the way to the values
	names  []string         // of the values, sorted
	dirs   int              // of the chart that were looked into
}

// idle are the fields of a HelmRelease that its render does not depend on.
var idle = setOf("values", "valuesFrom", "interval", "timeout", "install", "upgrade", "rollback", "uninstall", "test",
	"suspend", "dependsOn", "maxHistory", "driftDetection", "serviceAccountName", "kubeConfig", "persistentClient")

// release reads it and what it reads, once a side.
func (s *side) release(line *model.Lineage) *release {
	if r, ok := s.releases[line]; ok {
		return r
	}
	r := &release{values: map[string]*node{}, fields: map[string]*node{}, files: map[string]*file{}, params: map[string]*node{}, root: map[string]*node{}}
	s.releases[line] = r
	if r.object = s.askedBy(line); r.object == nil {
		return r
	}
	dir := line.Dir
	if line.Elsewhere {
		dir = "" // it is the source whose objects are in no directory here
	}
	if dir != "" {
		s.chartFiles(r, path.Clean(dir), "")
		for _, doc := range s.docs(r.files["values.yaml"]) {
			r.layer(doc, "")
		}
	}
	if line.Kind == model.ArgoCD {
		s.application(r, line, dir)
		r.params = s.gives(r.object, line)
		s.template(r)
		r.names = slices.Sorted(maps.Keys(r.values))
		return r
	}
	for _, read := range line.Reads {
		if read.In != nil {
			s.readValues(r, read)
		}
	}
	spec := r.object.content().get("spec")
	r.layer(spec.get("values"), "")
	if spec != nil && spec.kind == mapping {
		for i, key := range spec.keys {
			if !idle[key] {
				leavesOf(spec.vals[i], "spec/"+key, r.fields, nil)
			}
		}
	}
	r.names = slices.Sorted(maps.Keys(r.values))
	if source := s.source(line); source != nil {
		for _, key := range []string{"ref", "reference", "url", "chart", "version", "valuesFiles"} {
			leavesOf(source.content().get("spec", key), "source/"+key, r.fields, nil)
		}
	}
	return r
}

// application reads how an Application, or the template of an ApplicationSet, renders the
// chart in a directory; "" is a source that is fetched, in none of its directories here.
// An ApplicationSet's template names no values files yet: the lineage has those of the Application.
func (s *side) application(r *release, line *model.Lineage, dir string) {
	here, files := append([]string{line.Dir}, line.Dirs...), line.ValueFiles
	spec := r.object.content().get("spec")
	if made := spec.get("template", "spec"); made != nil {
		spec = made
	}
	if dir != "" {
		dir = path.Clean(dir)
	}
	source := spec.get("source")
	for _, one := range spec.list("sources") {
		at := path.Clean(one.str("path"))
		outside := one.get("chart") != nil || one.get("path") != nil && !slices.Contains(here, at)
		if dir == "" && outside || dir != "" && !outside && at == dir {
			source = one
		}
	}
	if source == nil || source.kind != mapping {
		return
	}
	helm := source.get("helm")
	if len(files) == 0 {
		for _, entry := range helm.list("valueFiles") {
			at := path.Join(dir, entry.text)
			if ref, below, ok := strings.Cut(entry.text, "/"); ok && (ref == "" || strings.HasPrefix(ref, "$")) {
				at = path.Clean(below)
			}
			files = append(files, at)
		}
	}
	for _, at := range files {
		for _, doc := range s.docs(s.read(at)) {
			r.layer(doc, "")
		}
	}
	if text := helm.get("values"); text != nil && text.kind == scalar {
		for _, doc := range s.inner(text) {
			r.layer(doc, "")
		}
	}
	r.layer(helm.get("valuesObject"), "")
	parameters := helm.list("parameters")
	for _, name := range []string{".argocd-source.yaml", ".argocd-source-" + line.Application + ".yaml"} { // they take the place of the list
		for _, doc := range s.docs(s.read(path.Join(dir, name))) {
			if own := doc.get("helm"); dir != "" && own.get("parameters") != nil {
				parameters = own.list("parameters")
			}
		}
	}
	for _, parameter := range parameters {
		if value := parameter.get("value"); value != nil {
			r.values[strings.ReplaceAll(parameter.str("name"), ".", "/")] = value
		}
	}
	for i, key := range source.keys {
		if key != "helm" {
			leavesOf(source.vals[i], "spec/source/"+key, r.fields, nil)
		}
	}
}

// unapplied are fields of an ApplicationSet, and of its template, that say nothing of what
// its Applications render.
var unapplied = setOf("generators", "template", "syncPolicy", "strategy", "preservedFields", "ignoreApplicationDifferences",
	"project", "info", "ignoreDifferences", "revisionHistoryLimit", "source", "sources")

// template reads what else an ApplicationSet says of its Applications.
func (s *side) template(r *release) {
	spec := r.object.content().get("spec")
	if r.object.id.kind != "ApplicationSet" || spec == nil {
		return
	}
	for at, fields := range map[string]*node{"set/": spec, "template/": spec.get("template", "spec")} {
		if fields == nil || fields.kind != mapping {
			continue
		}
		for i, key := range fields.keys {
			if !unapplied[key] {
				leavesOf(fields.vals[i], at+key, r.fields, nil)
			}
		}
	}
	leavesOf(spec.get("template", "metadata", "name"), "template/name", r.fields, nil)
}

// layer takes in a values document over those before it.
func (r *release) layer(doc *node, at string) {
	if doc == nil {
		return
	}
	leavesOf(doc, at, r.values, r.root)
}

// readValues takes in one entry of valuesFrom.
func (s *side) readValues(r *release, read model.Read) {
	o := s.applied(read.In).object(read.Object)
	if o == nil {
		return
	}
	key := read.Key
	if key == "" {
		key = "values.yaml"
	}
	value := plainKeys(o)[key]
	if value == nil {
		return
	}
	if read.Path != "" {
		r.values[strings.ReplaceAll(read.Path, ".", "/")] = value
		return
	}
	docs := s.inner(value)
	if len(docs) != 1 || docs[0].kind == scalar { // encrypted, or no values
		r.values[o.id.kind+" "+o.id.name+" "+key] = value
		return
	}
	r.layer(docs[0], "")
}

// leavesOf notes the scalars and the empty maps and lists of a node by their
// path; what a path led to before is overridden.
func leavesOf(n *node, at string, leaves, branches map[string]*node) {
	if n == nil {
		return
	}
	if branches[at] != nil && n.kind != mapping { // only maps are merged
		for name := range leaves {
			if strings.HasPrefix(name, at+"/") {
				delete(leaves, name)
			}
		}
	}
	delete(leaves, at)
	if len(n.vals) == 0 {
		leaves[at] = n
		return
	}
	if branches != nil {
		branches[at] = n
	}
	for i, c := range n.vals {
		key := strconv.Itoa(i)
		if n.kind == mapping {
			key = n.keys[i]
		}
		leavesOf(c, strings.TrimPrefix(at+"/"+key, "/"), leaves, branches)
	}
}

// maxChartFiles bounds the files and directories of one chart that are compared.
const maxChartFiles = 2000

func (s *side) chartFiles(r *release, dir, below string) {
	for _, name := range s.from.List(path.Join(dir, below)) {
		p := path.Join(below, name)
		if len(r.files)+r.dirs >= maxChartFiles || strings.Count(p, "/") > maxDepth {
			return
		}
		if s.from.IsDir(path.Join(dir, p)) {
			r.dirs++
			s.chartFiles(r, dir, p)
		} else if f := s.read(path.Join(dir, p)); f != nil {
			r.files[p] = f
		}
	}
}

// difference is one leaf, or one file, that the two sides of a release have
// otherwise.
type difference struct {
	name      string
	now, old  *node // nil where a side has none
	at        place
	version   bool // it says which chart is rendered
	label     bool // a number that the chart has: it reaches only what shows it
	precision model.Precision
}

// differences compares a release with the other side's.
func (s *search) differences() []difference {
	key := [2]*model.Lineage{s.line, s.twinLine}
	if known, ok := s.side.changes[key]; ok {
		return known
	}
	out := s.between(s.side.release(s.line), s.side.other.release(s.twinLine))
	s.side.changes[key] = out
	return out
}

// between are the differences of two.
func (s *search) between(now, then *release) []difference {
	out := s.leafChanges(now, now.fields, then.fields)
	for i := range out {
		out[i].version = chooses(out[i].name)
	}
	out = append(out, s.leafChanges(now, now.values, then.values)...)
	out = append(out, s.leafChanges(now, now.params, then.params)...)
	labels, only := s.chartLabels(now, then)
	out = append(out, labels...)
	return append(out, slices.DeleteFunc(fileChanges(now, then), func(d difference) bool { return only && d.name == "Chart.yaml" })...)
}

// chartLabels are the changes of the version and the appVersion in a chart's metadata;
// only: nothing else changes there that a template could read as anything but text.
func (s *search) chartLabels(now, then *release) (out []difference, only bool) {
	f, old := now.files["Chart.yaml"], then.files["Chart.yaml"]
	if f == nil || old == nil {
		return nil, false
	}
	leaves := func(s *side, f *file) map[string]*node {
		out := map[string]*node{}
		for _, doc := range s.docs(f) {
			leavesOf(doc, "", out, nil)
		}
		return out
	}
	out = s.leafChanges(now, leaves(s.side, f), leaves(s.side.other, old))
	for i := range out {
		if out[i].label = out[i].name == "version" || out[i].name == "appVersion"; !out[i].label {
			return nil, false
		}
	}
	return out, true
}

// chooses reports whether a field says which chart is rendered.
func chooses(name string) bool {
	return slices.ContainsFunc([]string{"spec/chart", "spec/source/", "source/"}, func(p string) bool { return strings.HasPrefix(name, p) })
}

func (s *search) leafChanges(r *release, now, then map[string]*node) (out []difference) {
	names := map[string]bool{}
	for _, side := range []map[string]*node{now, then} {
		for name := range side {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		n, old := now[name], then[name]
		if same(n, old) {
			continue
		}
		d := difference{name: name, now: n, old: old, precision: model.AtLine}
		if n != nil {
			d.at = s.writerOf(n, old)
		} else {
			d.at = r.ancestor(name)
		}
		out = append(out, d)
	}
	return out
}

// ancestor is where the nearest surviving ancestor of a value is written.
func (r *release) ancestor(name string) place {
	for name != "" {
		i := strings.LastIndexByte(name, '/')
		name = name[:max(0, i)]
		for _, known := range []map[string]*node{r.root, r.values} {
			if n := known[name]; n != nil && name != "" {
				return n.at.head()
			}
		}
	}
	if r.object == nil {
		return place{}
	}
	if n := r.object.content().get("spec", "values"); n != nil {
		return n.at.head()
	}
	return r.object.decl
}

// fileChanges are the files of a chart in this repository that differ, but for
// its values, which are compared leaf by leaf.
func fileChanges(now, then *release) (out []difference) {
	names := map[string]bool{}
	for _, side := range []map[string]*file{now.files, then.files} {
		for name := range side {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		f, old := now.files[name], then.files[name]
		if name == "values.yaml" || f != nil && old != nil && string(f.content) == string(old.content) {
			continue
		}
		d := difference{name: name, precision: model.AtFile}
		switch {
		case f != nil && old != nil:
			d.at = changedRows(f, string(old.content))
			if d.at.end == d.at.line {
				d.precision = model.AtLine
			} else {
				d.at = place{file: f, line: 1, end: 1}
			}
		case f != nil:
			d.at = place{file: f, line: 1, end: 1}
		}
		out = append(out, d)
	}
	return out
}
