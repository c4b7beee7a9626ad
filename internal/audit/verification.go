package audit

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Verification says how to see for oneself, and what is seen already.
type Verification struct {
	Plan             []Proof `json:"plan"`
	BeforeProduction []Item  `json:"beforeProduction"`
	Continuous       []Item  `json:"continuous"`
	// Again are reminders: no file shows that somebody does it.
	Again []Item `json:"again"`
}

// Proof is one kind of test.
type Proof struct {
	Name     string   `json:"name"`
	State    State    `json:"state"`
	Commands []string `json:"commands"` // of the checks that found something
}

// Item is one line of a checklist. Checked is true only where checks looked and
// found nothing.
type Item struct {
	Text    string   `json:"text"`
	Checked bool     `json:"checked"`
	State   State    `json:"state"`
	By      []string `json:"by"`   // the checks that say so, with what they looked at
	Gaps    []string `json:"gaps"` // ids
}

// practiced are the proofs that no check looks for, by the practice that tells of them.
var practiced = map[string]string{"Unit tests": "Tests", "Integration": "Tests with a cluster", "Performance": "Load tests", "Chaos": "Chaos"}

// mostCommands bounds the commands of one proof.
const mostCommands = 4

func verification(checks []review.CheckResult, all []Gap, done Practices) Verification {
	state := func(tags ...review.Tag) State { return together(checks, all, tags) }
	item := func(text string, by ...string) Item { return proven(text, checks, all, by) }
	v := Verification{
		BeforeProduction: []Item{
			critical(checks, all),
			item("Every target builds", review.RenderFailed),
			item("Network policies deny by default", "netpol-default-deny-missing"),
			item("Pod Security is enforced", "pss-label-missing"),
			item("Policies are deployed and enforce", "kyverno-policies-absent", "kyverno-policies-not-enforcing"),
			item("Resource requests and limits are set", "workload-resources-missing"),
			item("Pods speak TLS with each other", "mesh-mtls-not-strict"),
			item("Alert rules and runbooks exist", "alert-rules-missing", "runbook-missing"),
			item("Service levels are defined", "slo-missing"),
			item("Images are scanned and signed", "ci-image-scan-missing", "image-signature-verify-missing"),
			item("No secret stands in Git in clear text", "plaintext-secret", "?env-plaintext-secret", "?sops-rule-coverage"),
			item("Backups are made", "backup-schedule-missing"),
			item("Restoring was tried", "evidence-dr-drill"),
			item("Disaster recovery is written down", "dr-doc-missing"),
			item("Controls are mapped to demands", "compliance-mapping-missing"),
			item("Capacity is proven", "evidence-capacity-baseline"),
			item("Security controls are validated", "evidence-security-controls"),
		},
		Continuous: []Item{
			item("Tests run on every change", "ci-no-manifest-validation", "?ci-no-tests"),
			item("Pipelines are pinned", "ci-action-unpinned"),
			item("Images and charts are pinned", "image-tag-mutable", "?helm-chart-version-unpinned", "?source-ref-mutable"),
			item("Dependencies are kept up to date", "dependency-update-bot-missing"),
			item("Drift is corrected", "helmrelease-drift-detection-off"),
			item("Removed API versions are gone", "api-removed"),
			item("Dashboards are kept in Git", "dashboards-not-in-git"),
			item("Drills are held", "evidence-dr-drill"),
		},
	}
	for _, p := range []struct {
		name string
		tags []review.Tag
	}{
		{"Unit tests", nil},
		{"Manifests", []review.Tag{review.Build, review.References, review.APIVersions}},
		{"Policies", []review.Tag{review.Policies, review.PodSecurity}},
		{"Security", []review.Tag{review.Secrets, review.RBAC, review.Network, review.Images}},
		{"Delivery", []review.Tag{review.Sources, review.Dependencies, review.Drift, review.HelmValues}},
		{"Integration", nil},
		{"Performance", nil},
		{"Chaos", nil},
	} {
		proof := Proof{Name: p.name, State: state(p.tags...), Commands: []string{}}
		if row := done.row(practiced[p.name]); row != nil {
			proof.State = row.State
			for _, e := range row.Evidence {
				proof.Commands = append(proof.Commands, strings.TrimSpace(e.Text+" "+where(e.Location)))
			}
		}
		for _, c := range checks {
			if c.Outcome == review.Open && tagged(c.Check, p.tags) && len(proof.Commands) < mostCommands {
				proof.Commands = append(proof.Commands, c.Check.Doc.Verify)
			}
		}
		v.Plan = append(v.Plan, proof)
	}
	return v
}

// proven is an item that is ticked only if the checks that prove it looked at
// something and found nothing. One with a question mark need not have had anything to
// look at.
func proven(text string, checks []review.CheckResult, all []Gap, by []string) Item {
	i := Item{Text: text, By: []string{}, Gaps: []string{}}
	wanted := func(id string) bool { return slices.Contains(by, id) || slices.Contains(by, "?"+id) }
	t := topic(checks, all, func(c *review.Check) bool { return wanted(c.ID) })
	i.State, i.Gaps = t.State, t.Gaps
	passed := 0
	for _, c := range checks {
		if c.Outcome == review.Passed && wanted(c.Check.ID) {
			i.By = append(i.By, lookedAt(c))
			if slices.Contains(by, c.Check.ID) {
				passed++
			}
		}
	}
	for _, id := range by {
		if !strings.HasPrefix(id, "?") {
			passed--
		}
	}
	if passed < 0 && (i.State == Fine || i.State == InPart) {
		i.State = NotAssessed
	}
	i.Checked = i.State == Fine
	return i
}

// critical is the item that no critical finding is open.
func critical(checks []review.CheckResult, all []Gap) Item {
	i := Item{Text: "No critical finding is open", Checked: true, State: Fine, By: []string{}, Gaps: []string{}}
	for _, c := range checks {
		if (c.Outcome == review.Unseen || c.Partial) && c.Severity == review.Critical && i.State == Fine {
			i.Checked, i.State = false, Unclear
		}
	}
	for _, g := range all {
		if g.Status == review.Existing && g.Severity == review.Critical {
			i.Checked, i.State = false, Bad
			i.Gaps = append(i.Gaps, g.ID)
		}
	}
	return i
}
