package settings

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seaworthy-dev/seaworthy/internal/config"
)

var known = []string{"image-tag-mutable", "probes-missing"}

func TestWholeFile(t *testing.T) {
	file, mistakes := Parse([]byte(`version: 1
gate: strict
branches: [main, release]
kubernetes: "1.33"
clusters:
  - {name: prod, path: clusters/prod/, environment: prod}
targets: {exclude: ["examples/**"]}
checks:
  image-tag-mutable: {severity: critical, options: {words: [edge]}}
  probes-missing: {enabled: false}
rules:
  - {id: team, kinds: [Deployment], expr: "true", message: "say whose it is"}
waivers:
  - {check: probes-missing, object: Deployment/shop/web, reason: "batch", owner: "@acme/shop", expires: 2027-03-31}
evidence: {dir: docs, environments: [prod], maxAgeDays: 90}
audit: {every: monthly, issue: true}
reviews: {forks: asked, bots: always}
`), known)
	if len(mistakes) > 0 {
		t.Fatalf("a right file has mistakes: %v", mistakes)
	}
	if file.Gate != "strict" || file.Clusters[0].Path != "clusters/prod" || *file.Checks["probes-missing"].Enabled ||
		string(file.Checks["image-tag-mutable"].Options) != `{"words":["edge"]}` || file.Waivers[0].Expires.Day() != 31 || file.Evidence.MaxAgeDays != 90 || file.Audit != (config.Audit{Every: "monthly", Issue: true}) ||
		file.Reviews != (config.Reviews{Forks: "asked", Bots: "always"}) {
		t.Errorf("read %+v", file)
	}
}

func TestEveryMistakeAtItsLine(t *testing.T) {
	file, mistakes := Parse([]byte(`version: 2
gate: strickt
branchs: [main]
kubernetes: 1.30
clusters:
  - {name: prod}
checks:
  image-tag-mutabel: {enabled: false}
  probes-missing: {severity: huge, colour: red, enabled: maybe}
waivers:
  - {check: probes-missing, reason: x}
targets: {exclude: ["["]}
gate: report
audit: {every: hourly, issue: maybe}
reviews: {drafts: never, people: asked}
`), known)
	var got []string
	for _, m := range mistakes {
		got = append(got, fmt.Sprintf("%d: %s", m.Line, m.Message))
	}
	want := []string{
		"1: version 2 is not known; write `version: 1`",
		"2: gate must be one of standard, strict, report, not `strickt`",
		"3: the file has no key `branchs`; did you mean `branches`?",
		"4: put the Kubernetes version in quotes: YAML reads 1.30 as 1.3",
		"6: a cluster needs a name, and a path or a destination",
		"8: there is no check `image-tag-mutabel`; did you mean `image-tag-mutable`?",
		"9: severity must be one of critical, high, medium, low, info, not `huge`",
		"9: `probes-missing` has no key `colour`",
		"9: enabled must be true or false",
		"11: a waiver without expires and owner is no waiver",
		"12: `[` is no valid glob",
		"13: `gate` stands twice; the first counts",
		"14: every must be one of daily, weekly, monthly, off, not `hourly`",
		"14: issue must be true or false",
		"15: drafts must be one of always, asked, not `never`",
		"15: reviews has no key `people`",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if file.Kubernetes != "1.30" {
		t.Errorf("what is right does not count: %+v", file)
	}
}

func TestRules(t *testing.T) {
	file, mistakes := Parse([]byte(`version: 1
checks:
  team-label: {severity: high}
rules:
  - {id: team-label, kinds: [Deployment.apps], expr: "has(object.metadata.labels.team)", message: say whose it is, field: /metadata/labels, severity: low}
  - {id: probes-missing, kinds: [Deployment], expr: "true", message: m}
  - {id: team-label, kinds: [Deployment], expr: "true", message: m}
  - {id: Team, kinds: [deployment], expr: "true", message: m}
  - {id: a, kinds: [], expr: "object.x = 1", message: m, field: spec}
  - {id: b, expr: "objekt.x == 1"}
  - team
waivers:
  - {check: team-label, owner: "@a", reason: r, expires: 2027-01-01}
`), known)
	var got []string
	for _, m := range mistakes {
		got = append(got, fmt.Sprintf("%d: %s", m.Line, m.Message))
	}
	want := []string{
		"6: there is a check `probes-missing` already; name the rule otherwise",
		"7: there are two rules `team-label`; the first counts",
		"8: a rule's id is made of a-z, 0-9 and -, not `Team`",
		"8: a kind begins with a capital, such as `Deployment`, not `deployment`",
		"9: a rule needs one kind or more",
		"9: expr, column 10: Syntax error: token recognition error at: '= '",
		"9: field must be a JSON Pointer such as /spec/replicas, not `spec`",
		"10: expr, column 1: undeclared reference to 'objekt'",
		"10: a rule without kinds and message is no rule",
		"11: a rule must be a map",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if len(file.Rules) != 1 || file.Rules[0].Field != "/metadata/labels" || len(file.Waivers) != 1 || file.Checks["team-label"].Severity != "high" {
		t.Errorf("read %+v", file)
	}
}

func TestWaiverSelectors(t *testing.T) {
	const tail = ", owner: \"@a\", reason: r, expires: 2027-01-01}\n"
	file, mistakes := Parse([]byte("version: 1\nwaivers:\n"+
		"- {check: probes-missing, selector: \"app=web,tier!=db\""+tail+
		"- {check: probes-missing, selector: {matchLabels: {app: web}, matchExpressions: [{key: tier, operator: Exists}]}, targets: [\"kustomize:a/**\"], cluster: prod-*"+tail+
		"- {check: probes-missing, selector: \"app in\""+tail+
		"- {check: probes-missing, selector: {}"+tail+
		"- {check: probes-missing, selector: {labels: {a: b}}"+tail+
		"- {check: probes-missing, cluster: \"[\""+tail), known)
	var got []int
	for _, m := range mistakes {
		got = append(got, m.Line)
	}
	if d := cmp.Diff([]int{5, 6, 7, 7, 8, 8}, got); d != "" {
		t.Errorf("%s\n%v", d, mistakes)
	}
	if len(file.Waivers) != 2 || file.Waivers[0].Selector != "app=web,tier!=db" || file.Waivers[1].Selector != "app=web,tier" || file.Waivers[1].Clusters[0] != "prod-*" {
		t.Errorf("read %+v", file.Waivers)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("version: 1\nchecks: {image-tag-mutable: {enabled: false}}\n")
	f.Add("a: &a [*a]\n")
	f.Fuzz(func(t *testing.T, content string) {
		_, mistakes := Parse([]byte(content), known)
		for _, m := range mistakes {
			if m.Line < 0 || m.Line > strings.Count(content, "\n")+2 {
				t.Errorf("line %d of %q", m.Line, content)
			}
		}
	})
}
