package review

import (
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

const (
	// WaiverInvalid is the id of the finding that a comment is no waiver.
	WaiverInvalid = "waiver-invalid"
	// WaiverProposed is the id of the finding that a pull request brings a
	// waiver.
	WaiverProposed = "waiver-proposed"
	// WaiverUnused is the id of the finding that a waiver waives nothing.
	WaiverUnused = "waiver-unused"
)

// waiveAll applies the waivers of the repository's file and those in comments,
// and says what is to be said of them.
func (j *judge) waiveAll(r *Report) {
	clusters := make(map[string]string, len(j.Head.Targets))
	for _, t := range j.Head.Targets {
		clusters[t.Target.ID] = t.Target.Cluster
	}
	waivers := slices.Clone(j.Settings.Waivers)
	comments, said := j.comments(r)
	waivers = append(waivers, comments...)
	for i := range waivers {
		waivers[i].clusters = clusters
	}
	j.disown(r.Findings, waivers)
	r.Findings = split(r.Findings, waivers)
	// else what a waiver is about may only be unseen
	if j.audit() && r.Complete && len(r.Broken) == 0 && len(unrendered(j.Head, nil)) == 0 {
		said = append(said, j.unusedWaivers(r.Findings, waivers)...)
	}
	waive(r.Findings, waivers, j.AsOf)
	r.Findings = append(r.Findings, said...)
}

// comments gives the waivers in comments that count, and what is to be said of
// all others. A comment counts if the governing branch has it beside the same
// key of the same file.
func (j *judge) comments(r *Report) (count []Waiver, said []Finding) {
	if j.Read == nil {
		return nil, nil
	}
	known := map[string]bool{RenderFailed: true, SightLost: true}
	for _, c := range j.Checks {
		known[c.ID] = true
	}
	for _, file := range j.commented(r) {
		all := inlineWaivers(file, j.Read(model.Head, file), known)
		if len(all) == 0 {
			continue
		}
		governed := map[string]bool{}
		if j.Governing != nil {
			for _, w := range inlineWaivers(file, j.Governing(file), known) {
				governed[w.text+w.place] = true
			}
		}
		for _, w := range all {
			counts := governed[w.text+w.place]
			if counts && w.wrong == "" && !w.expired(j.AsOf) {
				count = append(count, w.Waiver)
				continue
			}
			said = append(said, w.finding(counts, j.audit(), j.AsOf))
		}
	}
	return count, said
}

// commented gives the files to search for comments: those in which findings
// stand and those that the change alters; all of them in an audit.
func (j *judge) commented(r *Report) []string {
	files := slices.Clone(j.changedPaths)
	for _, f := range r.Findings {
		if f.Location != nil && f.Location.Side == model.Head {
			files = append(files, f.Location.File)
		}
	}
	if j.audit() && j.Head.Tree != nil {
		files = append(files, j.Head.Tree.Files()...)
	}
	files = slices.DeleteFunc(files, func(f string) bool {
		ext := path.Ext(f)
		return ext != ".yaml" && ext != ".yml" || j.Head.Tree == nil
	})
	sort.Strings(files)
	files = slices.Compact(files)
	return slices.DeleteFunc(files, func(f string) bool { _, ok := j.Head.Tree.Lookup(f); return !ok })
}

// finding tells of a comment that does not count.
func (w inline) finding(governed, audit bool, now time.Time) Finding {
	f := Finding{
		Status: New, Location: &model.Position{File: w.File, Line: w.comment, EndLine: w.comment, Precision: model.AtLine, Side: model.Head},
	}
	if governed || audit {
		f.Status = Existing
	}
	switch {
	case w.wrong != "":
		f.Check, f.Severity, f.Title = WaiverInvalid, Medium, "a waiver comment is not valid"
		f.Message = strings.ToUpper(w.wrong[:1]) + w.wrong[1:] + "; it has no effect."
		f.Remediation = `Write # seaworthy: waive CHECK until=YYYY-MM-DD owner=@team reason="why".`
	case governed:
		f.Check, f.Severity, f.Title = WaiverExpired, Medium, "a waiver has expired"
		f.Message = expiredText(w.Waiver)
		f.Remediation = expiredFix
	case w.expired(now):
		f.Check, f.Severity, f.Title = WaiverExpired, Medium, "a waiver has expired"
		f.Message = fmt.Sprintf("This waiver of `%s` ran out on %s already: it has no effect, also when it is merged.", w.Check, w.Expires.Format(time.DateOnly))
		f.Remediation = expiredFix
	default:
		f.Check, f.Severity, f.Title = WaiverProposed, Info, "a waiver is proposed"
		f.Message = fmt.Sprintf("This waives `%s` until %s, approved by %s: %s. It takes effect once it is merged into the governing branch. Until then the finding stays open.",
			w.Check, w.Expires.Format(time.DateOnly), w.Owner, strings.TrimSuffix(w.Reason, "."))
		f.Remediation = "See that the owner agrees."
	}
	f.Docs = docsOf(f.Check)
	return f
}

// atInline reports whether a comment is about the line of a finding.
func (w Waiver) atInline(f Finding) bool {
	at := f.Location
	return at != nil && at.Side == model.Head && at.Precision != model.AtFile && at.File == w.File && at.Line == w.line
}

// within reports whether a waiver speaks of a target.
func (w Waiver) within(target string) bool {
	_, dir, _ := strings.Cut(target, ":")
	return anyGlob(w.Targets, target, dir) && anyGlob(w.Clusters, w.clusters[target])
}

func anyGlob(globs []string, texts ...string) bool {
	for _, g := range globs {
		for _, text := range texts {
			if ok, err := doublestar.Match(g, text); err == nil && ok {
				return true
			}
		}
	}
	return len(globs) == 0
}

// narrow reports whether a waiver is for some targets only.
func (w Waiver) narrow() bool { return len(w.Targets)+len(w.Clusters) > 0 }

// split parts findings so that a waiver for some targets covers one wholly or
// not at all.
func split(findings []Finding, waivers []Waiver) []Finding {
	for _, w := range waivers {
		if !w.narrow() {
			continue
		}
		out := make([]Finding, 0, len(findings))
		for _, f := range findings {
			var in, other []string
			for _, t := range f.Targets {
				if w.within(t) {
					in = append(in, t)
				} else {
					other = append(other, t)
				}
			}
			if len(in) > 0 && len(other) > 0 && w.about(f) {
				rest := f
				f.Targets, rest.Targets = in, other
				out = append(out, rest)
			}
			out = append(out, f)
		}
		findings = out
	}
	return findings
}

// unusedWaivers tells of those that speak of nothing that was found.
func (j *judge) unusedWaivers(findings []Finding, waivers []Waiver) []Finding {
	var out []Finding
	for _, w := range waivers {
		covers := slices.ContainsFunc(findings, w.covers)
		if covers || w.File == "" || w.expired(j.AsOf) || j.Settings.Off[w.Check] {
			continue
		}
		side := j.FileSide
		if w.inline {
			side = model.Head
		}
		out = append(out, Finding{
			Check: WaiverUnused, Severity: Low, Status: Existing, Title: "a waiver matches no finding", Docs: docsOf(WaiverUnused),
			Message:     fmt.Sprintf("The waiver of `%s` by %s matches no finding of this repository.", w.Check, w.Owner),
			Remediation: "Remove it: what it was for is mended, gone, or named otherwise now.",
			Location:    &model.Position{File: w.File, Line: max(1, w.Line), EndLine: max(1, w.Line), Precision: model.AtLine, Side: side},
		})
	}
	return out
}
