package review

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Subject is what is judged, and by what: of a review and of an audit.
type Subject struct {
	HeadSHA  string
	Head     *model.Snapshot
	Gate     Gate
	AsOf     time.Time
	Stats    Stats
	Checks   []*Check
	Settings Settings
	Mistakes []Mistake
	// Configured: how many files set the review up.
	Configured int
	// FileSide is the side of the repository's file, for what is said of it;
	// "" is base.
	FileSide model.Side

	// Read gives a file of a side; nil where there is none or it is too large.
	Read func(side model.Side, path string) []byte
	// ClearText gives the credentials that stand readable in files of a side, by
	// file and line; nil where nobody can say. Others are looked at only where a
	// Secret is made of them.
	ClearText func(side model.Side, files, others []string) []model.ClearText
	// Governing gives a file of the governing branch, whose waivers count; nil
	// where there is none.
	Governing func(path string) []byte
	// Locate finds the source lines of places in rendered objects, in the order
	// asked; nil where none is known. It may render again for its experiments.
	Locate func([]Question) ([]*model.Position, error)
}

// Input is everything that a review depends on.
type Input struct {
	Subject
	BaseSHA, MergeBase string
	Base               *model.Snapshot
	ChangedFiles       []string            // paths that differ between the two trees
	Account            []model.FileAccount // of those paths
	Proposal           *Proposal           // the change to the repository's file, nil for none
	// IdlePatches gives the patches of a side that change nothing; nil where nobody
	// looks. See Pass.IdlePatches.
	IdlePatches func(side model.Side) []model.IdlePatch
}

// AuditInput is everything that an audit depends on.
type AuditInput struct {
	Subject
	// Within narrows an audit to some targets, by id, and to files below a
	// directory; nil is all. The rest is rendered and looked at all the same, so
	// that what it holds is not missed.
	Within *Within
	// Own are the findings that the review itself makes, as checks; an audit says
	// what became of them too.
	Own []*Check
	// Unjudged names what the repository's file asks for and no check does; it
	// bars an audit's approval like what is not visible.
	Unjudged []string
	// Places asks where further things stand.
	Places []Question
}

// Question asks for the source line of one place in one target's render.
type Question struct {
	Target  model.Target
	Side    model.Side // whose render Path belongs to
	Object  model.ObjectID
	Path    []model.Step
	Gone    []model.Step // what is missing below Path
	Value   any          // the rendered scalar at Path, nil for a map or list
	File    string       // the file whose bytes the value is, where that is known
	Removed bool         // the whole object is gone from head
	// Asker: Object is the one that asks for the target (its Lineage.By); Path
	// leads into that, and Value is not known.
	Asker bool

	// Changed: base has Was at Pointer, so that an experiment can show which of
	// several lines did it.
	Changed bool
	Pointer string
	Was     Value
	// Caused: the pull request made the place what it is, whether or not an
	// experiment could show it. Was is base's value, where there is one.
	Caused bool
}

// Review compares both sides, runs the checks over the difference, finds the lines
// and judges.
func Review(in Input) (*Report, error) {
	j := newJudge(in.Subject, in.Base, in.ChangedFiles)
	j.idlePatches = in.IdlePatches
	r := j.report()
	r.Base, r.MergeBase = in.BaseSHA, in.MergeBase
	if err := j.locateProblems(); err != nil {
		return nil, err
	}
	r.Changes = Diff(in.Base, in.Head)
	addNotes(r.Changes, in.Base, in.Head)
	j.noteLeftAlone(r.Changes)
	j.noteStaying(r.Changes)
	j.outcomes(r, in.Base)
	if unsaid := otherwise(in.Base, in.Head); len(unsaid) > 0 {
		r.Incomplete, r.Complete = append(r.Incomplete, unsaid...), false
	}
	r.Account = append(r.Account, in.Account...)
	r.Complete = r.Complete && !slices.ContainsFunc(in.Account, func(f model.FileAccount) bool { return f.State == model.UnseenState })
	if err := j.find(r, append(renderFailures(in.Base, in.Head), append(sightLost(in.Base, in.Head), hides(in.Base, in.Head, r.Changes)...)...), nil); err != nil {
		return nil, err
	}
	r.Findings = foldPlaces(foldLines(foldFiles(foldObject(foldAdvice(foldCopies(foldLost(foldTargets(group(saidOnce(j.oneCause(r.Findings, in.Checks), in.Checks)), in.Checks)))), in.Checks))))
	for i := range r.Findings {
		r.Findings[i].Blocking = in.Gate.blocks(r.Findings[i])
	}
	r.Conclusion = in.Gate.conclude(r)
	if in.Proposal != nil {
		r.Findings = append(r.Findings, in.Proposal.findings(r)...)
	}
	return r, nil
}

