package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/scan"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var helmValuesMultidoc = &review.Check{
	ID: "helm-values-multidoc", Area: review.FluxArea, Severity: review.High, Tags: []review.Tag{review.HelmValues},
	Doc: review.Doc{
		Title:  "values file with more than one document",
		What:   "Looks for values files of a HelmRelease that contain more than one YAML document. Documents without content do not count.",
		Why:    "Helm reads one document: the release fails, or everything after the `---` is silently not set.",
		Fix:    "Merge the documents into one.",
		Verify: "yq ea '[.] | length' FILE",
		Waive:  "Never: part of the file is not read.",
		Effort: "small",
		Bad:    "replicas: 2\n---\nimage: {tag: 1.4.2}",
		Good:   "replicas: 2\nimage: {tag: 1.4.2}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		for _, v := range flux.ValuesFiles(c) {
			if v.Key.File == "" {
				continue
			}
			if n, second := scan.CountDocuments(p.Read(v.Key.File)); n > 1 {
				p.Report(review.Hit{Verdict: review.Sure, File: v.Key.File, Line: second, Key: "documents", Related: nil,
					Message: fmt.Sprintf("`%s` contains %d YAML documents; %s reads only one.", v.Key.File, n, v.Release.ID)})
			}
		}
	}),
}
