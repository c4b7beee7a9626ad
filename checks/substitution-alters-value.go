package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var substitutionAltersValue = &review.Check{
	ID: "substitution-alters-value", Area: review.FluxArea, Severity: review.High, Tags: []review.Tag{review.Build},
	Doc: review.Doc{
		Title:  "substitution changes the value's type",
		What:   "Looks at the values that Flux post-build substitution inserts, and reports those that become another number or a boolean: `1.10` becomes 1.1, `010` becomes 8, `yes` becomes true. A word that becomes a boolean is medium. Values of Secrets are left out.",
		Why:    "Flux substitutes in the YAML that Kustomize writes, which no longer has the quotes of the source (fluxcd/pkg/kustomize v1.41.0, envsubst v1.8.0). `tag: \"${TAG}\"` with the value 1.10 asks for the image tag 1.1, and no tool reports it.",
		Fix:    "Add text to the variable so that it stays a string, such as `v${TAG}`, or put quotes inside the value of the variable: `TAG: '\"1.10\"'`.",
		Verify: "flux build kustomization NAME --path DIR --kustomization-file FILE | grep FIELD",
		Waive:  "The value should be a number.",
		Effort: "small",
		Bad:    "tag: \"${TAG}\"   # substitute: {TAG: \"1.10\"}",
		Good:   "tag: \"${TAG}\"   # substitute: {TAG: '\"1.10\"'}",
	},
	Run: review.Files(func(p *review.Pass) {
		targets := p.Targets()
		p.Looked(0)
		for _, t := range targets {
			for _, l := range t.Losses {
				h := review.Hit{Key: fmt.Sprint(l.Name, " ", l.Object, l.Field, " ", l.Text), Targets: []string{t.Target.ID},
					Message: fmt.Sprintf("`${%s}` is `%s`, but becomes %[4]s in %[3]s: `%[5]s`.", l.Name, l.Text, l.Object, l.Value, l.Field)}
				if l.Value == "true" || l.Value == "false" {
					h.Severity = review.Medium // the word was perhaps meant so
				}
				if l.Where != nil {
					h.File, h.Line = l.Where.File, l.Where.Line
				}
				p.Looked(1)
				p.Report(h)
			}
		}
	}),
}
