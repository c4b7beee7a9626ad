package kube

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// VersionOptions can be set in the repository's file.
type VersionOptions struct {
	// Kubernetes is the minor version that the clusters run.
	Kubernetes string `json:"kubernetes"`
}

// Version is the version to judge by: what the repository's file says of its
// clusters, else the check's option where it has one, else what is assumed.
func Version(p *review.Pass) string {
	if p.Kubernetes != "" {
		return p.Kubernetes
	}
	if o, ok := p.Options.(*VersionOptions); ok {
		return o.Kubernetes
	}
	return model.AssumedKubernetes
}

// Minor is the minor version of "1.33".
func Minor(version string) int {
	_, text, _ := strings.Cut(version, ".")
	n, _ := strconv.Atoi(text) // 0 judges by nothing
	return n
}

// APIVersion is an object's "group/version Kind".
func APIVersion(o *model.Object) string {
	if o.ID.Group == "" {
		return o.ID.Version + " " + o.ID.Kind
	}
	return fmt.Sprintf("%s/%s %s", o.ID.Group, o.ID.Version, o.ID.Kind)
}

// retired is an API version with the minor version of Kubernetes 1.x that
// deprecates it and the one that no longer serves it; 0 where none is announced.
// Source: the deprecated API migration guide of Kubernetes, and for other groups
// their own release notes.
type retired struct {
	Deprecated, Removed int
	Instead             string
}

// Retired says when an API version, as APIVersion writes it, is deprecated and no
// longer served; ok is false where nothing is known of that.
func Retired(version string) (r retired, ok bool) {
	if r, ok = announced[version]; !ok {
		r, ok = lifecycles()[version]
	}
	return r, ok
}

// Instead goes on after what is said of a retired version.
func Instead(version string) string {
	if version == "" {
		return "; nothing replaces it in that form"
	}
	return "; use " + version
}

// lifecycles are the retired versions of Kubernetes' own kinds, as k8s.io/api has
// them in code: the versions that are deprecated with the newest Kubernetes that this
// program knows are among them. Of kinds with no replacement it names none.
var lifecycles = sync.OnceValue(func() map[string]retired {
	out := map[string]retired{}
	for gvk, t := range scheme.Scheme.AllKnownTypes() {
		kind, ok := reflect.New(t).Interface().(interface {
			APILifecycleDeprecated() (major, minor int)
			APILifecycleRemoved() (major, minor int)
		})
		if !ok || strings.HasSuffix(gvk.Kind, "List") {
			continue
		}
		var r retired
		_, r.Deprecated = kind.APILifecycleDeprecated()
		_, r.Removed = kind.APILifecycleRemoved()
		if k, ok := kind.(interface {
			APILifecycleReplacement() schema.GroupVersionKind
		}); ok {
			r.Instead = k.APILifecycleReplacement().GroupVersion().String()
		}
		out[APIVersion(&model.Object{ID: model.ObjectID{Group: gvk.Group, Version: gvk.Version, Kind: gvk.Kind}})] = r
	}
	return out
})

