package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var drDocMissing = repo.Documented(review.Check{
	ID: "dr-doc-missing", Area: review.Docs, Severity: review.Medium, Tags: []review.Tag{review.Backups},
	Doc: review.Doc{
		Title:  "disaster recovery is not documented",
		What:   "Looks for a section on disaster recovery. A heading or a file with such a name counts if at least three lines follow it. Reported in audits only.",
		Why:    "When a cluster is lost, the order in which to restore keys, storage, databases and DNS must be found by trial and error.",
		Fix:    "Document the steps in order, with the time that each takes, and rehearse them twice a year.",
		Verify: "Read it, and follow it on a test cluster.",
		Waive:  "It is described in your organisation's handbook; say where.",
		Effort: "medium",
		Good:   "## Disaster recovery\n\nMake the cluster.\nRestore the keys.\nBootstrap Flux.",
	},
}, repo.Topic{
	About:   "restoring a cluster that is lost",
	Heading: pattern.New(`(?i)\bdisaster\b|\bDR\b|\brestor(e|ing)\b.*\b(cluster|backup|velero)|\brebuild\w*\b.*\bcluster`),
	Body:    nil,
	Wanted:  repo.RendersSomething,
})
