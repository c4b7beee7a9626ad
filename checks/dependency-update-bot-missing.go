package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var dependencyUpdateBotMissing = repo.StandardFile(review.Check{
	ID: "dependency-update-bot-missing", Area: review.SupplyChain, Severity: review.Medium, Tags: []review.Tag{review.Upgrades},
	Doc: review.Doc{
		Title:  "nothing updates dependencies",
		What:   "In an audit, looks for a configuration of Renovate or Dependabot, which keep charts, images and actions current. Case is ignored.",
		Why:    "Versions fall behind. When a vulnerability is published, there are many upgrades between the running version and the fixed one.",
		Fix:    "Add Renovate or Dependabot, with the managers for Flux, Helm and GitHub Actions.",
		Verify: "git ls-files | grep -i 'dependabot\\.yml'",
		Waive:  "Another tool updates them; say which.",
		Effort: "small",
	},
}, repo.Standard{Names: []string{".github/dependabot.yml", ".github/dependabot.yaml", "renovate.json", "renovate.json5", ".renovaterc", ".renovaterc.json", ".renovaterc.json5", "renovate-config.js", ".github/renovate/"}})