// Audit runs the checks over all of a snapshot, finds the lines and judges.
func Audit(in AuditInput) (*Report, error) {
	j := newJudge(in.Subject, nil, nil)
	j.own = in.Own
	r := j.report()
	if err := j.locateProblems(); err != nil {
		return nil, err
	}
	none := nothing(in.Head)
	j.outcomes(r, none)
	if err := j.find(r, asExisting(renderFailures(none, in.Head)), in.Places); err != nil {
		return nil, err
	}
	j.setAside(r.Findings)
	whole := slices.Clone(r.Findings)
	in.Within.narrow(r)
	r.Hidden = unrendered(in.Head, in.Within)
	r.Checks = j.results(r.Findings)
	in.Within.outside(r.Checks, whole)
	r.Findings = group(r.Findings)
	in.Gate.audit(r, in.Unjudged)
	return r, nil
}

// report is the beginning of what is said of a subject.
func (j *judge) report() *Report {
	return &Report{
		Schema: Schema, Head: j.HeadSHA, AsOf: j.AsOf.UTC().Truncate(time.Second), Gate: j.Gate, Stats: j.Stats,
		Incomplete: []Incomplete{}, Targets: []TargetResult{}, Findings: []Finding{}, Account: []model.FileAccount{},
	}
}

// outcomes says what became of the targets, beside those of a base.
func (j *judge) outcomes(r *Report, base *model.Snapshot) {
	r.Targets, r.Incomplete = results(base, j.Head, r.Changes)
	r.Complete = len(r.Incomplete) == 0 && !slices.ContainsFunc(r.Targets, func(t TargetResult) bool { return t.Head == model.StatusFailed })
}

// find runs the checks, adds what else is known to be wrong, finds the lines of all,
// and applies the waivers.
func (j *judge) find(r *Report, failures []Finding, places []Question) error {
	r.Places = make([]*model.Position, len(places))
	r.Findings = append(j.check(r.Changes), failures...)
	r.Broken, r.Recovered = j.broken, j.recovered
	r.Findings = append(r.Findings, mistakes(j.Mistakes, Existing, j.FileSide)...)
	if j.Locate != nil {
		if err := j.locate(r, places); err != nil {
			return err
		}
		r.placeMakers()
	}
	j.waiveAll(r)
	r.Findings = append(r.Findings, expiredWaivers(j.Settings.Waivers, j.AsOf, j.FileSide)...)
	return nil
}

// results lists every target's outcome, and what of them is not visible.
func results(base, head *model.Snapshot, changes []Change) ([]TargetResult, []Incomplete) {
	changed := map[string]bool{}
	for _, c := range changes {
		for _, id := range c.Targets {
			changed[id] = true
		}
	}
	kinds := changedKinds(changes, head.Targets)
	out := make([]TargetResult, 0, len(head.Targets))
	incomplete := []Incomplete{}
	for i, h := range head.Targets {
		b := base.Targets[i]
		t := TargetResult{ID: h.Target.ID, Kind: h.Target.Kind, Path: h.Target.Path, Cluster: h.Target.Cluster,
			Base: b.Status, Head: h.Status, Changed: changed[h.Target.ID], Error: h.Problem}
		if t.Error == nil {
			t.Error = b.Problem
		}
		if h.Status == model.StatusUnreached {
			t.Error = nil // it was not asked for; what is not visible in it is told below
		}
		out = append(out, t)
		sides := []model.Rendered{h, b}
		if h.Status == model.StatusFailed && b.Partial != "" {
			sides = sides[:1] // that it fails is told, and what base had of it says nothing of head
		}
		for _, side := range sides {
			if p := side.Problem; p != nil && (p.Class.Incomplete() || side.Hole) {
				incomplete = append(incomplete, Incomplete{Target: h.Target.ID, Class: p.Class, Message: p.Message,
					Where: p.Location, Reached: h.Status != model.StatusUnreached && !sameUnseen(b, h)})
				break
			}
		}
		if b.Status == model.StatusFailed && !b.Comparable() && h.Comparable() {
			incomplete = append(incomplete, Incomplete{Target: h.Target.ID, Class: b.Problem.Class, Where: b.Problem.Location, Reached: true,
				Message: fmt.Sprintf("it did not build before this change, so that nothing that it renders now was compared: %s", b.Problem.Message)})
		}
		incomplete = append(incomplete, made(h, kinds)...)
		if h.Status == model.StatusAbsent {
			incomplete = append(incomplete, made(b, kinds)...) // what it made goes with it
		}
	}
	return out, incomplete
}

