package review

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Settings is what a repository's file says about the checks.
type Settings struct {
	Off        map[string]bool     // by check id
	Severity   map[string]Severity // by check id
	Options    map[string]any      // by check id: the type of Check.Options
	Waivers    []Waiver
	Rules      []*Check // the repository's own, which are checks like any other
	Kubernetes string   // the minor version that the clusters run, "" where the file does not say
	Proofs     Proofs
}

// Recovered is a panic that was answered for: something is not known, and the
// check went on.
type Recovered struct {
	Where, Panic, Stack string
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
	content bool   // told by one object's own content, and only where the change touches that
}

// pairing names what a finding is about: both sides' findings of one pair.
type pairing struct {
	object *model.Object // base's
	file   string
	name   string
	within string // the cluster that the finding is of; "" for what is none's
}

// judge runs the checks over both sides of a subject, pairs what they find, and
// says what is to be said of it. Without a base it judges the head by itself.
type judge struct {
	Subject
	base         *model.Snapshot
	changedPaths []string
	own          []*Check
	idlePatches  func(side model.Side) []model.IdlePatch

	changes []Change
	before  map[*model.Object][]*model.Object // head's object ▶ what it was, in each of its targets
	after   map[*model.Object][]*model.Object // base's objects that live on ▶ what they became, in each of its targets
	arrived map[*model.Object]bool            // head's objects that come to a target
	heads   []*Cluster                        // of head
	twins   map[*model.Object][]*model.Object // a new object ▶ base's of its kind and name
	changed map[*model.Object]*Change
	files   map[string]bool // that differ
	broken  []Broken

	recovered []Recovered
	spent     int64                         // by rules, see Pass.Spend
	once      map[string]bool               // see Pass.Once
	clusters  []string                      // of base, sorted
	looked    map[string]int                // in an audit, by check: what it looked at
	saw       map[string][]string           // the first names of that
	all       []*model.Object               // in an audit, each once
	ignored   map[*model.Snapshot]*ignoring // see leftAlone
	partial   map[model.Side][]string       // see Pass.Partial
}

func newJudge(of Subject, base *model.Snapshot, changed []string) *judge {
	of.Checks = slices.Concat(of.Checks, of.Settings.Rules)
	of.FileSide = cmp.Or(of.FileSide, model.Base)
	j := &judge{Subject: of, base: base, changedPaths: changed, changed: map[*model.Object]*Change{}, files: map[string]bool{}, looked: map[string]int{}, saw: map[string][]string{}, once: map[string]bool{}, ignored: map[*model.Snapshot]*ignoring{},
		partial: map[model.Side][]string{model.Base: partialTargets(base), model.Head: partialTargets(of.Head)},
		before:  map[*model.Object][]*model.Object{}, after: map[*model.Object][]*model.Object{}, arrived: map[*model.Object]bool{}, twins: map[*model.Object][]*model.Object{}}
	for _, f := range changed {
		j.files[f] = true
	}
	return j
}

// check runs every enabled check and gives the findings of the change, without
// their lines; without a base, those of the head.
func (j *judge) check(changes []Change) []Finding {
	j.changes = changes
	base, head := clustersOf(j.base), clustersOf(j.Head)
	for _, b := range base {
		j.clusters = append(j.clusters, b.Name)
	}
	for _, h := range head {
		for _, b := range base {
			if h.Name == b.Name {
				h.Before, b.after = b, h
			}
		}
	}
	j.noteLostSight(head)
	j.heads = head
	j.pair(base, head)
	var out []Finding
	for _, c := range j.Checks {
		if j.Settings.Off[c.ID] || j.audit() && c.Run.changes || !j.audit() && c.Run.audits {
			continue
		}
		out = append(out, j.status(j.side(c, model.Base, base), j.side(c, model.Head, head))...)
	}
	return out
}

// noteLostSight marks head's clusters in which a target that base shows is not seen.
func (j *judge) noteLostSight(head []*Cluster) {
	if j.audit() {
		return
	}
	for i, h := range j.Head.Targets {
		seen := h.Known() || h.Status == model.StatusAbsent || !j.base.Targets[i].Known()
		for _, c := range head {
			c.lostSight = c.lostSight || c.Name == h.Target.Cluster && !seen
		}
	}
	for _, c := range head {
		if c.Before != nil {
			c.Before.lostSight = c.lostSight
		}
	}
}

func objectKey(id model.ObjectID) string { return id.GroupKind() + " " + id.Namespace + "/" + id.Name }

func (j *judge) read(side model.Side, path string) []byte {
	if j.Read == nil {
		return nil
	}
	return j.Read(side, path)
}

func (j *judge) changedFiles(tree *model.Tree) []string {
	var out []string
	for _, f := range j.changedPaths {
		if _, ok := tree.Lookup(f); ok {
			out = append(out, f)
		}
	}
	return out
}

func (j *judge) audit() bool { return j.base == nil }

