package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/checks"
	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/engine"
	"github.com/seaworthy-dev/seaworthy/internal/job"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"github.com/seaworthy-dev/seaworthy/internal/render"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

const (
	ownURL    = "https://github.com/seaworthy-dev/seaworthy"
	someImage = "{digest: sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef}"
)

// chartRelease installs the chart of this repository with Flux.
const chartRelease = `apiVersion: v1
kind: Namespace
metadata:
  name: seaworthy
  labels: {pod-security.kubernetes.io/enforce: restricted}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: default-deny, namespace: seaworthy}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: seaworthy, namespace: seaworthy}
spec:
  interval: 1h
  url: ` + ownURL + `
  ref: {branch: main}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: seaworthy, namespace: seaworthy}
spec:
  interval: 1h
  driftDetection: {mode: enabled}
  install: {remediation: {retries: 3}}
  upgrade: {remediation: {retries: 3}}
  chart:
    spec:
      chart: ./deploy/chart
      sourceRef: {kind: GitRepository, name: seaworthy}
  values:
`

// installed reviews the chart as it is installed with some values, by this
// repository's file and for one version of Kubernetes.
func installed(t *testing.T, values, kubernetes string) *review.Report {
	t.Helper()
	head := map[string]string{
		"install/kustomization.yaml": "resources: [release.yaml]\n",
		"install/release.yaml":       chartRelease + "    " + strings.ReplaceAll(strings.TrimSpace(values), "\n", "\n    ") + "\n",
	}
	maps.Copy(head, files(t, "deploy/chart"))
	maps.Copy(head, linked)
	return reviewed(t, head, kubernetes)
}

