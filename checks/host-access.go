package checks

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/policy"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/setting"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var hostAccess = &review.Check{
	ID: "host-access", Area: review.Security, Severity: review.High, Tags: []review.Tag{review.PodSecurity},
	Doc: review.Doc{
		Title:  "pod has access to its node",
		What:   "Looks for privileged containers, the node's network, process and IPC namespaces, hostPath volumes, host ports, added capabilities beyond the runtime's defaults, an unmasked /proc, unsafe sysctls, disabled seccomp or AppArmor, and OpenShift's SecurityContextConstraints that allow any of these. A mounted container runtime socket is reported as root on the node. For node agents (storage and network drivers, node metrics, log collectors and similar) it is information; a read-only mount of a harmless path is advice. For a chart that is not rendered, checks its values for the same settings.",
		Why:    "The isolation between containers and their node keeps one compromised pod from compromising the cluster: from the node, an attacker can read every secret of every pod on it.",
		Fix:    "Remove the setting, or replace it with what the application needs: a port with a Service, a path with a volume claim, `privileged` with the one capability.",
		Verify: "kubectl get pods -A -o json | jq -r '.items[] | select(.spec.hostNetwork or .spec.hostPID or any(.spec.containers[]; .securityContext.privileged)) | .metadata.namespace+\"/\"+.metadata.name'",
		Waive:  "A node agent that the check does not know. Give it its own namespace with the privileged Pod Security level.",
		Effort: "medium",
		Bad:    "securityContext: {privileged: true}",
		Good:   "securityContext: {capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}}",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		report := func(s review.Severity, key, field, message string) {
			p.Report(review.Hit{Object: o, Field: field, Key: key, Severity: kube.AgentSeverity(o, s), Message: message})
		}
		if o.ID.GroupKind() == "SecurityContextConstraints.security.openshift.io" {
			constraintsAccess(o, report)
		}
		pod, ok := review.PodOf(o)
		if !ok {
			return
		}
		podAccess(o, pod, report)
		for _, c := range review.ContainersOf(o) {
			containerAccess(c, report)
		}
	}).ChartValues(hostAccessInValues),
}

type accessReport func(s review.Severity, key, field, message string)

// hostNamespaces says what each namespace of the node gives away.
var hostNamespaces = []struct{ field, then string }{
	{"hostNetwork", "It sees the node's traffic and reaches everything that listens on localhost, past every network policy."},
	{"hostPID", "It sees all processes of the node, with their environment, and can signal them."},
	{"hostIPC", "It shares memory with the node's processes."},
}

func podAccess(o *model.Object, pod review.Pod, report accessReport) {
	for _, n := range hostNamespaces {
		if on, _ := review.Bool(pod.Spec, n.field); on {
			report(review.High, n.field, pod.At(n.field), fmt.Sprintf("%s has `%s: true`. %s", o.ID, n.field, n.then))
		}
	}
	for i, v := range review.Items(pod.Spec, "volumes") {
		if path := review.Text(v, "hostPath", "path"); path != "" {
			severity := review.High
			if harmlessPath(path) {
				severity = review.Low
			}
			then := "What it writes there outlives the pod and is seen by all others; what it reads there is not its own."
			if runtimeSocket(path) {
				then = "Whoever may talk to the container runtime may start a container as root of the node."
			}
			report(severity, "volume "+review.Text(v, "name")+" "+path, fmt.Sprintf("%s/volumes/%d/hostPath/path", pod.Pointer, i),
				fmt.Sprintf("%s mounts `%s` of its node. %s", o.ID, path, then))
		}
	}
	unsafeSysctls(o, pod, report)
	unconfined(pod.Spec, "securityContext", "pod", pod.Pointer, o.ID.String(), report)
	for key, value := range review.Labels(pod.Metadata, "annotations") {
		if strings.HasPrefix(key, "container.apparmor.security.beta.kubernetes.io/") && value == "unconfined" {
			at := strings.TrimSuffix(pod.Pointer, "/spec") + "/metadata" + review.Pointer("annotations", key)
			report(review.High, key, at, fmt.Sprintf("%s turns AppArmor off for `%s`.", o.ID, key[strings.LastIndexByte(key, '/')+1:]))
		}
	}
}

