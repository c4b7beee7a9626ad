package refused

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"k8s.io/apimachinery/pkg/util/validation"
	netutils "k8s.io/utils/net"
)

// pod is the spec of a pod or of a template of pods.
type pod struct {
	place
	volumes map[string]bool // by name
	claims  map[string]bool // to resources, by name
	made    bool            // by a controller, of a template
	filled  bool            // nothing fills in images later, as OpenShift's triggers do
}

func (p pod) refused() {
	volumes := p.items("volumes")
	if list, _ := p.fields["volumes"].([]any); p.open("volumes") || len(list) > len(volumes) {
		p.volumes[""] = true
	}
	for _, v := range volumes {
		p.volumes[v.text("name")] = true // "" is one whose name a variable decides
		v.called("volume `%s`", review.Text(v.fields, "name")).volume()
	}
	for _, v := range twice(volumes, named("name")) {
		v.refuse("name", "the volume `%s` occurs twice", v.text("name"))
	}
	for _, c := range p.items("resourceClaims") {
		p.claims[c.text("name")] = true // "" is one whose name a variable decides
	}
	if list, ok := p.fields["containers"].([]any); ok && len(list) == 0 {
		p.refuse("containers", "a pod needs a container")
	}
	var all, ports []place
	for _, key := range []string{"initContainers", "containers"} {
		for _, c := range p.items(key) {
			c.name = containerName(c)
			container{place: c, pod: p, initial: key == "initContainers"}.refused()
			all = append(all, c)
			if key == "containers" {
				ports = append(ports, c.items("ports")...)
			}
		}
	}
	for _, c := range twice(all, named("name")) {
		c.refuse("name", "the name occurs twice")
	}
	for _, port := range twice(ports, hostPort) {
		port.refuse("hostPort", "the port %v of the host is used twice", port.fields["hostPort"])
	}
	p.scheduling()
	p.settings()
}

// hostPort is what no two containers of a pod may have; "" for none.
func hostPort(p place) string {
	n, ok := p.integer("hostPort")
	if !ok || n == 0 {
		return ""
	}
	protocol := review.Text(p.fields, "protocol")
	if protocol == "" {
		protocol = "TCP"
	}
	return fmt.Sprint(n, protocol, review.Text(p.fields, "hostIP"))
}

func (p pod) settings() {
	if p.text("dnsPolicy") == "None" && p.at("dnsConfig").none("nameservers") && !p.open("dnsConfig") {
		p.refuse("dnsPolicy", "`dnsPolicy: None` needs `dnsConfig.nameservers`")
	}
	for _, s := range p.at("dnsConfig").texts("nameservers") {
		p.at("dnsConfig").address("nameservers", s)
	}
	for _, alias := range p.items("hostAliases") {
		if ip := alias.text("ip"); ip != "" {
			alias.address("ip", ip)
		}
	}
	if p.made && p.has("activeDeadlineSeconds") {
		p.refuse("activeDeadlineSeconds", "pods that run for good have no `activeDeadlineSeconds`")
	}
	p.atLeast(1, "activeDeadlineSeconds")
	p.form("hostname", label)
	p.form("subdomain", label)
	p.form("serviceAccountName", subdomain)
	p.form("priorityClassName", subdomain)
	p.form("runtimeClassName", subdomain)
	for _, gate := range twice(p.items("schedulingGates"), named("name")) {
		gate.refuse("name", "the scheduling gate `%s` occurs twice", gate.text("name"))
	}
	for _, gate := range p.items("readinessGates") {
		gate.form("conditionType", validation.IsQualifiedName)
	}
	if !p.none("ephemeralContainers") && !p.open("ephemeralContainers") {
		p.refuse("ephemeralContainers", "ephemeral containers are added to a pod that runs, and stand in no manifest")
	}
	if p.fields["hostPID"] == true && p.fields["shareProcessNamespace"] == true {
		p.refuse("shareProcessNamespace", "`hostPID` and `shareProcessNamespace` are set; one of them is allowed")
	}
	for _, key := range []string{"hostNetwork", "hostPID", "hostIPC"} {
		if p.fields["hostUsers"] == false && p.fields[key] == true {
			p.refuse(key, "`hostUsers: false` and `%s` are set; one of them is allowed", key)
		}
	}
	s := p.at("securityContext")
	s.users("runAsUser", "runAsGroup", "fsGroup")
	s.profile("seccompProfile")
	s.profile("appArmorProfile")
}

