package checks

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/robfig/cron/v3"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var manifestRefused = &review.Check{
	ID: "manifest-refused", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.Workloads},
	Doc: review.Doc{
		Title:  "manifest that the API server refuses",
		What:   "Checks rendered objects against validation rules of the API server that no schema contains: for pods (variables with both a value and a source, mounts of undefined volumes, volumes without or with two sources, probes without or with two handlers, duplicate names), Services (unnamed ports among several, duplicate ports, an ExternalName without a name), Ingresses (paths, backends), Gateway routes (a backend Service without port), PodDisruptionBudgets, HorizontalPodAutoscalers, CronJobs (a schedule), claims, network policies, cluster role bindings, and keys of ConfigMaps and Secrets. Anything that depends on a variable that is not visible is left out.",
		Why:    "The apply fails with `is invalid`. With Flux or Argo CD everything after it in the same target waits.",
		Fix:    "Correct the field that the message names.",
		Verify: "kubectl apply --dry-run=server -f FILE",
		Waive:  "Something changes the object before it reaches the API server; say what.",
		Effort: "small",
		Bad:    "env:\n- name: LEVEL\n  value: info\n  valueFrom: {configMapKeyRef: {name: web, key: level}}",
		Good:   "env:\n- name: LEVEL\n  valueFrom: {configMapKeyRef: {name: web, key: level}}",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		refuse := func(field, format string, args ...any) {
			p.Report(review.Hit{Object: o, Field: field, Message: fmt.Sprintf("%s: %s.", o.ID, fmt.Sprintf(format, args...))})
		}
		if pod, ok := review.PodOf(o); ok {
			refusedPod(o, pod, refuse)
		}
		if rule, ok := refusedKinds[o.ID.GroupKind()]; ok {
			rule(o.Fields(), refuse)
		}
	}),
}

// refuse tells what the API server refuses, at a field.
type refuse func(field, format string, args ...any)

// refusedKinds are the rules of kinds that are no workloads.
var refusedKinds = map[string]func(map[string]any, refuse){
	kube.Service:                    refusedService,
	kube.Ingress:                    refusedIngress,
	kube.HTTPRoute:                  refusedRoute,
	kube.GRPCRoute:                  refusedRoute,
	"TCPRoute." + kube.GatewayGroup: refusedRoute,
	"TLSRoute." + kube.GatewayGroup: refusedRoute,
	kube.PodDisruptionBudget:        refusedBudget,
	kube.HorizontalPodAutoscaler:    refusedScaler,
	kube.CronJob:                    refusedCronJob,
	kube.PersistentVolumeClaim:      refusedClaim,
	kube.NetworkPolicy:              refusedNetworkPolicy,
	kube.ClusterRoleBinding:         refusedBinding,
	kube.ConfigMap:                  refusedKeys,
	kube.Secret:                     refusedSecret,
}

// twice gives the indexes of the items whose name stood before; what is open is none.
func twice(items []map[string]any, name func(map[string]any) string) (out []int) {
	seen := map[string]bool{}
	for i, item := range items {
		n := name(item)
		if n == "" || kube.Open(n) {
			continue
		}
		if seen[n] {
			out = append(out, i)
		}
		seen[n] = true
	}
	return out
}

func named(key string) func(map[string]any) string {
	return func(item map[string]any) string { return review.Text(item, key) }
}

func refusedPod(o *model.Object, pod review.Pod, refuse refuse) {
	volumes := review.Items(pod.Spec, "volumes")
	known := map[string]bool{}
	for i, v := range volumes {
		known[review.Text(v, "name")] = true
		sources := 0
		for key, value := range v {
			if key != "name" && value != nil {
				sources++
			}
		}
		if sources > 1 { // with none it is an emptyDir
			refuse(fmt.Sprintf("%s/volumes/%d", pod.Pointer, i), "the volume `%s` has %d sources; one is allowed", review.Text(v, "name"), sources)
		}
	}
	open := kube.OpenItems(pod.Spec, []string{"name"}, "volumes") // any name may be there
	for _, t := range review.Items(o.Fields(), "spec", "volumeClaimTemplates") {
		open = open || kube.Open(review.Text(t, "metadata", "name")) || t == nil
		known[review.Text(t, "metadata", "name")] = true
	}
	for _, i := range twice(volumes, named("name")) {
		refuse(fmt.Sprintf("%s/volumes/%d/name", pod.Pointer, i), "the volume `%s` occurs twice", review.Text(volumes[i], "name"))
	}
	names := map[string]bool{}
	for _, c := range review.ContainersOf(o) {
		if c.Name != "" && names[c.Name] {
			refuse(c.At("name"), "the container `%s` occurs twice", c.Name)
		}
		names[c.Name] = true
		refusedContainer(c, known, open, refuse)
	}
}

