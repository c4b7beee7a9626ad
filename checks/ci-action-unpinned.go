package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/pin"
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/checks/scan"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var ciActionUnpinned = &review.Check{
	ID: "ci-action-unpinned", Area: review.SupplyChain, Severity: review.Low, Tags: []review.Tag{review.Pipelines},
	Doc: review.Doc{
		Title:  "action pinned to a tag or branch",
		What:   "Looks at `uses:` in GitHub workflows: an action should be pinned to its full commit. Actions of this repository and images with a digest are left alone. An action pinned to a branch is medium. Tags are left to the audit if the repository's other workflows use tags and none uses a commit.",
		Why:    "A tag can be moved to other code, which then runs with your token and your secrets. This has happened to widely used actions.",
		Fix:    "Use the commit and keep the tag as a comment: `uses: actions/checkout@08c6903… # v5`. Renovate and Dependabot update both.",
		Verify: "grep -rnE 'uses: [^#]+@[^#]{1,39}( |$)' .github/workflows",
		Waive:  "The action belongs to your own organisation.",
		Effort: "small",
		Bad:    "uses: actions/checkout@v4",
		Good:   "uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0",
	},
	Run: review.Files(func(p *review.Pass) {
		for _, file := range p.Changed() {
			if !repo.IsWorkflow(file) {
				continue
			}
			for i, text := range strings.Split(string(p.Read(file)), "\n") {
				line, ok := scan.Key(i+1, text)
				if !ok || line.Key != "uses" || strings.HasPrefix(line.Value, "./") || strings.HasPrefix(line.Value, "docker://") || line.Value == "" {
					continue
				}
				name, ref, _ := strings.Cut(line.Value, "@")
				if pin.Commit.MatchString(ref) || strings.Contains(ref, "${{") {
					continue
				}
				severity := review.Low
				if ref == "" || pin.Moves(ref) {
					severity = review.Medium
				}
				if severity == review.Low && tagsAreUsual(p, file) {
					continue
				}
				p.Report(review.Hit{File: file, Line: line.Number, Key: "uses " + name, Severity: severity, Message: fmt.Sprintf("`%s` can be moved to other code, which then runs with this repository's token.", line.Value)})
			}
		}
	}),
}

// tagsAreUsual reports whether, on a pull request, other workflows of the repository
// name tags of actions and none names a commit: then that is its way, of which an
// audit speaks.
func tagsAreUsual(p *review.Pass, file string) bool {
	if p.Audit {
		return false
	}
	tags := 0
	for _, other := range p.Paths() {
		if other == file || !repo.IsWorkflow(other) {
			continue
		}
		for i, text := range strings.Split(string(p.Read(other)), "\n") {
			line, ok := scan.Key(i+1, text)
			if !ok || line.Key != "uses" {
				continue
			}
			_, ref, found := strings.Cut(line.Value, "@")
			switch {
			case pin.Commit.MatchString(ref):
				return false
			case found && !pin.Moves(ref):
				tags++
			}
		}
	}
	return tags > 0
}
