package audit

import (
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
	Text    string `json:"text"`
	Checked bool   `json:"checked"`
	State   State  `json:"state"`
}

// mostCommands bounds the commands of one proof.
const mostCommands = 4

func verification(checks []review.CheckResult, all []Gap) Verification {
	state := func(tags ...review.Tag) State { return together(checks, all, tags) }
	item := func(text string, tags ...review.Tag) Item {
		s := state(tags...)
		return Item{Text: text, Checked: s == Fine, State: s}
	}
	v := Verification{
		BeforeProduction: []Item{
			critical(checks, all),
			item("Every target builds", review.Build),
			item("Network policies deny by default", review.Network),
			item("Pod Security is enforced", review.PodSecurity),
			item("Policies are deployed and enforce", review.Policies),
			item("Resource requests and limits are set", review.Resources),
			item("Pods speak TLS with each other", review.MeshTLS),
			item("Alert rules and runbooks exist", review.Alerts, review.Runbooks),
			item("Service levels are defined", review.Objectives),
			item("Images are scanned and signed", review.Scanning, review.Signatures),
			item("Secrets are encrypted", review.Secrets),
			item("Backups are made, and restoring was tried", review.Backups),
			item("Operational evidence is there and recent", review.Evidence),
		},
		Continuous: []Item{
			item("Tests run on every change"),
			item("Pipelines are pinned", review.Pipelines),
			item("Images and charts are pinned", review.Images, review.Charts),
			item("Drift is corrected", review.Drift),
			item("Removed API versions are gone", review.APIVersions),
			item("Dashboards are kept in Git", review.Dashboards),
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

// critical is the item that no critical finding is open.
func critical(checks []review.CheckResult, all []Gap) Item {
	i := Item{Text: "No critical finding is open", Checked: true, State: Fine}
	for _, c := range checks {
		if (c.Outcome == review.Unseen || c.Partial) && c.Severity == review.Critical && i.State == Fine {
			i.Checked, i.State = false, Unclear
		}
	}
	for _, g := range all {
		if g.Status == review.Existing && g.Severity == review.Critical {
			i.Checked, i.State = false, Bad
		}
	}
	return i
}
