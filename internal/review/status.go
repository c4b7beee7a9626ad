package review

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/credential"
	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// status pairs both sides' findings and keeps what a pull request should hear.
func (j *judge) status(base, head []found) []Finding {
	old := map[pairing]found{}
	for _, f := range base {
		key := f.pairing(f.subject())
		if prev, ok := old[key]; !ok || f.Severity.Rank() > prev.Severity.Rank() {
			old[key] = f
		}
	}
	var out []Finding
	seen := map[pairing]bool{} // of base, paired
	done := map[string]bool{}
	for _, f := range head {
		before, was, copied := j.was(f, old, seen)
		s := Existing
		switch {
		case j.audit() && f.Verdict.Known():
		case !f.Verdict.Known():
			s = Unknown
		case !was || !before.Verdict.Known():
			s = j.newOrUnseen(f, was)
		case f.Severity.Rank() > before.Severity.Rank(), f.Severity == before.Severity && f.Measure > before.Measure:
			s = Worse
		}
		if (s == Existing || s == Unknown) && !j.audit() && !j.touched(f) {
			continue // most are
		}
		once := fmt.Sprint(s, "\x00", f.Object != nil, objectKeyOf(f.Object), "\x00", f.File, "\x00", f.name, "\x00", f.Message, f.targets)
		if done[once] {
			continue
		}
		if s == Unknown && f.Verdict != NotAnswered && was && !before.Verdict.Known() && before.Message == f.Message {
			continue // base asks the same: the change has nothing to do with it
		}
		if s == Unknown && f.Verdict.Known() && f.Severity.Rank() <= Low.Rank() {
			continue // that something was not built is told; what advice it hides is not worth a word
		}
		done[once] = true
		said := f.finding(s)
		if s == Existing && copied && !j.audit() {
			of := before.finding(Existing)
			said.copied = &of
		}
		out = append(out, said)
	}
	var fixed []Finding
	for key, f := range old {
		if !seen[key] && f.Verdict.Known() && !f.twin && j.livesOn(f) && !j.unsettles(f) {
			fixed = append(fixed, f.finding(Fixed))
		}
	}
	sort.Slice(fixed, func(i, j int) bool { return order(fixed[i]) < order(fixed[j]) })
	return append(out, fixed...)
}

func objectKeyOf(o *model.Object) string {
	if o == nil {
		return ""
	}
	return objectKey(o.ID)
}

// was gives the finding that base had in the place of one of head. Where an
// object was several things, in several targets, the mildest counts; ok is false
// where one of them had no such finding. It is copied where the object is new where it is
// found, and base had another like it: see disown.
func (j *judge) was(f found, old map[pairing]found, seen map[pairing]bool) (before found, ok, copied bool) {
	if f.Handing != "" {
		key := f.pairing(nil)
		before, ok = old[key]
		seen[key] = ok
		return before, ok, false
	}
	if f.Object == nil {
		before, ok = j.fileWas(f, old, seen)
		return before, ok, false
	}
	list := j.beforeIn(f.cluster, f.subject())
	if f.change != nil && f.change.Base != nil {
		list = []*model.Object{f.change.Base}
	}
	clear := false
	for _, o := range list {
		key, b, had := j.old(f, f.pairing(o), old)
		if name, ok := renamedContainer(o, f); !had && ok {
			key.name = name
			key, b, had = j.old(f, key, old)
		}
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
		return before, ok && !clear, f.change != nil && f.change.Change == Added && slices.Contains(list, f.Object)
	}
	for _, o := range j.twins[f.subject()] {
		_, b, had := j.old(f, f.pairing(o), old)
		if had && (!ok || inProduction(b.targets) && !inProduction(before.targets)) {
			before, ok = b, true
		}
	}
	return before, ok, ok
}

// pairing is what a finding pairs by, with an object in the place of its own.
func (f found) pairing(o *model.Object) pairing {
	if f.Handing != "" {
		return pairing{within: f.Handing, name: f.name}
	}
	p := pairing{object: o, file: f.File, name: f.name}
	if f.cluster != nil {
		p.within = f.cluster.Name
	}
	return p
}

// old gives base's finding of a pairing. A cluster that is new, or has another
// name now, is held against what any cluster of base had.
func (j *judge) old(f found, key pairing, old map[pairing]found) (pairing, found, bool) {
	b, ok := old[key]
	if ok || f.cluster == nil || f.cluster.Before != nil {
		return key, b, ok
	}
	for _, name := range j.clusters {
		key.within = name
		if b, ok = old[key]; ok {
			return key, b, true
		}
	}
	return key, found{}, false
}

