package policy

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// clusterScoped are Kubernetes' own kinds without a namespace.
var clusterScoped = []string{"APIService", "CSIDriver", "CSINode", "CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding",
	"ClusterTrustBundle", "ComponentStatus", "CustomResourceDefinition", "DeviceClass", "FlowSchema", "IPAddress", "IngressClass",
	"MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration", "Namespace", "Node",
	"PersistentVolume", "PriorityClass", "PriorityLevelConfiguration", "ResourceSlice", "RuntimeClass", "ServiceCIDR", "StorageClass",
	"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration", "VolumeAttachment", "VolumeAttributesClass"}

// Namespaced reports whether an object has a namespace, whether or not it names
// one. Of a kind that is not Kubernetes' own it is a guess: it has one.
func Namespaced(id model.ObjectID) bool {
	own := id.Group == "" || !strings.Contains(id.Group, ".") || strings.HasSuffix(id.Group, ".k8s.io")
	return id.Namespace != "" || !own || !slices.Contains(clusterScoped, id.Kind)
}

// Selects reports whether a selector selects an object by its labels.
func Selects(s labels.Selector, o *model.Object) bool { return s.Matches(labelsOf(o)) }
