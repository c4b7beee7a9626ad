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
	key     string
}

// engine runs the checks over both sides and pairs what they find.
type engine struct {
	in      Input
	changes []Change
	// counterpart maps an object of either side to the key that both sides
	// share; objects that were only renamed share one.
	counterpart map[*model.Object]string
	changed     map[*model.Object]Change
	broken      []Broken
}

// check runs every enabled check and gives the findings of the change, without
// their lines.
func check(in Input, changes []Change) ([]Finding, []Broken) {
	e := &engine{in: in, changes: changes, counterpart: map[*model.Object]string{}, changed: map[*model.Object]Change{}}
	e.pair()
	baseClusters, headClusters := clustersOf(in.Base), clustersOf(in.Head)
	var out []Finding
	for _, c := range in.Checks {
		if in.Settings.Off[c.ID] {
			continue
		}
		base := e.side(c, model.Base, baseClusters)
		head := e.side(c, model.Head, headClusters)
		out = append(out, e.status(base, head)...)
	}
	return out, e.broken
}

// pair gives objects of both sides their common key.
func (e *engine) pair() {
	var removed, added []*model.Object
	for _, c := range e.changes {
		for _, o := range []*model.Object{c.Base, c.Head} {
			if o != nil {
				e.changed[o] = c
			}
		}
		switch c.Change {
		case Modified:
			e.counterpart[c.Base] = objectKey(c.Head.ID)
		case Added:
			added = append(added, c.Head)
		case Removed:
			removed = append(removed, c.Base)
		}
	}
	for _, h := range added {
		var match *model.Object
		for _, b := range removed {
			if e.counterpart[b] == "" && renamed(b.ID, h.ID) {
				if match != nil {
					match = nil
					break
				}
				match = b
			}
		}
		if match != nil {
			e.counterpart[match] = objectKey(h.ID)
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

func objectKey(id model.ObjectID) string { return id.GroupKind() + " " + id.Namespace + "/" + id.Name }

func (e *engine) keyOf(o *model.Object) string {
	if k := e.counterpart[o]; k != "" {
		return k
	}
	return objectKey(o.ID)
}

// side runs one check on one side.
func (e *engine) side(c *Check, side model.Side, clusters []*Cluster) []found {
	snapshot := map[model.Side]*model.Snapshot{model.Base: e.in.Base, model.Head: e.in.Head}[side]
	p := &Pass{Side: side, Options: c.Options, check: c, tree: snapshot.Tree,
		BaseTargets: e.in.Base.Targets, HeadTargets: e.in.Head.Targets,
		read: func(path string) []byte { return e.in.Read(side, path) }}
	if o, ok := e.in.Settings.Options[c.ID]; ok {
		p.Options = o
	}
	e.guard(c, func() {
		switch {
		case c.Run.object != nil:
			for _, change := range e.changes {
				if o := change.on(side); o != nil {
					c.Run.object(p, o)
				}
			}
		case c.Run.cluster != nil:
			for _, cluster := range clusters {
				c.Run.cluster(p, cluster)
			}
		case c.Run.change != nil && side == model.Head:
			for _, change := range e.changes {
				c.Run.change(p, change)
			}
		case c.Run.files != nil && p.tree != nil && e.in.Read != nil:
			c.Run.files(p)
		}
	})
	return e.found(c, p, side, clusters)
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

func (e *engine) found(c *Check, p *Pass, side model.Side, clusters []*Cluster) []found {
	out := make([]found, 0, len(p.hits))
	for _, h := range p.hits {
		f := found{hit: h, side: side, check: c, targets: h.Targets}
		if s, ok := e.in.Settings.Severity[c.ID]; ok {
			f.Severity = s
		}
		parts := []string{c.ID, h.Key, h.File}
		if h.Object != nil {
			parts = append(parts, e.keyOf(h.Object), keyedField(h.Object, h.Field))
			f.targets = e.targetsOf(h.Object, clusters)
		}
		f.key = strings.Join(parts, "\x00")
		out = append(out, f)
	}
	return out
}

// targetsOf gives the targets in which an object stands.
func (e *engine) targetsOf(o *model.Object, clusters []*Cluster) []string {
	if c, ok := e.changed[o]; ok {
		return c.Targets
	}
	for _, c := range clusters {
		if t := c.Targets(o); len(t) > 0 {
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
	old := map[string]found{}
	for _, f := range base {
		if prev, ok := old[f.key]; !ok || f.Severity.Rank() > prev.Severity.Rank() {
			old[f.key] = f
		}
	}
	var out []Finding
	seen := map[string]bool{}
	for _, f := range head {
		before, was := old[f.key]
		first := !seen[f.key]
		seen[f.key] = true
		s := Existing
		switch {
		case f.Unknown:
			s = Unknown
		case !was || before.Unknown:
			s = e.newOrUnseen(f, was)
		case f.Severity.Rank() > before.Severity.Rank(), f.Severity == before.Severity && f.Measure > before.Measure:
			s = Worse
		}
		if (s == Existing || s == Unknown) && !e.touched(f) || !first && s != New && s != Worse {
			continue
		}
		out = append(out, f.finding(s))
	}
	for key, f := range old {
		if !seen[key] && !f.Unknown && f.check.Run.change == nil && e.stillThere(f) {
			out = append(out, f.finding(Fixed))
		}
	}
	return out
}

// newOrUnseen: a finding that base does not have is new, unless base could not
// be seen where the finding is.
func (e *engine) newOrUnseen(f found, wasUnknown bool) FindingStatus {
	if wasUnknown && !e.touched(f) {
		return Existing
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
		return f.File == "" || slices.Contains(e.in.ChangedFiles, f.File)
	}
	_, ok := e.changed[f.Object]
	return ok
}

// stillThere: a finding is fixed only where its object lives on.
func (e *engine) stillThere(f found) bool {
	if f.Object == nil {
		return true
	}
	c, ok := e.changed[f.Object]
	return !ok || c.Head != nil || e.counterpart[f.Object] != ""
}

func (f found) finding(s FindingStatus) Finding {
	out := Finding{
		Check: f.check.ID, Severity: f.Severity, Status: s, Targets: f.targets, Field: f.Field,
		Searched: f.Searched, Title: f.Title, Message: f.Message,
		Remediation: f.check.Doc.Fix, Docs: docsOf(f.check.ID), on: f.Object, side: f.side,
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
