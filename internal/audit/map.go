package audit

import (
	"fmt"
	"sort"
	"strings"
)

// Architecture is the map of what the repository applies.
type Architecture struct {
	Clusters     []ClusterState `json:"clusters"`
	Nodes        []Node         `json:"nodes"`
	Edges        []Edge         `json:"edges"`
	Diagram      string         `json:"diagram"`      // Mermaid; "" where there is nothing to draw
	Drawn        int            `json:"drawn"`        // nodes in the diagram
	CriticalPath []string       `json:"criticalPath"` // the longest chain of dependsOn, first to last
	Flows        []Flow         `json:"flows"`
	Entries      []Entry        `json:"entries"`
	Boundaries   []Boundary     `json:"boundaries"`
	Storage      []Count        `json:"storage"`
}

// Flow is one way that data takes, told by the objects that make it.
type Flow struct {
	Name  string   `json:"name"`
	Seen  bool     `json:"seen"` // some object of it is rendered
	Steps []string `json:"steps"`
}

// Boundary is where trust ends.
type Boundary struct {
	Name string `json:"name"`
	At   string `json:"at"` // the objects that stand there, counted
	Seen bool   `json:"seen"`
}

// Count is a number of objects of a kind.
type Count struct {
	Kind  string `json:"kind"`
	Count int    `json:"count"`
}

// maxDrawn bounds a diagram: beyond it nobody reads it, and GitHub refuses to
// draw what is much larger.
const maxDrawn = 60

func (v *Inventory) architecture() Architecture {
	a := Architecture{Clusters: v.Clusters, Nodes: v.Nodes, Edges: v.Edges, Entries: v.Entries, CriticalPath: v.criticalPath(),
		Flows: v.flows(), Boundaries: v.boundaries(), Storage: v.storage()}
	if a.Clusters == nil {
		a.Clusters = []ClusterState{}
	}
	if a.Nodes == nil {
		a.Nodes = []Node{}
	}
	if a.Edges == nil {
		a.Edges = []Edge{}
	}
	if a.Entries == nil {
		a.Entries = []Entry{}
	}
	a.Diagram, a.Drawn = v.diagram()
	return a
}

// diagram draws Kustomizations, releases and their sources, a box for each
// cluster. Values are counted in the release's box: a box each would hide the
// rest.
func (v *Inventory) diagram() (text string, drawn int) {
	if len(v.Nodes) == 0 {
		return "", 0
	}
	values := map[string]int{}
	for _, e := range v.Edges {
		if e.Kind == "valuesFrom" {
			values[e.From]++
		}
	}
	var b strings.Builder
	b.WriteString("graph LR\n")
	ids := map[string]string{}
	cluster := ""
	for _, n := range v.Nodes[:min(len(v.Nodes), maxDrawn)] {
		if drawn == 0 || n.Cluster != cluster {
			if cluster != "" {
				b.WriteString("  end\n")
			}
			if cluster = n.Cluster; cluster != "" {
				fmt.Fprintf(&b, "  subgraph c%d[\"%s\"]\n", drawn, label(cluster))
			}
		}
		ids[n.ID] = fmt.Sprintf("n%d", drawn)
		drawn++
		said := n.Kind + "<br/>" + label(n.Name)
		if n.Kind == "HelmRelease" && n.Detail != "" {
			said += "<br/>" + label(n.Detail)
		}
		if c := values[n.ID]; c > 0 {
			said += fmt.Sprintf("<br/>values from %d", c)
		}
		fmt.Fprintf(&b, "    %s[\"%s\"]\n", ids[n.ID], said)
	}
	if cluster != "" {
		b.WriteString("  end\n")
	}
	for _, e := range v.Edges {
		from, to := ids[e.From], ids[e.To]
		if from == "" || to == "" {
			continue
		}
		arrow := map[string]string{"source": "-.->|source|", "dependsOn": "==>|after|", "applies": "-->"}[e.Kind]
		if arrow != "" {
			fmt.Fprintf(&b, "  %s %s %s\n", from, arrow, to)
		}
	}
	return b.String(), drawn
}

// label is foreign text inside a box: only what cannot end it.
func label(s string) string {
	out := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("-_./: ", r):
			return r
		}
		return '_'
	}, s)
	return out[:min(len(out), 60)]
}

// criticalPath is the longest chain of dependsOn, what comes first first. A
// cycle ends it; a check tells of that.
func (v *Inventory) criticalPath() []string {
	after := map[string][]string{}
	for _, e := range v.Edges {
		if e.Kind == "dependsOn" && !e.Missing {
			after[e.From] = append(after[e.From], e.To)
		}
	}
	best := map[string][]string{}
	walking := map[string]bool{}
	var longest func(id string) []string
	longest = func(id string) []string {
		if p, ok := best[id]; ok {
			return p
		}
		if walking[id] {
			return nil
		}
		walking[id] = true
		var most []string
		for _, to := range after[id] {
			if p := longest(to); len(p) > len(most) {
				most = p
			}
		}
		walking[id] = false
		best[id] = append(most[:len(most):len(most)], id)
		return best[id]
	}
	out := []string{}
	for _, n := range v.Nodes {
		if len(after[n.ID]) > 0 {
			if p := longest(n.ID); len(p) > len(out) {
				out = p
			}
		}
	}
	names := make([]string, len(out))
	for i, id := range out {
		n := v.Nodes[v.known[id]]
		names[i] = n.Kind + " " + n.Name
	}
	return names
}

