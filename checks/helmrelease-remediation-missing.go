package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/text"
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
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		for _, action := range []string{"install", "upgrade"} {
			field := "/spec/" + action + "/remediation/retries"
			if p.Audit {
				reportTogether(p, c, action, func(o *model.Object) string {
					if retried(o, action) {
						return ""
					}
					return field
				}, "not tried again after a failed "+action)
				continue
			}
			for _, o := range c.Kind(helmReleaseKind) {
				if old := p.Before(o); old != nil && old != o && retried(old, action) && !retried(o, action) {
					p.Report(review.Hit{Object: o, Field: field, Severity: review.Medium, Message: fmt.Sprintf("%s no longer tries a failed %s again.", o.ID, action)})
				}
			}
		}
	}),
}

// reportTogether makes one finding of all HelmReleases of a cluster of which
// the same is so: lacking gives the field that says it, "" where it is not.
func reportTogether(p *review.Pass, c *review.Cluster, key string, lacking func(*model.Object) string, what string) {
	var list []*model.Object
	field := ""
	all := c.Kind(helmReleaseKind)
	for _, o := range all {
		if at := lacking(o); at != "" {
			if field == "" {
				field = at
			}
			list = append(list, o)
		}
	}
	if len(list) == 0 {
		return
	}
	p.Report(review.Hit{Object: list[0], Field: field, Key: key, Measure: len(list), Related: list[1:], Certain: true,
		Message: fmt.Sprintf("%d of %s are %s: %s.", len(list), text.Plural(len(all), "HelmRelease"), what, text.Some(text.Names(list)))})
}

// retried reports whether a HelmRelease tries a failed action again. Retries of
// -1 go on for ever.
func retried(o *model.Object, action string) bool {
	if n, ok := review.Int(o.Fields(), "spec", action, "remediation", "retries"); ok && n != 0 {
		return true
	}
	return review.Text(o.Fields(), "spec", action, "strategy", "name") == "RetryOnFailure"
}