// announced are the API versions that are deprecated or removed by the migration
// guide, which has kinds that the code has no more.
var announced = map[string]retired{
	"extensions/v1beta1 Ingress":                                            {14, 22, "networking.k8s.io/v1"},
	"extensions/v1beta1 Deployment":                                         {9, 16, "apps/v1"},
	"extensions/v1beta1 DaemonSet":                                          {9, 16, "apps/v1"},
	"extensions/v1beta1 NetworkPolicy":                                      {9, 16, "networking.k8s.io/v1"},
	"extensions/v1beta1 PodSecurityPolicy":                                  {10, 16, "Pod Security admission"},
	"apps/v1beta1 Deployment":                                               {9, 16, "apps/v1"},
	"apps/v1beta1 StatefulSet":                                              {9, 16, "apps/v1"},
	"apps/v1beta2 Deployment":                                               {9, 16, "apps/v1"},
	"apps/v1beta2 DaemonSet":                                                {9, 16, "apps/v1"},
	"apps/v1beta2 StatefulSet":                                              {9, 16, "apps/v1"},
	"networking.k8s.io/v1beta1 Ingress":                                     {19, 22, "networking.k8s.io/v1"},
	"networking.k8s.io/v1beta1 IngressClass":                                {19, 22, "networking.k8s.io/v1"},
	"rbac.authorization.k8s.io/v1beta1 Role":                                {17, 22, "rbac.authorization.k8s.io/v1"},
	"rbac.authorization.k8s.io/v1beta1 RoleBinding":                         {17, 22, "rbac.authorization.k8s.io/v1"},
	"rbac.authorization.k8s.io/v1beta1 ClusterRole":                         {17, 22, "rbac.authorization.k8s.io/v1"},
	"rbac.authorization.k8s.io/v1beta1 ClusterRoleBinding":                  {17, 22, "rbac.authorization.k8s.io/v1"},
	"rbac.authorization.k8s.io/v1alpha1 ClusterRoleBinding":                 {17, 22, "rbac.authorization.k8s.io/v1"},
	"apiextensions.k8s.io/v1beta1 CustomResourceDefinition":                 {16, 22, "apiextensions.k8s.io/v1"},
	"apiregistration.k8s.io/v1beta1 APIService":                             {19, 22, "apiregistration.k8s.io/v1"},
	"admissionregistration.k8s.io/v1beta1 MutatingWebhookConfiguration":     {16, 22, "admissionregistration.k8s.io/v1"},
	"admissionregistration.k8s.io/v1beta1 ValidatingWebhookConfiguration":   {16, 22, "admissionregistration.k8s.io/v1"},
	"admissionregistration.k8s.io/v1beta1 ValidatingAdmissionPolicy":        {31, 34, "admissionregistration.k8s.io/v1"},
	"admissionregistration.k8s.io/v1beta1 ValidatingAdmissionPolicyBinding": {31, 34, "admissionregistration.k8s.io/v1"},
	"certificates.k8s.io/v1beta1 CertificateSigningRequest":                 {19, 22, "certificates.k8s.io/v1"},
	"coordination.k8s.io/v1beta1 Lease":                                     {19, 22, "coordination.k8s.io/v1"},
	"scheduling.k8s.io/v1beta1 PriorityClass":                               {14, 22, "scheduling.k8s.io/v1"},
	"storage.k8s.io/v1beta1 StorageClass":                                   {19, 22, "storage.k8s.io/v1"},
	"storage.k8s.io/v1beta1 CSIDriver":                                      {19, 22, "storage.k8s.io/v1"},
	"storage.k8s.io/v1beta1 CSINode":                                        {17, 22, "storage.k8s.io/v1"},
	"storage.k8s.io/v1beta1 VolumeAttachment":                               {19, 22, "storage.k8s.io/v1"},
	"storage.k8s.io/v1beta1 CSIStorageCapacity":                             {24, 27, "storage.k8s.io/v1"},
	"batch/v1beta1 CronJob":                                                 {21, 25, "batch/v1"},
	"batch/v2alpha1 CronJob":                                                {19, 21, "batch/v1"},
	"discovery.k8s.io/v1beta1 EndpointSlice":                                {21, 25, "discovery.k8s.io/v1"},
	"events.k8s.io/v1beta1 Event":                                           {19, 25, "events.k8s.io/v1"},
	"autoscaling/v2beta1 HorizontalPodAutoscaler":                           {23, 25, "autoscaling/v2"},
	"autoscaling/v2beta2 HorizontalPodAutoscaler":                           {23, 26, "autoscaling/v2"},
	"policy/v1beta1 PodDisruptionBudget":                                    {21, 25, "policy/v1"},
	"policy/v1beta1 PodSecurityPolicy":                                      {21, 25, "Pod Security admission"},
	"node.k8s.io/v1beta1 RuntimeClass":                                      {22, 25, "node.k8s.io/v1"},
	"flowcontrol.apiserver.k8s.io/v1beta1 FlowSchema":                       {23, 26, "flowcontrol.apiserver.k8s.io/v1"},
	"flowcontrol.apiserver.k8s.io/v1beta2 FlowSchema":                       {26, 29, "flowcontrol.apiserver.k8s.io/v1"},
	"flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema":                       {29, 32, "flowcontrol.apiserver.k8s.io/v1"},
	"flowcontrol.apiserver.k8s.io/v1beta1 PriorityLevelConfiguration":       {23, 26, "flowcontrol.apiserver.k8s.io/v1"},
	"flowcontrol.apiserver.k8s.io/v1beta2 PriorityLevelConfiguration":       {26, 29, "flowcontrol.apiserver.k8s.io/v1"},
	"flowcontrol.apiserver.k8s.io/v1beta3 PriorityLevelConfiguration":       {29, 32, "flowcontrol.apiserver.k8s.io/v1"},
	"v1 Endpoints":       {33, 0, "discovery.k8s.io/v1 EndpointSlice"},
	"v1 ComponentStatus": {19, 0, "the health endpoints"},
}
