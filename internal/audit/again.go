package audit

import (
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var (
	calendar = pattern.New(`^-?\s*cron:\s*\S`)
	scans    = words(`trivy|grype|snyk|clair|gitleaks|codeql|kubescape|osv-scanner|govulncheck`)
)

// again are what has to be looked at again and again, where there is something to look
// at. No file shows that somebody does: they are reminders, and never ticked.
func (s shelf) again() []Item {
	out := []Item{}
	remind := func(text string, state State, by ...string) {
		out = append(out, Item{Text: text, State: state, By: by, Gaps: []string{}})
	}
	if at := s.scheduledScan(); at != "" {
		remind("Known weaknesses are looked for by the calendar", Present, at)
	} else if len(s.pipelines) > 0 {
		remind("Known weaknesses are looked for by the calendar", NotAssessed, "no pipeline here scans on a schedule; what the registry or the clusters do is not visible")
	}
	if by := s.flowOf("", step{[]Role{PolicyRole}, []string{"ClusterPolicy.kyverno.io", "Policy.kyverno.io"}}); by.Seen {
		remind("Reports of policies are read every week", NotAssessed, by.Steps[0])
	}
	if by := s.sections(words(`\bSL[OI]s?\b|service levels?|error budget`), 1); len(by) > 0 {
		remind("Service levels are looked at every month", NotAssessed, where(by[0].Location))
	} else if by := s.names(MetricsRole); len(by) > 0 {
		remind("Service levels are looked at every month", NotAssessed, strings.Join(by, ", "))
	}
	if by := s.flow("", []string{"ClusterRoleBinding.rbac.authorization.k8s.io", "RoleBinding.rbac.authorization.k8s.io", "RBACDefinition.rbacmanager.reactiveops.io"}); by.Seen {
		remind("Who may do what is looked at every quarter", NotAssessed, by.Steps[0])
	}
	if by := s.flowOf("", step{[]Role{Backup}, nil}); by.Seen {
		remind("A restore is tried twice a year", NotAssessed, by.Steps[0])
	}
	return out
}

// scheduledScan is the place at which a pipeline that scans has its calendar; "" for
// none.
func (s shelf) scheduledScan() string {
	for _, f := range s.pipelines {
		if path.Ext(f) != ".yml" && path.Ext(f) != ".yaml" {
			continue
		}
		when, does := 0, false
		for i, l := range s.linesOf(f) {
			l = strings.TrimSpace(l)
			if strings.HasPrefix(l, "#") {
				continue
			}
			if when == 0 && calendar.MatchString(l) {
				when = i + 1
			}
			does = does || scans.MatchString(l)
		}
		if when == 0 || !does {
			continue
		}
		if quoted := review.Excerpt(s.read(f), when, when); len(quoted) == 1 {
			return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(quoted[0]), "- ")) + " " + where(at(f, when))
		}
	}
	return ""
}
