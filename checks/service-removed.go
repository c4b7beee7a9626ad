package checks

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/loss"
	"github.com/seaworthy-dev/seaworthy/checks/reference"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var serviceRemoved = &review.Check{
	ID: "service-removed", Area: review.Reliability, Severity: review.Low, Tags: []review.Tag{review.References, review.Network},
	Doc: review.Doc{
		Title:  "service is removed, its pods are not",
		What:   "Looks for Services that go while the workloads which they selected stay, and no other Service selects them; and for ports that a Service no longer listens on. Medium if an object still names the address (`web.shop`, `http://web`, `web:8080`), otherwise low. A Service that another one replaces is reported only if its address is still named. Not reported is one that another target renders from now on, or what a route or a StatefulSet names (backendref-missing and dangling-statefulset-service tell that), or a port that a route uses by its new number.",
		Why:    "The name no longer resolves, or nothing answers at the port: whoever calls it fails, although all pods are healthy.",
		Fix:    "Keep the Service or the port until nothing calls it, or change the callers with it.",
		Verify: "kubectl get service -n NAMESPACE NAME; grep -rn NAME over the configuration of what may call it",
		Waive:  "Nothing calls it any more; say how you know.",
		Effort: "small",
		Bad:    "resources: [web.yaml]   # service.yaml was here",
		Good:   "resources: [web.yaml, service.yaml]",
	},
	Run: review.Changes(func(p *review.Pass, c review.Change) {
		switch {
		case c.Object.GroupKind() != kube.Service:
		case c.Change == review.Removed:
			serviceGone(p, c)
		case c.Change == review.Modified:
			portsGone(p, c)
		}
	}),
}

func serviceGone(p *review.Pass, c review.Change) {
	if loss.Spared(c.Base, c.Targets...) || loss.Remains(p, c.Targets) != "" || loss.RootsGone(p, c.Targets) ||
		loss.GoesWithNamespace(p, c) || len(loss.NewOwners(p, c.Object, c.Targets)) > 0 {
		return
	}
	var left, users []string
	replaced := false
	for _, cluster := range p.Around() {
		if named(cluster, c) {
			return
		}
		stay, other := staying(p, cluster, c)
		left, replaced = append(left, text.Names(stay)...), replaced || other
		users = append(users, callers(cluster, c, true, portsOf(c.Base))...)
	}
	users = compact(users)
	h := review.Hit{Object: c.Base, Gone: true, Message: fmt.Sprintf("%s will be deleted", c.Object)}
	switch {
	case len(left) == 0 || replaced && len(users) == 0:
		return
	case replaced:
		h.Message += ". Another selects the same pods, under another name."
	default:
		h.Message += fmt.Sprintf(", and no other Service selects the pods of %s, which stay.", text.Some(compact(left)))
	}
	if len(users) > 0 {
		h.Severity = review.Medium
		h.Message += fmt.Sprintf(" %s still %s its address.", text.Some(users), verb(users))
	} else {
		h.Message += " Nothing that is rendered names its address: whoever calls it from elsewhere will fail."
	}
	p.Report(h)
}

// staying gives the workloads that a removed Service selected and that head has still,
// and whether another Service selects one of them; none where a part of them is not seen.
func staying(p *review.Pass, cluster *review.Cluster, c review.Change) (out []*model.Object, replaced bool) {
	if cluster.Before == nil || !slices.ContainsFunc(c.Targets, func(t string) bool { return slices.Contains(cluster.Before.Targets(c.Base), t) }) {
		return nil, false
	}
	had := kube.ServiceTargets(cluster.Before, c.Base)
	if kube.Unseen(p, cluster, had) {
		return nil, false
	}
	for _, w := range had {
		is := p.After(w)
		if is == nil {
			continue
		}
		if n, known := kube.ReplicasOf(cluster, is); known && n == 0 {
			continue
		}
		out = append(out, is)
		replaced = replaced || slices.ContainsFunc(kube.ServicesOf(cluster, is), func(s *model.Object) bool {
			return s.ID.Key() != c.Base.ID.Key() // that would be another environment's own
		})
	}
	return out, replaced
}

// named reports whether a route or a StatefulSet names a Service: other checks tell what
// becomes of it.
func named(cluster *review.Cluster, c review.Change) bool {
	return slices.ContainsFunc(cluster.Objects, func(o *model.Object) bool {
		return o.ID.GroupKind() == kube.StatefulSet && review.SameNamespace(o.ID.Namespace, c.Object.Namespace) && review.Text(o.Fields(), "spec", "serviceName") == c.Object.Name ||
			len(routesTo(o, c)) > 0
	})
}

func routesTo(o *model.Object, c review.Change) []reference.Backend {
	return slices.DeleteFunc(reference.Backends(o), func(b reference.Backend) bool {
		return b.Name != c.Object.Name || !review.SameNamespace(b.Namespace, c.Object.Namespace)
	})
}

