package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/alerts"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// ofTest matches a test environment as an expression selects it.
var ofTest = pattern.New(`\b(env|environment|stage|tier|cluster)="(test|testing|dev|development|staging|stage|sandbox|qa)"`)

var testAlertPages = &review.Check{
	ID: "test-alert-pages", Area: review.Observability, Severity: review.Medium, Tags: []review.Tag{review.Alerts, review.Environments},
	Doc: review.Doc{
		Title:  "alert for a test environment pages people",
		What:   "Looks for alerts of severity critical or page for a test, development or staging environment, recognised by their labels or by a matcher such as `env=\"test\"` in the expression.",
		Why:    "People are paged for tests that someone is running. Soon they ignore every page, also for production.",
		Fix:    "Use the severity warning, or a separate route that pages nobody.",
		Verify: "amtool config routes test severity=critical env=test",
		Waive:  "People depend on the environment at night; say who.",
		Effort: "small",
		Bad:    "labels: {severity: critical, environment: test}",
		Good:   "labels: {severity: warning, environment: test}",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		for _, a := range alerts.Of(o) {
			severity := strings.ToLower(a.Labels["severity"])
			if severity != "critical" && severity != "page" && severity != "disaster" {
				continue
			}
			environment := ""
			for _, key := range []string{"env", "environment", "stage"} {
				if ofTest.MatchString(fmt.Sprintf("%s=%q", key, strings.ToLower(a.Labels[key]))) {
					environment = key + "=" + a.Labels[key]
				}
			}
			if m := ofTest.FindString(a.Expr); environment == "" && m != "" && !strings.Contains(a.Expr, `="prod`) {
				environment = m
			}
			if environment != "" {
				p.Report(review.Hit{Object: o, Field: a.Field + "/labels/severity", Key: "alert " + a.Name,
					Message: fmt.Sprintf("%s: the alert `%s` is `%s` and is about `%s`.", o.ID, a.Name, severity, environment)})
			}
		}
	}),
}
