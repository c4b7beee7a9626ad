package checks

import (
	"fmt"
	"path"
	"sort"
	"strings"
	"time"

	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var datedReport = pattern.New(`(?i)^(.*(?:audit|readiness|assessment|compliance|pentest).*?)[-_.]?(20\d{2})-?(\d{2})-?(\d{2})(.*)\.md$`)

var staleAuditArtifact = &review.Check{
	ID: "stale-audit-artifact", Area: review.Operations, Severity: review.Low, Tags: []review.Tag{review.Evidence},
	Doc: review.Doc{
		Title:  "report is out of date",
		What:   "Looks for audit and readiness reports with a date in their name, and checks the age of the newest of each kind: more than `evidence: maxAgeDays` in the repository's file, 90 days by default. Reported in audits only, because no change causes it.",
		Why:    "Readers believe that it is current, but what it says about tests, limits and open points is out of date.",
		Fix:    "Write a new one, or move it to an archive and name its successor on the first line.",
		Verify: "git log --oneline --since=DAY | wc -l",
		Waive:  "It is kept as a record, and says so.",
		Effort: "medium",
		Bad:    "docs/production-readiness-20250209.md   # and nothing newer",
		Good:   "docs/production-readiness-20260109.md",
	},
	Run: review.Files(func(p *review.Pass) {
		most := p.Proofs.MaxAgeDays
		if most == 0 {
			most = 90
		}
		newest := map[string]string{} // a kind of report ▶ its newest file
		days := map[string]time.Time{}
		for _, file := range p.Paths() {
			m := datedReport.FindStringSubmatch(path.Base(file))
			if m == nil || !repo.IsDocument(file) {
				continue
			}
			day, err := time.Parse("20060102", m[2]+m[3]+m[4])
			kind := path.Dir(file) + "/" + strings.ToLower(m[1]+m[5])
			if err != nil || newest[kind] != "" && !day.After(days[newest[kind]]) {
				continue
			}
			newest[kind], days[file] = file, day
		}
		p.Looked(len(newest))
		files := make([]string, 0, len(newest))
		for _, file := range newest {
			files = append(files, file)
		}
		sort.Strings(files)
		for _, file := range files {
			if age := int(p.AsOf.Sub(days[file]).Hours() / 24); age > most {
				p.Report(review.Hit{File: file, Key: "age", Message: fmt.Sprintf("The report is from %s, %s old. It does not contain later changes.", days[file].Format(time.DateOnly), text.Plural(age, "day"))})
			}
		}
	}).OfAudits(),
}