// side runs one check on one side.
func (j *judge) side(c *Check, side model.Side, clusters []*Cluster) []found {
	snapshot := j.snapshot(side)
	if snapshot == nil {
		return nil
	}
	p := &Pass{Side: side, Options: c.Options, Audit: j.audit(), Clusters: clusters, check: c, judge: j, tree: snapshot.Tree,
		HeadTargets: j.Head.Targets, Kubernetes: j.Settings.Kubernetes, Proofs: j.Settings.Proofs, AsOf: j.AsOf}
	if !j.audit() {
		p.BaseTargets = j.base.Targets
	}
	_, p.Demanded = j.Settings.Severity[c.ID]
	if o, ok := j.Settings.Options[c.ID]; ok {
		p.Options = o
	}
	var twins int
	count := j.counter(c, p)
	j.guard(c, func() {
		switch {
		case c.Run.object != nil:
			twins = j.objects(c, p)
		case c.Run.cluster != nil && (c.Run.change == nil || p.Audit):
			for _, cluster := range clusters {
				p.cluster = cluster
				c.Run.cluster(p, cluster)
			}
		case c.Run.change != nil && side == model.Head:
			for i := range j.changes {
				p.change = &j.changes[i]
				c.Run.change(p, j.changes[i])
			}
		}
	})
	plain := len(p.hits)
	if c.Run.files != nil && p.tree != nil && j.Read != nil {
		p.change, p.cluster = nil, nil
		j.guard(c, func() { c.Run.files(p) })
	}
	if c.Run.values != nil {
		p.change, p.cluster = nil, nil
		j.guard(c, func() { j.handed(c, p); j.givers(c, p) })
	}
	count()
	return j.found(c, p, twins, plain)
}

func (j *judge) snapshot(side model.Side) *model.Snapshot {
	if side == model.Base {
		return j.base
	}
	return j.Head
}

// objects runs a check over the side's objects of the delta, and, for
// comparison with what is new, over base's of the same kind and name. It gives
// the index of the first hit of the latter.
func (j *judge) objects(check *Check, p *Pass) (twins int) {
	if j.audit() {
		for _, cluster := range p.Clusters {
			for _, o := range cluster.Objects {
				check.Run.object(p, o)
			}
		}
		return len(p.hits)
	}
	for i := range j.changes {
		if o := j.changes[i].on(p.Side); o != nil {
			p.change = &j.changes[i]
			check.Run.object(p, o)
		}
	}
	p.change, twins = nil, len(p.hits)
	if p.Side == model.Base {
		seen := map[*model.Object]bool{}
		for _, c := range j.changes {
			seen[c.Base] = true
		}
		for _, c := range j.changes {
			if c.Change != Added {
				continue
			}
			for _, o := range append(slices.Clip(j.before[c.Head]), j.twins[c.Head]...) {
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
func (j *judge) guard(c *Check, run func()) {
	defer func() {
		if r := recover(); r != nil {
			j.broken = append(j.broken, Broken{Check: c.ID, Panic: fmt.Sprint(r), Stack: string(debug.Stack())})
		}
	}()
	run()
}

// found names the hits: those from twins to plain are of objects that were looked
// at for comparison only.
func (j *judge) found(c *Check, p *Pass, twins, plain int) []found {
	out := make([]found, 0, len(p.hits))
	for i, h := range p.hits {
		f := found{hit: h, side: p.Side, check: c, targets: h.Targets, name: h.Key, twin: c.Run.object != nil && i >= twins && i < plain && !p.Audit}
		f.content = c.Run.object != nil && i < plain
		if s, ok := j.Settings.Severity[c.ID]; ok && h.Severity != Info {
			f.Severity = s
		}
		if h.Gone {
			f.side = model.Base
		}
		if h.Object != nil {
			if h.Key == "" {
				f.name = keyedField(h.Object, h.Field)
			}
			if len(h.Targets) == 0 {
				f.targets = j.targetsOf(h, f.side, p.Clusters)
			}
			if j.isOnBoth(p.Side, h.Object) && !h.Gone && j.leftAlone(j.snapshot(p.Side), f.targets, h.Object.ID, h.Field) {
				continue
			}
		}
		out = append(out, f)
	}
	return out
}

// targetsOf gives the targets in which a hit's object stands on a side. One
// content can go from one target and come to another.
func (j *judge) targetsOf(h hit, side model.Side, clusters []*Cluster) []string {
	if h.change != nil {
		return h.change.Targets
	}
	if h.cluster != nil {
		clusters = []*Cluster{h.cluster}
	}
	if j.changed[h.Object] != nil && (h.cluster == nil || h.cluster.Name == "") {
		var in []string
		for _, c := range j.changes {
			if c.on(side) == h.Object {
				in = union(in, c.Targets)
			}
		}
		if len(in) > 0 {
			return in
		}
	}
	var in []string // clusters may share an object, whose content is the same in each
	for _, c := range clusters {
		if t := c.Targets(h.Object); len(in) == 0 {
			in = t
		} else {
			in = union(in, t)
		}
	}
	return in
}

// keyedField is a field's path with list items named by their merge key, so
// that an item that moved is the same. Of a field that is missing it is the whole
// path too, however much of it is there.
func keyedField(o *model.Object, pointer string) string {
	steps, _, ok := Walk(o, pointer)
	if !ok {
		return keyed(steps) + strings.TrimPrefix(pointer, model.Pointer(steps))
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
