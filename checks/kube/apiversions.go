package kube

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// VersionOptions can be set in the repository's file.
type VersionOptions struct {
	// Kubernetes is the minor version that the clusters run.
	Kubernetes string `json:"kubernetes"`
}

// OldestSupported is the version that is judged by where none is set.
const OldestSupported = "1.33"

// Version is the version to judge by: what the repository's file says
// of its clusters, else the check's option.
func Version(p *review.Pass) string {
	if p.Kubernetes != "" {
		return p.Kubernetes
	}
	return p.Options.(*VersionOptions).Kubernetes
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

// RetiredVersions are the API versions that are deprecated or removed, as
// APIVersion writes them.
var RetiredVersions = map[string]retired{
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
