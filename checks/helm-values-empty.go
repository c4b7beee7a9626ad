package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/scan"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var helmValuesEmpty = &review.Check{
	ID: "helm-values-empty", Area: review.FluxArea, Severity: review.High, Tags: []review.Tag{review.HelmValues},
	Doc: review.Doc{
		Title:  "values file is empty",
		What:   "Looks for empty files that a HelmRelease reads as values. High if the change emptied the file, low if it is added empty, as a placeholder.",
		Why:    "The chart's defaults apply again for everything that the file had set.",
		Fix:    "Restore the values, or remove the entry from `valuesFrom`.",
		Verify: "yq . FILE",
		Waive:  "A placeholder for overrides that nobody needs yet.",
		Effort: "small",
		Bad:    "# values.yaml\n---",
		Good:   "replicas: 2",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		for _, v := range flux.ValuesFiles(c) {
			if v.Key.File == "" {
				continue
			}
			if n, _ := scan.CountDocuments(p.Read(v.Key.File)); n > 0 {
				continue
			}
			severity := review.Low
			if before, _ := scan.CountDocuments(p.ReadBase(v.Key.File)); before > 0 || p.Audit && !v.Stub {
				severity = review.High
			}
			p.Report(review.Hit{Verdict: review.Sure, File: v.Key.File, Line: 1, Key: "empty", Severity: severity, Message: fmt.Sprintf("`%s` holds no values; %s reads it.", v.Key.File, v.Release.ID)})
		}
	}),
}