// sameUnseen reports whether both sides are rendered but for the same values,
// which cannot be seen: what the change does is all visible then.
func sameUnseen(b, h model.Rendered) bool { return h.Partial != "" && h.Partial == b.Partial }

// buildOf is the command that builds a target: Kustomize's own where no more is needed.
func buildOf(t model.Target) string {
	if t.Kind == model.Kustomize {
		return "kustomize build --load-restrictor LoadRestrictionsNone " + t.Path
	}
	return "seaworthy render --target " + t.ID
}

// renderFailures makes a finding of every target that fails at head.
func renderFailures(base, head *model.Snapshot) []Finding {
	out := causes{}
	for i, h := range head.Targets {
		if h.Status != model.StatusFailed {
			continue
		}
		status := Existing
		b := base.Targets[i] // one that was built but for values that are hidden did build
		if b.Status == model.StatusRendered || b.Status == model.StatusAbsent || b.Status == model.StatusIncomplete && b.Partial != "" {
			status = New
		}
		key := fmt.Sprint(status, h.Problem.Class, h.Problem.Message, h.Problem.Location)
		out.add(key, Finding{
			Check: RenderFailed, Severity: Critical, Status: status, Targets: []string{h.Target.ID}, Location: h.Problem.Location,
			Title: "Does not build", Message: h.Problem.Message, Docs: docsOf(RenderFailed),
			Remediation: "Correct the line, then build it with `" + buildOf(h.Target) + "`.",
		})
	}
	return out.list()
}

// causes are findings about targets: one for each cause, of all the targets that have it.
type causes map[string]*Finding

// add notes a finding; where its cause is known, the targets join the first one's.
func (c causes) add(cause string, f Finding) {
	if known, ok := c[cause]; ok {
		known.Targets = append(known.Targets, f.Targets...)
		return
	}
	c[cause] = &f
}

// list gives the findings in the order of their causes.
func (c causes) list() []Finding {
	out := make([]Finding, 0, len(c))
	for _, cause := range slices.Sorted(maps.Keys(c)) {
		out = append(out, *c[cause])
	}
	return out
}

// RenderFailed is the id of the finding that a target fails at head.
const RenderFailed = "render-failed"

func docsOf(check string) string { return "docs/checks.md#" + check }

// locate asks for the lines of all changes at once and fills them in.
func (j *judge) locate(r *Report, more []Question) error {
	n := len(r.Changes) + len(r.Findings) + len(more)
	for i := range r.Changes {
		n += len(r.Changes[i].Fields)
	}
	questions, places := make([]Question, 0, n), make([]**model.Position, 0, n)
	ask := func(q Question, to **model.Position) {
		questions, places = append(questions, q), append(places, to)
	}
	for i := range r.Changes {
		c := &r.Changes[i]
		target := head(j.Head, c.Targets[0])
		switch c.Change {
		case Added:
			ask(Question{Target: target, Side: model.Head, Object: c.Object, Caused: true}, &c.Location)
		case Removed:
			ask(Question{Target: target, Side: model.Base, Object: c.Object, Removed: true, Caused: true}, &c.Location)
		default:
			ask(Question{Target: target, Side: model.Head, Object: c.Object, Caused: true}, &c.Location)
			for n := range c.Fields {
				f := &c.Fields[n]
				if set, ok := madeBy(j.Head.Target(target.ID), c.Object); ok {
					ask(Question{Target: target, Side: model.Head, Object: set, Asker: true, Path: inTemplate(f.Steps)}, &f.Location)
					continue
				}
				ask(fieldQuestion(target, c, f), &f.Location)
			}
		}
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		if q, ok := j.findingQuestion(f); ok {
			ask(q, &f.Location)
		}
	}
	for i, q := range more {
		ask(q, &r.Places[i])
	}
	answers, err := j.Locate(questions)
	if err != nil {
		return fmt.Errorf("locate the changes: %w", err)
	}
	for i, at := range answers {
		*places[i] = at
	}
	return nil
}

func head(s *model.Snapshot, id string) model.Target { return s.Target(id).Target }

func fieldQuestion(target model.Target, c *Change, f *Field) Question {
	q := Question{Target: target, Side: model.Head, Object: c.Object, Path: f.Steps, Gone: f.Gone,
		Changed: f.After.Set, Caused: true, Pointer: f.Path, Was: f.Before}
	if f.After.Set {
		q.Value = scalarOnly(f.After.V)
	}
	if len(f.Steps) >= 2 {
		q.File = c.Head.Keys[model.Pointer(f.Steps[:2])].File
	}
	return q
}

