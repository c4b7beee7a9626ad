package audit

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// snapshot makes one target a key out of YAML documents.
func snapshot(t *testing.T, targets map[string]string) *model.Snapshot {
	t.Helper()
	s := &model.Snapshot{Side: model.Head}
	for dir, text := range targets {
		r := model.Rendered{Target: model.Target{ID: "kustomize:" + dir, Kind: model.Kustomize, Path: dir, Cluster: "prod"}, Status: model.StatusRendered}
		for _, doc := range strings.Split(text, "\n---\n") {
			raw, err := yaml.YAMLToJSON([]byte(doc))
			if err != nil {
				t.Fatal(err)
			}
			var o struct {
				APIVersion, Kind string
				Metadata         struct{ Name, Namespace string }
			}
			if err := json.Unmarshal(raw, &o); err != nil {
				t.Fatal(err)
			}
			group, version := model.SplitAPIVersion(o.APIVersion)
			id := model.ObjectID{Group: group, Version: version, Kind: o.Kind, Namespace: o.Metadata.Namespace, Name: o.Metadata.Name}
			r.Objects = append(r.Objects, model.NewObject(id, "", raw, nil))
		}
		s.Targets = append(s.Targets, r)
	}
	return s
}

const platform = `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {interval: 10m, path: ./apps, sourceRef: {kind: GitRepository, name: flux-system}, dependsOn: [{name: infra}]}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: infra, namespace: flux-system}
spec: {interval: 10m, path: ./infra, sourceRef: {kind: GitRepository, name: flux-system}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {url: "https://user:secret@example.org/acme/shop", ref: {branch: main}}`

const apps = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: 'web"]; click', namespace: shop}
spec:
  chart: {spec: {chart: web, version: 1.2.3, sourceRef: {kind: HelmRepository, name: acme}}}
  valuesFrom: [{kind: Secret, name: values}, {kind: Secret, name: gone}]
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: acme}
spec: {url: "https://charts.example.org"}
---
apiVersion: v1
kind: Secret
metadata: {name: values, namespace: shop}
---
apiVersion: v1
kind: Service
metadata: {name: edge, namespace: shop}
spec: {type: LoadBalancer, ports: [{port: 443}]}`

func TestInventory(t *testing.T) {
	v := Take(snapshot(t, map[string]string{"clusters/prod": platform, "apps": apps}))
	const (
		k = "prod|Kustomization|flux-system/"
		r = `prod|HelmRelease|shop/web"]; click`
	)
	want := map[Edge]bool{
		{From: k + "apps", To: k + "infra", Kind: "dependsOn"}:                                true,
		{From: k + "apps", To: "prod|GitRepository|flux-system/flux-system", Kind: "source"}:  true,
		{From: k + "infra", To: "prod|GitRepository|flux-system/flux-system", Kind: "source"}: true,
		{From: k + "apps", To: r, Kind: "applies"}:                                            true,
		{From: k + "apps", To: "prod|HelmRepository|/acme", Kind: "applies"}:                  true,
		{From: r, To: "prod|HelmRepository|/acme", Kind: "source"}:                            true, // its namespace is left to whoever applies it
		{From: r, To: "prod|Secret|shop/values", Kind: "valuesFrom"}:                          true,
		{From: r, To: "prod|Secret|shop/gone", Kind: "valuesFrom", Missing: true}:             true,
	}
	got := map[Edge]bool{}
	for _, e := range v.Edges {
		got[e] = true
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	a := v.architecture()
	if d := cmp.Diff([]string{"Kustomization flux-system/infra", "Kustomization flux-system/apps"}, a.CriticalPath); d != "" {
		t.Error(d)
	}
	if len(a.Entries) != 1 || a.Entries[0].Kind != "Service LoadBalancer" || a.Entries[0].Opens != "443/TCP" {
		t.Errorf("entry points: %+v", a.Entries)
	}
	if strings.Contains(a.Diagram, `"]; click`) || strings.Count(a.Diagram, "[\"") != strings.Count(a.Diagram, "\"]") {
		t.Errorf("a name ends its box:\n%s", a.Diagram)
	}
	for _, n := range v.Nodes {
		if strings.Contains(n.Detail, "secret@") {
			t.Errorf("%s shows a password: %s", n.ID, n.Detail)
		}
	}
}

func TestACycleEndsTheCriticalPath(t *testing.T) {
	v := Take(snapshot(t, map[string]string{"a": strings.Replace(platform, "path: ./infra, sourceRef", "path: ./infra, dependsOn: [{name: apps}], sourceRef", 1)}))
	if p := v.criticalPath(); len(p) == 0 || len(p) > 2 {
		t.Errorf("the path is %v", p)
	}
}
