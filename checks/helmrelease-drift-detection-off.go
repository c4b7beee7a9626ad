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
		What:   "Looks at HelmReleases for `driftDetection.mode: enabled`. Medium where the change switches it off, or to `warn`; low where it is set to something else from the start; where it is not set at all, it is reported in audits only.",
		Why:    "What somebody changes in the cluster by hand stays until the next upgrade of the chart, and the repository no longer says what runs.",
		Fix:    "Set `driftDetection: {mode: enabled}`, with `ignore` rules for fields that controllers own.",
		Verify: "kubectl get helmreleases -A -o custom-columns=NAME:.metadata.name,DRIFT:.spec.driftDetection.mode",
		Waive:  "A chart whose operator edits its own objects in ways that no rule can name.",
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
