package audit

import (
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Kinds of what the map shows, as GroupKind writes them.
const (
	kustomization = "Kustomization.kustomize.toolkit.fluxcd.io"
	helmRelease   = "HelmRelease.helm.toolkit.fluxcd.io"
	gateway       = "Gateway.gateway.networking.k8s.io"
	meshGateway   = "Gateway.networking.istio.io"
	ingress       = "Ingress.networking.k8s.io"
	httpRoute     = "HTTPRoute.gateway.networking.k8s.io"
	service       = "Service"
)

// sourceGroup is the API group of Flux's sources.
const sourceGroup = "source.toolkit.fluxcd.io"

// Inventory is what the repository renders, as far as the report tells of it.
type Inventory struct {
	Clusters []ClusterState
	Nodes    []Node
	Edges    []Edge
	Entries  []Entry
	Releases []Release
	Kinds    map[string]int // objects by GroupKind, each content once a cluster

	snapshot *model.Snapshot
	known    map[string]int // node ids ▶ index
	loose    []Edge         // ends are looked up when all nodes are there
	seen     map[string]*model.Object
	asked    []**model.Position // where the answers to Questions go
}

// ClusterState counts what one cluster applies.
type ClusterState struct {
	Name     string `json:"name"` // "" is the unnamed one
	Targets  int    `json:"targets"`
	Rendered int    `json:"rendered"`
	Objects  int    `json:"objects"`
}

// Node is one box of the map.
type Node struct {
	ID       string          `json:"id"`
	Kind     string          `json:"kind"`
	Name     string          `json:"name"` // namespace/name
	Cluster  string          `json:"cluster"`
	Interval string          `json:"interval,omitempty"`
	Detail   string          `json:"detail,omitempty"` // a chart and its version, a URL, a path
	Location *model.Position `json:"location,omitempty"`

	group  string
	object model.ObjectID
	target model.Target
}

// Edge is one arrow of the map.
type Edge struct {
	From string `json:"from"`
	To   string `json:"to"`
	Kind string `json:"kind"` // source, dependsOn, applies, valuesFrom
	// Missing: what it leads to is not among what is rendered.
	Missing bool `json:"missing,omitempty"`
}

// Entry is one way into a cluster from outside.
type Entry struct {
	Kind     string          `json:"kind"`
	Name     string          `json:"name"`
	Cluster  string          `json:"cluster"`
	Opens    string          `json:"opens"` // ports and protocols, or hosts
	TLS      string          `json:"tls"`   // yes, no, partly, or unknown
	Location *model.Position `json:"location,omitempty"`

	object model.ObjectID
	target model.Target
}

// Take reads a snapshot. Questions then asks where the things stand.
func Take(s *model.Snapshot) *Inventory {
	v := &Inventory{snapshot: s, Kinds: map[string]int{}, known: map[string]int{}, seen: map[string]*model.Object{}}
	clusters := map[string]*ClusterState{}
	var names []string
	for _, t := range s.Targets {
		name := t.Target.Cluster
		if clusters[name] == nil {
			clusters[name] = &ClusterState{Name: name}
			names = append(names, name)
		}
		c := clusters[name]
		c.Targets++
		if t.Known() {
			c.Rendered++
		}
		for _, o := range t.Objects {
			key := name + " " + o.ID.GroupKind() + " " + o.ID.Namespace + "/" + o.ID.Name
			if v.seen[key] != nil {
				continue
			}
			v.seen[key] = o
			c.Objects++
			v.Kinds[o.ID.GroupKind()]++
			v.add(o, t.Target)
		}
	}
	sort.Strings(names)
	for _, n := range names {
		v.Clusters = append(v.Clusters, *clusters[n])
	}
	v.join()
	v.takeReleases(s)
	return v
}

func (v *Inventory) add(o *model.Object, t model.Target) {
	switch kind := o.ID.GroupKind(); {
	case kind == kustomization:
		v.kustomization(o, t)
	case kind == helmRelease:
		v.release(o, t)
	case o.ID.Group == sourceGroup:
		detail := review.Text(o.Fields(), "spec", "url")
		if tag := review.Text(o.Fields(), "spec", "ref", "tag"); tag != "" {
			detail += " " + tag
		} else if branch := review.Text(o.Fields(), "spec", "ref", "branch"); branch != "" {
			detail += " branch " + branch
		}
		v.node(o, t, detail)
	default:
		v.entry(o, t)
	}
}

func nodeID(cluster, kind, namespace, name string) string {
	return cluster + "|" + kind + "|" + namespace + "/" + name
}

func (v *Inventory) node(o *model.Object, t model.Target, detail string) string {
	id := nodeID(t.Cluster, o.ID.Kind, o.ID.Namespace, o.ID.Name)
	if _, ok := v.known[id]; ok {
		return id
	}
	v.known[id] = len(v.Nodes)
	v.Nodes = append(v.Nodes, Node{ID: id, Kind: o.ID.Kind, Name: strings.TrimPrefix(o.ID.Namespace+"/"+o.ID.Name, "/"), Cluster: t.Cluster,
		Interval: review.Text(o.Fields(), "spec", "interval"), Detail: withoutUser(detail), group: o.ID.Group, object: o.ID, target: t})
	return id
}

// withoutUser takes credentials out of a URL.
func withoutUser(s string) string {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return s
	}
	host, tail, _ := strings.Cut(rest, "/")
	if i := strings.LastIndexByte(host, '@'); i >= 0 && strings.Contains(host[:i], ":") {
		host = host[i+1:]
	}
	if tail != "" {
		tail = "/" + tail
	}
	return scheme + "://" + host + tail
}

