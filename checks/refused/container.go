package refused

import (
	"fmt"
	"math"
	"path"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// container is one of a pod's.
type container struct {
	place
	pod     pod
	initial bool
}

func (c container) refused() {
	c.filled("name")
	if image := c.text("image"); c.pod.filled {
		c.filled("image")
		if strings.TrimSpace(image) != image {
			c.refuse("image", "the image `%s` has spaces around it", image)
		}
	}
	for _, p := range c.items("ports") {
		p.between(1, 65535, "containerPort")
		p.between(0, 65535, "hostPort")
		inside, known := p.integer("containerPort")
		if outside, ok := p.integer("hostPort"); ok && known && outside != 0 && outside != inside && c.pod.fields["hostNetwork"] == true {
			p.refuse("hostPort", "with `hostNetwork` the `hostPort` %d must be the `containerPort` %d", outside, inside)
		}
	}
	for _, p := range twice(c.items("ports"), named("name")) {
		p.refuse("name", "the port name `%s` occurs twice", p.text("name"))
	}
	c.environment()
	c.mounts()
	c.security()
	c.resources()
	c.probes()
	for _, when := range []string{"postStart", "preStop"} {
		if h := c.at("lifecycle", when).called("%s of %s", when, c.name); h.there() {
			if c.initial && c.text("restartPolicy") != "Always" && !c.open("restartPolicy") {
				c.refuse("lifecycle", "an init container that ends has no `lifecycle`")
				break
			}
			h.handler("exec", "httpGet", "tcpSocket", "sleep")
		}
	}
}

func (c container) environment() {
	for _, e := range c.items("env") {
		name := e.text("name")
		e.filled("name")
		if strings.Contains(name, "=") {
			e.refuse("name", "the name of the variable `%s` has a `=` in it", name)
		}
		from := e.at("valueFrom").called("%s: the variable `%s`", c.name, name)
		if !from.there() {
			continue
		}
		if value, ok := e.fields["value"].(string); ok && value != "" {
			e.refuse("", "the variable `%s` has a `value` and a `valueFrom`; one is allowed", name)
		}
		if n := from.count(); n != 1 {
			from.refuse("", "comes from %d sources, and needs one", n)
		}
		for _, key := range []string{"configMapKeyRef", "secretKeyRef"} {
			if ref := from.at(key); ref.there() {
				ref.filled("key")
				ref.form("key", validation.IsConfigMapKey)
				ref.form("name", subdomain)
			}
		}
		if ref := from.at("fieldRef"); ref.there() {
			ref.filled("fieldPath")
		}
		from.downward(variableFields)
	}
	for _, e := range c.items("envFrom") {
		if len(e.set("configMapRef", "secretRef")) != 1 {
			e.refuse("", "an entry of `envFrom` names a ConfigMap or a Secret, one of both")
		}
		for _, key := range []string{"configMapRef", "secretRef"} {
			if ref := e.at(key); ref.there() {
				ref.needs("name")
				ref.form("name", subdomain)
			}
		}
	}
}

// variableFields and fileFields are what a variable and a file of a volume may be of
// their pod's fields.
var (
	variableFields = pattern.New(`^(metadata\.(name|namespace|uid)|spec\.(nodeName|serviceAccountName)|status\.(hostIPs?|podIPs?)|metadata\.(labels|annotations)\['[^']+'\])$`)
	fileFields     = pattern.New(`^metadata\.(name|namespace|uid|labels|annotations|(labels|annotations)\['[^']+'\])$`)
)

var downwardResources = pattern.New(`^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)$`)

func (p place) downward(fields *pattern.Pattern) {
	if at := p.at("fieldRef"); at.text("fieldPath") != "" && !fields.MatchString(at.text("fieldPath")) {
		at.refuse("fieldPath", "the field `%s` of the pod cannot be had here", short(at.text("fieldPath")))
	}
	if at := p.at("resourceFieldRef"); at.text("resource") != "" && !downwardResources.MatchString(at.text("resource")) {
		at.refuse("resource", "`%s` is no resource of a container, such as limits.memory", short(at.text("resource")))
	}
}

func (c container) mounts() {
	mounts := c.items("volumeMounts")
	for _, m := range mounts {
		if name := m.text("name"); name != "" && !c.pod.volumes[name] && !c.pod.volumes[""] {
			m.refuse("name", "it mounts the volume `%s`, which the pod does not have", name)
		}
		m.filled("mountPath", "name")
		m.together("subPath", "subPathExpr")
		m.descending("subPath")
		m.descending("subPathExpr")
		if m.text("mountPropagation") == "Bidirectional" && c.at("securityContext").fields["privileged"] != true {
			m.refuse("mountPropagation", "only a privileged container mounts a volume with Bidirectional propagation")
		}
	}
	for _, m := range twice(mounts, named("mountPath")) {
		m.refuse("mountPath", "two volumes are mounted at `%s`", m.text("mountPath"))
	}
	for _, d := range c.items("volumeDevices") {
		if name := d.text("name"); name != "" && !c.pod.volumes[name] && !c.pod.volumes[""] {
			d.refuse("name", "it uses the volume `%s`, which the pod does not have", name)
		}
	}
}

// descending wants a path that stays below where it starts.
func (p place) descending(key string) {
	s := p.text(key)
	switch {
	case s == "":
	case path.IsAbs(s):
		p.refuse(key, "the path `%s` begins with a slash", short(s))
	case slices.Contains(strings.Split(s, "/"), ".."):
		p.refuse(key, "the path `%s` leads upwards", short(s))
	}
}

func (c container) security() {
	s := c.at("securityContext")
	s.users("runAsUser", "runAsGroup")
	s.profile("seccompProfile")
	s.profile("appArmorProfile")
	if s.fields["allowPrivilegeEscalation"] != false {
		return
	}
	if s.fields["privileged"] == true {
		s.refuse("allowPrivilegeEscalation", "it is privileged, and `allowPrivilegeEscalation` is false")
	}
	if slices.Contains(s.at("capabilities").texts("add"), "CAP_SYS_ADMIN") {
		s.refuse("allowPrivilegeEscalation", "it adds the capability CAP_SYS_ADMIN, and `allowPrivilegeEscalation` is false")
	}
}

// users are ids of users and groups.
func (p place) users(keys ...string) { p.between(0, math.MaxInt32, keys...) }

// profile is a seccomp or AppArmor profile.
func (p place) profile(key string) {
	at := p.at(key)
	kind := at.text("type")
	switch {
	case !at.there() || kind == "":
	case kind == "Localhost" && at.lacks("localhostProfile"):
		at.refuse("", "the %s of type Localhost needs a `localhostProfile`", key)
	case kind != "Localhost" && at.has("localhostProfile"):
		at.refuse("localhostProfile", "the %s of type %s takes no `localhostProfile`", key, kind)
	}
}

// plainResources are the resources without a domain that a container may ask for.
var plainResources = pattern.New(`^(cpu|memory|ephemeral-storage|hugepages-.+)$`)

func (c container) resources() {
	r := c.at("resources")
	limits, requests := r.at("limits"), r.at("requests")
	for _, list := range []place{limits, requests} {
		for _, key := range list.keys() {
			q, ok := list.quantity(key)
			domain, _, extended := strings.Cut(key, "/")
			switch {
			case ok && q.Sign() < 0:
				list.refuse(key, "%s of %s is less than nothing", key, q.String())
			case !extended && !plainResources.MatchString(key):
				list.refuse(key, "`%s` is no resource: others than cpu, memory and ephemeral-storage have a domain, as nvidia.com/gpu has", key)
			case extended && !strings.HasSuffix(domain, "kubernetes.io") && ok:
				limit, limited := limits.quantity(key)
				if q.MilliValue()%1000 != 0 {
					list.refuse(key, "%s comes in whole numbers, and %s is none", key, q.String())
				} else if !limited && limits.lacks(key) && !r.open("limits") || limited && limit.Cmp(q) != 0 {
					list.refuse(key, "what is requested of %s must be its limit", key)
				}
			}
		}
	}
	for _, policy := range twice(c.items("resizePolicy"), named("resourceName")) {
		policy.refuse("resourceName", "how %s is resized is said twice", policy.text("resourceName"))
	}
	for _, claim := range r.items("claims") {
		if name := claim.text("name"); name != "" && !c.pod.claims[name] && !c.pod.claims[""] {
			claim.refuse("name", "it uses the resource claim `%s`, which the pod does not have", name)
		}
	}
}

// keys are those of a map that no variable decides, sorted.
func (p place) keys() []string {
	var out []string
	for key := range p.fields {
		if !kube.Open(key) {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}

func (c container) probes() {
	for _, kind := range []string{"livenessProbe", "readinessProbe", "startupProbe"} {
		p := c.at(kind).called("%s of %s", kind, c.name)
		if !p.there() {
			continue
		}
		if c.initial && c.text("restartPolicy") != "Always" && !c.open("restartPolicy") {
			c.refuse(kind, "an init container that ends has no %s", kind)
			continue
		}
		p.handler("exec", "httpGet", "tcpSocket", "grpc")
		p.atLeast(0, "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
		if n, ok := p.integer("successThreshold"); ok && n > 1 && kind != "readinessProbe" {
			p.refuse("successThreshold", "`successThreshold` is %d and must be 1", n)
		}
		if kind == "readinessProbe" && p.has("terminationGracePeriodSeconds") {
			p.refuse("terminationGracePeriodSeconds", "it takes no `terminationGracePeriodSeconds`: nothing is ended by it")
		}
		p.atLeast(1, "terminationGracePeriodSeconds")
	}
}

// handler is what a probe or a hook does.
func (p place) handler(kinds ...string) {
	p.oneOf(kinds...)
	for _, kind := range []string{"httpGet", "tcpSocket", "grpc"} {
		p.at(kind).port("port")
	}
	if exec := p.at("exec"); exec.there() {
		exec.needsSome("command")
	}
}

// name of a container in a message.
func containerName(p place) string {
	if name := review.Text(p.fields, "name"); name != "" {
		return fmt.Sprintf("container `%s`", name)
	}
	return "a container"
}

// label is a rule of Kubernetes' for a name.
var (
	label     = validation.IsDNS1123Label
	subdomain = validation.IsDNS1123Subdomain
)
