package refused

import (
	"fmt"
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	netutils "k8s.io/utils/net"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

func (p place) service() {
	p.at("metadata").form("name", validation.IsDNS1035Label)
	s := p.at("spec")
	kind := s.text("type")
	headless := s.text("clusterIP") == corev1.ClusterIPNone
	outside := kind == string(corev1.ServiceTypeLoadBalancer) || kind == string(corev1.ServiceTypeNodePort)
	inside := !outside && !s.open("type")
	s.ports(headless, inside)
	s.addresses(inside)
	if kind == string(corev1.ServiceTypeExternalName) {
		if !s.open("externalName") {
			if s.text("externalName") == "" {
				s.refuse("externalName", "a Service of type ExternalName needs an `externalName`")
			}
			s.form("externalName", func(name string) []string { return subdomain(strings.TrimSuffix(name, ".")) })
		}
		return
	}
	if s.none("ports") && !headless && !s.open("clusterIP") && !s.open("type") {
		s.refuse("ports", "a Service needs a port, unless its `clusterIP` is None")
	}
	if outside && headless {
		s.refuse("clusterIP", "a Service of type %s may not have the `clusterIP` None", kind)
	}
	s.enum("trafficDistribution", "PreferClose", "PreferSameZone", "PreferSameNode")
	s.at("sessionAffinityConfig", "clientIP").between(1, 86400, "timeoutSeconds")
	if inside && s.has("externalTrafficPolicy") && s.fields["externalTrafficPolicy"] != "" && s.none("externalIPs") {
		s.refuse("externalTrafficPolicy", "`externalTrafficPolicy` is for the types LoadBalancer and NodePort")
	}
	if kind != string(corev1.ServiceTypeLoadBalancer) && !s.open("type") {
		for _, key := range []string{"loadBalancerClass", "loadBalancerSourceRanges"} {
			if s.has(key) && !(key == "loadBalancerSourceRanges" && s.none(key)) {
				s.refuse(key, "`%s` is for the type LoadBalancer", key)
			}
		}
	}
	if n, ok := s.integer("healthCheckNodePort"); ok && n != 0 && !(kind == string(corev1.ServiceTypeLoadBalancer) && s.text("externalTrafficPolicy") == "Local") && !s.open("type") && !s.open("externalTrafficPolicy") {
		s.refuse("healthCheckNodePort", "`healthCheckNodePort` is for a LoadBalancer with `externalTrafficPolicy: Local`")
	}
}

func (p place) ports(headless, inside bool) {
	ports := p.items("ports")
	for _, port := range ports {
		if len(ports) > 1 && review.Text(port.fields, "name") == "" {
			port.refuse("", "of several ports each needs a name, and port %v has none", port.fields["port"])
		}
		port.between(1, 65535, "port")
		if n, ok := port.integer("targetPort"); !ok || n != 0 { // 0 is as good as none
			port.port("targetPort")
		}
		port.form("appProtocol", validation.IsQualifiedName)
		if n, ok := port.integer("nodePort"); ok && n != 0 && inside && p.text("type") != string(corev1.ServiceTypeExternalName) {
			port.refuse("nodePort", "`nodePort` is for the types NodePort and LoadBalancer")
		}
	}
	for _, port := range twice(ports, named("name")) {
		port.refuse("name", "the port name `%s` occurs twice", port.text("name"))
	}
	for _, key := range []string{"port", "nodePort"} {
		for _, port := range twice(ports, func(port place) string { return port.numbered(key) }) {
			port.refuse(key, "the %s %v occurs twice with the same protocol", key, port.fields[key])
		}
	}
}

// numbered is a port's number and protocol; "" for none.
func (p place) numbered(key string) string {
	n, ok := p.integer(key)
	if !ok || n == 0 {
		return ""
	}
	protocol := review.Text(p.fields, "protocol")
	if protocol == "" {
		protocol = "TCP"
	}
	return fmt.Sprint(n, "/", protocol)
}

func (p place) addresses(inside bool) {
	if ip := p.text("clusterIP"); ip != "" && ip != corev1.ClusterIPNone {
		p.address("clusterIP", ip)
	}
	for _, s := range p.texts("externalIPs") {
		p.address("externalIPs", s)
		if ip, err := netip.ParseAddr(s); err == nil && (ip.IsLoopback() || ip.IsUnspecified() || ip.IsLinkLocalUnicast()) {
			p.refuse("externalIPs", "`%s` is no address that others can reach", s)
		}
	}
	for _, s := range p.texts("loadBalancerSourceRanges") {
		p.cidr("loadBalancerSourceRanges", strings.TrimSpace(s))
	}
}

func (p place) cidr(key, s string) {
	if _, _, err := netutils.ParseCIDRSloppy(s); err != nil && s != "" && !kube.Open(s) {
		p.refuse(key, "`%s` is no CIDR, such as 192.0.2.0/24", short(s))
	}
}

func (p place) ingress() {
	if review.Text(p.fields, "apiVersion") != "networking.k8s.io/v1" {
		return
	}
	s := p.at("spec")
	if s.none("rules") && s.lacks("defaultBackend") {
		s.refuse("", "it needs `rules` or a `defaultBackend`")
	}
	s.form("ingressClassName", subdomain)
	s.at("defaultBackend").backend()
	for _, t := range s.items("tls") {
		for _, host := range t.texts("hosts") {
			t.name = p.name
			t.hostName("hosts", host)
		}
	}
	for _, rule := range s.items("rules") {
		if host := rule.text("host"); host != "" {
			rule.host("host", host)
		}
		if http := rule.at("http"); http.there() {
			http.needsSome("paths")
		}
		for _, path := range rule.at("http").items("paths") {
			path.path()
		}
	}
}

func (p place) host(key, host string) {
	if _, err := netip.ParseAddr(host); err == nil {
		p.refuse(key, "a host is a name and no address, as `%s` is", host)
		return
	}
	p.hostName(key, host)
}

func (p place) hostName(key, host string) {
	rule := subdomain
	if strings.HasPrefix(host, "*.") {
		rule = validation.IsWildcardDNS1123Subdomain
	}
	p.formOf(key, host, rule)
}

func (p place) path() {
	kind, text := p.text("pathType"), p.text("path")
	if !p.open("pathType") {
		p.filled("pathType")
		p.enum("pathType", "Exact", "Prefix", "ImplementationSpecific")
	}
	if kind == "ImplementationSpecific" && text != "" && !strings.HasPrefix(text, "/") {
		p.refuse("path", "a path begins with a slash, and `%s` does not", short(text))
	}
	if exact := kind == "Exact" || kind == "Prefix"; exact && !p.open("path") {
		if !strings.HasPrefix(text, "/") {
			p.refuse("path", "a path of type %s begins with a slash, and `%s` does not", kind, text)
		}
		for _, part := range []string{"//", "/./", "/../", "%2f", "%2F"} {
			if strings.Contains(text, part) {
				p.refuse("path", "the path `%s` has `%s` in it", short(text), part)
				break
			}
		}
		for _, end := range []string{"/..", "/."} {
			if strings.HasSuffix(text, end) {
				p.refuse("path", "the path `%s` ends in `%s`", short(text), end)
			}
		}
	}
	if b := p.at("backend"); b.there() || p.lacks("backend") {
		b.backend()
	}
}

func (p place) backend() {
	if !p.there() {
		if strings.HasSuffix(p.pointer, "/backend") {
			p.refuse("", "a backend is missing")
		}
		return
	}
	p.oneOf("service", "resource")
	s := p.at("service")
	if !s.there() {
		return
	}
	s.filled("name")
	port := s.at("port")
	if (port.fields["name"] == nil || port.fields["name"] == "") == (port.fields["number"] == nil || fmt.Sprint(port.fields["number"]) == "0") {
		s.refuse("port", "the port of the backend `%s` is a name or a number, one of both", review.Text(s.fields, "name"))
		return
	}
	port.form("name", validation.IsValidPortName)
	port.between(0, 65535, "number")
}

func (p place) route() {
	for _, rule := range p.at("spec").items("rules") {
		for _, ref := range rule.items("backendRefs") {
			group, kind := review.Text(ref.fields, "group"), review.Text(ref.fields, "kind")
			if group == "" && (kind == "" || kind == "Service") && ref.lacks("port") {
				ref.refuse("", "the backend Service `%s` needs a port", review.Text(ref.fields, "name"))
			}
		}
	}
}

func (p place) networkPolicy() {
	s := p.at("spec")
	s.at("podSelector").selector()
	types := s.texts("policyTypes")
	for _, t := range types {
		if t != "Ingress" && t != "Egress" {
			s.refuse("policyTypes", "`%s` is neither Ingress nor Egress", short(t))
		}
	}
	if len(types) > 2 {
		s.refuse("policyTypes", "there are two types, and %d are named", len(types))
	}
	for _, way := range []struct{ field, peers string }{{"ingress", "from"}, {"egress", "to"}} {
		for _, rule := range s.items(way.field) {
			for _, port := range rule.items("ports") {
				port.rangeOfPorts()
			}
			for _, peer := range rule.items(way.peers) {
				peer.peer()
			}
		}
	}
}

func (p place) rangeOfPorts() {
	p.port("port")
	end, ok := p.integer("endPort")
	if !ok {
		return
	}
	first, number := p.integer("port")
	switch {
	case p.lacks("port"):
		p.refuse("endPort", "`endPort` needs a `port`")
	case !number && !p.open("port"):
		p.refuse("endPort", "with `endPort` the `port` is a number")
	case number && end < first:
		p.refuse("endPort", "`endPort` %d is below `port` %d", end, first)
	}
	p.between(1, 65535, "endPort")
}

func (p place) peer() {
	block := p.at("ipBlock")
	switch {
	case len(p.fields) == 0:
		p.refuse("", "a peer needs a selector or an ipBlock")
	case block.there() && p.count() > 1:
		p.refuse("", "a peer with an ipBlock has no selectors")
	}
	p.at("podSelector").selector()
	p.at("namespaceSelector").selector()
	block.cidr("cidr", block.text("cidr"))
	whole, err := netip.ParsePrefix(block.text("cidr"))
	for _, s := range block.texts("except") {
		block.cidr("except", s)
		if part, failed := netip.ParsePrefix(s); err == nil && failed == nil && (!whole.Contains(part.Addr()) || part.Bits() <= whole.Bits()) {
			block.refuse("except", "`%s` is no part of `%s`", s, whole)
		}
	}
}

// lower is a text as keys of annotations are compared.
func lower(s string) string { return strings.ToLower(s) }
