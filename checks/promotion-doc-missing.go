package checks

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var promotionDocMissing = repo.Documented(review.Check{
	ID: "promotion-doc-missing", Area: review.Docs, Severity: review.Medium, Tags: []review.Tag{review.Environments},
	Doc: review.Doc{
		Title:  "promotion to production is not documented",
		What:   "If the repository drives more than one cluster or environment, looks for a section on promotion. A heading or a file with such a name counts if at least three lines follow it. Reported in audits only.",
		Why:    "Each person decides differently what must be true before a change goes to production.",
		Fix:    "Document what is changed where, in which order, and what to check before the next step.",
		Verify: "Read it, and follow it on a test cluster.",
		Waive:  "A tool does the promotion, and its configuration is the documentation; say so.",
		Effort: "medium",
		Good:   "## Promotion\n\nTest first.\nThen production.\nWait a day between.",
	},
}, repo.Topic{
	About:   "promoting a change from one environment to the next",
	Heading: pattern.New(`(?i)\bpromot(e|ion|ing)\b|\brelease (process|flow)\b|\benvironments?\b`),
	Body:    pattern.New(`(?i)\bpromot|\brelease`),
	Wanted:  severalPlaces,
})

// severalPlaces reports whether there is more than one cluster or environment to
// promote between.
func severalPlaces(p *review.Pass) bool {
	if len(p.Clusters) > 1 {
		return true
	}
	places := map[string]bool{}
	for _, t := range p.HeadTargets {
		if m := environmentWord.FindStringSubmatch(t.Target.Path); m != nil {
			places[strings.ToLower(m[1])] = true
		}
	}
	return len(places) > 1
}

var environmentWord = pattern.New(`(?i)(?:^|[/._-])(prod|production|staging|stage|test|dev|development|qa)(?:$|[/._-])`)