// reviewed reviews files as if all of them were new.
func reviewed(t *testing.T, head map[string]string, kubernetes string) *review.Report {
	t.Helper()
	own, err := os.ReadFile("../../.github/seaworthy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	runner := sandbox.InProcess(engine.Handlers())
	r := &job.Reviewer{Runner: runner, Renderer: render.New(runner, render.NoCache(), 1), Checks: checks.All, Own: checks.Engine}
	c := job.Change{BaseSHA: "0", MergeBase: "0", HeadSHA: "1", Scope: "test", Base: modeltest.Tree(nil), Head: modeltest.Tree(head), Origins: []string{ownURL},
		AsOf: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}
	settings := append(own, fmt.Sprintf("\nkubernetes: %q\n", kubernetes)...)
	file, mistakes, err := config.ReadContent(t.Context(), runner, settings, c.Scope, r.CheckIDs())
	if err != nil || len(mistakes) > 0 {
		t.Fatal(mistakes, err)
	}
	if c.Governance, err = r.Govern(file, ".github/seaworthy.yaml", mistakes, job.Defaults{}); err != nil {
		t.Fatal(err)
	}
	report, err := r.Review(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// linked stands in for the pages that deploy/ leads to.
var linked = map[string]string{"docs/environment.md": "# The environment\n", "docs/operate.md": "# Operate\n\n## What to watch\n"}

// files reads a directory of this repository.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(filepath.Join("../..", dir), func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(p)
		out[strings.TrimPrefix(filepath.ToSlash(p), "../../")] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestChart: every way to install is rendered by Helm, fits the schemas of the
// oldest and the newest Kubernetes that we know, and is reviewed with nothing to
// say.
func TestChart(t *testing.T) {
	always := []string{"Deployment", "NetworkPolicy", "Service", "ServiceAccount"}
	for name, c := range map[string]struct {
		values string
		kinds  []string
	}{
		"SQLite": {"image: " + someImage + "\npublicURL: https://seaworthy.acme.dev", []string{"PersistentVolumeClaim"}},
		"PostgreSQL, replicas": {"image: " + someImage + "\nreplicas: 3\ndatabase: {secretName: seaworthy-database}\nnetworkPolicy: {database: [{podSelector: {matchLabels: {app: postgres}}}]}",
			[]string{"PodDisruptionBudget"}},
		"ingress": {"image: " + someImage + "\ningress: {enabled: true, className: nginx, host: seaworthy.acme.dev}", []string{"Ingress", "PersistentVolumeClaim"}},
		"route":   {"image: " + someImage + "\nroute: {enabled: true, parentRefs: [{name: public, namespace: gateways}], hostnames: [seaworthy.acme.dev]}", []string{"HTTPRoute", "PersistentVolumeClaim"}},
		"watched": {"image: " + someImage + "\nserviceMonitor: {enabled: true}\nprometheusRule: {enabled: true, labels: {release: prometheus}}\ndashboard: {enabled: true}",
			[]string{"ConfigMap", "PersistentVolumeClaim", "PrometheusRule", "ServiceMonitor"}},
		"everything else": {"image: " + someImage + `
githubURL: https://github.acme.dev
env: {SEAWORTHY_WORKERS: "4"}
persistence: {existingClaim: kept}
caCertificates: {configMap: authorities}
drainSeconds: 60
service: {annotations: {a: b}}
serviceAccount: {annotations: {a: b}}
networkPolicy: {from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ingress}}}], github: [{ipBlock: {cidr: 10.1.2.3/32}}]}
podLabels: {team: platform}
podAnnotations: {a: b}
priorityClassName: high
nodeSelector: {kubernetes.io/os: linux}
tolerations: [{key: a, operator: Exists}]
affinity: {nodeAffinity: {}}`, nil},
	} {
		for _, kubernetes := range []string{"1.29", "1.36"} {
			t.Run(name+" on "+kubernetes, func(t *testing.T) {
				t.Parallel()
				r := installed(t, c.values, kubernetes)
				var kinds []string
				for _, change := range r.Changes {
					if !slices.Contains([]string{"Namespace", "GitRepository", "HelmRelease"}, change.Object.Kind) && change.Object.Name != "default-deny" {
						kinds = append(kinds, change.Object.Kind)
					}
				}
				slices.Sort(kinds)
				want := slices.Sorted(slices.Values(slices.Concat(always, c.kinds)))
				if !slices.Equal(kinds, want) {
					t.Errorf("it makes %v, want %v", kinds, want)
				}
				for _, target := range r.Targets {
					if target.Error != nil {
						t.Errorf("%s: %v", target.ID, target.Error)
					}
				}
				for _, f := range r.Findings {
					// SQLite has one writer; the fixture follows a branch.
					if f.Check == "single-replica" && !strings.Contains(c.values, "replicas") || f.Check == "source-ref-mutable" {
						continue
					}
					// Unknown: what the operator brings, such as the Secret.
					if f.Status != review.Waived && f.Status != review.Unknown {
						t.Errorf("%s %s: %s (%v)", f.Status, f.Check, f.Message, f.Location)
					}
				}
			})
		}
	}
}

// TestChartRefuses what cannot work, before anything is applied.
func TestChartRefuses(t *testing.T) {
	for values, want := range map[string]string{
		"replicas: 2":              "secretName",
		"ingress: {enabled: true}": "host",
		"route: {enabled: true, hostnames: [a.example.com]}": "parentRefs",
		"publicURL: http://seaworthy.acme.dev":               "publicURL",
		"env: {SEAWORTHY_WEBHOOK_SECRET: clear}":             "SEAWORTHY_WEBHOOK_SECRET",
		"replica: 2":                                         "replica",
		"image: {digest: latest}":                            "digest",
	} {
		var said []string
		for _, target := range installed(t, values, "1.36").Targets {
			if target.Error != nil {
				said = append(said, target.Error.Message)
			}
		}
		if len(said) != 1 || !strings.Contains(said[0], want) {
			t.Errorf("%s: %q, want it to speak of %s", values, said, want)
		}
	}
}

// TestChartExamples: what the README shows for Flux and Argo CD is what they
// take.
func TestChartExamples(t *testing.T) {
	readme, err := os.ReadFile("../../deploy/chart/README.md")
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(readme), -1) {
		shown = append(shown, block[1])
	}
	r := reviewed(t, map[string]string{"a/kustomization.yaml": "resources: [all.yaml]\n", "a/all.yaml": strings.Join(shown, "---\n")}, "1.36")
	var kinds []string
	for _, change := range r.Changes {
		kinds = append(kinds, change.Object.Kind)
	}
	slices.Sort(kinds)
	if !slices.Equal(kinds, []string{"Application", "HelmRelease", "OCIRepository"}) {
		t.Errorf("it shows %v", kinds)
	}
	for _, f := range r.Findings {
		// The registry is not asked in a test, and the host is for the reader to name.
		if f.Status != review.Unknown && f.Status != review.Waived && f.Check != review.RenderFailed && f.Check != "placeholder-value" {
			t.Errorf("%s %s: %s", f.Status, f.Check, f.Message)
		}
	}
}
