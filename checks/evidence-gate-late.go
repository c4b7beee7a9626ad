package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var evidenceGateLate = &review.Check{
	ID: "evidence-gate-late", Area: review.Operations, Severity: review.Medium, Tags: []review.Tag{review.Evidence, review.Pipelines},
	Doc: review.Doc{
		Title:  "evidence is asked for only at the release",
		What:   "In an audit, looks in GitHub workflows for a script or make target with `evidence` in its name. Reported if only workflows run it that start on tags, releases or by hand, and none that starts on pull requests, on branches or by a schedule.",
		Why:    "Records of drills and load tests become outdated between releases. The release is the first to be stopped by it, on the day on which it is wanted.",
		Fix:    "Run the same command on pull requests or by a schedule. It need not block at first (`continue-on-error: true`); let it block once the records are kept up to date.",
		Verify: "grep -rn evidence .github/workflows",
		Waive:  "Someone looks at the records between releases; say who, and how often.",
		Effort: "small",
		Bad:    "on: {push: {tags: ['v*']}}\njobs: {gate: {steps: [{run: python3 hack/validate_evidence.py}]}}",
		Good:   "on: {schedule: [{cron: '0 6 * * 1'}]}\njobs: {gate: {steps: [{run: python3 hack/validate_evidence.py}]}}",
	},
	Run: review.Files(func(p *review.Pass) {
		late, line, said := "", 0, ""
		for _, file := range p.Paths() {
			if !repo.IsWorkflow(file) {
				continue
			}
			lines := strings.Split(string(p.Read(file)), "\n")
			n, command := asksForEvidence(lines)
			if n == 0 {
				continue
			}
			p.Looked(1, file)
			if startsEarly(lines) {
				return
			}
			if late == "" {
				late, line, said = file, n, command
			}
		}
		if late != "" {
			p.Report(review.Hit{File: late, Line: line, Key: "late", Message: fmt.Sprintf("`%s` runs only when a release is made: what is out of date is found there.", said)})
		}
	}).OfAudits(),
}

var (
	evidenceCommand = pattern.New(`(?i)[\w./-]*evidence[\w.-]*\.(py|sh|js|ts|rb)\b|\bmake [\w-]*evidence[\w-]*`)
	// laterStart matches what starts a workflow at a release or by hand, earlyStart what
	// starts it before. What another workflow calls is not known: it counts as early.
	laterStart = pattern.New(`\b(tags|release|workflow_dispatch)\b`)
	earlyStart = pattern.New(`\b(pull_request|pull_request_target|merge_group|schedule|cron|branches|branches-ignore|workflow_call|workflow_run)\b`)
)

// asksForEvidence gives the first line that runs a script named after evidence; 0 for
// none.
func asksForEvidence(lines []string) (line int, command string) {
	for i, l := range lines {
		l = strings.TrimSpace(l)
		if strings.HasPrefix(l, "#") || strings.HasPrefix(strings.TrimPrefix(l, "- "), "name:") {
			continue
		}
		if m := evidenceCommand.FindString(l); m != "" {
			return i + 1, m
		}
	}
	return 0, ""
}

// startsEarly reports whether a workflow starts before a release, or may.
func startsEarly(lines []string) bool {
	var on strings.Builder
	inside := false
	for _, l := range lines {
		if key := strings.Trim(l, `"'`); strings.HasPrefix(key, "on:") || strings.HasPrefix(key, `on":`) || strings.HasPrefix(key, "on':") {
			inside = true
		} else if l != "" && l[0] != ' ' && l[0] != '#' && l[0] != '-' {
			inside = false
		}
		if inside && !strings.HasPrefix(strings.TrimSpace(l), "#") {
			on.WriteString(l + "\n")
		}
	}
	return earlyStart.MatchString(on.String()) || !laterStart.MatchString(on.String())
}