// madeBy gives the ApplicationSet that makes an Application, where the target is the set's
// own: what it makes is written in its template.
func madeBy(t *model.Rendered, id model.ObjectID) (model.ObjectID, bool) {
	l := t.Lineage
	if l == nil || l.By == nil || l.By.GroupKind() != applicationSet || id.GroupKind() != application || l.Dir != "" || len(l.Dirs) > 0 || l.Elsewhere {
		return model.ObjectID{}, false
	}
	return *l.By, true
}

// inTemplate leads to a field of an Application in the template of its set.
func inTemplate(steps []model.Step) []model.Step {
	return append([]model.Step{model.FieldStep("spec"), model.FieldStep("template")}, steps...)
}

// findingQuestion asks where a finding's field was written. A finding on base
// alone (fixed, or about an object that is gone) is asked for in base's files.
func (j *judge) findingQuestion(f *Finding) (Question, bool) {
	if f.on == nil || f.Location != nil || len(f.Targets) == 0 {
		return Question{}, false
	}
	snapshot := j.Head
	if f.side == model.Base {
		snapshot = j.base
	}
	t := snapshot.Target(f.Targets[0])
	if t == nil {
		return Question{}, false
	}
	if len(f.at) > 0 && t.Lineage != nil && t.Lineage.By != nil {
		return Question{Target: t.Target, Side: f.side, Object: *t.Lineage.By, Asker: true, Path: f.at}, true
	}
	if set, ok := madeBy(t, f.on.ID); ok && !f.gone {
		steps, _, _ := Walk(f.on, f.Field)
		return Question{Target: t.Target, Side: f.side, Object: set, Asker: true, Path: inTemplate(steps)}, true
	}
	q := Question{Target: t.Target, Side: f.side, Object: f.on.ID, Caused: f.Status == New || f.Status == Worse}
	if f.gone && f.Field == "" {
		q.Removed = true
		return q, true
	}
	steps, value, ok := Walk(f.on, f.Field)
	q.Path = steps
	if ok {
		q.Value = scalarOnly(value)
	} else {
		q.Gone = restOf(steps, f.Field)
	}
	if len(steps) >= 2 {
		q.File = f.on.Keys[model.Pointer(steps[:2])].File
	}
	if q.Caused && (t.Target.Kind == model.Helm || t.Target.Kind == model.ArgoCD) { // what a chart renders
		q.Was = valueAt(j.base, f)
	}
	return q, true
}

// valueAt is what stands at a finding's place on another side.
func valueAt(s *model.Snapshot, f *Finding) Value {
	if s == nil {
		return Value{}
	}
	t := s.Target(f.Targets[0])
	if t == nil {
		return Value{}
	}
	for _, o := range t.Objects {
		if o.ID.Key() == f.on.ID.Key() {
			if _, value, ok := Walk(o, f.Field); ok {
				return Some(value)
			}
		}
	}
	return Value{}
}

// restOf gives the steps of a pointer that go on from where it stops existing.
func restOf(steps []model.Step, pointer string) []model.Step {
	rest := strings.TrimPrefix(pointer, model.Pointer(steps))
	var out []model.Step
	for _, token := range strings.Split(strings.Trim(rest, "/"), "/") {
		out = append(out, model.FieldStep(strings.NewReplacer("~1", "/", "~0", "~").Replace(token)))
	}
	return out
}

// WentBack reports whether a render of the target has base's value again at the
// place that the question asks about.
func (q Question) WentBack(objects []*model.Object) bool {
	for _, o := range objects {
		stem, _ := GeneratedName(o.ID.Name)
		asked, _ := GeneratedName(q.Object.Name)
		id := o.ID.Key()
		id.Name = q.Object.Name
		if stem != asked || id != q.Object.Key() {
			continue
		}
		_, value, ok := Walk(o, q.Pointer)
		return ok == q.Was.Set && (!ok || equal(value, q.Was.V))
	}
	return false
}

// scalarOnly gives a scalar, and nil for a map or list.
func scalarOnly(v any) any {
	switch v.(type) {
	case map[string]any, []any:
		return nil
	}
	return v
}

// Blockers counts the findings that block.
func (r *Report) Blockers() int {
	n := 0
	for _, f := range r.Findings {
		if f.Blocking {
			n++
		}
	}
	return n
}
