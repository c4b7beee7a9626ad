package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/given"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var helmValuesUnread = &review.Check{
	ID: "helm-values-unread", Area: review.FluxArea, Severity: review.Low, Tags: []review.Tag{review.HelmValues, review.Upgrades},
	Doc: review.Doc{
		Title:  "value that the chart does not read",
		What:   "Looks at the values that HelmReleases and Argo CD Applications give to charts that are rendered here, and at what a chart of the repository gives to its dependencies. Reports keys that are not in the chart's own values and that no template of the chart or its dependencies reads. It is medium if a key that the chart reads is spelled almost the same, or has the same name at another place. Nothing is reported below a value that a template takes as a whole (`toYaml`, `range`, `with`, a variable), of charts that do so with all their values, of what is copied by an anchor, and of a file or ConfigMap that another release reads the same key from.",
		Why:    "Helm says nothing of a key that no template reads: the setting is without effect, and the chart's default stays. The cause is a misspelled key, a key at another level, or a chart version that renamed or dropped it.",
		Fix:    "Write the key as the chart's values.yaml has it, or remove it.",
		Verify: "helm show values REPO/CHART --version VERSION | grep KEY; helm template the release with and without it: the output is the same.",
		Waive:  "The key is kept for another version of the chart.",
		Effort: "small",
		Bad:    "values:\n  replicaCuont: 3",
		Good:   "values:\n  replicaCount: 3",
	},
	Run: review.Files(func(p *review.Pass) {
		targets := p.Targets()
		p.Looked(0)
		for _, t := range targets {
			if t.ChartName != "" {
				p.Looked(1)
			}
			for _, v := range t.ValueNotes {
				if v.Number != "" || v.File != "" && readElsewhere(targets, t, v) {
					continue
				}
				h := review.Hit{Key: "unread " + strings.Join(v.Path, "."), Message: unreadWords(v)}
				if v.Like != "" {
					h.Severity = review.Medium
				}
				if given.At(p, t, v, &h) && (h.About == nil || !given.Shared(p, h.Object)) {
					p.Report(h)
				}
			}
		}
	}),
}

func unreadWords(v model.ValueNote) string {
	path := strings.Join(v.Path, ".")
	message := fmt.Sprintf("No template of the chart `%s` reads `%s`: it changes nothing.", v.Chart, path)
	if v.Like != "" {
		message += fmt.Sprintf(" Is `%s` meant?", v.Like)
	}
	return message
}

// readElsewhere reports whether another target takes the same values file and may read
// the key.
func readElsewhere(targets []model.Rendered, t model.Rendered, v model.ValueNote) bool {
	return slices.ContainsFunc(targets, func(other model.Rendered) bool {
		if other.Target.ID == t.Target.ID || other.Lineage == nil || !slices.Contains(other.Lineage.Values, v.File) {
			return false
		}
		return !slices.ContainsFunc(other.ValueNotes, func(theirs model.ValueNote) bool {
			return theirs.Number == "" && theirs.File == v.File && slices.Equal(theirs.Path, v.Path)
		})
	})
}
