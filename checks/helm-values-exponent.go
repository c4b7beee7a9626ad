package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/given"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var helmValuesExponent = &review.Check{
	ID: "helm-values-exponent", Area: review.FluxArea, Severity: review.Medium, Tags: []review.Tag{review.HelmValues},
	Doc: review.Doc{
		Title:  "number arrives with an exponent",
		What:   "Looks at the whole numbers from 1000000 on among the values of HelmReleases and Argo CD Applications, and reports those that a chart that is rendered here writes into a text with an exponent: 123456789012 becomes `1.23456789012e+11`. Numbers that stay numbers, and Secrets, are left out.",
		Why:    "Numbers of values files are floats to Helm (v4.3.1), and a template prints large floats with an exponent. An account's number, an id or a limit in bytes is then another text: programs refuse it or look for something that does not exist.",
		Fix:    "Put the number into quotes where the value is set: `account: \"123456789012\"`. In a chart of your own, print it by `{{ .Values.account | int64 }}` or `toJson`.",
		Verify: "helm template the release with its values: grep 'e+'",
		Waive:  "The program reads numbers with an exponent.",
		Effort: "small",
		Bad:    "values:\n  account: 123456789012",
		Good:   "values:\n  account: \"123456789012\"",
	},
	Run: review.Files(func(p *review.Pass) {
		targets := p.Targets()
		p.Looked(0)
		for _, t := range targets {
			for _, v := range t.ValueNotes {
				if v.Number == "" {
					continue
				}
				path := strings.Join(v.Path, ".")
				h := review.Hit{Key: "exponent " + path, Message: fmt.Sprintf("The number %s in `%s` arrives as the text `%s` (%s).", v.Number, path, v.Text, v.Where)}
				p.Looked(1)
				if given.At(p, t, v, &h) {
					p.Report(h)
				}
			}
		}
	}),
}
