package checks

import (
	"path"
	"strings"
	"time"

	"github.com/seaworthy-dev/seaworthy/checks/evidence"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var evidenceDRDrill = evidence.Check(review.Check{
	ID: "evidence-dr-drill", Area: review.Operations, Severity: review.Critical, Tags: []review.Tag{review.Evidence},
	Doc: review.Doc{
		Title:  "no valid restore drill",
		What:   "Reads the newest `dr-drill-YYYYMMDD.md`. The value in backticks below `## Status` must be COMPLETED, no placeholder such as `<TBD>` may be left (high), and the drill may not be older than `evidence: maxAgeDays` in the repository's file, 90 days by default (high). Reported in audits only: reads the file in the directory set by `evidence:` in the repository's file, otherwise any file with that name that is not an example.",
		Why:    "A backup that was never restored may not be usable.",
		Fix:    "Run the drill, and record what was done and how long it took.",
		Verify: "ls DIR/dr-drill-*.md",
		Waive:  "The record of the drill is kept elsewhere; say where.",
		Effort: "large",
		Bad:    "## Status\n`PENDING_EXECUTION`",
		Good:   "## Status\n`COMPLETED`",
	},
}, evidence.Drill.MatchString, "dr-drill-YYYYMMDD.md", func(e *evidence.Proof) {
	switch status, line := e.Status("## Status"); {
	case line == 0:
		e.Open(0, "status", "The drill has no `## Status` with a value in backticks below it.")
	case evidence.Verdict(status) != "COMPLETED":
		e.Open(line, "status", "The status of the newest drill is `%s`, and must be `COMPLETED`.", status)
	}
	for i, text := range e.Lines {
		if m := evidence.Placeholder.FindString(text); m != "" && !strings.Contains(text, "://") {
			e.Pass.Report(review.Hit{File: e.File, Line: i + 1, Key: "placeholder", Severity: review.High, Message: "The drill still contains the placeholder `" + m + "`."})
			break
		}
	}
	most := e.Pass.Proofs.MaxAgeDays
	if most == 0 {
		most = 90
	}
	day, err := time.Parse("20060102", evidence.Drill.FindStringSubmatch(path.Base(e.File))[1])
	if err == nil && e.Age(day) > most {
		e.Pass.Report(review.Hit{File: e.File, Key: "age", Severity: review.High, Message: "The newest drill is from " + day.Format(time.DateOnly) + " and older than " + text.Plural(most, "day") + "."})
	}
})
