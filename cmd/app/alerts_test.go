package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seaworthy-dev/seaworthy/internal/job"
)

// described collects the names of metrics.
type described struct{ names map[string]bool }

var metricName = regexp.MustCompile(`fqName: "([^"]+)"`)

func (d described) Register(c prometheus.Collector) error {
	all := make(chan *prometheus.Desc, 100)
	c.Describe(all)
	close(all)
	for one := range all {
		d.names[metricName.FindStringSubmatch(one.String())[1]] = true
	}
	return nil
}

func (d described) MustRegister(all ...prometheus.Collector) {
	for _, c := range all {
		_ = d.Register(c) // it gives none
	}
}

func (d described) Unregister(prometheus.Collector) bool { return false }

// Alerts, the dashboard and the documents speak of metrics that there are, and every
// alert has its runbook.
func TestAlertsAndTheirRunbooks(t *testing.T) {
	have := described{map[string]bool{}}
	job.NewMetrics(have, nil)
	read := func(file string) string {
		content, err := os.ReadFile("../../" + file)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	const rules = "deploy/chart/templates/prometheus-rule.yaml"
	for _, file := range []string{rules, "deploy/chart/dashboards/seaworthy.json", "docs/operate.md", "docs/runbooks.md"} {
		for _, name := range regexp.MustCompile(`seaworthy_[a-z_]+`).FindAllString(read(file), -1) {
			base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
			if !have.names[base] {
				t.Errorf("%s: there is no metric %s", file, name)
			}
		}
	}
	if !json.Valid([]byte(read("deploy/chart/dashboards/seaworthy.json"))) {
		t.Error("the dashboard is no JSON")
	}
	runbooks, text := read("docs/runbooks.md"), read(rules)
	alerts := regexp.MustCompile(`alert: (\w+)`).FindAllStringSubmatch(text, -1)
	if len(alerts) < 8 {
		t.Errorf("there are %d alerts", len(alerts))
	}
	for _, a := range alerts {
		if !strings.Contains(runbooks, "\n## "+a[1]+"\n") || !strings.Contains(text, "#"+strings.ToLower(a[1])+"\n") {
			t.Errorf("%s has no runbook", a[1])
		}
	}
}

// The alerts fire when they should, by Prometheus' own tool where it is.
func TestAlertsFire(t *testing.T) {
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not in PATH")
	}
	content, err := os.ReadFile("../../deploy/chart/templates/prometheus-rule.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, groups, _ := strings.Cut(string(content), "spec:\n")
	groups = strings.TrimSuffix(strings.TrimSpace(groups), "{{- end }}")
	groups = regexp.MustCompile(`\{\{ "([^"]*)" \}\}`).ReplaceAllString(groups, "$1")
	groups = strings.ReplaceAll(groups, "{{ $runbook }}", "https://example.com")
	dir := t.TempDir()
	for name, text := range map[string]string{"rules.yaml": groups, "test.yaml": alertTests} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command(tool, "test", "rules", filepath.Join(dir, "test.yaml")).CombinedOutput(); err != nil {
		t.Errorf("promtool: %v\n%s", err, out)
	}
}

const alertTests = `
rule_files: [rules.yaml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {series: 'seaworthy_waiting_oldest_seconds{kind="review",reason="worker"}', values: '0+60x30'}
      - {series: 'seaworthy_waiting_oldest_seconds{kind="review",reason="limit"}', values: '0+60x30'}
      - {series: 'seaworthy_waiting{kind="review",reason="permission"}', values: '1x30'}
      - {series: 'seaworthy_waiting{kind="review",reason="retry"}', values: '3x30'}
    promql_expr_test:
      - {expr: 'count(ALERTS{alertname="SeaworthyReviewsWait",alertstate="firing"})', eval_time: 20m, exp_samples: [{value: 1}]}
      - {expr: 'count(ALERTS{alertname="SeaworthyLimited",alertstate="firing"})', eval_time: 15m, exp_samples: []}
      - {expr: 'count(ALERTS{alertname="SeaworthyLimited",alertstate="firing"})', eval_time: 25m, exp_samples: [{value: 1}]}
      - {expr: 'count(ALERTS{alertname="SeaworthyPermissionMissing",alertstate="firing"})', eval_time: 20m, exp_samples: [{value: 1}]}
      - {expr: 'count(ALERTS{alertname="SeaworthyRetries"})', eval_time: 20m, exp_samples: []}
`
