package audit

import (
	"slices"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Verification says how to see for oneself, and what is seen already.
type Verification struct {
	Plan             []Proof `json:"plan"`
	BeforeProduction []Item  `json:"beforeProduction"`
	Continuous       []Item  `json:"continuous"`
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

// mostCommands bounds the commands of one proof.
const mostCommands = 4

func verification(checks []review.CheckResult, all []Gap) Verification {
	state := func(tags ...review.Tag) State { return together(checks, all, tags) }
	item := func(text string, tags []review.Tag, by ...string) Item { return proven(text, checks, all, tags, by) }
	v := Verification{
		BeforeProduction: []Item{
			critical(checks, all),
			item("Every target builds", []review.Tag{review.Build}, review.RenderFailed),
			item("Network policies deny by default", []review.Tag{review.Network}, "netpol-default-deny-missing"),
			item("Pod Security is enforced", []review.Tag{review.PodSecurity}, "pss-label-missing"),
			item("Policies are deployed and enforce", []review.Tag{review.Policies}, "kyverno-policies-absent", "kyverno-policies-not-enforcing"),
			item("Resource requests and limits are set", []review.Tag{review.Resources}, "workload-resources-missing"),
			item("Pods speak TLS with each other", []review.Tag{review.MeshTLS}, "mesh-mtls-not-strict"),
			item("Alert rules and runbooks exist", []review.Tag{review.Alerts, review.Runbooks}, "alert-rules-missing", "runbook-missing"),
			item("Service levels are defined", []review.Tag{review.Objectives}, "slo-missing"),
			item("Images are scanned and signed", []review.Tag{review.Scanning, review.Signatures}, "ci-image-scan-missing", "image-signature-verify-missing"),
			item("Secrets are encrypted", []review.Tag{review.Secrets}, "plaintext-secret"),
			item("Backups are made", []review.Tag{review.Backups}, "backup-schedule-missing"),
			item("Restoring was tried", nil, "evidence-dr-drill"),
			item("Disaster recovery is written down", nil, "dr-doc-missing"),
			item("Controls are mapped to demands", nil, "compliance-mapping-missing"),
			item("Capacity is proven", nil, "evidence-capacity-baseline"),
			item("Security controls are validated", nil, "evidence-security-controls"),
		},
		Continuous: []Item{
			item("Tests run on every change", nil, "ci-no-tests", "ci-no-manifest-validation"),
			item("Pipelines are pinned", []review.Tag{review.Pipelines}, "ci-action-unpinned"),
			item("Images and charts are pinned", []review.Tag{review.Images, review.Charts}, "image-tag-mutable"),
			item("Dependencies are kept up to date", nil, "dependency-update-bot-missing"),
			item("Drift is corrected", []review.Tag{review.Drift}, "helmrelease-drift-detection-off"),
			item("Removed API versions are gone", []review.Tag{review.APIVersions}, "api-removed"),
			item("Dashboards are kept in Git", []review.Tag{review.Dashboards}, "dashboards-not-in-git"),
			item("Drills are held", nil, "evidence-dr-drill"),
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
// something, and neither they nor any other of the subject found anything.
func proven(text string, checks []review.CheckResult, all []Gap, tags []review.Tag, by []string) Item {
	i := Item{Text: text, By: []string{}, Gaps: []string{}}
	of := func(c *review.Check) bool { return slices.Contains(by, c.ID) || tagged(c, tags) }
	t := topic(checks, all, of)
	i.State, i.Gaps = t.State, t.Gaps
	missing := 0
	for _, id := range by {
		at := slices.IndexFunc(checks, func(c review.CheckResult) bool { return c.Check.ID == id })
		if at < 0 || checks[at].Outcome != review.Passed {
			missing++
			continue
		}
		i.By = append(i.By, lookedAt(checks[at]))
	}
	if missing > 0 && (i.State == Fine || i.State == InPart) {
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