func refusedContainer(c review.Container, volumes map[string]bool, open bool, refuse refuse) {
	for i, e := range review.Items(c.Fields, "env") {
		at := fmt.Sprintf("%s/env/%d", c.Pointer, i)
		if value, ok := e["value"].(string); ok && value != "" && e["valueFrom"] != nil {
			refuse(at, "the variable `%s` of container `%s` has a `value` and a `valueFrom`; one is allowed", review.Text(e, "name"), c.Name)
		}
		if from := review.Map(e, "valueFrom"); len(from) > 1 {
			refuse(at+"/valueFrom", "the variable `%s` of container `%s` comes from %d sources; one is allowed", review.Text(e, "name"), c.Name, len(from))
		}
	}
	mounts := review.Items(c.Fields, "volumeMounts")
	for i, m := range mounts {
		if name := review.Text(m, "name"); name != "" && !volumes[name] && !open && !kube.Open(name) {
			refuse(fmt.Sprintf("%s/volumeMounts/%d/name", c.Pointer, i), "container `%s` mounts the volume `%s`, which the pod does not have", c.Name, name)
		}
	}
	for _, i := range twice(mounts, named("mountPath")) {
		refuse(fmt.Sprintf("%s/volumeMounts/%d/mountPath", c.Pointer, i), "container `%s` mounts two volumes at `%s`", c.Name, review.Text(mounts[i], "mountPath"))
	}
	ports := review.Items(c.Fields, "ports")
	for _, i := range twice(ports, named("name")) {
		refuse(fmt.Sprintf("%s/ports/%d/name", c.Pointer, i), "the port name `%s` of container `%s` occurs twice", review.Text(ports[i], "name"), c.Name)
	}
	for _, probe := range []string{"livenessProbe", "readinessProbe", "startupProbe"} {
		fields, ok := c.Field(probe).(map[string]any)
		if !ok {
			continue
		}
		handlers := 0
		for _, h := range []string{"httpGet", "tcpSocket", "exec", "grpc"} {
			if fields[h] != nil {
				handlers++
			}
		}
		if handlers != 1 {
			refuse(c.At(probe), "the %s of container `%s` has %d handlers; it must have one of httpGet, tcpSocket, exec and grpc", probe, c.Name, handlers)
		}
	}
}

func refusedService(o map[string]any, refuse refuse) {
	kind := review.Text(o, "spec", "type")
	ports := review.Items(o, "spec", "ports")
	if kind == string(corev1.ServiceTypeExternalName) {
		if review.Text(o, "spec", "externalName") == "" {
			refuse("/spec/externalName", "a Service of type ExternalName needs an `externalName`")
		}
		return
	}
	if len(ports) == 0 && review.Text(o, "spec", "clusterIP") != corev1.ClusterIPNone {
		refuse("/spec/ports", "a Service needs a port, unless its `clusterIP` is None")
	}
	if kind == string(corev1.ServiceTypeLoadBalancer) || kind == string(corev1.ServiceTypeNodePort) {
		if review.Text(o, "spec", "clusterIP") == corev1.ClusterIPNone {
			refuse("/spec/clusterIP", "a Service of type %s may not have the `clusterIP` None", kind)
		}
	}
	for i, port := range ports {
		if len(ports) > 1 && review.Text(port, "name") == "" {
			refuse(fmt.Sprintf("/spec/ports/%d", i), "of several ports each needs a name, and port %v has none", port["port"])
		}
	}
	for _, i := range twice(ports, named("name")) {
		refuse(fmt.Sprintf("/spec/ports/%d/name", i), "the port name `%s` occurs twice", review.Text(ports[i], "name"))
	}
	for _, i := range twice(ports, func(p map[string]any) string {
		protocol := review.Text(p, "protocol")
		if protocol == "" {
			protocol = "TCP"
		}
		return fmt.Sprint(p["port"], "/", protocol)
	}) {
		refuse(fmt.Sprintf("/spec/ports/%d/port", i), "the port %v occurs twice with the same protocol", ports[i]["port"])
	}
}

func refusedIngress(o map[string]any, refuse refuse) {
	if review.Text(o, "apiVersion") != "networking.k8s.io/v1" {
		return
	}
	backend := func(at string, b map[string]any) {
		service, port := review.Map(b, "service"), review.Map(b, "service", "port")
		switch {
		case b == nil || service != nil && b["resource"] != nil:
			refuse(at, "a backend is a Service or a resource, one of both")
		case service != nil && (port["name"] == nil) == (port["number"] == nil):
			refuse(at+"/service/port", "the port of the backend `%s` is a name or a number, one of both", review.Text(service, "name"))
		}
	}
	if b := review.Map(o, "spec", "defaultBackend"); b != nil {
		backend("/spec/defaultBackend", b)
	}
	for i, rule := range review.Items(o, "spec", "rules") {
		if host := review.Text(rule, "host"); !kube.Open(host) {
			if _, err := netip.ParseAddr(host); err == nil {
				refuse(fmt.Sprintf("/spec/rules/%d/host", i), "a host is a name and no address, as `%s` is", host)
			}
		}
		for j, path := range review.Items(rule, "http", "paths") {
			at := fmt.Sprintf("/spec/rules/%d/http/paths/%d", i, j)
			kind, text := review.Text(path, "pathType"), review.Text(path, "path")
			switch {
			case kind == "":
				refuse(at, "a path needs a `pathType`")
			case kind != "ImplementationSpecific" && !strings.HasPrefix(text, "/") && !kube.Open(text):
				refuse(at+"/path", "a path of type %s begins with a slash, and `%s` does not", kind, text)
			}
			backend(at+"/backend", review.Map(path, "backend"))
		}
	}
}

