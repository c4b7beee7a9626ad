package review

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

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
	for _, f := range foldUnanswered(list) {
		if f.Location == nil || f.Location.Precision == model.AtFile && f.on != nil {
			out = append(out, f)
			continue
		}
		key, each := placeKey(f), false
		switch {
		case !f.gone || f.Object == nil || f.Field != "": // one field that was taken away may be of many objects
		case gone[kind(f, key)] > manyGone:
			key = kind(f, key) // a whole list went: the changes show what goes with each
		default:
			key, each = kind(f, key)+" "+f.Object.Name, true // what goes with it may be another thing for each
		}
		i, ok := at[key]
		if !ok {
			at[key] = len(out)
			out = append(out, f)
			continue
		}
		if said := func(f Finding) string { return strings.ReplaceAll(f.Message, f.Object.String(), "") }; each && said(f) != said(out[i]) { // of one name in several namespaces: one edit, and what it means in each
			out[i].Message += " " + f.Message
			out[i].Targets, out[i].Objects = union(out[i].Targets, f.Targets), append(out[i].Objects, f.Objects...)
			continue
		}
		if says := func(f Finding) int { return len(f.Message) - len(f.Object.String()) }; f.gone && f.Object != nil && says(f) > says(out[i]) {
			out[i], f = f, out[i] // the one that goes with more speaks for all
			out[i].Alike = f.Alike
		}
		out[i].join(f)
	}
	sort.SliceStable(out, func(i, j int) bool { return order(out[i]) < order(out[j]) })
	return out
}

// nearby is how many lines apart two checks speak of one edit.
const nearby = 2

