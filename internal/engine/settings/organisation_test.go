package settings

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seaworthy-dev/seaworthy/internal/config"
)

func TestMerge(t *testing.T) {
	defaults, wrong := Parse([]byte(`version: 1
gate: strict
minimum: {gate: standard}
kubernetes: "1.33"
checks:
  image-tag-mutable: {severity: critical, options: {words: [edge]}}
  probes-missing: {locked: true, severity: high}
rules:
  - {id: team-label, kinds: [Deployment], expr: "true", message: m}
`), known)
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	own, wrong := Parse([]byte(`version: 1
gate: report
minimum: {gate: report}
checks:
  image-tag-mutable: {enabled: false}
  probes-missing: {enabled: false}
rules:
  - {id: mine, kinds: [Deployment], expr: "true", message: m}
  - {id: team-label, kinds: [Deployment], expr: "true", message: m}
`), append([]string{"team-label"}, known...))
	if len(wrong) != 1 {
		t.Fatal(wrong)
	}
	file, mistakes := config.Merge(defaults, own)
	var got []string
	for _, m := range mistakes {
		got = append(got, fmt.Sprintf("%d: %s", m.Line, m.Message))
	}
	if d := cmp.Diff([]string{
		"2: the organisation wants the gate `standard` at least, and that is what counts",
		"3: `minimum` counts in the organisation's file only",
		"6: the organisation locks `probes-missing`; what stands here does not count",
	}, got); d != "" {
		t.Error(d)
	}
	tag, probes := file.Checks["image-tag-mutable"], file.Checks["probes-missing"]
	if tag.Severity != "critical" || *tag.Enabled || string(tag.Options) != `{"words":["edge"]}` || !tag.Inherited {
		t.Errorf("key by key: %+v", tag)
	}
	if probes.Enabled != nil || probes.Severity != "high" {
		t.Errorf("what is locked: %+v", probes)
	}
	if file.Gate != "standard" || file.Kubernetes != "1.33" || len(file.Rules) != 2 || file.Rules[1].ID != "mine" {
		t.Errorf("merged: %+v", file)
	}
	if file, mistakes = config.Merge(defaults, defaults); len(mistakes) > 0 || file.Gate != "strict" {
		t.Errorf("the repository that holds the defaults: %s %v", file.Gate, mistakes)
	}
	if file, mistakes = config.Merge(config.File{}, config.File{}); file.Gate != "standard" || len(mistakes) > 0 {
		t.Errorf("nothing at all: %+v %v", file, mistakes)
	}
	if file, _ = config.Merge(config.File{Minimum: config.Minimum{Gate: "strict"}}, config.File{}); file.Gate != "strict" {
		t.Errorf("a minimum above the default: %s", file.Gate)
	}
}

// TestASlipDoesNotLowerTheBar: what cannot be read of a minimum is the strictest.
func TestASlipDoesNotLowerTheBar(t *testing.T) {
	file, mistakes := Parse([]byte("version: 1\nminimum: {gate: strickt}\nchecks:\n  probes-missing: {locked: maybe}\n"), known)
	if len(mistakes) != 2 || file.Minimum.Gate != "strict" || !file.Checks["probes-missing"].Locked {
		t.Errorf("%+v, %v", file, mistakes)
	}
	for _, content := range []string{"a: [", "- a\n", "text"} {
		if _, mistakes := Parse([]byte(content), known); len(mistakes) == 0 || !mistakes[0].Whole {
			t.Errorf("%q: %v", content, mistakes)
		}
	}
}