func portsGone(p *review.Pass, c review.Change) {
	cluster := p.Home(c.Head)
	if cluster == nil || review.Text(c.Head.Fields(), "spec", "type") == "ExternalName" || review.Text(c.Head.Fields(), "spec", "clusterIP") == "None" ||
		kube.OpenItems(c.Head.Fields(), []string{"port"}, "spec", "ports") {
		return // the name of a headless Service leads to the pods, whatever it says of ports
	}
	is, was := review.Items(c.Head.Fields(), "spec", "ports"), review.Items(c.Base.Fields(), "spec", "ports")
	for i, port := range was {
		number, ok := port["port"].(json.Number)
		if !ok || slices.ContainsFunc(is, func(p map[string]any) bool { return p["port"] == number }) {
			continue
		}
		at := "/spec/ports"
		if len(is) == len(was) {
			at = fmt.Sprintf("/spec/ports/%d/port", i)
		}
		h := review.Hit{Object: c.Head, Field: at, Key: "port " + string(number), Title: "service no longer listens on a port",
			Message: fmt.Sprintf("%s no longer listens on port %s.", c.Object, number)}
		users := compact(callers(cluster, c, false, []string{string(number)}))
		switch {
		case len(users) > 0:
			h.Severity = review.Medium
			h.Message += fmt.Sprintf(" %s still %s that address.", text.Some(users), verb(users))
		case slices.ContainsFunc(cluster.Objects, func(o *model.Object) bool { return len(routesTo(o, c)) > 0 }):
			continue // they follow, or are told by themselves
		default:
			h.Message += " Nothing that is rendered names that address: whoever calls it from elsewhere will fail."
		}
		p.Report(h)
	}
}

func portsOf(service *model.Object) (out []string) {
	for _, p := range review.Items(service.Fields(), "spec", "ports") {
		if n, ok := p["port"].(json.Number); ok {
			out = append(out, string(n))
		}
	}
	return out
}

// callers gives the objects of a cluster in which the address of a Service stands, with
// one of its ports, or also without.
func callers(cluster *review.Cluster, c review.Change, whole bool, ports []string) (out []string) {
	own := func(o *model.Object) bool {
		return slices.ContainsFunc(cluster.Targets(o), func(t string) bool { return slices.Contains(c.Targets, t) })
	}
	// Other environments may have one of this name that stays as it is.
	others := c.Object.Namespace == "" || slices.ContainsFunc(cluster.Named(kube.Service, c.Object.Namespace, c.Object.Name), func(o *model.Object) bool { return !own(o) })
	for _, o := range cluster.Objects {
		if o.ID.Key() == c.Object.Key() || cluster.Name == "" && others && !own(o) {
			continue
		}
		a := address{service: c.Object, near: o.ID.Namespace == c.Object.Namespace, whole: whole, ports: ports}
		if a.in(o.Fields()) {
			out = append(out, o.ID.String())
		}
	}
	return out
}

// address is that of a Service: as in a URL, with its namespace, or with its port.
type address struct {
	service model.ObjectID
	near    bool // asked of something in its namespace, where its bare name is enough
	whole   bool // any port will do
	ports   []string
}

// in reports whether it stands in some text of a value.
func (a address) in(v any) bool {
	switch v := v.(type) {
	case string:
		return a.inText(v)
	case map[string]any:
		for _, child := range v {
			if a.in(child) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, a.in)
	}
	return false
}

func (a address) inText(s string) bool {
	for from := 0; ; {
		i := strings.Index(s[from:], a.service.Name)
		if i < 0 {
			return false
		}
		i += from
		from = i + len(a.service.Name)
		if i > 0 && (s[i-1] == '.' || hostByte(s[i-1])) {
			continue
		}
		rest, full := a.withNamespace(s[from:])
		if !full && !a.near || rest != "" && (rest[0] == '.' || hostByte(rest[0])) {
			continue
		}
		port := ""
		if after, ok := strings.CutPrefix(rest, ":"); ok {
			port = after[:len(after)-len(strings.TrimLeft(after, "0123456789"))]
		}
		scheme := ""
		if before, ok := strings.CutSuffix(s[:i], "://"); ok {
			scheme = before[strings.LastIndexFunc(before, func(r rune) bool { return r < 'a' || r > 'z' })+1:]
		}
		if port == "" {
			port = map[string]string{"http": "80", "https": "443"}[scheme]
		}
		if slices.Contains(a.ports, port) || a.whole && (full || scheme != "") {
			return true
		}
	}
}

// withNamespace takes the namespace off what follows a name, and reports whether it was
// there: `.shop`, `.shop.svc` or `.shop.svc.cluster.local`.
func (a address) withNamespace(rest string) (string, bool) {
	after, ok := strings.CutPrefix(rest, "."+a.service.Namespace)
	if !ok || a.service.Namespace == "" {
		return rest, false
	}
	if below, ok := strings.CutPrefix(after, ".svc"); ok {
		after = strings.TrimPrefix(below, ".cluster.local")
	}
	return after, true
}

func hostByte(b byte) bool {
	return b == '-' || b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

func compact(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// verb is "names", or "name" of several.
func verb(of []string) string {
	if len(of) > 1 {
		return "name"
	}
	return "names"
}
