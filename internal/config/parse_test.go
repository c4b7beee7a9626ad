package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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
`), known)
	if len(mistakes) > 0 {
		t.Fatalf("a right file has mistakes: %v", mistakes)
	}
	if file.Gate != "strict" || file.Clusters[0].Path != "clusters/prod" || *file.Checks["probes-missing"].Enabled ||
		string(file.Checks["image-tag-mutable"].Options) != `{"words":["edge"]}` || file.Waivers[0].Expires.Day() != 31 || file.Evidence.MaxAgeDays != 90 || file.Audit != (Audit{Every: "monthly", Issue: true}) {
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
		"6: a cluster needs a name and a path",
		"8: there is no check `image-tag-mutabel`; did you mean `image-tag-mutable`?",
		"9: severity must be one of critical, high, medium, low, info, not `huge`",
		"9: `probes-missing` has no key `colour`",
		"9: enabled must be true or false",
		"11: a waiver without expires and owner is no waiver",
		"12: `[` is no valid glob",
		"13: `gate` stands twice; the first counts",
		"14: every must be one of daily, weekly, monthly, off, not `hourly`",
		"14: issue must be true or false",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if file.Kubernetes != "1.30" {
		t.Errorf("what is right does not count: %+v", file)
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
