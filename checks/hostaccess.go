package checks

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/policy"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

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
			fmt.Sprintf("%s sets the kernel parameter `%s`, which is not among the safe ones: a node refuses the pod unless its kubelet allows it.", o.ID, name))
	}
}

// constraintFields are what SecurityContextConstraints may allow.
var constraintFields = []string{"allowPrivilegedContainer", "allowHostNetwork", "allowHostPID", "allowHostIPC", "allowHostPorts", "allowHostDirVolumePlugin"}

// constraintsAccess reports what SecurityContextConstraints let pods do to their
// node.
func constraintsAccess(o *model.Object, report accessReport) {
	for _, field := range constraintFields {
		if on, _ := review.Lookup(o.Fields(), field).(bool); on {
			report(review.High, field, review.Pointer(field), fmt.Sprintf("%s has `%s: true`: every pod that may use it reaches into its node.", o.ID, field))
		}
	}
}
