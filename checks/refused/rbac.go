package refused

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
)

// role is a Role, which is in a namespace, or a ClusterRole.
func (p place) role(namespaced bool) {
	for i, rule := range p.items("rules") {
		rule.name = fmt.Sprintf("rule %d", i+1)
		rule.needsSome("verbs")
		urls := !rule.none("nonResourceURLs")
		switch {
		case urls && namespaced:
			rule.refuse("nonResourceURLs", "`nonResourceURLs` are for a ClusterRole alone")
		case urls && (!rule.none("apiGroups") || !rule.none("resources") || !rule.none("resourceNames")):
			rule.refuse("nonResourceURLs", "a rule speaks of resources or of `nonResourceURLs`, one of both")
		case !urls:
			rule.needsSome("apiGroups", "resources")
		}
	}
	aggregation := p.at("aggregationRule")
	if aggregation.there() {
		aggregation.needsSome("clusterRoleSelectors")
	}
	for _, s := range aggregation.items("clusterRoleSelectors") {
		s.selector()
	}
}

func (p place) binding(kinds ...string) {
	ref := p.at("roleRef")
	if ref.there() {
		ref.filled("name", "kind")
		ref.form("name", pathSegment)
		ref.enum("kind", kinds...)
		ref.enum("apiGroup", kube.RBACGroup)
	}
	for _, s := range p.items("subjects") {
		s.filled("name", "kind")
		s.enum("kind", "ServiceAccount", "User", "Group")
		group := kube.RBACGroup
		if s.text("kind") == "ServiceAccount" {
			group = ""
			s.form("name", subdomain)
		}
		if got := s.text("apiGroup"); got != "" && got != group && s.text("kind") != "" {
			s.refuse("apiGroup", "the subject of kind %s has no `apiGroup` `%s`", s.text("kind"), short(got))
		}
	}
}

// clusterBinding is of a binding for a whole cluster: a RoleBinding's own namespace is
// taken where a subject names none. One that is empty is a chart's whose release has no
// namespace in the repository: whoever applies it gives one.
func (p place) clusterBinding() {
	p.binding("ClusterRole")
	for _, s := range p.items("subjects") {
		if _, said := s.fields["namespace"]; s.text("kind") == "ServiceAccount" && !said {
			s.refuse("", "the ServiceAccount `%s` needs a namespace", s.text("name"))
		}
	}
}
