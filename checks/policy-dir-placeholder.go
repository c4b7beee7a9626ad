package checks

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var policyDirPlaceholder = &review.Check{
	ID: "policy-dir-placeholder", Area: review.Architecture, Severity: review.Medium, Tags: []review.Tag{review.Policies},
	Doc: review.Doc{
		Title:  "policies directory without a policy",
		What:   "In an audit, looks for directories below one named `policies` that contain only placeholders, `.gitkeep` or a README.",
		Why:    "The directory suggests that there are network policies, but the cluster has none.",
		Fix:    "Add the policies, or remove the directory.",
		Verify: "git ls-files '*policies*'",
		Waive:  "The policies come in the next change; say when.",
		Effort: "small",
		Bad:    "policies/network-policies/placeholder.txt",
		Good:   "policies/network-policies/default-deny.yaml",
	},
	Run: review.Files(func(p *review.Pass) {
		first := map[string]string{} // a directory ▶ its first placeholder
		full := map[string]bool{}
		for _, file := range p.Paths() {
			dir := path.Dir(file)
			if !strings.Contains("/"+dir+"/", "/policies/") || repo.Illustrative(dir+"/") {
				continue
			}
			if base := strings.ToLower(path.Base(file)); strings.HasPrefix(base, "placeholder") || base == ".gitkeep" || base == ".keep" || strings.HasPrefix(base, "readme") {
				if first[dir] == "" {
					first[dir] = file
				}
				continue
			}
			for ; dir != "."; dir = path.Dir(dir) {
				full[dir] = true
			}
		}
		for _, dir := range slices.Sorted(maps.Keys(first)) {
			p.Looked(1)
			if !full[dir] {
				p.Report(review.Hit{File: first[dir], Key: "placeholder", Searched: []string{dir + "/**"}, Message: fmt.Sprintf("`%s` holds no policy.", dir)})
			}
		}
		p.Looked(len(full))
	}).OfAudits(),
}