// harmlessPath reports whether a path of the node tells nothing.
func harmlessPath(path string) bool {
	return slices.ContainsFunc([]string{"/etc/localtime", "/etc/timezone", "/usr/share/zoneinfo", "/dev/net/tun", "/dev/dri", "/dev/fuse", "/lib/modules", "/etc/machine-id"},
		func(p string) bool { return path == p || strings.HasPrefix(path, p+"/") })
}

func containerAccess(c review.Container, report accessReport) {
	key := c.Key() + " "
	if on, _ := review.Bool(c.Fields, "securityContext", "privileged"); on {
		report(review.High, key+"privileged", c.At("securityContext", "privileged"),
			fmt.Sprintf("%s, is privileged: whoever breaks into it is root on the node.", c))
	}
	if on, _ := review.Bool(c.Fields, "securityContext", "windowsOptions", "hostProcess"); on {
		report(review.High, key+"hostProcess", c.At("securityContext", "windowsOptions", "hostProcess"), fmt.Sprintf("%s, runs as a process of the node.", c))
	}
	if review.Text(c.Fields, "securityContext", "procMount") == "Unmasked" {
		report(review.High, key+"procMount", c.At("securityContext", "procMount"), fmt.Sprintf("%s, sees all of /proc.", c))
	}
	unconfined(c.Fields, "securityContext", c.Key(), c.Pointer, c.String(), report)
	added, _ := c.Field("securityContext", "capabilities", "add").([]any)
	for i, v := range added {
		name := strings.TrimPrefix(strings.ToUpper(fmt.Sprint(v)), "CAP_")
		severity, then := capability(name)
		if severity == "" {
			continue
		}
		report(severity, key+"capability "+name, fmt.Sprintf("%s/%d", c.At("securityContext", "capabilities", "add"), i),
			fmt.Sprintf("%s, adds the capability `%s`%s.", c, name, then))
	}
	for i, port := range review.Items(c.Fields, "ports") {
		if n, ok := review.Int(port, "hostPort"); ok && n != 0 && review.Lookup(c.Pod.Spec, "hostNetwork") != true {
			report(review.High, fmt.Sprint(key, "hostPort ", n), fmt.Sprintf("%s/ports/%d/hostPort", c.Pointer, i),
				fmt.Sprintf("%s, listens on port %d of its node: open to all who reach the node, past Services and network policies, and only one such pod fits a node.", c, n))
		}
	}
}

// unconfined reports seccomp and AppArmor profiles that are turned off.
func unconfined(fields map[string]any, context, key, pointer, what string, report accessReport) {
	for _, profile := range []struct{ field, name string }{{"seccompProfile", "seccomp"}, {"appArmorProfile", "AppArmor"}} {
		if review.Text(fields, context, profile.field, "type") == "Unconfined" {
			report(review.High, key+" "+profile.field, pointer+review.Pointer(context, profile.field, "type"),
				fmt.Sprintf("%s: %s is turned off; every system call is open to whoever breaks in.", what, profile.name))
		}
	}
}

// defaultCapabilities are those that the Baseline level of the Pod Security
// Standards lets a pod add: what container runtimes grant by default.
var defaultCapabilities = []string{"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"}

// capability says how bad it is to add one; "" where it is not.
func capability(name string) (review.Severity, string) {
	switch {
	case name == "NET_BIND_SERVICE", slices.Contains(defaultCapabilities, name):
		return "", "" // it has them anyway, or has dropped all and asks for few
	case name == "ALL" || name == "SYS_ADMIN" || name == "SYS_MODULE" || name == "SYS_RAWIO" || name == "BPF":
		return review.High, ", which is as good as root on the node"
	case name == "SYS_PTRACE" || name == "DAC_READ_SEARCH":
		return review.High, ", which reads what others hold"
	case name == "NET_ADMIN" || name == "NET_RAW":
		return review.High, ", with which it can forge and redirect traffic"
	}
	return review.High, ", which the Baseline level of the Pod Security Standards forbids"
}

