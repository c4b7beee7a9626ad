package frozen

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	storagev1 "k8s.io/api/storage/v1"
)

// fill gives an object what the API server fills in before it compares, as far as it
// stands in fields that cannot be changed. Source: the SetDefaults and SetObjectDefaults
// functions of k8s.io/kubernetes v1.34.2, pkg/apis/*/v1; those of v1.37 fill in the same.
func fill(o any) {
	switch o := o.(type) {
	case *batchv1.Job:
		job(&o.Spec)
	case *appsv1.StatefulSet:
		or(&o.Spec.PodManagementPolicy, appsv1.OrderedReadyPodManagement)
		for i := range o.Spec.VolumeClaimTemplates {
			claim := &o.Spec.VolumeClaimTemplates[i]
			claim.TypeMeta.Kind, claim.TypeMeta.APIVersion = "", "" // conversion leaves them out
			or(&claim.Status.Phase, corev1.ClaimPending)
			given(&claim.Spec.VolumeMode, corev1.PersistentVolumeFilesystem)
		}
	case *corev1.Pod:
		pod(&o.Spec)
	case *corev1.PersistentVolumeClaim:
		given(&o.Spec.VolumeMode, corev1.PersistentVolumeFilesystem)
		dataSources(&o.Spec)
	case *corev1.PersistentVolume:
		given(&o.Spec.VolumeMode, corev1.PersistentVolumeFilesystem)
		volume(&o.Spec.PersistentVolumeSource)
	case *corev1.Secret:
		or(&o.Type, corev1.SecretTypeOpaque)
	case *corev1.Service:
		or(&o.Spec.Type, corev1.ServiceTypeClusterIP)
	case *storagev1.StorageClass:
		given(&o.ReclaimPolicy, corev1.PersistentVolumeReclaimDelete)
		given(&o.VolumeBindingMode, storagev1.VolumeBindingImmediate)
	case *storagev1.CSIDriver:
		given(&o.Spec.AttachRequired, true)
		if len(o.Spec.VolumeLifecycleModes) == 0 {
			o.Spec.VolumeLifecycleModes = []storagev1.VolumeLifecycleMode{storagev1.VolumeLifecyclePersistent}
		}
	case *rbacv1.RoleBinding:
		or(&o.RoleRef.APIGroup, rbacv1.GroupName)
	case *rbacv1.ClusterRoleBinding:
		or(&o.RoleRef.APIGroup, rbacv1.GroupName)
	case *schedulingv1.PriorityClass:
		given(&o.PreemptionPolicy, corev1.PreemptLowerPriority)
	}
}

// or fills in what is empty.
func or[T comparable](field *T, value T) {
	var empty T
	if *field == empty {
		*field = value
	}
}

// given fills in what is not there.
func given[T any](field **T, value T) {
	if *field == nil {
		*field = &value
	}
}

func job(spec *batchv1.JobSpec) {
	if spec.Parallelism == nil {
		given(&spec.Completions, 1)
	}
	given(&spec.Parallelism, 1)
	given(&spec.CompletionMode, batchv1.NonIndexedCompletion)
	if spec.PodFailurePolicy != nil {
		for _, rule := range spec.PodFailurePolicy.Rules {
			for i := range rule.OnPodConditions {
				or(&rule.OnPodConditions[i].Status, corev1.ConditionTrue)
			}
		}
	}
	template(&spec.Template.Spec)
}

// dataSources lets each of a claim's two sources say what the other one says.
func dataSources(spec *corev1.PersistentVolumeClaimSpec) {
	switch ref := spec.DataSourceRef; {
	case spec.DataSource != nil && ref == nil:
		spec.DataSourceRef = &corev1.TypedObjectReference{APIGroup: spec.DataSource.APIGroup, Kind: spec.DataSource.Kind, Name: spec.DataSource.Name}
	case ref != nil && spec.DataSource == nil && (ref.Namespace == nil || *ref.Namespace == ""):
		spec.DataSource = &corev1.TypedLocalObjectReference{APIGroup: ref.APIGroup, Kind: ref.Kind, Name: ref.Name}
	}
}

// volume fills in a PersistentVolume's source.
func volume(v *corev1.PersistentVolumeSource) {
	if v.HostPath != nil {
		given(&v.HostPath.Type, corev1.HostPathUnset)
	}
	if v.RBD != nil {
		or(&v.RBD.RBDPool, "rbd")
		or(&v.RBD.RadosUser, "admin")
		or(&v.RBD.Keyring, "/etc/ceph/keyring")
	}
	if v.ISCSI != nil {
		or(&v.ISCSI.ISCSIInterface, "default")
	}
	azureDisk(v.AzureDisk)
	if v.ScaleIO != nil {
		or(&v.ScaleIO.StorageMode, "ThinProvisioned")
		or(&v.ScaleIO.FSType, "xfs")
	}
}

func azureDisk(v *corev1.AzureDiskVolumeSource) {
	if v != nil {
		given(&v.CachingMode, corev1.AzureDataDiskCachingReadWrite)
		given(&v.FSType, "ext4")
		given(&v.ReadOnly, false)
		given(&v.Kind, corev1.AzureSharedBlobDisk)
	}
}

// pod fills in a Pod itself, for which more is filled in than for a template.
func pod(spec *corev1.PodSpec) {
	or(&spec.ServiceAccountName, "default") // the admission of service accounts
	template(spec)
	given(&spec.EnableServiceLinks, true)
	for _, list := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range list {
			requests(&list[i].Resources)
			for j := range list[i].Ports {
				if spec.HostNetwork {
					or(&list[i].Ports[j].HostPort, list[i].Ports[j].ContainerPort)
				}
			}
		}
	}
}

