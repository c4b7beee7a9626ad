package report

import (
	"fmt"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/audit"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// The map shows what changes, itself or in what it applies, and its neighbours.
func TestDraw(t *testing.T) {
	r := sample()
	r.Targets = append(r.Targets, review.TargetResult{ID: "flux:prod/flux-system/apps", Kind: model.Flux, Cluster: "prod", Path: "apps", Base: "rendered", Head: "rendered", Changed: true})
	r.Changes[0].Targets = []string{"flux:prod/flux-system/apps"}
	r.Changes = append(r.Changes, review.Change{Change: review.Modified, Targets: []string{"flux:prod/flux-system/apps"},
		Object: model.ObjectID{Group: "helm.toolkit.fluxcd.io", Kind: "HelmRelease", Namespace: "shop", Name: "web"}})
	node := func(kind, name, detail string) audit.Node {
		return audit.Node{ID: kind + name, Kind: kind, Name: name, Cluster: "prod", Detail: detail}
	}
	inventory := &audit.Inventory{Nodes: []audit.Node{node("Kustomization", "flux-system/apps", ""), node("Kustomization", "flux-system/infra", ""), node("Kustomization", "flux-system/far", ""),
		node("HelmRelease", "shop/web", "web 1.0"), node("HelmRepository", "shop/charts", model.Redact("abc")), {ID: "other", Kind: "HelmRelease", Name: "shop/web", Cluster: "staging"}},
		Edges: []audit.Edge{{From: "Kustomizationflux-system/apps", To: "Kustomizationflux-system/infra", Kind: "dependsOn"}, {From: "Kustomizationflux-system/infra", To: "Kustomizationflux-system/far", Kind: "dependsOn"},
			{From: "HelmReleaseshop/web", To: "HelmRepositoryshop/charts", Kind: "source"}}}
	p := PageOf(r)
	p.Draw(inventory)
	var got []string
	for _, n := range p.Graph.Nodes {
		got = append(got, fmt.Sprint(n.Kind, " ", n.Name, " ", n.Lit))
	}
	want := []string{"Kustomization flux-system/apps true", "Kustomization flux-system/infra false", "HelmRelease shop/web true", "HelmRepository shop/charts false"}
	if fmt.Sprint(got) != fmt.Sprint(want) || len(p.Graph.Edges) != 2 {
		t.Errorf("it draws %v and %d edges, want %v", got, len(p.Graph.Edges), want)
	}
	if d := p.Graph.Nodes[3].Detail; model.Redacted(d) {
		t.Errorf("it shows %q", d)
	}
	quiet := PageOf(sample())
	if quiet.Draw(inventory); quiet.Graph != nil {
		t.Errorf("where nothing of it changes it draws %+v", quiet.Graph)
	}
}
