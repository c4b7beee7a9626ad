package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var upgradeRetriesZero = &review.Check{
	ID: "upgrade-retries-zero", Area: review.FluxArea, Severity: review.Info, Tags: []review.Tag{review.Rollback},
	Doc: review.Doc{
		Title:  "failed upgrade is not retried",
		What:   "Looks for HelmReleases with `upgrade.remediation.retries: 0` and no retry strategy. It is information: some teams want this. Reported in audits only, once for all of them.",
		Why:    "After a failed upgrade the release stays partly upgraded until someone runs a command. Nothing rolls it back.",
		Fix:    "Set `retries` to 2 or 3. With `remediateLastFailure: true` the last failure is rolled back too.",
		Verify: "kubectl get helmreleases -A -o custom-columns=NAME:.metadata.name,RETRIES:.spec.upgrade.remediation.retries",
		Waive:  "A person watches upgrades of this release, for instance of a database.",
		Effort: "small",
		Bad:    "upgrade: {remediation: {retries: 0}}",
		Good:   "upgrade: {remediation: {retries: 3, remediateLastFailure: true}}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		flux.ReportTogether(p, c, "upgrade", func(o *model.Object) string {
			n, said := review.Int(o.Fields(), "spec", "upgrade", "remediation", "retries")
			last, _ := review.Bool(o.Fields(), "spec", "upgrade", "remediation", "remediateLastFailure")
			if !said || n != 0 || last || flux.Retried(o, "upgrade") {
				return ""
			}
			return "/spec/upgrade/remediation/retries"
		}, "neither tried again nor rolled back after a failed upgrade")
	}).OfAudits(),
}
