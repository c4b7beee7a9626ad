package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/scan"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var helmValuesUnparsable = &review.Check{
	ID: "helm-values-unparsable", Area: review.FluxArea, Severity: review.High, Tags: []review.Tag{review.HelmValues},
	Doc: review.Doc{
		Title:  "values file is not a map",
		What:   "Looks for values files of a HelmRelease that are not valid YAML, or not a map. Encrypted files and files with several documents are left alone.",
		Why:    "The build succeeds, because the file is only copied into a Secret; the release fails in the cluster.",
		Fix:    "Correct the YAML; `yq . FILE` shows the line.",
		Verify: "yq . FILE",
		Waive:  "Never: the values are not read.",
		Effort: "small",
		Bad:    "image:\n tag: 1.4.2\n  name: shop",
		Good:   "image:\n  tag: 1.4.2\n  name: shop",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		const largest = 1 << 20 // larger ones are not parsed
		for _, v := range flux.ValuesFiles(c) {
			content := p.Read(v.Key.File)
			if _, isMap := v.Key.YAML.(map[string]any); isMap || v.Key.File == "" || len(content) == 0 || len(content) > largest || scan.Encrypted(content) {
				continue
			}
			if n, _ := scan.CountDocuments(content); n != 1 || !strings.HasSuffix(v.Pointer, ".yaml") && !strings.HasSuffix(v.Pointer, ".yml") {
				continue
			}
			p.Report(review.Hit{Verdict: review.Sure, File: v.Key.File, Key: "parse", Message: fmt.Sprintf("`%s` is no YAML map; %s cannot read it as values.", v.Key.File, v.Release.ID)})
		}
	}),
}
