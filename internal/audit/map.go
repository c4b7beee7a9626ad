package audit

import (
	"fmt"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Architecture is the map of what the repository applies.
type Architecture struct {
	Clusters     []ClusterState `json:"clusters"`
	Nodes        []Node         `json:"nodes"`
	Edges        []Edge         `json:"edges"`
	Diagram      string         `json:"diagram"`      // how it is delivered, in Mermaid; "" where there is nothing to draw
	Drawn        int            `json:"drawn"`        // nodes in the diagram
	Grouped      bool           `json:"grouped"`      // a box of the diagram stands for several nodes
	System       string         `json:"system"`       // what stands between outside and the data, in Mermaid
	CriticalPath []string       `json:"criticalPath"` // the longest chain of dependsOn, first to last
	Flows        []Flow         `json:"flows"`
	Entries      []Entry        `json:"entries"`
	Boundaries   []Boundary     `json:"boundaries"`
	Storage      []Count        `json:"storage"`
	Rests        []Rest         `json:"rests"` // what the platform rests on, by role
	Ways         []Said         `json:"ways"`  // ways in that releases and sources bring, beside Entries
}

// Rest is a part that others rest on.
type Rest struct {
	Role Role     `json:"role"`
	By   []string `json:"by"` // releases; [] where nothing known fills the role
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

// maxDrawn bounds a diagram: beyond it nobody reads it.
const maxDrawn = 40

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
	a.Diagram, a.Drawn, a.Grouped = v.diagram()
	a.System = v.system()
	a.Rests, a.Ways = v.rests(), v.ways()
	return a
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

// step is one step of a flow: who does it, by which objects.
type step struct {
	roles []Role
	kinds []string
}

// flow makes a flow of those steps of kinds that have objects.
func (v *Inventory) flow(name string, steps ...[]string) Flow {
	var all []step
	for _, kinds := range steps {
		all = append(all, step{nil, kinds})
	}
	return v.flowOf(name, all...)
}

// flowOf makes a flow of those steps that have objects or releases.
func (v *Inventory) flowOf(name string, steps ...step) Flow {
	f := Flow{Name: name, Steps: []string{}}
	for _, s := range steps {
		said := v.names(s.roles...)
		if len(said) > 6 {
			said = append(said[:6:6], fmt.Sprintf("%d more", len(said)-6))
		}
		for _, k := range s.kinds {
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
		v.flowOf("Secrets", step{nil, []string{"SecretStore.external-secrets.io", "ClusterSecretStore.external-secrets.io"}},
			step{[]Role{SecretsRole}, []string{"ExternalSecret.external-secrets.io", "SealedSecret.bitnami.com"}}, step{nil, []string{"Secret"}}),
		v.flowOf("Traffic", step{[]Role{LoadBalancer}, nil},
			step{[]Role{GatewayRole}, []string{"GatewayClass.gateway.networking.k8s.io", "IngressClass.networking.k8s.io", gateway, meshGateway, ingress}},
			step{[]Role{Mesh}, []string{httpRoute, "GRPCRoute.gateway.networking.k8s.io", "TLSRoute.gateway.networking.k8s.io", "TCPRoute.gateway.networking.k8s.io", "VirtualService.networking.istio.io"}},
			step{nil, []string{service}}),
		v.flowOf("Telemetry", step{nil, []string{"Instrumentation.opentelemetry.io", "ServiceMonitor.monitoring.coreos.com", "PodMonitor.monitoring.coreos.com", "Telemetry.telemetry.istio.io"}},
			step{[]Role{Collector}, []string{"OpenTelemetryCollector.opentelemetry.io"}},
			step{[]Role{MetricsRole, LogsRole, TracesRole}, []string{"Prometheus.monitoring.coreos.com", "PrometheusRule.monitoring.coreos.com"}},
			step{[]Role{Dashboard}, []string{"Alertmanager.monitoring.coreos.com", "AlertmanagerConfig.monitoring.coreos.com"}}),
		v.flowOf("Data", step{[]Role{Database, Messaging}, []string{"StatefulSet.apps"}}, step{[]Role{StorageRole}, []string{"StorageClass.storage.k8s.io", "PersistentVolumeClaim"}}, step{[]Role{Backup}, []string{"Schedule.velero.io"}}),
	}
}

// boundaries are where trust ends, with what stands there.
func (v *Inventory) boundaries() []Boundary {
	make := func(name string, roles []Role, kinds ...string) Boundary {
		f := v.flowOf(name, step{roles, kinds})
		return Boundary{Name: name, At: strings.Join(f.Steps, ", "), Seen: f.Seen}
	}
	outside := map[string]int{}
	for _, e := range v.Entries {
		outside[e.Kind]++
	}
	at := v.names(GatewayRole, LoadBalancer)
	var entries []string
	for k := range outside {
		entries = append(entries, count(outside[k], k))
	}
	sort.Strings(entries)
	at = append(at, entries...)
	return []Boundary{
		{Name: "Outside to cluster", At: strings.Join(at, ", "), Seen: len(at) > 0},
		make("Pod to pod", []Role{Mesh, PodNetwork}, "NetworkPolicy.networking.k8s.io", "CiliumNetworkPolicy.cilium.io", "AuthorizationPolicy.security.istio.io", "PeerAuthentication.security.istio.io"),
		make("Pod to data", []Role{Database, StorageRole}),
		make("Pod to Kubernetes API", nil, "ClusterRole.rbac.authorization.k8s.io", "Role.rbac.authorization.k8s.io", "ClusterRoleBinding.rbac.authorization.k8s.io", "RoleBinding.rbac.authorization.k8s.io", "ServiceAccount"),
		make("People to cluster", []Role{Identity}, "RBACDefinition.rbacmanager.reactiveops.io"),
		make("Git to cluster", nil, "GitRepository."+sourceGroup, "OCIRepository."+sourceGroup, "HelmRepository."+sourceGroup),
		make("Admission", []Role{PolicyRole}, "ClusterPolicy.kyverno.io", "Policy.kyverno.io", "ValidatingAdmissionPolicy.admissionregistration.k8s.io", "ValidatingWebhookConfiguration.admissionregistration.k8s.io"),
	}
}

// rests are the roles that everything else needs: network, storage, identity and the
// like.
func (v *Inventory) rests() []Rest {
	out := []Rest{}
	for _, role := range []Role{PodNetwork, LoadBalancer, GatewayRole, DNS, Certificates, Identity, SecretsRole, StorageRole, Database, Backup} {
		by := v.names(role)
		if by == nil {
			by = []string{}
		}
		out = append(out, Rest{role, by})
	}
	return out
}

// ways are ways in that nothing rendered shows, and releases and sources do.
func (v *Inventory) ways() []Said {
	out := []Said{}
	if len(v.Entries) == 0 {
		for _, r := range v.filling(GatewayRole) {
			out = append(out, Said{Text: "HTTPS through " + r.called() + ": its Gateways or Ingresses are not in this repository", Location: r.Location})
		}
	}
	for _, r := range v.filling(Console) {
		out = append(out, Said{Text: "the web console of " + r.called(), Location: r.Location})
	}
	keys, open := 0, 0
	var first *model.Position
	for _, n := range v.Nodes {
		if n.Kind != "GitRepository" {
			continue
		}
		if first == nil {
			first = n.Location
		}
		if strings.HasPrefix(n.Detail, "ssh://") || strings.HasPrefix(n.Detail, "git@") {
			keys++
		} else {
			open++
		}
	}
	if keys+open > 0 {
		out = append(out, Said{Text: fmt.Sprintf("Git: %s, %d over SSH with a key, %d over HTTPS", count(keys+open, "GitRepository"), keys, open), Location: first})
	}
	if by := v.names(Identity); len(by) > 0 {
		out = append(out, Said{Text: "the Kubernetes API, for people by " + strings.Join(by, ", ")})
	} else {
		out = append(out, Said{Text: "the Kubernetes API: who may log in is not in this repository"})
	}
	return out
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
