package checks

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/checks/scan"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var resourceCommentedOut = &review.Check{
	ID: "resource-commented-out", SaidBy: "object-pruned", Area: review.Architecture, Severity: review.Medium, Tags: []review.Tag{review.Build},
	Doc: review.Doc{
		Title:  "kustomization entry commented out",
		What:   "Looks in kustomizations for list entries (resources, components, patches, generator files) that the change comments out. Entries without a name of their own, such as replacements, are left alone, and so are those whose objects `object-pruned` reports from the same file.",
		Why:    "This is a quick way around an error. What the entry added is pruned from the cluster, and years later nobody knows whether the comment was intended.",
		Fix:    "Correct the cause of the error, or remove the line and the file; the history keeps both.",
		Verify: "git log -p -- FILE",
		Waive:  "It comes back in the next change; say which.",
		Effort: "small",
		Bad:    "resources:\n- web.yaml\n# - networkpolicy.yaml",
		Good:   "resources:\n- web.yaml\n- networkpolicy.yaml",
	},
	Run: review.Files(func(p *review.Pass) {
		if p.Side == model.Base {
			return
		}
		for _, file := range p.Changed() {
			if !repo.IsKustomization(file) {
				continue
			}
			before := scan.Entries(p.ReadBase(file), "")
			now := scan.Entries(p.Read(file), "")
			var lost []string
			line := 0
			for _, c := range scan.Entries(p.Read(file), "#") {
				was := slices.ContainsFunc(before, func(e scan.Entry) bool { return e.Text == c.Text })
				still := slices.ContainsFunc(now, func(e scan.Entry) bool { return e.Text == c.Text })
				if was && !still && !strings.HasSuffix(c.Text, ":") { // else it is no entry, but the beginning of one that nobody can name
					if lost = append(lost, c.Text); len(lost) == 1 {
						line = c.Line
					}
				}
			}
			switch {
			case len(lost) == 1:
				p.Report(review.Hit{File: file, Line: line, Key: lost[0], Message: fmt.Sprintf("`%s` was part of `%s` and is a comment now: what it added is no longer rendered.", lost[0], path.Dir(file))})
			case len(lost) > 1:
				p.Report(review.Hit{File: file, Line: line, Key: lost[0], Message: fmt.Sprintf("%s were part of `%s` and are comments now: what they added is no longer rendered.", text.Some(text.Code(lost)), path.Dir(file))})
			}
		}
	}).OfChanges(),
}