func count(n int, what string) string {
	if head, tail, ok := strings.Cut(what, " or "); ok && n != 1 {
		return count(n, head) + " or " + tail + "s"
	}
	if n == 1 {
		return "1 " + what
	}
	if strings.HasSuffix(what, "y") && !strings.HasSuffix(what, "ay") {
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(what, "y"))
	}
	if strings.HasSuffix(what, "s") {
		return fmt.Sprintf("%d %ses", n, what)
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// flow makes a flow of those steps that have objects.
func (v *Inventory) flow(name string, steps ...[]string) Flow {
	f := Flow{Name: name, Steps: []string{}}
	for _, kinds := range steps {
		var said []string
		for _, k := range kinds {
			if n := v.Kinds[k]; n > 0 {
				kind, _, _ := strings.Cut(k, ".")
				said = append(said, count(n, kind))
			}
		}
		if len(said) > 0 {
			f.Steps = append(f.Steps, strings.Join(said, ", "))
		}
	}
	f.Seen = len(f.Steps) > 0
	return f
}

// flows are the four that every platform has.
func (v *Inventory) flows() []Flow {
	const source = "." + sourceGroup
	return []Flow{
		v.flow("Delivery", []string{"GitRepository" + source, "OCIRepository" + source, "Bucket" + source, "HelmRepository" + source}, []string{kustomization}, []string{helmRelease}),
		v.flow("Secrets", []string{"SecretStore.external-secrets.io", "ClusterSecretStore.external-secrets.io"},
			[]string{"ExternalSecret.external-secrets.io", "SealedSecret.bitnami.com"}, []string{"Secret"}),
		v.flow("Traffic", []string{"GatewayClass.gateway.networking.k8s.io", "IngressClass.networking.k8s.io"}, []string{gateway, meshGateway, ingress},
			[]string{httpRoute, "GRPCRoute.gateway.networking.k8s.io", "TLSRoute.gateway.networking.k8s.io", "TCPRoute.gateway.networking.k8s.io", "VirtualService.networking.istio.io"},
			[]string{service}),
		v.flow("Telemetry", []string{"Instrumentation.opentelemetry.io", "ServiceMonitor.monitoring.coreos.com", "PodMonitor.monitoring.coreos.com", "Telemetry.telemetry.istio.io"},
			[]string{"OpenTelemetryCollector.opentelemetry.io", "Prometheus.monitoring.coreos.com"}, []string{"PrometheusRule.monitoring.coreos.com"},
			[]string{"Alertmanager.monitoring.coreos.com", "AlertmanagerConfig.monitoring.coreos.com"}),
	}
}

// boundaries are where trust ends, with what stands there.
func (v *Inventory) boundaries() []Boundary {
	make := func(name string, kinds ...string) Boundary {
		f := v.flow(name, kinds)
		return Boundary{Name: name, At: strings.Join(f.Steps, ", "), Seen: f.Seen}
	}
	outside := map[string]int{}
	for _, e := range v.Entries {
		outside[e.Kind]++
	}
	var at []string
	for k := range outside {
		at = append(at, count(outside[k], k))
	}
	sort.Strings(at)
	return []Boundary{
		{Name: "Outside to cluster", At: strings.Join(at, ", "), Seen: len(at) > 0},
		make("Pod to pod", "NetworkPolicy.networking.k8s.io", "CiliumNetworkPolicy.cilium.io", "AuthorizationPolicy.security.istio.io", "PeerAuthentication.security.istio.io"),
		make("Pod to Kubernetes API", "ClusterRoleBinding.rbac.authorization.k8s.io", "RoleBinding.rbac.authorization.k8s.io", "ServiceAccount"),
		make("Git to cluster", "GitRepository."+sourceGroup, "OCIRepository."+sourceGroup, "HelmRepository."+sourceGroup),
		make("Admission", "ClusterPolicy.kyverno.io", "Policy.kyverno.io", "ValidatingAdmissionPolicy.admissionregistration.k8s.io", "ValidatingWebhookConfiguration.admissionregistration.k8s.io"),
	}
}

func (v *Inventory) storage() []Count {
	out := []Count{}
	for _, k := range []string{"StorageClass.storage.k8s.io", "PersistentVolumeClaim", "PersistentVolume", "StatefulSet.apps", "CSIDriver.storage.k8s.io",
		"VolumeSnapshotClass.snapshot.storage.k8s.io", "BackupStorageLocation.velero.io", "Schedule.velero.io"} {
		if n := v.Kinds[k]; n > 0 {
			kind, _, _ := strings.Cut(k, ".")
			out = append(out, Count{kind, n})
		}
	}
	return out
}
