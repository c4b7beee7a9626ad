package audit

import (
	"fmt"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// entry notes an object through which one gets into the cluster.
func (v *Inventory) entry(o *model.Object, t model.Target) {
	e := Entry{Kind: o.ID.Kind, Name: strings.TrimPrefix(o.ID.Namespace+"/"+o.ID.Name, "/"), Cluster: t.Cluster, object: o.ID, target: t}
	switch o.ID.GroupKind() {
	case gateway:
		e.Opens, e.TLS = listeners(o)
	case meshGateway:
		e.Opens, e.TLS = servers(o)
	case ingress:
		e.Opens, e.TLS = hosts(o)
	case service:
		kind := review.Text(o.Fields(), "spec", "type")
		if kind != "LoadBalancer" && kind != "NodePort" {
			return
		}
		e.Kind, e.Opens, e.TLS = "Service "+kind, ports(o), "unknown"
	default:
		return
	}
	v.Entries = append(v.Entries, e)
}

// secured says how many of some listeners speak TLS.
func secured(with, all int) string {
	switch with {
	case 0:
		return "no"
	case all:
		return "yes"
	}
	return "partly"
}

func listeners(o *model.Object) (opens, tls string) {
	var said []string
	with := 0
	list := review.Items(o.Fields(), "spec", "listeners")
	for _, l := range list {
		protocol := review.Text(l, "protocol")
		port, _ := review.Int(l, "port")
		said = append(said, fmt.Sprintf("%d/%s", port, protocol))
		if protocol == "HTTPS" || protocol == "TLS" {
			with++
		}
	}
	if len(list) == 0 {
		return "", "unknown"
	}
	return unique(said), secured(with, len(list))
}

func servers(o *model.Object) (opens, tls string) {
	var said []string
	with := 0
	list := review.Items(o.Fields(), "spec", "servers")
	for _, s := range list {
		port, _ := review.Int(s, "port", "number")
		said = append(said, fmt.Sprintf("%d/%s", port, review.Text(s, "port", "protocol")))
		if review.Map(s, "tls") != nil && review.Text(s, "tls", "mode") != "" {
			with++
		}
	}
	if len(list) == 0 {
		return "", "unknown"
	}
	return unique(said), secured(with, len(list))
}

func hosts(o *model.Object) (opens, tls string) {
	var said []string
	covered := map[string]bool{}
	for _, t := range review.Items(o.Fields(), "spec", "tls") {
		list, _ := t["hosts"].([]any)
		for _, h := range list {
			if s, ok := h.(string); ok {
				covered[s] = true
			}
		}
		if len(list) == 0 {
			covered["*"] = true
		}
	}
	with := 0
	rules := review.Items(o.Fields(), "spec", "rules")
	for _, r := range rules {
		host := review.Text(r, "host")
		if host == "" {
			host = "any host"
		}
		said = append(said, host)
		if covered[host] || covered["*"] {
			with++
		}
	}
	if len(rules) == 0 {
		return "any host", secured(min(1, len(covered)), 1)
	}
	return unique(said), secured(with, len(rules))
}

func ports(o *model.Object) string {
	var said []string
	for _, p := range review.Items(o.Fields(), "spec", "ports") {
		port, _ := review.Int(p, "port")
		protocol := review.Text(p, "protocol")
		if protocol == "" {
			protocol = "TCP"
		}
		said = append(said, fmt.Sprintf("%d/%s", port, protocol))
	}
	return unique(said)
}

// unique joins things, each once, in order.
func unique(list []string) string {
	seen := map[string]bool{}
	var out []string
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	sort.Strings(out)
	return strings.Join(out, ", ")
}
