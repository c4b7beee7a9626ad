// Package report writes a review's Report for its readers: the terminal, a
// check run, Markdown, JSON and SARIF. It is pure: the same Report gives the
// same text, and nothing in it that a secret could pass through.
package report

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// plural counts: "1 blocker", "3 blockers".
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	many := one + "s"
	if strings.HasSuffix(one, "y") && !strings.HasSuffix(one, "ay") {
		many = strings.TrimSuffix(one, "y") + "ies"
	} else if strings.HasSuffix(one, "s") {
		many = one + "es"
	}
	return fmt.Sprintf("%d %s", n, many)
}

// verb chooses between "changes" and "change" by the number of what does it.
func verb(n int, singular, many string) string {
	if n == 1 {
		return singular
	}
	return many
}

// counts is what a report says in numbers.
type counts struct {
	blockers, advice, fixed, waived, unknown int
	changedTargets, targets                  int
	unseen                                   int // reached and not visible
	failed                                   []string
	stillBroken                              string // a target that the change touches and that builds on neither side
}

func count(r *review.Report) counts {
	c := counts{targets: len(r.Targets)}
	for _, f := range r.Findings {
		switch {
		case saidBetter(r, f):
		case f.Blocking:
			c.blockers++
		case f.Status == review.Fixed:
			c.fixed++
		case f.Status == review.Waived:
			c.waived++
		case f.Status == review.Unknown:
			c.unknown++
		case f.Status == review.Existing:
		default:
			c.advice++
		}
		if f.Check == review.RenderFailed && f.Status == review.New {
			c.failed = append(c.failed, f.Targets...)
		}
	}
	for _, t := range r.Targets {
		if t.Changed {
			c.changedTargets++
		}
		if t.Base == model.StatusFailed && t.Head == model.StatusFailed && c.stillBroken == "" {
			c.stillBroken = t.ID
		}
	}
	for _, i := range r.Incomplete {
		if i.Reached {
			c.unseen++
		}
	}
	return c
}

// maxTitle bounds a check run's title, in runes.
const maxTitle = 70

// Title is the verdict in one line of at most 70 runes.
func Title(r *review.Report) string {
	c := count(r)
	var parts []string
	switch {
	case len(c.failed) == 1 && c.blockers == 1:
		parts = append(parts, "Does not build: "+pathOf(r, c.failed[0]))
	case c.blockers > 0:
		parts = append(parts, plural(c.blockers, "blocker"))
	case c.stillBroken != "":
		parts = append(parts, "Does not build, as before: "+pathOf(r, c.stillBroken))
	case r.Conclusion == review.Failure:
		parts = append(parts, "Not visible enough to pass")
	case len(r.Changes) == 0 && r.Conclusion == review.Success:
		return fit(upperFirst(noChange(r)), maxTitle)
	case r.Conclusion == review.Success:
		parts = append(parts, "Ready")
	}
	if len(r.Changes) > 0 {
		parts = append(parts, whatChanges(r))
	}
	if c.unseen > 0 {
		parts = append(parts, plural(c.unseen, "thing")+" not visible")
	} else if r.Conclusion == review.Neutral && c.unknown > 0 {
		parts = append(parts, fmt.Sprintf("%d not certain", c.unknown))
	}
	if c.blockers == 0 && c.advice > 0 {
		parts = append(parts, fmt.Sprintf("%d advice", c.advice))
	}
	if len(parts) == 0 {
		parts = append(parts, upperFirst(noChange(r)))
	}
	return fitWords(strings.Join(parts, " · "), maxTitle)
}

// whatChanges says the change in a few words: "1 Deployment changes in prod".
func whatChanges(r *review.Report) string {
	objects := map[string]bool{}
	kinds := map[string]bool{}
	var targets []string
	verbs := map[string]bool{}
	all := slices.DeleteFunc(slices.Clone(r.Changes), review.Change.Stays) // these do not change
	if len(all) == 0 {
		return "what is removed stays in the cluster"
	}
	for _, c := range all {
		objects[c.Object.String()+c.Object.Group] = true
		kinds[c.Object.Kind] = true
		verbs[c.Change] = true
		targets = append(targets, c.Targets...)
	}
	noun := "object"
	if len(kinds) == 1 {
		noun = oneLine(all[0].Object.Kind)
	}
	did := verb(len(objects), "changes", "change")
	if len(verbs) == 1 {
		switch all[0].Change {
		case review.Added:
			did = "added"
		case review.Removed:
			did = "removed"
		}
	}
	said := plural(len(objects), noun) + " " + did
	where := places(r, targets)
	if len(where) == 1 {
		return said + " in " + where[0]
	}
	return said + " in " + plural(len(where), placeNoun(r, targets))
}

