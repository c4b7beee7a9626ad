package checks

import (
	"fmt"
	"path"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var orphanManifest = &review.Check{
	ID: "orphan-manifest", Area: review.Architecture, Severity: review.Medium, Tags: []review.Tag{review.Build},
	Doc: review.Doc{
		Title:  "manifest that nothing applies",
		What:   "Looks for manifests, and for files in a directory of values, beside or just below a kustomization, that no kustomization of the repository names, no target applies without one, and no script, workflow or other file mentions. Examples, tests, templates and the configuration of tools are left alone. On a pull request it looks at the files that change and at those beside a kustomization that changes.",
		Why:    "Someone wrote it and believes that it is in the cluster: the alert rule, the network policy, the backup. It is not.",
		Fix:    "Name it in the `resources:` (or `files:` of the generator) of the kustomization beside it, or remove the file.",
		Verify: "git grep -n FILE_NAME",
		Waive:  "It is applied by hand or by something outside the repository; say by what.",
		Effort: "small",
		Bad:    "# app/kustomization.yaml\nresources: [web.yaml]   # and app/networkpolicy.yaml lies beside it",
		Good:   "# app/kustomization.yaml\nresources: [web.yaml, networkpolicy.yaml]",
	},
	Run: review.Files(func(p *review.Pass) {
		l := newLayout(p)
		for _, file := range l.candidates() {
			kind, ok := l.manifest(file)
			if !ok || l.named(file) || l.applied(file) || l.mentioned(file) {
				continue
			}
			beside, _ := l.nearest(file)
			p.Report(review.Hit{File: file, Key: "orphan", Line: 1, Searched: []string{plural(len(l.dirs), "kustomization"), "scripts, workflows and other files that may name it"},
				Message: fmt.Sprintf("No kustomization names `%s`, not even the one in `%s`: its %s is not applied.", path.Base(file), beside, kind)})
		}
	}),
}
