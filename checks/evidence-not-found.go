package checks

import (
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/evidence"
	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var evidenceNotFound = &review.Check{
	ID: "evidence-not-found", Area: review.Operations, Severity: review.Critical, Tags: []review.Tag{review.Evidence},
	Doc: review.Doc{
		Title:  "no evidence of drills and tests found",
		What:   "If the repository runs something and its file sets no directory of evidence, looks for records of a drill or restore, of a load test, of validated security controls and of a handover or review: texts with such a word in their name and a date in their name or text. If none of the four exists, the result is unknown and prevents approval with a strict gate; if some exist, the missing ones are reported as high. Of a small repository (fewer than ten workloads and releases) one of the four is enough. Templates and examples do not count. Reported in audits only.",
		Why:    "Manifests say what should run. Only a test shows whether it carries the load and can be restored after a loss; production is the most expensive place to test it.",
		Fix:    "Hold the drill, run the load test, validate the controls, and record each with its date and result. Set the directory in the repository's file: `evidence: {dir: docs/evidence}`.",
		Verify: "git ls-files | grep -iE 'drill|restore-test|load-test|capacity|handover|hand-off|readiness'",
		Waive:  "The records are kept elsewhere; say where. Or there is no load and nothing to restore.",
		Effort: "large",
		Good:   "# Restore drill\n\n2026-03-02: the database was back after 12 minutes.",
	},
	Run: review.Files(func(p *review.Pass) {
		running := runs(p)
		if p.Proofs.Dir != "" || running == 0 {
			return
		}
		p.Looked(0)
		found := map[string]bool{}
		for _, file := range p.Paths() {
			if !repo.IsDocument(file) || evidence.NotOwn.MatchString(file) {
				continue
			}
			for _, r := range records {
				if !found[r.name] && r.file.MatchString(path.Base(file)) && (fullDay.MatchString(file) || fullDay.Match(p.Read(file))) {
					found[r.name] = true
					p.Looked(1, file)
				}
			}
		}
		var missing []string
		for _, r := range records {
			if !found[r.name] {
				missing = append(missing, r.name)
			}
		}
		small := running < fewRunning // whoever looks after it alone hands nothing over
		if len(missing) == 0 || small && len(found) > 0 {
			return
		}
		h := review.Hit{Key: "absent", Verdict: review.NotAnswered, Searched: []string{"texts named like a drill, a load test, a validation of controls, a handover"},
			Message: "No text of this repository records " + text.And(missing) + ". Whether it was done is not visible from here."}
		switch {
		case small:
			h.Message = "No text of this repository records a trial of what it runs: " + strings.Join(missing, ", ") + ". One, with its date and result, is enough for a repository of this size. Whether it was done is not visible from here."
		case len(found) > 0:
			h.Severity, h.Verdict = review.High, review.NotSeen
		}
		p.Report(h)
	}).OfAudits(),
}

// fewRunning is from how many workloads and releases on a repository is more than what one
// person looks after.
const fewRunning = 10

// runs counts the workloads of the repository, and its releases of charts.
func runs(p *review.Pass) (n int) {
	for _, c := range p.Clusters {
		n += len(c.Workloads()) + len(c.Kind(flux.HelmRelease))
	}
	return n
}

// records are what people write down when they have tried something.
var records = []struct {
	name string
	file *pattern.Pattern
}{
	{"a restore or failover drill", pattern.New(`(?i)(dr|disaster-?recovery|restore|recovery|failover|backup|chaos)[-_ ]?(drill|test|exercise|rehearsal|report)`)},
	{"a load test or capacity baseline", pattern.New(`(?i)(capacity|load|performance|stress)[-_ ]?(baseline|test|evidence|result|report)`)},
	{"validated security controls", pattern.New(`(?i)security[-_ ]?(controls?|review|assessment|audit|validation)|pen(etration)?[-_ ]?test`)},
	{"a handover or readiness review", pattern.New(`(?i)hand-?_?(over|off)|sign-?_?off|readiness`)},
}

// fullDay matches a day.
var fullDay = pattern.New(`\b20\d\d-?[01]\d-?[0-3]\d\b`)
