package review

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

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
		before, was := j.was(f, old, seen)
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
		once := fmt.Sprint(s, "\x00", f.Object != nil, objectKeyOf(f.Object), "\x00", f.File, "\x00", f.name, "\x00", f.Message, f.targets)
		if (s == Existing || s == Unknown) && !j.audit() && !j.touched(f) || done[once] {
			continue
		}
		if s == Unknown && f.Verdict != NotAnswered && was && !before.Verdict.Known() && before.Message == f.Message {
			continue // base asks the same: the change has nothing to do with it
		}
		done[once] = true
		out = append(out, f.finding(s))
	}
	keys := make([]pairing, 0, len(old))
	for key, f := range old {
		if !seen[key] && f.Verdict.Known() && !f.twin && j.livesOn(f) {
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
func (j *judge) was(f found, old map[pairing]found, seen map[pairing]bool) (before found, ok bool) {
	if f.Object == nil {
		return j.fileWas(f, old, seen)
	}
	list := j.before[f.subject()]
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
		return before, ok && !clear
	}
	for _, o := range j.twins[f.subject()] {
		if _, b, had := j.old(f, f.pairing(o), old); had {
			return b, true
		}
	}
	return found{}, false
}

// pairing is what a finding pairs by, with an object in the place of its own.
func (f found) pairing(o *model.Object) pairing {
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
	if f.cluster != nil && f.cluster.blind && f.Verdict != Sure {
		return Unknown
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
	if f.Object == nil {
		return f.File == "" || j.files[f.File]
	}
	_, ok := j.changed[f.Object]
	return ok
}

// livesOn: a finding is fixed only where its object or file lives on.
func (j *judge) livesOn(f found) bool {
	if c := f.cluster; c != nil && (c.blind || c.after == nil || c.Complete && !c.after.Complete) {
		return false
	}
	switch {
	case f.Object != nil:
		after := j.after[f.subject()]
		return after != nil && (!f.content || j.judged(after)) && !(after == f.subject() && j.gone(f.targets))
	case f.File != "" && j.Head.Tree != nil:
		_, ok := j.Head.Tree.Lookup(f.File)
		return ok
	}
	return true
}

// gone reports whether none of the targets exists at head any more: what they
// rendered left with them, whoever else renders the same.
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

func (f found) finding(s FindingStatus) Finding {
	out := Finding{
		Check: f.check.ID, Severity: f.Severity, Status: s, Targets: f.targets, Field: f.Field,
		Searched: f.Searched, Title: f.Title, Message: f.Message,
		Remediation: f.check.Doc.Fix, Docs: cmp.Or(f.check.Docs, docsOf(f.check.ID)), undecided: f.Verdict == NotAnswered, on: f.Object, side: f.side, gone: f.Gone,
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
	gone := map[string]int{} // how many objects of a kind one line takes away
	kind := func(f Finding, key string) string { return key + f.Object.GroupKind() }
	for _, f := range list {
		if f.gone && f.Object != nil && f.Location != nil {
			gone[kind(f, placeKey(f))]++
		}
	}
	for _, f := range foldUndecided(list) {
		if f.Location == nil || f.Location.Precision == model.AtFile && f.on != nil {
			out = append(out, f)
			continue
		}
		key := placeKey(f)
		switch {
		case !f.gone || f.Object == nil:
		case gone[kind(f, key)] > manyGone:
			key = kind(f, key) // a whole list went: the changes show what goes with each
		default:
			key += strings.ReplaceAll(f.Message, f.Object.String(), f.Object.GroupKind()) // what goes with it may be another thing for each
		}
		i, ok := at[key]
		if !ok {
			at[key] = len(out)
			out = append(out, f)
			continue
		}
		out[i].join(f)
	}
	sort.SliceStable(out, func(i, j int) bool { return order(out[i]) < order(out[j]) })
	return out
}

// placeKey is the same for findings that say the same of one line.
func placeKey(f Finding) string {
	return fmt.Sprint(f.Check, f.Status, f.Severity, f.Title, f.Location.File, ":", f.Location.Line, f.Location.Side, lastToken(f.Field))
}

// manyGone is up to how many objects of a kind that one line takes away are told one
// by one.
const manyGone = 3

// manyLines is from how many lines of a file on one finding tells of them all.
const manyLines = 3

// manyObjects is from how many objects on what a check advises of them is told once.
const manyObjects = 5

// foldAdvice makes one finding of what a check advises of many objects, where that
// does not block: who adds an application of fourteen workloads reads once, and not
// fourteen times, that they run one replica each.
func foldAdvice(list []Finding, gate Gate) []Finding {
	key := func(f Finding) string {
		if f.on == nil || f.Location == nil || f.Status != New && f.Status != Unknown || f.Severity.Rank() > Medium.Rank() || gate.blocks(f) {
			return ""
		}
		return fmt.Sprint(f.Check, f.Status, f.Severity, f.Title)
	}
	of := map[string]int{}
	for _, f := range list {
		if k := key(f); k != "" {
			of[k]++
		}
	}
	said := func(f Finding) string { return strings.ReplaceAll(f.Message, f.on.ID.String(), "") }
	out := make([]Finding, 0, len(list))
	first, differs := map[string]int{}, map[int]bool{}
	for _, f := range list {
		k := key(f)
		if of[k] < manyObjects || k == "" {
			out = append(out, f)
			continue
		}
		if i, ok := first[k]; ok {
			differs[i] = differs[i] || said(f) != said(out[i])
			out[i].join(f)
			continue
		}
		first[k] = len(out)
		out = append(out, f)
	}
	for _, i := range first {
		if differs[i] {
			out[i].Message += " In detail it differs from one to the next."
		}
	}
	return out
}

// foldPlaces makes one finding of what a check advises at many places of files, where
// that does not block: the first tells where the others are.
func foldPlaces(list []Finding, gate Gate) []Finding {
	key := func(f Finding) string {
		if f.on != nil || f.Location == nil || f.Status != New && f.Status != Unknown || f.Severity.Rank() > Medium.Rank() || gate.blocks(f) {
			return ""
		}
		return fmt.Sprint(f.Check, f.Status, f.Severity, f.Title)
	}
	places := map[string][]string{}
	for _, f := range list {
		if k := key(f); k != "" {
			places[k] = append(places[k], fmt.Sprintf("%s:%d", f.Location.File, f.Location.Line))
		}
	}
	out := make([]Finding, 0, len(list))
	first := map[string]int{}
	for _, f := range list {
		k := key(f)
		others := places[k]
		if len(others) < manyObjects {
			out = append(out, f)
			continue
		}
		if i, ok := first[k]; ok {
			out[i].Targets = union(out[i].Targets, f.Targets)
			continue
		}
		first[k] = len(out)
		where := "`" + strings.Join(others[1:min(len(others), 4)], "`, `") + "`"
		if len(others) > 4 {
			where += fmt.Sprintf(" and %d more", len(others)-4)
		}
		f.Message += " The like stands at " + where + "."
		out = append(out, f)
	}
	return out
}

// foldFiles makes one finding of those in which a check says the same words of many
// files, where they do not block: forty links to a page that went have one cause.
func foldFiles(list []Finding) []Finding {
	key := func(f Finding) string {
		if f.on != nil || f.Location == nil || f.Severity.Rank() >= Medium.Rank() {
			return ""
		}
		return fmt.Sprint(f.Check, f.Status, f.Severity, f.Title, f.Location.Side, f.Message)
	}
	files := map[string][]string{}
	for _, f := range list {
		if k := key(f); k != "" && !slices.Contains(files[k], f.Location.File) {
			files[k] = append(files[k], f.Location.File)
		}
	}
	out := make([]Finding, 0, len(list))
	told := map[string]int{}
	for _, f := range list {
		k := key(f)
		others := files[k]
		if len(others) < manyLines {
			out = append(out, f)
			continue
		}
		if i, ok := told[k]; ok {
			out[i].Targets = union(out[i].Targets, f.Targets)
			continue
		}
		told[k] = len(out)
		where := strings.Join(others[1:min(len(others), 4)], "`, `")
		if len(others) > 4 {
			where += fmt.Sprintf("` and %d more", len(others)-4)
		} else {
			where += "`"
		}
		f.Message += fmt.Sprintf(" The same in `%s.", where)
		out = append(out, f)
	}
	return out
}

// foldLines makes one finding of those that a check has about many lines of one
// file, where they do not block: the reader of a diff needs no more than the first,
// and where the others are.
func foldLines(list []Finding) []Finding {
	key := func(f Finding) string {
		if f.on != nil || f.Location == nil || f.Location.Precision != model.AtLine || f.Severity.Rank() >= Medium.Rank() {
			return ""
		}
		return fmt.Sprint(f.Check, f.Status, f.Severity, f.Title, f.Location.Side, f.Location.File)
	}
	of := map[string][]Finding{}
	for _, f := range list {
		if k := key(f); k != "" {
			of[k] = append(of[k], f)
		}
	}
	out := make([]Finding, 0, len(list))
	told := map[string]bool{}
	for _, f := range list {
		k := key(f)
		all := of[k]
		if len(all) < manyLines {
			out = append(out, f)
			continue
		}
		if told[k] {
			continue
		}
		told[k] = true
		var lines []string
		for _, other := range all[1:] {
			lines = append(lines, strconv.Itoa(other.Location.Line))
			f.Targets = union(f.Targets, other.Targets)
		}
		where := strings.Join(lines[:min(len(lines), 10)], ", ")
		if len(lines) > 10 {
			where += ", …"
		}
		f.Message += fmt.Sprintf(" There are %d more such lines in the file: %s.", len(lines), where)
		out = append(out, f)
	}
	return out
}

// join takes in another finding of the same cause.
func (f *Finding) join(other Finding) {
	f.Targets = union(f.Targets, other.Targets)
	if o := other.Object; o != nil && f.Object != nil && *o != *f.Object && !slices.Contains(f.Alike, *o) {
		f.Alike = append(f.Alike, *o)
	}
	for _, id := range other.Objects {
		if !slices.Contains(f.Objects, id) {
			f.Objects = append(f.Objects, id)
		}
	}
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
