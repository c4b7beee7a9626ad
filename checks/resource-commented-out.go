package checks

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var resourceCommentedOut = &review.Check{
	ID: "resource-commented-out", Area: review.Architecture, Severity: review.Medium, Tags: []review.Tag{review.Build},
	Doc: review.Doc{
		Title:  "entry turned into a comment",
		What:   "Looks in kustomizations for list entries (resources, components, patches, files of generators) that the change turns into comments.",
		Why:    "It is how one gets past an error for a moment: what the entry brought is pruned from the cluster, and the comment stays for years, with nobody knowing whether it was meant.",
		Fix:    "Mend what made the error, or remove the line and the file; history keeps both.",
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
			if !isKustomization(file) {
				continue
			}
			before := entries(p.ReadBase(file), "")
			now := entries(p.Read(file), "")
			for _, c := range entries(p.Read(file), "#") {
				was := slices.ContainsFunc(before, func(e entry) bool { return e.text == c.text })
				still := slices.ContainsFunc(now, func(e entry) bool { return e.text == c.text })
				if was && !still {
					p.Report(review.Hit{File: file, Line: c.line, Key: c.text, Message: fmt.Sprintf("`%s` was part of `%s` and is a comment now: what it brings leaves the render.", c.text, path.Dir(file))})
				}
			}
		}
	}).OfChanges(),
}

func isKustomization(file string) bool {
	switch path.Base(file) {
	case "kustomization.yaml", "kustomization.yml", "Kustomization":
		return true
	}
	return false
}

// entry is a list entry of a file, without its dash and comment sign.
type entry struct {
	text string
	line int
}

// entries gives the list entries of a file that stand behind a comment sign, or
// with "" those that stand for themselves.
func entries(content []byte, sign string) []entry {
	var out []entry
	for i, text := range strings.Split(string(content), "\n") {
		text = strings.TrimSpace(text)
		if sign != "" {
			rest, commented := strings.CutPrefix(text, sign)
			if !commented {
				continue
			}
			text = strings.TrimSpace(strings.TrimLeft(rest, sign))
		}
		item, ok := strings.CutPrefix(text, "- ")
		if ok {
			item, _, _ = strings.Cut(item, " #")
			out = append(out, entry{text: strings.Trim(strings.TrimSpace(item), `"'`), line: i + 1})
		}
	}
	return out
}
