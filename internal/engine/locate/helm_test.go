package locate

import (
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

const webRelease = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: web
  namespace: shop
spec:
  interval: 10m
  chart:
    spec:
      chart: web
      version: 1.0.0
      sourceRef: {kind: HelmRepository, name: charts}
  valuesFrom:
  - {kind: ConfigMap, name: common}
  - {kind: ConfigMap, name: one, valuesKey: level, targetPath: log.level}
  values:
    replicaCount: 2
    image:
      repository: registry.example.org/web
      tag: "2.1"
    extraArgs:
    - --port=8080
    mode: quick-and-dirty
    limits:
      memory: 1Gi
  postRenderers:
  - kustomize:
      patches:
      - target: {kind: Deployment, name: web}
        patch: |
          - op: add
            path: /spec/template/spec/priorityClassName
            value: high
      - patch: |
          apiVersion: apps/v1
          kind: Deployment
          metadata: {name: web, namespace: shop}
          spec:
            paused: true
`

const commonValues = `apiVersion: v1
kind: ConfigMap
metadata: {name: common, namespace: shop}
data:
  values.yaml: |
    replicaCount: 9
    nodeSelector:
      zone: north-one
    probe: /health
---
apiVersion: v1
kind: ConfigMap
metadata: {name: one, namespace: shop}
data:
  level: info
`

// helmCase is a change of a release, and a field of what its chart renders.
type helmCase struct {
	replace  [2]string // pairs of what head has instead, in any file, "|" between several
	pointer  string
	was, now any
	existing bool
	chart    map[string]string // files of a chart in this repository
	want     string
}

var helmCases = map[string]helmCase{
	"the only change is a value":                      {replace: [2]string{"replicaCount: 2", "replicaCount: 3"}, pointer: "/spec/replicas", was: 2, now: 3, want: "web.yaml:17"},
	"the only change is the version":                  {replace: [2]string{"version: 1.0.0", "version: 1.1.0"}, pointer: "/spec/hostNetwork", now: true, want: "web.yaml:11"},
	"a value of a ConfigMap":                          {replace: [2]string{"north-one", "south-one"}, pointer: "/spec/x", was: "north-one", now: "south-one", want: "common.yaml:8"},
	"a single value of a ConfigMap":                   {replace: [2]string{"  level: info", "  level: trace"}, pointer: "/spec/x", was: "info", now: "trace", want: "common.yaml:15"},
	"a value that another document overrides":         {replace: [2]string{"replicaCount: 9", "replicaCount: 8"}, pointer: "/spec/replicas", was: 1, now: 5, want: "web.yaml:1 object"},
	"of two changes the one that holds the value":     {replace: [2]string{"version: 1.0.0|/health", "version: 1.1.0|/ready"}, pointer: "/spec/path", was: "/health", now: "/ready", want: "common.yaml:9"},
	"of two changes the one that the text is made of": {replace: [2]string{`tag: "2.1"|/health`, `tag: "2.2"|/ready`}, pointer: "/spec/image", was: "registry.example.org/web:2.1", now: "registry.example.org/web:2.2", want: "web.yaml:20"},
	"of two changes the version, where no value fits": {replace: [2]string{"version: 1.0.0|/health", "version: 1.1.0|/ready"}, pointer: "/spec/hostNetwork", now: true, want: "web.yaml:11"},
	"of two values neither":                           {replace: [2]string{"8080|/health", "9090|/ready"}, pointer: "/spec/hostNetwork", now: true, want: "web.yaml:1 object"},
	"a value that is gone":                            {replace: [2]string{"      memory: 1Gi\n", ""}, pointer: "/spec/x", was: "1Gi", want: "web.yaml:24"},
	"a field that the interval cannot change":         {replace: [2]string{"interval: 10m", "interval: 5m"}, pointer: "/spec/replicas", was: 1, now: 5, want: "web.yaml:1 object"},
	"nothing changed, and a value is called the same": {pointer: "/spec/mode", now: "quick-and-dirty", existing: true, want: "web.yaml:23"},
	"nothing changed, and a pair is called the same":  {pointer: "/spec/limits/memory", now: "1Gi", existing: true, want: "web.yaml:25"},
	"nothing changed, and the value says little":      {pointer: "/spec/replicaCount", now: 2, existing: true, want: "web.yaml:1 object"},
	"nothing changed, and the image's tag is known":   {pointer: "/spec/image", now: "registry.example.org/web:2.1", existing: true, want: "web.yaml:20"},
	"what a post renderer writes":                     {pointer: "/spec/template/spec/priorityClassName", now: "high", existing: true, want: "web.yaml:33"},
	"what a post renderer merges":                     {pointer: "/spec/paused", now: true, existing: true, want: "web.yaml:39"},
	"an existing finding beside a change":             {replace: [2]string{"8080", "9090"}, pointer: "/spec/hostNetwork", now: true, existing: true, want: "web.yaml:1 object"},
	"one line of a template": {replace: [2]string{"hostNetwork: false", "hostNetwork: true"}, pointer: "/spec/hostNetwork", was: false, now: true,
		chart: map[string]string{"charts/web/templates/d.yaml": "a: 1\nhostNetwork: false\nb: 2\n"}, want: "charts/web/templates/d.yaml:2"},
	"many lines of a template": {replace: [2]string{"a: 1\nhostNetwork: false", "a: 2\nhostNetwork: true"}, pointer: "/spec/hostNetwork", was: false, now: true,
		chart: map[string]string{"charts/web/templates/d.yaml": "a: 1\nhostNetwork: false\nb: 2\n"}, want: "charts/web/templates/d.yaml:1 file"},
	"the chart's own values": {replace: [2]string{"deep: 1", "deep: 2"}, pointer: "/spec/x", was: 1, now: 2,
		chart: map[string]string{"charts/web/values.yaml": "replicaCount: 1\nsome:\n  deep: 1\n"}, want: "charts/web/values.yaml:3"},
}

func TestHelm(t *testing.T) {
	for name, c := range helmCases {
		t.Run(name, func(t *testing.T) {
			base, head := tree{"web.yaml": webRelease, "common.yaml": commonValues}, tree{}
			for p, content := range c.chart {
				base[p] = content
			}
			var pairs []string
			for i, old := range strings.Split(c.replace[0], "|") {
				if old != "" {
					pairs = append(pairs, old, strings.Split(c.replace[1], "|")[i])
				}
			}
			for p, content := range base {
				head[p] = strings.NewReplacer(pairs...).Replace(content)
			}
			q := task.Query{Object: model.ObjectID{Group: "apps", Version: "v1", Kind: "Deployment", Namespace: "shop", Name: "web"},
				Side: model.Head, Value: c.now, Was: c.was, Changed: !c.existing}
			for _, token := range tokens(c.pointer) {
				q.Path = append(q.Path, model.FieldStep(token))
			}
			of := task.TargetQueries{Kind: model.Helm, Base: helmLine(c.chart != nil), Head: helmLine(c.chart != nil), Queries: []task.Query{q}}
			if got := show(NewLocator(base, head).Locate(of)[0].Position); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func helmLine(own bool) *model.Lineage {
	id := func(kind, name string) model.ObjectID {
		return model.ObjectID{Kind: kind, Namespace: "shop", Name: name, Version: "v1"}
	}
	release := model.ObjectID{Group: "helm.toolkit.fluxcd.io", Version: "v2", Kind: "HelmRelease", Namespace: "shop", Name: "web"}
	common := &model.Lineage{Kind: model.Manifests, File: "common.yaml"}
	l := &model.Lineage{Kind: model.Helm, By: &release, Parent: &model.Lineage{Kind: model.Manifests, File: "web.yaml"}, Reads: []model.Read{
		{Object: id("ConfigMap", "common"), In: common},
		{Object: id("ConfigMap", "one"), In: common, Key: "level", Path: "log.level"},
	}}
	if own {
		l.Dir = "charts/web"
	}
	return l
}
