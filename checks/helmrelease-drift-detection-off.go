package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var helmreleaseDriftDetectionOff = &review.Check{
	ID: "helmrelease-drift-detection-off", Area: review.FluxArea, Severity: review.Medium, Tags: []review.Tag{review.Drift},
	Doc: review.Doc{
		Title:  "drift is not corrected",
		What:   "Looks at HelmReleases for `driftDetection.mode: enabled`. Medium if the change disables it or sets it to `warn`; low if a new release sets another mode. If it is not set at all, it is reported in audits only.",
		Why:    "A manual change in the cluster stays until the next upgrade of the chart, and the repository no longer shows what runs.",
		Fix:    "Set `driftDetection: {mode: enabled}`, with `ignore` rules for fields that controllers own.",
		Verify: "kubectl get helmreleases -A -o custom-columns=NAME:.metadata.name,DRIFT:.spec.driftDetection.mode",
		Waive:  "The chart's operator edits its own objects in ways that no `ignore` rule can describe.",
		Effort: "small",
		Bad:    "driftDetection: {mode: disabled}",
		Good:   "driftDetection: {mode: enabled}",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		if o.ID.GroupKind() != flux.HelmRelease {
			return
		}
		mode := review.Text(o.Fields(), "spec", "driftDetection", "mode")
		was := ""
		if old := p.Before(o); old != nil {
			was = review.Text(old.Fields(), "spec", "driftDetection", "mode")
		}
		h := review.Hit{Object: o, Field: "/spec/driftDetection/mode", Severity: review.Low, Message: fmt.Sprintf("%s does not correct drift: its mode is %s.", o.ID, text.Show(text.OrNil(mode)))}
		switch {
		case mode == "enabled" || mode == "" && was != "enabled" && !p.Audit:
			return
		case was == "enabled":
			h.Severity, h.Message = review.Medium, fmt.Sprintf("%s corrected drift and no longer does: its mode is %s.", o.ID, text.Show(text.OrNil(mode)))
		}
		p.Report(h)
	}),
}