// placeNoun is what a reader calls the places of some targets, where there is one.
func placeNoun(r *review.Report, targets []string) string {
	clusters, others := false, false
	for _, t := range r.Targets {
		if slices.Contains(targets, t.ID) {
			clusters, others = clusters || t.Cluster != "", others || t.Cluster == ""
		}
	}
	switch {
	case clusters && others:
		return "place"
	case clusters:
		return "cluster"
	}
	return "target"
}

// places are the clusters of targets; where a target has none, its directory.
func places(r *review.Report, targets []string) []string {
	byID := map[string]review.TargetResult{}
	for _, t := range r.Targets {
		byID[t.ID] = t
	}
	var out []string
	for _, id := range targets {
		t, ok := byID[id]
		switch {
		case !ok:
			out = append(out, oneLine(id))
		case t.Cluster != "":
			out = append(out, oneLine(t.Cluster))
		default:
			out = append(out, oneLine(t.Path))
		}
	}
	sort.Strings(out)
	return slices.Compact(out)
}

func pathOf(r *review.Report, target string) string {
	for _, t := range r.Targets {
		if t.ID == target {
			return oneLine(t.Path)
		}
	}
	return oneLine(target)
}

// alike names what else the line of a finding does the same to; "" for nothing.
func alike(f review.Finding) string {
	var others []string
	for _, o := range f.Alike {
		others = append(others, oneLine(o.String()))
	}
	if len(others) == 0 {
		return ""
	}
	return "The same: " + some(others, 3) + "."
}

// fixLength is how long what to do about a finding is at most, in runes, where more
// than one sentence says it.
const fixLength = 200

// fix is what to do about a finding, in a sentence or two; "" where its message says it.
func fix(f review.Finding) string {
	if strings.Contains(f.Message, "did you mean ") || strings.Contains(f.Message, strings.TrimSuffix(f.Remediation, ".")) {
		return ""
	}
	said := ""
	for _, s := range sentences(f.Remediation) {
		if said != "" && utf8.RuneCountInString(said)+utf8.RuneCountInString(s) > fixLength {
			break
		}
		said = strings.TrimSpace(said + " " + s)
	}
	return said
}

// sentences are those of a text; a full stop within code ends none.
func sentences(s string) []string {
	var out []string
	start, inCode := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '`':
			inCode = !inCode
		case s[i] == '.' && !inCode && i+2 < len(s) && s[i+1] == ' ' && unicode.IsUpper(rune(s[i+2])):
			out = append(out, s[start:i+1])
			start = i + 2
		}
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
}

// some lists the first few names and counts the rest.
func some(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
}

// fit cuts a line at a rune's border.
func fit(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	runes := []rune(s)
	return string(runes[:most-1]) + "…"
}

// fitWords is fit that cuts between words.
func fitWords(s string, most int) string {
	cut := fit(s, most)
	if cut == s {
		return s
	}
	if i := strings.LastIndexByte(cut, ' '); i > len(cut)/2 {
		cut = strings.TrimRight(cut[:i], " ·") + "…"
	}
	return cut
}

// oneLine is foreign text as it may stand in a line: no control characters.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x2028 || r == 0x2029:
			return -1
		}
		return r
	}, s)
}

// dotted is a JSON Pointer as people write paths: spec.replicas.
func dotted(pointer string) string {
	var out []string
	for _, token := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		switch {
		case token == "":
			out = append(out, "»") // inside a key that holds YAML
		case len(out) > 0 && strings.Trim(token, "0123456789") == "":
			out[len(out)-1] += "[" + token + "]"
		case strings.ContainsAny(token, "./ "):
			out = append(out, "["+token+"]")
		default:
			out = append(out, token)
		}
	}
	s := strings.ReplaceAll(strings.Join(out, "."), ".[", "[")
	return oneLine(strings.ReplaceAll(strings.ReplaceAll(s, ".».", " » "), "].", "]."))
}

// seconds is a duration as people read it: 0.4 s.
func seconds(milliseconds int64) string { return fmt.Sprintf("%.1f s", float64(milliseconds)/1000) }

// short is a commit id as people write it.
func short(sha string) string {
	if sha == "" {
		return "uncommitted files"
	}
	return sha[:min(7, len(sha))]
}
