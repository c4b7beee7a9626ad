package report

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/audit"
	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// PageGraph is what applies what, around what changes.
type PageGraph struct {
	Nodes []PageNode   `json:"nodes"`
	Edges []audit.Edge `json:"edges"` // between the nodes, by their ids
}

// PageNode is a Kustomization, a release or a source.
type PageNode struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"`
	Name   string `json:"name"` // namespace/name
	Detail string `json:"detail,omitempty"`
	Lit    bool   `json:"lit,omitempty"` // it changes, or what it applies does
}

// Draw puts a map of the head onto the page: what changes, and what leads there or
// waits for it. Where nothing of the map changes there is none.
func (p *Page) Draw(i *audit.Inventory) {
	lit := p.litNodes(i.Nodes)
	near := map[string]bool{}
	for _, e := range i.Edges {
		if lit[e.From] || lit[e.To] {
			near[e.From], near[e.To] = true, true
		}
	}
	g := &PageGraph{}
	drawn := map[string]bool{}
	for _, n := range i.Nodes {
		if !lit[n.ID] && !near[n.ID] {
			continue
		}
		drawn[n.ID] = true
		g.Nodes = append(g.Nodes, PageNode{ID: n.ID, Kind: n.Kind, Name: model.RedactedName(n.Name), Detail: model.RedactedName(n.Detail), Lit: lit[n.ID]})
	}
	for _, e := range i.Edges {
		if drawn[e.From] && drawn[e.To] {
			g.Edges = append(g.Edges, e)
		}
	}
	if len(lit) > 0 {
		p.Graph = g
	}
}

// litNodes are the nodes whose object changes, or the objects of whose target do.
func (p *Page) litNodes(nodes []audit.Node) map[string]bool {
	objects, targets := map[string]bool{}, map[string]bool{}
	for _, c := range p.Changes {
		for _, t := range c.Targets {
			objects[p.Targets[t].Cluster+" "+c.Object.String()] = true
		}
	}
	for _, t := range p.Targets {
		if _, name, ok := strings.Cut(t.ID, ":"); ok && (t.Changes > 0 || t.Error != nil) {
			targets[string(t.Kind)+" "+name] = true
		}
	}
	kinds := map[string]model.Kind{"Kustomization": model.Flux, "HelmRelease": model.Helm}
	out := map[string]bool{}
	for _, n := range nodes {
		if objects[n.Cluster+" "+n.Kind+" "+n.Name] || targets[string(kinds[n.Kind])+" "+n.Cluster+"/"+n.Name] {
			out[n.ID] = true
		}
	}
	return out
}
