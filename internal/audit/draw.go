package audit

import (
	"fmt"
	"slices"
	"strings"
)

// diagram draws Kustomizations, releases and their sources, a frame for each cluster.
// Where there are too many for a reader, releases stand together by what they are for,
// and sources by their kind.
func (v *Inventory) diagram() (text string, drawn int, grouped bool) {
	if len(v.Nodes) == 0 {
		return "", 0, false
	}
	box := func(n Node) (key, title, line string) { return n.ID, n.Kind, label(n.Name) }
	if len(v.Nodes) > maxDrawn {
		grouped, box = true, v.together // who reads which source is in the table of flows
	}
	if text, drawn = v.draw(box, grouped); drawn > maxDrawn {
		text, drawn = v.draw(func(n Node) (string, string, string) { return n.Cluster + n.Kind, n.Kind, label(n.Name) }, true)
	}
	return text, drawn, grouped
}

// together is the box of a node among many.
func (v *Inventory) together(n Node) (key, title, line string) {
	line = label(n.Name)
	if n.Kind != "HelmRelease" {
		return n.Cluster + n.Kind, n.Kind, line
	}
	at := slices.IndexFunc(v.Releases, func(r Release) bool { return r.Cluster == n.Cluster && r.Name == n.Name })
	role := Role("other releases")
	if at >= 0 {
		line = label(v.Releases[at].called())
		if roles := v.Releases[at].Roles; len(roles) > 0 {
			role = roles[0]
		}
	}
	return n.Cluster + "role " + string(role), string(role), line
}

// linesInBox is how many names a box holds.
const linesInBox = 5

func (v *Inventory) draw(box func(Node) (key, title, line string), withoutSources bool) (string, int) {
	type drawnBox struct {
		title, cluster string
		lines          []string
	}
	boxes, ids := map[string]*drawnBox{}, map[string]string{}
	var order []string
	for _, n := range v.Nodes {
		if withoutSources && n.group == sourceGroup {
			continue
		}
		key, title, line := box(n)
		ids[n.ID] = key
		if boxes[key] == nil {
			boxes[key] = &drawnBox{title: title, cluster: n.Cluster}
			order = append(order, key)
		}
		boxes[key].lines = append(boxes[key].lines, line)
	}
	slices.SortStableFunc(order, func(a, b string) int { return strings.Compare(boxes[a].cluster, boxes[b].cluster) })
	var b strings.Builder
	b.WriteString("graph LR\n")
	frame := ""
	for i, key := range order {
		d := boxes[key]
		if i == 0 || d.cluster != frame {
			if frame != "" {
				b.WriteString("  end\n")
			}
			if frame = d.cluster; frame != "" {
				fmt.Fprintf(&b, "  subgraph c%d[\"%s\"]\n", i, label(frame))
			}
		}
		lines := d.lines
		if len(lines) > linesInBox {
			lines = append(slices.Clone(lines[:linesInBox-1]), fmt.Sprintf("and %d more", len(lines)-linesInBox+1))
		}
		fmt.Fprintf(&b, "    n%d[\"%s<br/>%s\"]\n", i, label(d.title), strings.Join(lines, "<br/>"))
	}
	if frame != "" {
		b.WriteString("  end\n")
	}
	ends := map[string][]string{} // the begin of an arrow ▶ where it leads to: one line
	var begins []string
	for _, e := range v.Edges {
		from, to := slices.Index(order, ids[e.From]), slices.Index(order, ids[e.To])
		arrow := map[string]string{"source": "-.->", "dependsOn": "==>", "applies": "-->"}[e.Kind]
		begin, end := fmt.Sprintf("  n%d %s ", from, arrow), fmt.Sprintf("n%d", to)
		if from < 0 || to < 0 || from == to || arrow == "" || slices.Contains(ends[begin], end) {
			continue
		}
		if ends[begin] == nil {
			begins = append(begins, begin)
		}
		ends[begin] = append(ends[begin], end)
	}
	for _, begin := range begins {
		b.WriteString(begin + strings.Join(ends[begin], " & ") + "\n")
	}
	return b.String(), len(order)
}

// system draws what stands between outside and the data, by roles: a box for each role
// that something fills. "" where nothing does.
func (v *Inventory) system() string {
	boxes := map[string][]string{}
	var b strings.Builder
	b.WriteString("graph LR\n")
	put := func(id, title string, lines []string) {
		if len(lines) == 0 {
			return
		}
		boxes[id] = lines
		for i := range lines {
			lines[i] = label(lines[i])
		}
		if len(lines) > linesInBox {
			lines = append(lines[:linesInBox-1:linesInBox-1], fmt.Sprintf("and %d more", len(lines)-linesInBox+1))
		}
		fmt.Fprintf(&b, "  %s[\"%s<br/>%s\"]\n", id, title, strings.Join(lines, "<br/>"))
	}
	kinds := func(list ...string) []string { return v.flow("", list).Steps }
	put("lb", "load balancer", v.names(LoadBalancer))
	put("edge", "entrance", append(v.names(GatewayRole), kinds(gateway, meshGateway, ingress)...))
	put("route", "routes", kinds("VirtualService.networking.istio.io", httpRoute, "GRPCRoute.gateway.networking.k8s.io"))
	put("mesh", "service mesh", v.names(Mesh))
	put("work", "workloads", append(kinds("Deployment.apps", "StatefulSet.apps", "DaemonSet.apps", "CronJob.batch"), v.names(Registry, Messaging)...))
	put("db", "databases", v.names(Database))
	put("disk", "storage", v.names(StorageRole))
	put("copy", "backup", v.names(Backup))
	put("collect", "collecting", append(v.names(Collector), kinds("ServiceMonitor.monitoring.coreos.com")...))
	put("see", "metrics, logs, traces", v.names(MetricsRole, LogsRole, TracesRole))
	put("cert", "certificates", append(v.names(Certificates), kinds("Certificate.cert-manager.io")...))
	put("who", "identity", v.names(Identity))
	put("rule", "policy", append(v.names(PolicyRole), kinds("ClusterPolicy.kyverno.io", "NetworkPolicy.networking.k8s.io")...))
	put("key", "secrets", v.names(SecretsRole))
	if len(boxes) < 2 {
		return ""
	}
	b.WriteString("  out([outside])\n")
	boxes["out"] = []string{""}
	chain := func(arrow string, ids ...string) {
		ids = slices.DeleteFunc(ids, func(id string) bool { return boxes[id] == nil })
		if len(ids) > 1 {
			b.WriteString("  " + strings.Join(ids, " "+arrow+" ") + "\n")
		}
	}
	chain("-->", "out", "lb", "edge", "route", "mesh", "work", "db", "disk", "copy")
	chain("-->", "work", "collect", "see")
	chain("-.->", "cert", "edge")
	chain("-.->", "who", "edge")
	chain("-.->", "rule", "work")
	chain("-.->", "key", "work")
	return b.String()
}