func refusedRoute(o map[string]any, refuse refuse) {
	for i, rule := range review.Items(o, "spec", "rules") {
		for j, ref := range review.Items(rule, "backendRefs") {
			group, kind := review.Text(ref, "group"), review.Text(ref, "kind")
			if group == "" && (kind == "" || kind == "Service") && ref["port"] == nil {
				refuse(fmt.Sprintf("/spec/rules/%d/backendRefs/%d", i, j), "the backend Service `%s` needs a port", review.Text(ref, "name"))
			}
		}
	}
}

func refusedBudget(o map[string]any, refuse refuse) {
	if review.Lookup(o, "spec", "minAvailable") != nil && review.Lookup(o, "spec", "maxUnavailable") != nil {
		refuse("/spec/maxUnavailable", "it has `minAvailable` and `maxUnavailable`; one is allowed")
	}
}

func refusedScaler(o map[string]any, refuse refuse) {
	if most, ok := review.Int(o, "spec", "maxReplicas"); ok && most < 1 {
		refuse("/spec/maxReplicas", "`maxReplicas` must be at least 1")
	}
}

// refusedCronJob reads a schedule as the API server does, by the same library.
func refusedCronJob(o map[string]any, refuse refuse) {
	schedule := review.Text(o, "spec", "schedule")
	if kube.Open(schedule) || strings.HasPrefix(schedule, "TZ=") || strings.HasPrefix(schedule, "CRON_TZ=") { // the library does not survive all of those
		return
	}
	if _, err := cron.ParseStandard(schedule); err != nil {
		refuse("/spec/schedule", "the schedule `%s` is not valid: %s", schedule, err)
	}
	if strings.Contains(schedule, "TZ") && review.Text(o, "spec", "timeZone") != "" {
		refuse("/spec/schedule", "the schedule names a time zone, and `timeZone` is set; one is allowed")
	}
}

func refusedClaim(o map[string]any, refuse refuse) {
	if modes, _ := review.Lookup(o, "spec", "accessModes").([]any); len(modes) == 0 {
		refuse("/spec/accessModes", "a claim needs an access mode")
	}
	if review.Lookup(o, "spec", "resources", "requests", "storage") == nil {
		refuse("/spec/resources/requests", "a claim needs a request of storage")
	}
}

func refusedNetworkPolicy(o map[string]any, refuse refuse) {
	for _, way := range []struct{ field, peers string }{{"ingress", "from"}, {"egress", "to"}} {
		for i, rule := range review.Items(o, "spec", way.field) {
			for j, peer := range review.Items(rule, way.peers) {
				at := fmt.Sprintf("/spec/%s/%d/%s/%d", way.field, i, way.peers, j)
				block := review.Map(peer, "ipBlock")
				switch cidr := review.Text(block, "cidr"); {
				case len(peer) == 0:
					refuse(at, "a peer needs a selector or an ipBlock")
				case block != nil && len(peer) > 1:
					refuse(at, "a peer with an ipBlock has no selectors")
				case cidr != "" && !kube.Open(cidr):
					if _, err := netip.ParsePrefix(cidr); err != nil {
						refuse(at+"/ipBlock/cidr", "`%s` is no CIDR, such as 192.0.2.0/24", cidr)
					}
				}
			}
		}
	}
}

// refusedBinding is of ClusterRoleBindings: a RoleBinding's own namespace is taken
// where a subject names none.
func refusedBinding(o map[string]any, refuse refuse) {
	for i, s := range review.Items(o, "subjects") {
		if review.Text(s, "kind") == "ServiceAccount" && review.Text(s, "namespace") == "" {
			refuse(fmt.Sprintf("/subjects/%d", i), "the ServiceAccount `%s` needs a namespace", review.Text(s, "name"))
		}
	}
}

func refusedKeys(o map[string]any, refuse refuse) {
	for _, section := range []string{"data", "stringData", "binaryData"} {
		for key := range review.Map(o, section) {
			if why := validation.IsConfigMapKey(key); len(why) > 0 && !kube.Open(key) {
				refuse(review.Pointer(section, key), "the key `%s` is not valid: letters, digits, `-`, `_` and `.` only, at most 253", key)
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

func refusedSecret(o map[string]any, refuse refuse) {
	refusedKeys(o, refuse)
	var missing []string
	for _, key := range secretKeys[review.Text(o, "type")] {
		if review.Map(o, "data")[key] == nil && review.Map(o, "stringData")[key] == nil {
			missing = append(missing, key)
		}
	}
	slices.Sort(missing)
	if len(missing) > 0 && len(review.Map(o, "data"))+len(review.Map(o, "stringData")) > 0 { // one that is empty is filled by something else
		refuse("/type", "a Secret of type %s needs the key `%s`", review.Text(o, "type"), missing[0])
	}
}