func (p place) address(key, s string) {
	if netutils.ParseIPSloppy(s) == nil && !kube.Open(s) {
		p.refuse(key, "`%s` is no IP address", short(s))
	}
}

func (p pod) scheduling() {
	selector := p.at("nodeSelector")
	for _, key := range selector.keys() {
		selector.formOf(key, key, validation.IsQualifiedName)
		selector.form(key, validation.IsValidLabelValue)
	}
	for _, t := range p.items("tolerations") {
		t.name = fmt.Sprintf("toleration of `%s`", review.Text(t.fields, "key"))
		t.form("key", validation.IsQualifiedName)
		t.enum("operator", "Exists", "Equal", "Lt", "Gt")
		exists := t.text("operator") == "Exists"
		if exists && t.has("value") && t.fields["value"] != "" {
			t.refuse("value", "with the operator Exists there is no `value`")
		}
		if t.lacks("key") && !exists && !t.open("operator") {
			t.refuse("", "without a `key` the operator must be Exists")
		}
		if effect := t.text("effect"); t.has("tolerationSeconds") && effect != "NoExecute" && !t.open("effect") {
			t.refuse("tolerationSeconds", "`tolerationSeconds` is for the effect NoExecute alone")
		}
	}
	p.affinity()
	spreads := p.items("topologySpreadConstraints")
	for _, s := range spreads {
		s.name = fmt.Sprintf("topology spread over `%s`", review.Text(s.fields, "topologyKey"))
		s.atLeast(1, "maxSkew", "minDomains")
		s.filled("topologyKey")
		s.form("topologyKey", validation.IsQualifiedName)
		if s.has("minDomains") && s.text("whenUnsatisfiable") == "ScheduleAnyway" {
			s.refuse("minDomains", "`minDomains` is for `whenUnsatisfiable: DoNotSchedule` alone")
		}
		if !s.none("matchLabelKeys") && s.lacks("labelSelector") {
			s.refuse("matchLabelKeys", "`matchLabelKeys` needs a `labelSelector`")
		}
		s.at("labelSelector").selector()
	}
	for _, s := range twice(spreads, func(s place) string {
		return strings.Trim(review.Text(s.fields, "topologyKey")+" "+review.Text(s.fields, "whenUnsatisfiable"), " ")
	}) {
		s.refuse("", "a spread with the same `topologyKey` and `whenUnsatisfiable` stands before")
	}
}

func (p pod) affinity() {
	const must, may = "requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"
	node := p.at("affinity", "nodeAffinity").called("node affinity")
	if required := node.at(must); required.there() {
		required.needsSome("nodeSelectorTerms")
		for _, t := range required.items("nodeSelectorTerms") {
			t.nodeTerm()
		}
	}
	for _, w := range node.items(may) {
		w.between(1, 100, "weight")
		w.at("preference").nodeTerm()
	}
	for _, kind := range []string{"podAffinity", "podAntiAffinity"} {
		at := p.at("affinity", kind).called("%s", kind)
		terms := at.items(must)
		for _, w := range at.items(may) {
			w.between(1, 100, "weight")
			if t := w.at("podAffinityTerm"); t.there() {
				terms = append(terms, t)
			}
		}
		for _, t := range terms {
			t.filled("topologyKey")
			t.form("topologyKey", validation.IsQualifiedName)
			t.at("labelSelector").selector()
			t.at("namespaceSelector").selector()
		}
	}
}

func (p place) nodeTerm() {
	for _, e := range p.items("matchExpressions") {
		e.expression("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")
	}
}