// requests are the limits where nothing is said.
func requests(r *corev1.ResourceRequirements) {
	for name, limit := range r.Limits {
		if _, said := r.Requests[name]; !said {
			if r.Requests == nil {
				r.Requests = corev1.ResourceList{}
			}
			r.Requests[name] = limit
		}
	}
}

// template fills in the spec of a pod or of a template of pods.
func template(spec *corev1.PodSpec) {
	or(&spec.DNSPolicy, corev1.DNSClusterFirst)
	or(&spec.RestartPolicy, corev1.RestartPolicyAlways)
	given(&spec.SecurityContext, corev1.PodSecurityContext{})
	given(&spec.TerminationGracePeriodSeconds, corev1.DefaultTerminationGracePeriodSeconds)
	or(&spec.SchedulerName, corev1.DefaultSchedulerName)
	or(&spec.ServiceAccountName, spec.DeprecatedServiceAccount)
	spec.DeprecatedServiceAccount = spec.ServiceAccountName
	for i := range spec.Volumes {
		podVolume(&spec.Volumes[i].VolumeSource)
	}
	for _, list := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range list {
			container(&list[i])
		}
	}
}

func podVolume(v *corev1.VolumeSource) {
	if *v == (corev1.VolumeSource{}) {
		v.EmptyDir = &corev1.EmptyDirVolumeSource{}
	}
	volume(&corev1.PersistentVolumeSource{HostPath: v.HostPath, AzureDisk: v.AzureDisk})
	if v.RBD != nil {
		or(&v.RBD.RBDPool, "rbd")
		or(&v.RBD.RadosUser, "admin")
		or(&v.RBD.Keyring, "/etc/ceph/keyring")
	}
	if v.ISCSI != nil {
		or(&v.ISCSI.ISCSIInterface, "default")
	}
	if v.ScaleIO != nil {
		or(&v.ScaleIO.StorageMode, "ThinProvisioned")
		or(&v.ScaleIO.FSType, "xfs")
	}
	if v.Secret != nil {
		given(&v.Secret.DefaultMode, corev1.SecretVolumeSourceDefaultMode)
	}
	if v.ConfigMap != nil {
		given(&v.ConfigMap.DefaultMode, corev1.ConfigMapVolumeSourceDefaultMode)
	}
	if v.DownwardAPI != nil {
		given(&v.DownwardAPI.DefaultMode, corev1.DownwardAPIVolumeSourceDefaultMode)
		downward(v.DownwardAPI.Items)
	}
	if v.Projected != nil {
		given(&v.Projected.DefaultMode, corev1.ProjectedVolumeSourceDefaultMode)
		for _, source := range v.Projected.Sources {
			if source.DownwardAPI != nil {
				downward(source.DownwardAPI.Items)
			}
			if source.ServiceAccountToken != nil {
				given(&source.ServiceAccountToken.ExpirationSeconds, 60*60)
			}
		}
	}
	if v.Ephemeral != nil && v.Ephemeral.VolumeClaimTemplate != nil {
		given(&v.Ephemeral.VolumeClaimTemplate.Spec.VolumeMode, corev1.PersistentVolumeFilesystem)
	}
	if v.Image != nil {
		or(&v.Image.PullPolicy, pulled(v.Image.Reference))
	}
}

func downward(items []corev1.DownwardAPIVolumeFile) {
	for _, item := range items {
		fieldRef(item.FieldRef)
	}
}

func fieldRef(ref *corev1.ObjectFieldSelector) {
	if ref != nil {
		or(&ref.APIVersion, "v1")
	}
}

func container(c *corev1.Container) {
	or(&c.ImagePullPolicy, pulled(c.Image))
	or(&c.TerminationMessagePath, corev1.TerminationMessagePathDefault)
	or(&c.TerminationMessagePolicy, corev1.TerminationMessageReadFile)
	for i := range c.Ports {
		or(&c.Ports[i].Protocol, corev1.ProtocolTCP)
	}
	for _, env := range c.Env {
		if env.ValueFrom != nil {
			fieldRef(env.ValueFrom.FieldRef)
			if env.ValueFrom.FileKeyRef != nil {
				given(&env.ValueFrom.FileKeyRef.Optional, false)
			}
		}
	}
	for _, p := range []*corev1.Probe{c.LivenessProbe, c.ReadinessProbe, c.StartupProbe} {
		probe(p)
	}
	if c.Lifecycle != nil {
		for _, hook := range []*corev1.LifecycleHandler{c.Lifecycle.PostStart, c.Lifecycle.PreStop} {
			if hook != nil {
				httpGet(hook.HTTPGet)
			}
		}
	}
}

func probe(p *corev1.Probe) {
	if p == nil {
		return
	}
	or(&p.TimeoutSeconds, 1)
	or(&p.PeriodSeconds, 10)
	or(&p.SuccessThreshold, 1)
	or(&p.FailureThreshold, 3)
	httpGet(p.HTTPGet)
	if p.GRPC != nil {
		given(&p.GRPC.Service, "")
	}
}

func httpGet(get *corev1.HTTPGetAction) {
	if get != nil {
		or(&get.Path, "/")
		or(&get.Scheme, corev1.URISchemeHTTP)
	}
}

// pulled is how an image is pulled whose container does not say it.
func pulled(image string) corev1.PullPolicy {
	name, _, digest := strings.Cut(image, "@")
	_, tag, tagged := strings.Cut(name[strings.LastIndexByte(name, '/')+1:], ":")
	if tag == "latest" || !tagged && !digest && name != "" {
		return corev1.PullAlways
	}
	return corev1.PullIfNotPresent
}
