package checks

import (
	"regexp"

	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var drDocMissing = repo.Documented(review.Check{
	ID: "dr-doc-missing", Area: review.Docs, Severity: review.Medium, Tags: []review.Tag{review.Backups},
	Doc: review.Doc{
		Title:  "nothing says how a cluster is restored",
		What:   "Looks for a section on disaster recovery. A heading, or a file of that name, counts with three lines or more below it. Reported in audits only.",
		Why:    "When a cluster is lost, the order in which to restore keys, storage, databases and DNS has to be found by trial and error.",
		Fix:    "Document the steps in order, with the time that each takes, and rehearse them twice a year.",
		Verify: "Read it, and do what it says on a test cluster.",
		Waive:  "It is described in the handbook of your organisation; say where.",
		Effort: "medium",
		Good:   "## Disaster recovery\n\nMake the cluster.\nRestore the keys.\nBootstrap Flux.",
	},
}, repo.Topic{
	About:   "restoring a cluster that is lost",
	Heading: regexp.MustCompile(`(?i)\bdisaster\b|\bDR\b|\brestor(e|ing)\b.*\b(cluster|backup|velero)|\brebuild\w*\b.*\bcluster`),
	Body:    nil,
	Wanted:  repo.RendersSomething,
})
