package review

import (
	"fmt"
	"runtime/debug"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Settings is what a repository's file says about the checks.
type Settings struct {
	Off      map[string]bool     // by check id
	Severity map[string]Severity // by check id
	Options  map[string]any      // by check id: the type of Check.Options
	Waivers  []Waiver
	// Kubernetes is the minor version that the clusters run, "" where the
	// repository's file does not say.
	Kubernetes string
}

// Broken is a check that panicked; the others still ran.
type Broken struct {
	Check, Panic string
	Stack        string // for the log only
}

// found is a hit on one side with what pairs it to the other side's.
type found struct {
	hit
	side    model.Side
	check   *Check
	targets []string
	name    string // of the finding within its object or file
	twin    bool   // looked at for comparison only
}

// pairing names what a finding is about: both sides' findings of one pair.
type pairing struct {
	object *model.Object // base's
	file   string
	name   string
}

// engine runs the checks over both sides and pairs what they find.
type engine struct {
	in      Input
	changes []Change
	before  map[*model.Object][]*model.Object // head's object ▶ what it was, in each of its targets
	after   map[*model.Object]*model.Object   // base's objects that live on ▶ what they became
	twins   map[*model.Object][]*model.Object // a new object ▶ base's of its kind and name
	changed map[*model.Object]*Change
	files   map[string]bool // that differ
	broken  []Broken
}

// check runs every enabled check and gives the findings of the change, without
// their lines. Without a base it is an audit.
func check(in Input, changes []Change) ([]Finding, []Broken) {
	e := &engine{in: in, changes: changes, changed: map[*model.Object]*Change{}, files: map[string]bool{},
		before: map[*model.Object][]*model.Object{}, after: map[*model.Object]*model.Object{}, twins: map[*model.Object][]*model.Object{}}
	for _, f := range in.ChangedFiles {
		e.files[f] = true
	}
	base, head := clustersOf(in.Base), clustersOf(in.Head)
	for _, h := range head {
		for _, b := range base {
			if h.Name == b.Name {
				h.Before = b
			}
		}
	}
	e.blind(head)
	e.pair(base, head)
	var out []Finding
	for _, c := range in.Checks {
		if in.Settings.Off[c.ID] {
			continue
		}
		out = append(out, e.status(e.side(c, model.Base, base), e.side(c, model.Head, head))...)
	}
	return out, e.broken
}

// blind marks head's clusters in which a target that base shows is not seen.
func (e *engine) blind(head []*Cluster) {
	if e.audit() {
		return
	}
	for i, h := range e.in.Head.Targets {
		seen := h.Known() || h.Status == model.StatusAbsent || !e.in.Base.Targets[i].Known()
		for _, c := range head {
			c.blind = c.blind || c.Name == h.Target.Cluster && !seen
		}
	}
	for _, c := range head {
		if c.Before != nil {
			c.Before.blind = c.blind
		}
	}
}

// pair finds what each of head's objects was in base.
func (e *engine) pair(base, head []*Cluster) {
	var removed, added []*Change
	for i := range e.changes {
		c := &e.changes[i]
		for _, o := range []*model.Object{c.Base, c.Head} {
			if o != nil && e.changed[o] == nil {
				e.changed[o] = c
			}
		}
		switch c.Change {
		case Modified:
			e.same(c.Base, c.Head)
		case Added:
			added = append(added, c)
		case Removed:
			removed = append(removed, c)
		}
	}
	known := map[*model.Object]bool{}
	twins := map[string][]*model.Object{}
	for _, c := range base {
		for _, o := range c.Objects {
			known[o] = true
			key := o.ID.GroupKind() + " " + o.ID.Name
			twins[key] = append(twins[key], o)
		}
	}
	for _, c := range head {
		for _, o := range c.Objects {
			if known[o] && !slices.Contains(e.before[o], o) {
				e.same(o, o)
			}
		}
	}
	e.pairRenamed(removed, added)
	for _, c := range added {
		if len(e.before[c.Head]) == 0 {
			e.twins[c.Head] = twins[c.Object.GroupKind()+" "+c.Object.Name]
		}
	}
}

// same notes that an object of head is what one of base became.
func (e *engine) same(base, head *model.Object) {
	e.before[head] = append(e.before[head], base)
	if e.after[base] == nil {
		e.after[base] = head
	}
}

// pairRenamed pairs objects that came with those that went, where one
// transformer could have renamed them, those of the same targets first.
// Ambiguous ones do not pair.
func (e *engine) pairRenamed(removed, added []*Change) {
	byKind := map[string][]*Change{}
	for _, r := range removed {
		byKind[r.Object.GroupKind()] = append(byKind[r.Object.GroupKind()], r)
	}
	for _, sameTargets := range []bool{true, false} {
		for _, a := range added {
			if len(e.before[a.Head]) > 0 {
				continue
			}
			var matches []*Change
			for _, r := range byKind[a.Object.GroupKind()] {
				if e.after[r.Base] == nil && (renamed(r.Object, a.Object) && !sameTargets ||
					sameTargets && slices.Equal(r.Targets, a.Targets) && (renamed(r.Object, a.Object) || prefixed(r.Object, a.Object))) {
					matches = append(matches, r)
				}
			}
			if len(matches) == 1 {
				e.same(matches[0].Base, a.Head)
			}
		}
	}
}

// renamed reports whether one transformer could have made one identity out of
// the other: another namespace, or a prefix or suffix more or less.
func renamed(a, b model.ObjectID) bool {
	if a.GroupKind() != b.GroupKind() {
		return false
	}
	if a.Name == b.Name {
		return true
	}
	return a.Namespace == b.Namespace && a.Name != "" && b.Name != "" &&
		(strings.HasSuffix(a.Name, "-"+b.Name) || strings.HasPrefix(a.Name, b.Name+"-") ||
			strings.HasSuffix(b.Name, "-"+a.Name) || strings.HasPrefix(b.Name, a.Name+"-"))
}

// prefixed reports whether two names differ by what a namePrefix or nameSuffix
// puts on: test-web and try-web.
func prefixed(a, b model.ObjectID) bool {
	tail := func(s string) string { return s[strings.IndexByte(s, '-')+1:] }
	stem := func(s string) string { return s[:max(0, strings.LastIndexByte(s, '-'))] }
	return tail(a.Name) == tail(b.Name) || stem(a.Name) != "" && stem(a.Name) == stem(b.Name)
}

func objectKey(id model.ObjectID) string { return id.GroupKind() + " " + id.Namespace + "/" + id.Name }

func (e *engine) read(side model.Side, path string) []byte {
	if e.in.Read == nil {
		return nil
	}
	return e.in.Read(side, path)
}

func (e *engine) changedFiles(tree *model.Tree) []string {
	var out []string
	for _, f := range e.in.ChangedFiles {
		if _, ok := tree.Lookup(f); ok {
			out = append(out, f)
		}
	}
	return out
}

func (e *engine) audit() bool { return e.in.Base == nil }

// side runs one check on one side.
func (e *engine) side(c *Check, side model.Side, clusters []*Cluster) []found {
	snapshot := e.in.Head
	if side == model.Base {
		snapshot = e.in.Base
	}
	if snapshot == nil {
		return nil
	}
	p := &Pass{Side: side, Options: c.Options, Audit: e.audit(), Clusters: clusters, check: c, engine: e, tree: snapshot.Tree,
		HeadTargets: e.in.Head.Targets, Kubernetes: e.in.Settings.Kubernetes}
	if !e.audit() {
		p.BaseTargets = e.in.Base.Targets
	}
	if o, ok := e.in.Settings.Options[c.ID]; ok {
		p.Options = o
	}
	var twins int
	e.guard(c, func() {
		switch {
		case c.Run.object != nil:
			twins = e.objects(c, p)
		case c.Run.cluster != nil:
			for _, cluster := range clusters {
				p.cluster = cluster
				c.Run.cluster(p, cluster)
			}
		case c.Run.change != nil && side == model.Head:
			for i := range e.changes {
				p.change = &e.changes[i]
				c.Run.change(p, e.changes[i])
			}
		case c.Run.files != nil && p.tree != nil && e.in.Read != nil:
			c.Run.files(p)
		}
	})
	return e.found(c, p, twins)
}

// objects runs a check over the side's objects of the delta, and, for
// comparison with what is new, over base's of the same kind and name. It gives
// the index of the first hit of the latter.
func (e *engine) objects(check *Check, p *Pass) (twins int) {
	if e.audit() {
		for _, cluster := range p.Clusters {
			for _, o := range cluster.Objects {
				check.Run.object(p, o)
			}
		}
		return len(p.hits)
	}
	for i := range e.changes {
		if o := e.changes[i].on(p.Side); o != nil {
			p.change = &e.changes[i]
			check.Run.object(p, o)
		}
	}
	p.change, twins = nil, len(p.hits)
	if p.Side == model.Base {
		seen := map[*model.Object]bool{}
		for _, c := range e.changes {
			seen[c.Base] = true
		}
		for _, c := range e.changes {
			if c.Change != Added {
				continue
			}
			for _, o := range append(slices.Clip(e.before[c.Head]), e.twins[c.Head]...) {
				if !seen[o] {
					seen[o] = true
					check.Run.object(p, o)
				}
			}
		}
	}
	return twins
}

// on is the change's object on a side; nil where it is not there.
func (c Change) on(side model.Side) *model.Object {
	if side == model.Base {
		return c.Base
	}
	return c.Head
}

// guard keeps a check's panic to itself.
func (e *engine) guard(c *Check, run func()) {
	defer func() {
		if r := recover(); r != nil {
			e.broken = append(e.broken, Broken{Check: c.ID, Panic: fmt.Sprint(r), Stack: string(debug.Stack())})
		}
	}()
	run()
}

func (e *engine) found(c *Check, p *Pass, twins int) []found {
	out := make([]found, 0, len(p.hits))
	for i, h := range p.hits {
		f := found{hit: h, side: p.Side, check: c, targets: h.Targets, name: h.Key, twin: c.Run.object != nil && i >= twins && !p.Audit}
		if s, ok := e.in.Settings.Severity[c.ID]; ok && h.Severity != Info {
			f.Severity = s
		}
		if h.Gone {
			f.side = model.Base
		}
		if h.Object != nil {
			if h.Key == "" {
				f.name = keyedField(h.Object, h.Field)
			}
			f.targets = e.targetsOf(h, f.side, p.Clusters)
		}
		if h.cluster != nil {
			f.name = h.cluster.Name + "\x00" + f.name
		}
		out = append(out, f)
	}
	return out
}

// targetsOf gives the targets in which a hit's object stands on a side. One
// content can go from one target and come to another.
func (e *engine) targetsOf(h hit, side model.Side, clusters []*Cluster) []string {
	if h.change != nil {
		return h.change.Targets
	}
	if h.cluster != nil {
		clusters = []*Cluster{h.cluster}
	}
	if e.changed[h.Object] != nil && (h.cluster == nil || h.cluster.Name == "") {
		var in []string
		for _, c := range e.changes {
			if c.on(side) == h.Object {
				in = union(in, c.Targets)
			}
		}
		if len(in) > 0 {
			return in
		}
	}
	for _, c := range clusters {
		if t := c.Targets(h.Object); len(t) > 0 {
			return t
		}
	}
	return nil
}

// keyedField is a field's path with list items named by their merge key, so
// that an item that moved is the same.
func keyedField(o *model.Object, pointer string) string {
	steps, _, ok := Walk(o, pointer)
	if !ok {
		return keyed(steps) + "|" + pointer[strings.LastIndexByte(pointer, '/')+1:]
	}
	return keyed(steps)
}

func keyed(steps []model.Step) string {
	var b strings.Builder
	for _, s := range steps {
		if s.Item() && s.Key != "" {
			fmt.Fprintf(&b, "/%s=%s", s.Key, s.Value)
		} else {
			b.WriteString(model.Pointer([]model.Step{s}))
		}
	}
	return b.String()
}

// status pairs both sides' findings and keeps what a pull request should hear.
func (e *engine) status(base, head []found) []Finding {
	old := map[pairing]found{}
	for _, f := range base {
		key := pairing{f.Object, f.File, f.name}
		if prev, ok := old[key]; !ok || f.Severity.Rank() > prev.Severity.Rank() {
			old[key] = f
		}
	}
	var out []Finding
	seen := map[pairing]bool{} // of base, paired
	done := map[string]bool{}
	for _, f := range head {
		before, was := e.was(f, old, seen)
		s := Existing
		switch {
		case e.audit() && !f.Unknown:
		case f.Unknown:
			s = Unknown
		case !was || before.Unknown:
			s = e.newOrUnseen(f, was)
		case f.Severity.Rank() > before.Severity.Rank(), f.Severity == before.Severity && f.Measure > before.Measure:
			s = Worse
		}
		once := fmt.Sprint(s, "\x00", f.Object != nil, objectKeyOf(f.Object), "\x00", f.File, "\x00", f.name, "\x00", f.Message, f.targets)
		if (s == Existing || s == Unknown) && !e.audit() && !e.touched(f) || done[once] {
			continue
		}
		done[once] = true
		out = append(out, f.finding(s))
	}
	keys := make([]pairing, 0, len(old))
	for key, f := range old {
		if !seen[key] && !f.Unknown && !f.twin && e.livesOn(f) {
			keys = append(keys, key)
		}
	}
	sort.Slice(keys, func(i, j int) bool { return order(old[keys[i]].finding(Fixed)) < order(old[keys[j]].finding(Fixed)) })
	for _, key := range keys {
		out = append(out, old[key].finding(Fixed))
	}
	return out
}

func objectKeyOf(o *model.Object) string {
	if o == nil {
		return ""
	}
	return objectKey(o.ID)
}

// was gives the finding that base had in the place of one of head. Where an
// object was several things, in several targets, the mildest counts; ok is false
// where one of them had no such finding.
func (e *engine) was(f found, old map[pairing]found, seen map[pairing]bool) (before found, ok bool) {
	if f.Object == nil {
		return e.fileWas(f, old, seen)
	}
	list := e.before[f.Object]
	if f.change != nil && f.change.Base != nil {
		list = []*model.Object{f.change.Base}
	}
	clear := false
	for _, o := range list {
		key := pairing{o, f.File, f.name}
		b, had := old[key]
		if !had {
			clear = true
			continue
		}
		seen[key] = true
		if !ok || b.Severity.Rank() < before.Severity.Rank() {
			before, ok = b, true
		}
	}
	if len(list) > 0 {
		return before, ok && !clear
	}
	for _, o := range e.twins[f.Object] {
		if b, had := old[pairing{o, f.File, f.name}]; had {
			return b, true
		}
	}
	return found{}, false
}

// fileWas does the same for a finding about a file; a file that moved keeps its
// findings.
func (e *engine) fileWas(f found, old map[pairing]found, seen map[pairing]bool) (found, bool) {
	key := pairing{nil, f.File, f.name}
	if b, ok := old[key]; ok {
		seen[key] = true
		return b, true
	}
	if f.name == "" || f.File == "" || e.audit() || e.in.Head.Tree == nil {
		return found{}, false
	}
	for key, b := range old {
		if _, alive := e.in.Head.Tree.Lookup(key.file); key.name == f.name && key.object == nil && key.file != "" && !alive {
			seen[key] = true
			return b, true
		}
	}
	return found{}, false
}

// newOrUnseen: a finding that base does not have is new, unless base could not
// be seen where the finding is.
func (e *engine) newOrUnseen(f found, wasUnknown bool) FindingStatus {
	if wasUnknown && !e.touched(f) {
		return Existing
	}
	if f.cluster != nil && f.cluster.blind {
		return Unknown
	}
	for _, id := range f.targets {
		b := e.in.Base.Target(id)
		if b != nil && (b.Status == model.StatusFailed || b.Status == model.StatusIncomplete) {
			return Existing
		}
	}
	return New
}

// touched reports whether the finding is about something that the change
// altered.
func (e *engine) touched(f found) bool {
	if f.Object == nil {
		return f.File == "" || e.files[f.File]
	}
	_, ok := e.changed[f.Object]
	return ok
}

// livesOn: a finding is fixed only where its object or file lives on.
func (e *engine) livesOn(f found) bool {
	if f.cluster != nil && f.cluster.blind {
		return false
	}
	for _, id := range f.targets {
		if h := e.in.Head.Target(id); h != nil && (h.Status == model.StatusFailed || h.Status == model.StatusIncomplete) {
			return false // what does not render mends nothing
		}
	}
	switch {
	case f.Object != nil:
		return e.after[f.Object] != nil
	case f.File != "" && e.in.Head.Tree != nil:
		_, ok := e.in.Head.Tree.Lookup(f.File)
		return ok
	}
	return true
}

func (f found) finding(s FindingStatus) Finding {
	out := Finding{
		Check: f.check.ID, Severity: f.Severity, Status: s, Targets: f.targets, Field: f.Field,
		Searched: f.Searched, Title: f.Title, Message: f.Message,
		Remediation: f.check.Doc.Fix, Docs: docsOf(f.check.ID), on: f.Object, side: f.side, gone: f.Gone,
	}
	if f.Object != nil {
		id := f.Object.ID
		out.Object = &id
		out.Objects = []model.ObjectID{id}
	}
	for _, o := range f.Related {
		out.Objects = append(out.Objects, o.ID)
	}
	if f.File != "" {
		out.Location = &model.Position{File: f.File, Line: max(1, f.Line), EndLine: max(1, f.Line), Precision: model.AtLine, Side: f.side}
		if f.Line == 0 {
			out.Location.Precision = model.AtFile
		}
	}
	return out
}

// group makes one finding of those that have one cause: the same check, status
// and source line.
func group(list []Finding) []Finding {
	at := map[string]int{}
	out := make([]Finding, 0, len(list))
	for _, f := range list {
		if f.Location == nil || f.Location.Precision == model.AtFile && f.on != nil {
			out = append(out, f)
			continue
		}
		key := fmt.Sprint(f.Check, f.Status, f.Severity, f.Title, f.Location.File, ":", f.Location.Line, f.Location.Side, lastToken(f.Field))
		i, ok := at[key]
		if !ok {
			at[key] = len(out)
			out = append(out, f)
			continue
		}
		g := &out[i]
		g.Targets = union(g.Targets, f.Targets)
		for _, id := range f.Objects {
			if !slices.Contains(g.Objects, id) {
				g.Objects = append(g.Objects, id)
			}
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return order(out[i]) < order(out[j]) })
	return out
}

func lastToken(pointer string) string { return pointer[strings.LastIndexByte(pointer, '/')+1:] }

func union(a, b []string) []string {
	out := append(slices.Clone(a), b...)
	sort.Strings(out)
	return slices.Compact(out)
}

// order sorts findings: what is new first, the worst first, then by place.
func order(f Finding) string {
	status := slices.Index([]FindingStatus{New, Worse, Unknown, Existing, Waived, Fixed}, f.Status)
	file, line := "~", 0
	if f.Location != nil {
		file, line = f.Location.File, f.Location.Line
	}
	object := ""
	if f.Object != nil {
		object = objectKey(*f.Object)
	}
	return fmt.Sprintf("%d %d %s %08d %s %s %s %s", status, 9-f.Severity.Rank(), file, line, f.Check, object, f.Field, f.Message)
}