// fileWas does the same for a finding about a file; a file that moved keeps its
// findings.
func (j *judge) fileWas(f found, old map[pairing]found, seen map[pairing]bool) (found, bool) {
	key, b, ok := j.old(f, f.pairing(nil), old)
	if ok {
		seen[key] = true
		return b, true
	}
	if f.name == "" || f.File == "" || j.audit() || j.Head.Tree == nil {
		return found{}, false
	}
	for key, b := range old {
		if _, alive := j.Head.Tree.Lookup(key.file); key.name == f.name && key.object == nil && key.file != "" && !alive {
			seen[key] = true
			return b, true
		}
	}
	return found{}, false
}

// newOrUnseen: a finding that base does not have is new, unless base could not
// be seen where the finding is.
func (j *judge) newOrUnseen(f found, wasUnknown bool) FindingStatus {
	if wasUnknown && !j.touched(f) {
		return Existing
	}
	if f.cluster != nil && f.cluster.lostSight && f.Verdict != Sure {
		return Unknown
	}
	if f.Handing != "" || len(f.at) > 0 { // what is not seen of its target has nothing to do with it
		return New
	}
	for _, id := range f.targets {
		b := j.base.Target(id)
		if b != nil && (b.Status == model.StatusFailed || b.Status == model.StatusIncomplete) && !b.Known() && !b.Comparable() {
			return Existing
		}
	}
	return New
}

// subject is the object that pairs the finding with the other side's.
func (f found) subject() *model.Object { return cmp.Or(f.About, f.Object) }

// touched reports whether the finding is about something that the change
// altered.
func (j *judge) touched(f found) bool {
	if f.Handing != "" {
		return true // else it was not asked about
	}
	if f.Object == nil {
		return f.File == "" || j.files[f.File]
	}
	_, ok := j.changed[f.Object]
	return ok
}

// livesOn: a finding is fixed only where its object or file lives on.
func (j *judge) livesOn(f found) bool {
	if c := f.cluster; c != nil && (c.lostSight || c.after == nil || c.Complete && !c.after.Complete) {
		return false
	}
	switch {
	case f.Handing != "":
		t := j.Head.Target(f.Handing)
		return t != nil && len(t.Handed) > 0
	case f.Object != nil:
		after := j.became(j.scopeOf(f.change, f.cluster), f.subject())
		return after != nil && (!f.content || j.judged(after)) && !j.gone(f.targets) && !fewer(f.subject(), after)
	case f.File != "" && j.Head.Tree != nil:
		_, ok := j.Head.Tree.Lookup(f.File)
		return ok
	}
	return true
}

// unsettles reports whether a variable that cannot be seen decides in head what the
// finding is about: what is not known is not fixed.
func (j *judge) unsettles(f found) bool {
	if f.Object == nil {
		return false
	}
	after := j.became(j.scopeOf(f.change, f.cluster), f.subject())
	if after == nil || !slices.ContainsFunc(f.targets, func(id string) bool { t := j.Head.Target(id); return t != nil && t.Partial != "" }) {
		return false
	}
	return unsettled(after, f.Field) > unsettled(f.Object, f.Field)
}

// fewer reports whether a workload has fewer replicas than it had, or nobody knows how
// many: what is asked of several is not mended by having one, or none.
func fewer(was, is *model.Object) bool {
	before, ok := Int(was.Fields(), "spec", "replicas")
	if !ok {
		return false
	}
	after, ok := Int(is.Fields(), "spec", "replicas")
	if !ok && Lookup(is.Fields(), "spec", "replicas") == nil {
		after = 1
	}
	return after < before
}

// gone reports whether none of the targets exists at head any more: what they
// rendered left with them, whoever else renders the same or the like.
func (j *judge) gone(targets []string) bool {
	return len(targets) > 0 && !slices.ContainsFunc(targets, func(id string) bool {
		t := j.Head.Target(id)
		return t == nil || t.Status != model.StatusAbsent
	})
}

// judged reports whether a check of objects saw one of head: those that did not
// change it leaves out, and what stays in one target while it leaves another is
// no better than it was.
func (j *judge) judged(head *model.Object) bool {
	c := j.changed[head]
	return c != nil && c.Change != Removed
}

// readable is a message as people see it: on one line, without a credential.
func readable(message string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == '\u007f' {
			return ' '
		}
		return r
	}, credential.Hide(message, model.RedactedText))
}

func (f found) finding(s FindingStatus) Finding {
	out := Finding{
		Check: f.check.ID, Severity: f.Severity, Status: s, Targets: f.targets, Field: f.Field,
		Searched: f.Searched, Title: f.Title, Message: readable(f.Message),
		Remediation: cmp.Or(f.Fix, f.check.Doc.Fix), Docs: cmp.Or(f.check.Docs, docsOf(f.check.ID)), unanswered: f.Verdict == NotAnswered, on: f.Object, side: f.side, gone: f.Gone, at: f.at, meant: f.Meant, since: f.Since,
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
