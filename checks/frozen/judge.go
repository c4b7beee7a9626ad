package frozen

import (
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// onceGiven judges a field that the cluster fills in for an object: what was not written
// may be what it has.
func onceGiven(unless string) judge {
	return func(u update, path string) (Outcome, string) {
		if empty(at(u.before, path)) {
			return Unsure, unless
		}
		return Refused, ""
	}
}

// goes reports that a Job may be gone before it is changed.
func goes(u update, _ string) (Outcome, string) {
	if u.before.(*batchv1.Job).Spec.TTLSecondsAfterFinished != nil {
		return Unsure, "it has finished and was deleted by then (`ttlSecondsAfterFinished`)"
	}
	return Refused, ""
}

// jobTemplate: where the pods of a suspended Job run may change until it starts, and, as of
// Kubernetes 1.35, the resources of its containers.
func jobTemplate(u update, _ string) (Outcome, string) {
	before, after := u.before.(*batchv1.Job), u.after.(*batchv1.Job)
	if suspend := before.Spec.Suspend; suspend != nil && *suspend {
		old := before.Spec.Template.DeepCopy()
		if spec := after.Spec.Template.Spec; spec.Affinity != nil {
			if old.Spec.Affinity == nil {
				old.Spec.Affinity = &corev1.Affinity{}
			}
			old.Spec.Affinity.NodeAffinity = spec.Affinity.NodeAffinity
		} else if old.Spec.Affinity != nil {
			if old.Spec.Affinity.NodeAffinity = nil; *old.Spec.Affinity == (corev1.Affinity{}) {
				old.Spec.Affinity = nil
			}
		}
		now := &after.Spec.Template
		old.Annotations, old.Labels = now.Annotations, now.Labels
		old.Spec.NodeSelector, old.Spec.Tolerations, old.Spec.SchedulingGates = now.Spec.NodeSelector, now.Spec.Tolerations, now.Spec.SchedulingGates
		resources(old.Spec.Containers, now.Spec.Containers)
		resources(old.Spec.InitContainers, now.Spec.InitContainers)
		if equality.Semantic.DeepEqual(old, now) {
			return Unsure, "it is still suspended and has never started"
		}
	}
	return goes(u, "")
}

// resources gives containers the resources of their successors.
func resources(old, now []corev1.Container) {
	for i := range min(len(old), len(now)) {
		if old[i].Name == now[i].Name {
			old[i].Resources = now[i].Resources
		}
	}
}

// completions of an indexed Job may change with its parallelism.
func completions(u update, _ string) (Outcome, string) {
	spec := u.after.(*batchv1.Job).Spec
	if *spec.CompletionMode == batchv1.IndexedCompletion && spec.Completions != nil && *spec.Completions == *spec.Parallelism {
		return allowed, ""
	}
	return goes(u, "")
}

// images evens out the images of a Pod's containers, which may change.
func images(u update) {
	old, now := u.before.(*corev1.Pod).Spec, u.after.(*corev1.Pod).Spec
	for _, pair := range [][2][]corev1.Container{{old.Containers, now.Containers}, {old.InitContainers, now.InitContainers}} {
		for i := range min(len(pair[0]), len(pair[1])) {
			pair[1][i].Image = pair[0][i].Image
		}
	}
}

// tolerations of a Pod may be added, and nothing else.
func tolerations(u update, _ string) (Outcome, string) {
	now := u.after.(*corev1.Pod).Spec.Tolerations
	for _, old := range u.before.(*corev1.Pod).Spec.Tolerations {
		if !slices.ContainsFunc(now, func(t corev1.Toleration) bool { return equality.Semantic.DeepEqual(t, old) }) {
			return Refused, ""
		}
	}
	return allowed, ""
}

// deadline: that of a Pod may be set, and come nearer.
func deadline(u update, _ string) (Outcome, string) {
	was, is := u.before.(*corev1.Pod).Spec.ActiveDeadlineSeconds, u.after.(*corev1.Pod).Spec.ActiveDeadlineSeconds
	if is != nil && (was == nil || *is <= *was) {
		return allowed, ""
	}
	return Refused, ""
}

// sources evens out a claim's source that is no longer written: the API server has filled
// in the other one, and takes it from there.
func sources(u update) {
	names := []string{"dataSource", "dataSourceRef"}
	written := func(fields map[string]any) (n int) {
		for _, name := range names {
			if review.Lookup(fields, "spec", name) != nil {
				n++
			}
		}
		return n
	}
	if written(u.was) == 1 && written(u.is) == 0 {
		old, now := u.before.(*corev1.PersistentVolumeClaim), u.after.(*corev1.PersistentVolumeClaim)
		now.Spec.DataSource, now.Spec.DataSourceRef = old.Spec.DataSource, old.Spec.DataSourceRef
	}
}

// className judges a claim's class, which may also be said by the old annotation first.
func className(u update, path string) (Outcome, string) {
	if movesClass(u) {
		return allowed, ""
	}
	return onceGiven("it has been given this class when it was made, or none")(u, path)
}

// classAnnotation: the old way of naming a claim's class.
func classAnnotation(u update, _ string) (Outcome, string) {
	if movesClass(u) {
		return allowed, ""
	}
	return Refused, ""
}

// movesClass reports whether a claim names its class by the field now, and by the annotation
// before.
func movesClass(u update) bool {
	before, after := u.before.(*corev1.PersistentVolumeClaim), u.after.(*corev1.PersistentVolumeClaim)
	was, said := before.Annotations[corev1.BetaStorageClassAnnotation]
	is, still := after.Annotations[corev1.BetaStorageClassAnnotation]
	return said && before.Spec.StorageClassName == nil && after.Spec.StorageClassName != nil && *after.Spec.StorageClassName == was && (!still || is == was)
}

// expandSecret evens out the secret with which a volume is expanded, where there was none.
func expandSecret(u update) {
	old, now := u.before.(*corev1.PersistentVolume).Spec.CSI, u.after.(*corev1.PersistentVolume).Spec.CSI
	if old != nil && now != nil && old.ControllerExpandSecretRef == nil {
		now.ControllerExpandSecretRef = nil
	}
}

// onceSaid: what was not said may be said.
func onceSaid(u update, _ string) (Outcome, string) {
	if u.before.(*corev1.PersistentVolume).Spec.NodeAffinity == nil {
		return allowed, ""
	}
	return Refused, ""
}

// asSets: their order means nothing.
func asSets(u update, _ string) (Outcome, string) {
	was, is := slices.Clone(u.before.(*corev1.ResourceQuota).Spec.Scopes), slices.Clone(u.after.(*corev1.ResourceQuota).Spec.Scopes)
	slices.Sort(was)
	slices.Sort(is)
	if slices.Equal(slices.Compact(was), slices.Compact(is)) {
		return allowed, ""
	}
	return Refused, ""
}

// services are the two sides; named: one of them is but another name of something.
func services(u update) (before, after corev1.ServiceSpec, named bool) {
	before, after = u.before.(*corev1.Service).Spec, u.after.(*corev1.Service).Spec
	return before, after, before.Type == corev1.ServiceTypeExternalName || after.Type == corev1.ServiceTypeExternalName
}

// clusterIP judges the first address of a Service. The one that it has stays where none is
// written (patchAllocatedValues).
func clusterIP(u update, path string) (Outcome, string) {
	before, after, named := services(u)
	was, is := address(before), address(after)
	switch {
	case named, was == is, path == "/spec/clusterIPs" && before.ClusterIP != after.ClusterIP: // told of that
		return allowed, ""
	case is != "" && (was != "" || is == corev1.ClusterIPNone):
		return Refused, ""
	case is != "":
		return Unsure, "this is the address that it has been given"
	case was != corev1.ClusterIPNone:
		return Kept, "the Service keeps its address"
	case after.Type != corev1.ServiceTypeClusterIP: // which is not for headless ones
		return Refused, ""
	}
	return Kept, "the Service stays headless"
}

func address(spec corev1.ServiceSpec) string {
	if spec.ClusterIP == "" && len(spec.ClusterIPs) > 0 {
		return spec.ClusterIPs[0]
	}
	return spec.ClusterIP
}

// ipFamilies judges the families of a Service's addresses. A headless one may change them,
// and those that are not written are those of the addresses that it has.
func ipFamilies(u update, _ string) (Outcome, string) {
	before, after, named := services(u)
	was, is := before.IPFamilies, after.IPFamilies
	switch {
	case named, address(before) == corev1.ClusterIPNone, address(after) == corev1.ClusterIPNone, len(is) == 0:
		return allowed, ""
	case len(was) == 0 && is[0] == corev1.IPv4Protocol: // which nearly all clusters give first
		return allowed, ""
	case len(was) == 0:
		return Unsure, "the address that it has been given is of this family"
	case was[0] == is[0] && (len(was) <= len(is) || after.IPFamilyPolicy != nil && *after.IPFamilyPolicy == corev1.IPFamilyPolicySingleStack):
		return allowed, ""
	}
	return Refused, ""
}

// loadBalancerClass of a load balancer cannot change while it is one. The webhook of the
// AWS Load Balancer Controller gives new ones its own.
func loadBalancerClass(u update, _ string) (Outcome, string) {
	before, after, _ := services(u)
	switch {
	case before.Type != corev1.ServiceTypeLoadBalancer || after.Type != corev1.ServiceTypeLoadBalancer:
		return allowed, ""
	case before.LoadBalancerClass == nil && *after.LoadBalancerClass == "service.k8s.aws/nlb":
		return Unsure, "the AWS Load Balancer Controller gave it this class when it was made"
	}
	return Refused, ""
}

// healthCheckPort is given to a load balancer that sends traffic to local pods, and stays.
func healthCheckPort(u update, _ string) (Outcome, string) {
	before, after, _ := services(u)
	local := func(s corev1.ServiceSpec) bool {
		return s.Type == corev1.ServiceTypeLoadBalancer && s.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal
	}
	switch {
	case !local(before) || !local(after) || after.HealthCheckNodePort == 0:
		return allowed, ""
	case before.HealthCheckNodePort == 0:
		return Unsure, "this is the port that it has been given"
	}
	return Refused, ""
}
