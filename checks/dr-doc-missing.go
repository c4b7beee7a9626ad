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
		What:   "Looks for a section on disaster recovery. A heading, or a file of that name, counts with three lines or more below it. Only an audit tells.",
		Why:    "The cluster is gone, and the order in which things come back is found out by trying: keys, storage, databases, DNS.",
		Fix:    "Write it down in order, with the time that each step takes, and drill it twice a year.",
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
