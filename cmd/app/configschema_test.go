package main

import (
	"bytes"
	"os"
	"regexp"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"

	"github.com/seaworthy-dev/seaworthy/checks"
	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/engine"
	"github.com/seaworthy-dev/seaworthy/internal/job"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// TestConfigSchemaIsWritten: docs/schema/config-v1.json is what the catalogue
// gives.
func TestConfigSchemaIsWritten(t *testing.T) {
	written, err := os.ReadFile(schemaFile("config-v1"))
	if err != nil || !bytes.Equal(written, configSchema()) {
		t.Errorf("docs/schema/config-v1.json is not what the catalogue gives (%v): make docs", err)
	}
}

// TestConfigSchemaAgreesWithTheParser: what one takes, the other takes, and what
// an editor can tell is wrong, the parser tells too.
func TestConfigSchemaAgreesWithTheParser(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile(schemaFile("config-v1"))
	if err != nil {
		t.Fatal(err)
	}
	fits := func(text string) error {
		asJSON, err := yaml.YAMLToJSON([]byte(text))
		if err != nil {
			return err
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
		if err != nil {
			return err
		}
		return schema.Validate(value)
	}
	runner := sandbox.InProcess(engine.Handlers())
	ids := (&job.Reviewer{Checks: checks.All, Own: checks.Engine}).CheckIDs()
	mistakes := func(text string) []config.Mistake {
		_, mistakes, err := config.ReadContent(t.Context(), runner, []byte(text), "test", ids)
		if err != nil {
			t.Fatal(err)
		}
		return mistakes
	}

	good := map[string]string{}
	for _, file := range []string{"docs/configure.md", ".github/seaworthy.yaml"} {
		content, err := os.ReadFile("../../" + file)
		if err != nil {
			t.Fatal(err)
		}
		if file == ".github/seaworthy.yaml" {
			good[file] = string(content)
			continue
		}
		for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(content), -1) {
			text := block[1]
			if !regexp.MustCompile(`(?m)^(version|gate|waivers|rules|audit|checks):`).MatchString(text) {
				continue // of some other file
			}
			if !bytes.Contains([]byte(text), []byte("version:")) {
				text = "version: 1\n" + text
			}
			good[file+" "+text[:min(40, len(text))]] = text
		}
	}
	if len(good) < 5 {
		t.Fatalf("only %d files are held against it", len(good))
	}
	good["everything"] = `version: 1
gate: strict
minimum: {gate: standard}
branches: [main]
consumers: ["acme/*"]
impact: false
mirrors: ["oci://ghcr.io/acme/fleet"]
kubernetes: "1.33"
clusters: [{name: prod, path: clusters/prod, environment: prod}, {name: dev, destination: in-cluster}, {name: test, destination: ["https://test.acme.test", test]}]
targets: {exclude: ["a/**"], unapplied: ["docs/**"]}
checks: {image-tag-mutable: {severity: critical, enabled: true, locked: true}}
rules: [{id: two, kinds: [Deployment], expr: object.spec.replicas >= 2, message: two, severity: low, field: /spec/replicas}]
waivers: [{check: single-replica, object: "*/a", path: a/**, selector: {matchLabels: {a: b}}, targets: [a], cluster: prod, owner: "@a", reason: r, expires: "2027-03-31"}]
evidence: {dir: docs, environments: [prod], maxAgeDays: 90}
audit: {every: weekly, issue: true}
`
	for name, text := range good {
		if err := fits(text); err != nil {
			t.Errorf("%s: the schema refuses it: %v", name, err)
		}
		if wrong := mistakes(text); len(wrong) > 0 {
			t.Errorf("%s: the parser refuses it: %v", name, wrong)
		}
	}
	for _, text := range []string{
		"gate: strict\n", "version: 2\n", "version: 1\ngates: strict\n", "version: 1\ngate: lax\n", "version: 1\nkubernetes: 1.33\n",
		"version: 1\nclusters: [{name: prod}]\n", "version: 1\nchecks: {image-tag-mutable: {severity: fatal}}\n", "version: 1\nchecks: {image-tag-mutable: {options: {}, level: 1}}\n",
		"version: 1\nwaivers: [{check: single-replica}]\n", "version: 1\nrules: [{id: A, kinds: [Pod], expr: 'true', message: m}]\n", "version: 1\naudit: {every: hourly}\n",
		"version: 1\nevidence: {maxAgeDays: 0}\n", "version: 1\nimpact: some\n", "version: 1\nminimum: {gate: x}\n", "version: 1\ntargets: {include: [a]}\n",
	} {
		if fits(text) == nil {
			t.Errorf("the schema takes %q", text)
		}
		if len(mistakes(text)) == 0 {
			t.Errorf("the parser takes %q", text)
		}
	}
}
