package refused

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/review"
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
		ref.needs("name", "kind")
		ref.form("name", pathSegment)
		ref.enum("kind", kinds...)
		ref.enum("apiGroup", kube.RBACGroup)
	}
	for _, s := range p.items("subjects") {
		s.needs("name", "kind")
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
// taken where a subject names none.
func (p place) clusterBinding() {
	p.binding("ClusterRole")
	for _, s := range p.items("subjects") {
		if s.text("kind") == "ServiceAccount" && review.Text(s.fields, "namespace") == "" {
			s.refuse("", "the ServiceAccount `%s` needs a namespace", s.text("name"))
		}
	}
}

// maxData is how much a ConfigMap or a Secret may hold, in bytes.
const maxData = 1 << 20

func (p place) configMap() {
	p.dataKeys()
	size := 0
	for _, value := range p.at("data").fields {
		s, _ := value.(string)
		size += len(s)
	}
	for _, value := range p.at("binaryData").fields {
		s, _ := value.(string)
		size += len(s) / 4 * 3
	}
	if size > maxData {
		p.refuse("data", "it holds %d bytes; %d are allowed", size, maxData)
	}
	for _, key := range p.at("binaryData").keys() {
		if p.at("data").has(key) {
			p.at("binaryData").refuse(key, "the key `%s` stands in `data` and in `binaryData`", key)
		}
	}
}

func (p place) dataKeys() {
	for _, section := range []string{"data", "stringData", "binaryData"} {
		for _, key := range p.at(section).keys() {
			if why := validation.IsConfigMapKey(key); len(why) > 0 {
				p.at(section).refuse(key, "the key `%s` is not valid: letters, digits, `-`, `_` and `.` only, at most 253", key)
			}
		}
	}
}

// secretKeys are the keys that a type of Secret must have.
var secretKeys = map[string][]string{
	string(corev1.SecretTypeTLS):              {corev1.TLSCertKey, corev1.TLSPrivateKeyKey},
	string(corev1.SecretTypeDockerConfigJson): {corev1.DockerConfigJsonKey},
	string(corev1.SecretTypeSSHAuth):          {corev1.SSHAuthPrivateKey},
}

func (p place) secret() {
	p.dataKeys()
	kind := p.text("type")
	if kind == string(corev1.SecretTypeServiceAccountToken) && p.at("metadata", "annotations").lacks(corev1.ServiceAccountNameKey) {
		p.refuse("type", "a Secret of type %s needs the annotation `%s`", kind, corev1.ServiceAccountNameKey)
	}
	held := len(p.at("data").fields) + len(p.at("stringData").fields)
	if held == 0 {
		return // something else fills it
	}
	has := func(key string) bool { return !p.at("data").lacks(key) || !p.at("stringData").lacks(key) }
	if kind == string(corev1.SecretTypeBasicAuth) && !has(corev1.BasicAuthUsernameKey) && !has(corev1.BasicAuthPasswordKey) {
		p.refuse("type", "a Secret of type %s needs the key `username` or `password`", kind)
	}
	missing := slices.DeleteFunc(slices.Clone(secretKeys[kind]), has)
	slices.Sort(missing)
	if len(missing) > 0 {
		p.refuse("type", "a Secret of type %s needs the key `%s`", kind, missing[0])
	}
}

// volumeSettings are the fields of a PersistentVolume's spec that are no source.
var volumeSettings = []string{"accessModes", "capacity", "claimRef", "mountOptions", "nodeAffinity", "persistentVolumeReclaimPolicy", "storageClassName", "volumeAttributesClassName", "volumeMode"}

func (p place) volumeOfCluster() {
	s := p.at("spec")
	s.needsSome("accessModes")
	if s.at("capacity").lacks("storage") && !s.open("capacity") {
		s.refuse("", "`capacity.storage` is missing")
	}
	var sources []string
	for key, value := range s.fields {
		if value != nil && !slices.Contains(volumeSettings, key) {
			sources = append(sources, key)
		}
	}
	if len(sources) != 1 {
		s.refuse("", "it has %s of the sources of a volume, and needs one", count(len(sources)))
	}
	if s.has("local") && s.lacks("nodeAffinity") {
		s.refuse("local", "a local volume needs a `nodeAffinity`")
	}
	s.form("storageClassName", subdomain)
}

func (p place) limitRange() {
	limits := p.at("spec").items("limits")
	for _, l := range limits {
		kind := l.text("type")
		if !strings.Contains(kind, "/") {
			l.enum("type", "Container", "Pod", "PersistentVolumeClaim")
		}
		for _, key := range []string{"default", "defaultRequest"} {
			if kind == "Pod" && l.has(key) {
				l.refuse(key, "the type Pod has no `%s`", key)
			}
		}
		order := []string{"min", "defaultRequest", "default", "max"}
		for i, low := range order {
			for _, high := range order[i+1:] {
				l.ordered(low, high)
			}
		}
	}
	for _, l := range twice(limits, named("type")) {
		l.refuse("type", "the type %s occurs twice", l.text("type"))
	}
}

// ordered wants what one map says of a resource not to be more than the other says.
func (p place) ordered(low, high string) {
	for _, key := range p.at(low).keys() {
		a, ok := p.at(low).quantity(key)
		b, also := p.at(high).quantity(key)
		if ok && also && a.Cmp(b) > 0 {
			p.at(low).refuse(key, "`%s` of %s is %s, over `%s`, which is %s", low, key, a.String(), high, b.String())
		}
	}
}

// quotaResources are the resources without a domain or a prefix that a quota may bound.
var quotaResources = []string{"cpu", "memory", "ephemeral-storage", "pods", "services", "replicationcontrollers", "resourcequotas", "secrets", "configmaps", "persistentvolumeclaims", "storage"}

func (p place) quota() {
	hard := p.at("spec", "hard")
	for _, key := range hard.keys() {
		q, ok := hard.quantity(key)
		plain := !strings.Contains(key, "/")
		whole := plain && !strings.ContainsAny(key, ".") && !slices.Contains([]string{"cpu", "memory", "ephemeral-storage", "storage"}, key) && !strings.HasPrefix(key, "hugepages-") ||
			strings.HasPrefix(key, "count/")
		switch {
		case plain && !strings.Contains(key, ".") && !slices.Contains(quotaResources, key) && !strings.HasPrefix(key, "hugepages-"):
			hard.refuse(key, "`%s` is no resource that a quota bounds", short(key))
		case ok && q.Sign() < 0:
			hard.refuse(key, "%s of %s is less than nothing", key, q.String())
		case ok && whole && q.MilliValue()%1000 != 0:
			hard.refuse(key, "%s is a number of objects, and %s is not whole", key, q.String())
		}
	}
	if scopes := p.at("spec").texts("scopes"); slices.Contains(scopes, "BestEffort") {
		for _, key := range hard.keys() {
			if key != "pods" && key != "count/pods" {
				hard.refuse(key, "the scope BestEffort bounds pods alone, not %s", key)
				break
			}
		}
	}
}

// maxPriority is the highest that is not the system's.
const maxPriority = 1_000_000_000

func (p place) priorityClass() {
	m := p.at("metadata")
	if name := m.text("name"); strings.HasPrefix(name, "system-") {
		if name != "system-node-critical" && name != "system-cluster-critical" {
			m.refuse("name", "names that begin with `system-` are the system's")
		}
		return
	}
	if n, ok := p.integer("value"); ok && n > maxPriority {
		p.refuse("value", "`value` is %d; at most %d is allowed", n, maxPriority)
	}
}

func (p place) webhooks() {
	hooks := p.items("webhooks")
	for _, w := range hooks {
		w.name = fmt.Sprintf("webhook `%s`", review.Text(w.fields, "name"))
		w.needs("name")
		for _, rule := range w.items("rules") {
			rule.needsSome("operations", "apiVersions", "resources")
		}
		for _, version := range twiceText(w.texts("admissionReviewVersions")) {
			w.refuse("admissionReviewVersions", "the version %s occurs twice", version)
		}
		w.form("name", subdomain)
		if name := w.text("name"); name != "" && strings.Count(name, ".") < 2 {
			w.refuse("name", "the name needs three parts, as check.shop.example.com has")
		}
		w.enum("sideEffects", "None", "NoneOnDryRun")
		w.between(1, 30, "timeoutSeconds")
		if versions := w.texts("admissionReviewVersions"); !slices.Contains(versions, "v1") && !slices.Contains(versions, "v1beta1") {
			w.refuse("", "`admissionReviewVersions` needs v1")
		}
		client := w.at("clientConfig")
		if client.there() {
			client.oneOf("url", "service")
		}
		if s := client.text("url"); s != "" {
			if u, err := url.Parse(s); err != nil || u.Scheme != "https" || u.Host == "" {
				client.refuse("url", "the address `%s` must begin with https://", short(s))
			}
		}
		service := client.at("service")
		if service.there() {
			service.needs("name", "namespace")
		}
		service.between(1, 65535, "port")
		if s := service.text("path"); s != "" && !path.IsAbs(s) {
			service.refuse("path", "the path `%s` begins with no slash", short(s))
		}
		w.at("namespaceSelector").selector()
		w.at("objectSelector").selector()
	}
	for _, w := range twice(hooks, named("name")) {
		w.refuse("name", "the name occurs twice")
	}
}