func (v *Inventory) kustomization(o *model.Object, t model.Target) {
	spec := review.Map(o.Fields(), "spec")
	id := v.node(o, t, review.Text(spec, "path"))
	v.refer(id, t, o.ID.Namespace, review.Map(spec, "sourceRef"), "source")
	for _, d := range review.Items(spec, "dependsOn") {
		v.refer(id, t, o.ID.Namespace, withKind(d, "Kustomization"), "dependsOn")
	}
}

func (v *Inventory) release(o *model.Object, t model.Target) {
	spec := review.Map(o.Fields(), "spec")
	chart := review.Map(spec, "chart", "spec")
	id := v.node(o, t, strings.TrimSpace(review.Text(chart, "chart")+" "+review.Text(chart, "version")))
	v.refer(id, t, o.ID.Namespace, review.Map(chart, "sourceRef"), "source")
	v.refer(id, t, o.ID.Namespace, review.Map(spec, "chartRef"), "source")
	for _, d := range review.Items(spec, "dependsOn") {
		v.refer(id, t, o.ID.Namespace, withKind(d, "HelmRelease"), "dependsOn")
	}
	for _, f := range review.Items(spec, "valuesFrom") {
		v.refer(id, t, o.ID.Namespace, f, "valuesFrom")
	}
}

func withKind(ref map[string]any, kind string) map[string]any {
	return map[string]any{"kind": kind, "name": review.Text(ref, "name"), "namespace": review.Text(ref, "namespace")}
}

func (v *Inventory) refer(from string, t model.Target, namespace string, ref map[string]any, kind string) {
	name := review.Text(ref, "name")
	if name == "" {
		return
	}
	if ns := review.Text(ref, "namespace"); ns != "" {
		namespace = ns
	}
	v.loose = append(v.loose, Edge{From: from, To: nodeID(t.Cluster, review.Text(ref, "kind"), namespace, name), Kind: kind})
}

// join looks up where edges lead, and who applies whom.
func (v *Inventory) join() {
	for _, e := range v.loose {
		cluster, rest, _ := strings.Cut(e.To, "|")
		kind, name, _ := strings.Cut(rest, "|")
		e.To = v.resolve(e.To)
		_, there := v.known[e.To]
		e.Missing = !there
		if e.Kind == "valuesFrom" {
			e.Missing = v.seen[cluster+" "+kind+" "+name] == nil
		}
		if !slices.Contains(v.Edges, e) {
			v.Edges = append(v.Edges, e)
		}
	}
	for _, k := range v.Nodes {
		if k.Kind != "Kustomization" {
			continue
		}
		for _, n := range v.Nodes {
			if n.ID != k.ID && n.Kind != "" && appliedBy(k, n.target) {
				v.Edges = append(v.Edges, Edge{From: k.ID, To: n.ID, Kind: "applies"})
			}
		}
	}
	sort.SliceStable(v.Nodes, func(i, j int) bool { return v.Nodes[i].order() < v.Nodes[j].order() })
	for i, n := range v.Nodes {
		v.known[n.ID] = i
	}
	sort.SliceStable(v.Entries, func(i, j int) bool {
		return v.Entries[i].Cluster+v.Entries[i].Kind+v.Entries[i].Name < v.Entries[j].Cluster+v.Entries[j].Kind+v.Entries[j].Name
	})
}

// resolve gives the node that is meant by an id. A base may leave the namespace
// to whoever applies it; then the name must do.
func (v *Inventory) resolve(id string) string {
	if _, ok := v.known[id]; ok {
		return id
	}
	place, name := id[:strings.LastIndexByte(id, '|')+1], id[strings.LastIndexByte(id, '/')+1:]
	if _, ok := v.known[place+"/"+name]; ok {
		return place + "/" + name
	}
	return id
}

// appliedBy reports whether a Kustomization applies what a target renders.
func appliedBy(k Node, t model.Target) bool {
	if t.Kind == model.Flux {
		return t.ID == "flux:"+k.Cluster+"/"+k.Name
	}
	return t.Kind != model.Helm && k.Detail != "" && path.Clean(k.Detail) == t.Path && t.Path != "."
}

func (n Node) order() string {
	rank := map[string]int{"Kustomization": 1, "HelmRelease": 2}[n.Kind]
	if rank == 0 {
		rank = 3
	}
	return fmt.Sprint(n.Cluster, "|", rank, n.Kind, n.Name)
}

// maxAsked bounds the lines that are looked up for the inventory alone.
const maxAsked = 800

// Questions asks where entry points, boxes of the map, releases and what their values
// say stand; their answers are a Report's Places.
func (v *Inventory) Questions() []review.Question {
	var out []review.Question
	v.asked = nil
	ask := func(q review.Question, to **model.Position) {
		if len(out) < maxAsked && q.Target.ID != "" {
			out, v.asked = append(out, q), append(v.asked, to)
		}
	}
	for i := range v.Entries {
		e := &v.Entries[i]
		ask(review.Question{Target: e.target, Side: model.Head, Object: e.object}, &e.Location)
	}
	for i := range v.Nodes {
		n := &v.Nodes[i]
		ask(review.Question{Target: n.target, Side: model.Head, Object: n.object}, &n.Location)
	}
	for i := range v.Releases {
		r := &v.Releases[i]
		ask(review.Question{Target: r.target, Side: model.Head, Object: r.object}, &r.Location)
		for n := range r.Facts {
			ask(r.Facts[n].question, &r.Facts[n].Location)
		}
	}
	return out
}

// place takes the answers to Questions.
func (v *Inventory) place(answers []*model.Position) {
	if v.asked == nil {
		v.Questions()
	}
	for i, at := range answers[:min(len(answers), len(v.asked))] {
		*v.asked[i] = at
	}
}
