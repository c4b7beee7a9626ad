package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var sopsKeyBackupDocMissing = repo.Documented(review.Check{
	ID: "sops-key-backup-doc-missing", Area: review.Docs, Severity: review.High, Tags: []review.Tag{review.Secrets},
	Doc: review.Doc{
		Title:  "recovery of SOPS keys is not documented",
		What:   "If the repository uses SOPS, or has a text about it, looks for a section that describes the backup, recovery or escrow of its keys in at least two lines. A heading or a file with such a name counts if at least three lines follow it. Reported in audits only.",
		Why:    "A key that exists only in one cluster or on one laptop is lost with it. Then every secret in the repository must be created again, in the middle of the disaster.",
		Fix:    "Write where the private keys are kept outside the cluster, who can access them, and how a new cluster gets them. Test it.",
		Verify: "Read it, and follow it on a test cluster.",
		Waive:  "A cloud key service holds the keys, and their recovery is described elsewhere; say where.",
		Effort: "medium",
		Good:   "## Backup of the age keys\n\nThe sops age key is kept in the safe.\nTwo people may open it.\nRestore it with `kubectl create secret`.",
	},
}, repo.Topic{
	About:   "keeping and restoring the keys of SOPS",
	Heading: pattern.New(`(?i)\b(sops|age|secrets?|keys?|encryption|backup|disaster|recovery)\b`),
	Body:    pattern.New(`(?is)\b(sops|age)\b.{0,80}\b(backup|back up|recover|restore|escrow|lost)|\b(backup|back up|recover|restore|escrow|lost)\b.{0,80}\b(sops|age)\b`),
	Line:    pattern.New(`(?i)\b(backups?|back(ed)? up|recover\w*|restor\w+|lost|the safe)\b`),
	Lines:   2,
	Wanted:  repo.SpeaksOfSops,
})
