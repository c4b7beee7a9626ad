package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var helmreleaseRemediationMissing = &review.Check{
	ID: "helmrelease-remediation-missing", Area: review.FluxArea, Severity: review.Low, Tags: []review.Tag{review.Rollback},
	Doc: review.Doc{
		Title:  "failed release is not tried again",
		What:   "Looks at HelmReleases for `install.remediation.retries` and `upgrade.remediation.retries`, or a retry strategy. On a pull request it speaks only where the change takes them away; an audit lists the rest.",
		Why:    "A chart that fails once, for a timeout or a webhook that was not ready, stays failed until someone runs a command.",
		Fix:    "Set `install: {remediation: {retries: 3}}` and `upgrade: {remediation: {retries: 3}}`.",
		Verify: "kubectl get helmreleases -A -o json | jq -r '.items[] | select(.spec.install.remediation == null) | .metadata.name'",
		Waive:  "A release that must be looked at by hand after each failure.",
		Effort: "small",
		Bad:    "install: {}",
		Good:   "install: {remediation: {retries: 3}}",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		if o.ID.GroupKind() != helmReleaseKind {
			return
		}
		old := p.Before(o)
		for _, action := range []string{"install", "upgrade"} {
			if retried(o, action) {
				continue
			}
			lost := old != nil && retried(old, action)
			if !lost && !p.Audit {
				continue
			}
			h := review.Hit{Object: o, Field: "/spec/" + action + "/remediation/retries", Message: fmt.Sprintf("%s does not try a failed %s again.", o.ID, action)}
			if lost {
				h.Severity, h.Message = review.Medium, fmt.Sprintf("%s no longer tries a failed %s again.", o.ID, action)
			}
			p.Report(h)
		}
	}),
}

// retried reports whether a HelmRelease tries a failed action again. Retries of
// -1 go on for ever.
func retried(o *model.Object, action string) bool {
	if n, ok := review.Int(o.Fields(), "spec", action, "remediation", "retries"); ok && n != 0 {
		return true
	}
	return review.Text(o.Fields(), "spec", action, "strategy", "name") == "RetryOnFailure"
}