// saidOnce leaves out findings that another check's say too, at the same edit.
func saidOnce(list []Finding, checks []*Check) []Finding {
	by := map[string]string{}
	for _, c := range checks {
		if c.SaidBy != "" {
			by[c.ID] = c.SaidBy
		}
	}
	return slices.DeleteFunc(slices.Clone(list), func(f Finding) bool {
		return by[f.Check] != "" && f.Status == New && f.Location != nil && slices.ContainsFunc(list, func(o Finding) bool {
			return o.Check == by[f.Check] && o.Status == New && o.Severity.Rank() >= f.Severity.Rank() && o.Location != nil && o.Location.File == f.Location.File &&
				(o.gone || max(o.Location.Line-f.Location.Line, f.Location.Line-o.Location.Line) <= nearby) // what is gone stands at the list that it left
		})
	})
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

// sameObjects is the same where it advises them all of the very same.
const sameObjects = 3

// foldAdvice makes one finding of what a check advises of many objects, where that
// does not block: who adds an application of fourteen workloads reads once, and not
// fourteen times, that they run one replica each.
func foldAdvice(list []Finding) []Finding {
	key := func(f Finding) string {
		if f.on == nil || f.Location == nil || f.Status != Unknown && (f.Status != New || f.Severity.Rank() > Medium.Rank()) { // no gate bars for these
			return ""
		}
		return fmt.Sprint(f.Check, f.Status, f.Severity, f.Title)
	}
	said := func(f Finding) string { return strings.ReplaceAll(f.Message, f.on.ID.String(), "") }
	of := map[string]int{}
	for _, f := range list {
		if k := key(f); k != "" {
			of[k]++
			of[k+said(f)]++
		}
	}
	out := make([]Finding, 0, len(list))
	first, differs := map[string]int{}, map[int]bool{}
	for _, f := range list {
		k := key(f)
		if k == "" || of[k] < manyObjects && of[k+said(f)] < sameObjects {
			out = append(out, f)
			continue
		}
		if of[k] < manyObjects {
			k += said(f)
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
			out[i].Message += " The others differ from it in detail."
		}
	}
	return out
}

// manyLost is from how many objects on that a change takes away at different places, and
// of which the same is said, one finding tells of them all.
const manyLost = 10

// foldLost makes one finding of the objects of a kind that leave by one cause at many
// places: a component that seventy applications no longer take in.
func foldLost(list []Finding) []Finding {
	key := func(f Finding) string {
		if !f.gone || f.on == nil || f.Location == nil || f.Status != New {
			return ""
		}
		return fmt.Sprint(f.Check, f.Severity, f.Title, f.on.ID.GroupKind(), strings.ReplaceAll(f.Message, f.on.ID.String(), ""))
	}
	return foldSame(list, key, manyLost, func([]Finding) string { return "" }) // the report names those that are alike
}

// foldTargets makes one finding of what a check ByTargets says of several objects of the
// same targets: an Application that applies what another one does has one path, however
// many objects are there.
func foldTargets(list []Finding, checks []*Check) []Finding {
	by := map[string]bool{}
	for _, c := range checks {
		by[c.ID] = c.ByTargets
	}
	key := func(f Finding) string {
		if !by[f.Check] || f.on == nil || f.Status != New && f.Status != Worse && f.Status != Unknown {
			return ""
		}
		return fmt.Sprint(f.Check, f.Status, f.Severity, f.Title, f.Targets, "\x00", strings.ReplaceAll(f.Message, f.on.ID.String(), ""))
	}
	return foldSame(list, key, 2, func([]Finding) string { return "" }) // the report names those that are alike
}

// foldSame makes one finding of those of one key, where there are so many of them at
// least: the first adds what is to be said of the others.
func foldSame(list []Finding, key func(Finding) string, least int, add func(others []Finding) string) []Finding {
	same := map[string][]Finding{}
	for _, f := range list {
		if k := key(f); k != "" {
			same[k] = append(same[k], f)
		}
	}
	out := make([]Finding, 0, len(list))
	first := map[string]int{}
	for _, f := range list {
		k := key(f)
		if len(same[k]) < least {
			out = append(out, f)
			continue
		}
		if i, ok := first[k]; ok {
			out[i].join(f)
			continue
		}
		first[k] = len(out)
		f.Message += add(same[k][1:])
		out = append(out, f)
	}
	return out
}

// foldCopies makes one finding of those that say the very same of one object at several
// places: the same Gateway in two clusters' directories, or three copies of a base.
func foldCopies(list []Finding) []Finding {
	key := func(f Finding) string {
		if f.on == nil || f.Location == nil || f.Status != New && f.Status != Worse && f.Status != Unknown {
			return ""
		}
		return fmt.Sprint(f.Check, f.Status, f.Severity, f.Title, "\x00", f.Message, "\x00", objectKeyOf(f.on))
	}
	return foldSame(list, key, 2, func(others []Finding) string {
		var places []string
		for _, f := range others {
			places = append(places, fmt.Sprintf("%s:%d", f.Location.File, f.Location.Line))
		}
		return " The same at " + someOf(places) + "."
	})
}

// someOf names the first three of some places, and how many more there are.
func someOf(places []string) string {
	out := "`" + strings.Join(places[:min(len(places), 3)], "`, `") + "`"
	if len(places) > 3 {
		out += fmt.Sprintf(" and %d more", len(places)-3)
	}
	return out
}

// foldPlaces makes one finding of what a check advises at many places of files, where
// that does not block: the first tells where the others are.
func foldPlaces(list []Finding) []Finding {
	key := func(f Finding) string {
		if f.on != nil || f.Location == nil || f.Status != New && f.Status != Unknown || f.Severity.Rank() > Medium.Rank() { // no gate bars for these
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
		f.Message += " The like stands at " + someOf(others[1:]) + "."
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
		f.Message += " " + moreLines(&f, all[1:])
		out = append(out, f)
	}
	return out
}

// foldObject makes one finding of those that a check with OneCause has, under one title,
// about many places of one object in one file: twenty fields that slipped out of theirs have one
// cause, and the first tells where the others are. It blocks as they do.
func foldObject(list []Finding, checks []*Check) []Finding {
	oneCause := map[string]bool{}
	for _, c := range checks {
		oneCause[c.ID] = c.OneCause
	}
	key := func(f Finding) string {
		if !oneCause[f.Check] || f.on == nil || f.Location == nil || f.Location.Precision != model.AtLine || f.Status != New || f.Severity.Rank() <= Medium.Rank() {
			return ""
		}
		return fmt.Sprint(f.Check, f.Severity, f.Title, f.Location.Side, f.Location.File, "\x00", objectKeyOf(f.on))
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
		if len(of[k]) < manyObjects {
			out = append(out, f)
			continue
		}
		if told[k] {
			continue
		}
		told[k] = true
		f.Message += " " + moreLines(&f, of[k][1:])
		out = append(out, f)
	}
	return out
}

// moreLines says in which other lines of a finding's file the like stands, and takes
// their targets in.
func moreLines(f *Finding, others []Finding) string {
	var lines []string
	for _, other := range others {
		lines = append(lines, strconv.Itoa(other.Location.Line))
		f.Targets = union(f.Targets, other.Targets)
	}
	where := strings.Join(lines[:min(len(lines), 10)], ", ")
	if len(lines) > 10 {
		where += ", …"
	}
	return fmt.Sprintf("There are %d more such lines in the file: %s.", len(lines), where)
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