// runtimeSocket reports whether a path of the node is a container runtime's
// socket.
func runtimeSocket(path string) bool {
	for _, name := range []string{"docker.sock", "containerd.sock", "crio.sock", "cri-dockerd.sock", "dockershim.sock"} {
		if strings.HasSuffix(path, "/"+name) {
			return true
		}
	}
	return false
}

// unsafeSysctls reports the kernel parameters that the newest Baseline level of
// the Pod Security Standards does not let a pod set.
func unsafeSysctls(o *model.Object, pod review.Pod, report accessReport) {
	versions := policy.CheckSysctls().Versions
	newest := versions[len(versions)-1]
	for i, s := range review.Items(pod.Spec, "securityContext", "sysctls") {
		name := review.Text(s, "name")
		spec := corev1.PodSpec{SecurityContext: &corev1.PodSecurityContext{Sysctls: []corev1.Sysctl{{Name: name}}}}
		if name == "" || newest.CheckPod(&metav1.ObjectMeta{}, &spec).Allowed {
			continue
		}
		report(review.High, "sysctl "+name, fmt.Sprintf("%s/%d/name", pod.At("securityContext", "sysctls"), i),
			fmt.Sprintf("%s sets the kernel parameter `%s`, which is not a safe sysctl: a node refuses the pod unless its kubelet allows it.", o.ID, name))
	}
}

// constraintFields are what SecurityContextConstraints may allow.
var constraintFields = []string{"allowPrivilegedContainer", "allowHostNetwork", "allowHostPID", "allowHostIPC", "allowHostPorts", "allowHostDirVolumePlugin"}

// constraintsAccess reports what SecurityContextConstraints let pods do to their
// node.
func constraintsAccess(o *model.Object, report accessReport) {
	for _, field := range constraintFields {
		if on, _ := review.Lookup(o.Fields(), field).(bool); on {
			report(review.High, field, review.Pointer(field), fmt.Sprintf("%s has `%s: true`: every pod that may use it has access to its node.", o.ID, field))
		}
	}
}

func hostAccessInValues(p *review.Pass, v *review.Values) {
	v.Each(func(s *review.Setting) {
		report := func(severity review.Severity, at *review.Setting, message string) {
			setting.Report(p, v, at, "", review.Hit{Severity: setting.AgentSeverity(v, s, severity), Message: setting.Name(v, at.Path) + message})
		}
		switch {
		case s.Key == "privileged" && s.Is(true):
			report(review.High, s, ": privileged, so that whoever breaks into the container is root on the node.")
		case s.Key == "hostPath":
			path := s.Text() + s.Field("path").Text()
			if strings.HasPrefix(path, "/") && !harmlessPath(path) {
				report(review.High, s, fmt.Sprintf(": mounts `%s` of the node. What it writes there outlives the pod and is seen by all others.", path))
			}
		case s.Key == "hostPort" && s.Text() != "" && s.Text() != "0":
			report(review.High, s, fmt.Sprintf(": listens on port %s of its node, past Services and network policies.", s.Text()))
		case s.Key == "procMount" && s.Text() == "Unmasked":
			report(review.High, s, ": sees all of /proc.")
		case s.Key == "seccompProfile" && s.Field("type").Text() == "Unconfined":
			report(review.High, s.Field("type"), ": seccomp is turned off; every system call is open to whoever breaks in.")
		case s.Key == "appArmorProfile" && s.Field("type").Text() == "Unconfined":
			report(review.High, s.Field("type"), ": AppArmor is turned off.")
		case s.Key == "capabilities":
			for _, item := range s.Field("add").Items() {
				name := strings.TrimPrefix(strings.ToUpper(item.Text()), "CAP_")
				if severity, then := capability(name); severity != "" && name != "" {
					report(severity, item, fmt.Sprintf(": adds the capability `%s`%s.", name, then))
				}
			}
		}
		for _, n := range hostNamespaces {
			if s.Key == n.field && s.Is(true) {
				report(review.High, s, " is `true`. "+n.then)
			}
		}
	})
}
