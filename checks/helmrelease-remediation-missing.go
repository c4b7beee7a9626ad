package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var helmreleaseRemediationMissing = &review.Check{
	ID: "helmrelease-remediation-missing", Area: review.FluxArea, Severity: review.Low, Tags: []review.Tag{review.Rollback},
	Doc: review.Doc{
		Title:  "failed release is not retried",
		What:   "Looks at HelmReleases for `install.remediation.retries` and `upgrade.remediation.retries`, or a retry strategy. On a pull request it reports only if the change removes them; an audit lists the rest.",
		Why:    "A chart that fails once, because of a timeout or a webhook that was not ready, stays failed until someone runs a command.",
		Fix:    "Set `install: {remediation: {retries: 3}}` and `upgrade: {remediation: {retries: 3}}`.",
		Verify: "kubectl get helmreleases -A -o json | jq -r '.items[] | select(.spec.install.remediation == null) | .metadata.name'",
		Waive:  "Someone must look at the release after each failure.",
		Effort: "small",
		Bad:    "install: {}",
		Good:   "install: {remediation: {retries: 3}}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		for _, action := range []string{"install", "upgrade"} {
			field := "/spec/" + action + "/remediation/retries"
			if p.Audit {
				flux.ReportTogether(p, c, action, func(o *model.Object) string {
					if flux.Retried(o, action) {
						return ""
					}
					return field
				}, "not tried again after a failed "+action)
				continue
			}
			for _, o := range c.Kind(flux.HelmRelease) {
				if old := p.Before(o); old != nil && old != o && flux.Retried(old, action) && !flux.Retried(o, action) {
					p.Report(review.Hit{Object: o, Field: field, Severity: review.Medium, Message: fmt.Sprintf("%s no longer retries a failed %s.", o.ID, action)})
				}
			}
		}
	}),
}
