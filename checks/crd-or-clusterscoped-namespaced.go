package checks

import (
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// clusterScoped are kinds that belong to no namespace.
var clusterScoped = []string{kube.Namespace, "Node", "PersistentVolume", kube.CustomResourceDefinition, "ClusterRole.rbac.authorization.k8s.io",
	kube.ClusterRoleBinding, kube.StorageClass, "CSIDriver.storage.k8s.io", kube.PriorityClass, kube.IngressClass,
	"GatewayClass.gateway.networking.k8s.io", kube.RuntimeClass, "ValidatingWebhookConfiguration.admissionregistration.k8s.io",
	"MutatingWebhookConfiguration.admissionregistration.k8s.io", "APIService.apiregistration.k8s.io", kube.ClusterIssuer, kube.KyvernoClusterPolicy,
	"VolumeSnapshotClass.snapshot.storage.k8s.io"}

var crdOrClusterscopedNamespaced = &review.Check{
	ID: "crd-or-clusterscoped-namespaced", Area: review.Architecture, Severity: review.Medium, Tags: []review.Tag{review.Environments, review.Build},
	Doc: review.Doc{
		Title:  "namespace on a cluster-scoped object",
		What:   "Looks for objects of cluster-scoped kinds (by Kubernetes' own list, and by the scope of CRDs rendered in the same cluster) that have a namespace. On a pull request it reports only if the change adds the namespace; an audit lists the rest (low).",
		Why:    "A `namespace:` line or a transformer set it by mistake. References to the object by namespace fail, tools that compare report it as missing, and two overlays that look separate change the same object.",
		Fix:    "Move the object out of the kustomization with `namespace:`, or out of the Kustomization with `targetNamespace`.",
		Verify: "kubectl api-resources --namespaced=false | grep KIND",
		Waive:  "The tool that applies the file drops the namespace, and nothing else reads the file.",
		Effort: "small",
		Bad:    "kind: ClusterIssuer\nmetadata: {name: letsencrypt, namespace: cert-manager}",
		Good:   "kind: ClusterIssuer\nmetadata: {name: letsencrypt}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		wide := map[string]bool{}
		for _, crd := range c.Kind(kube.CustomResourceDefinition) {
			if review.Text(crd.Fields(), "spec", "scope") == "Cluster" {
				wide[review.Text(crd.Fields(), "spec", "names", "kind")+"."+review.Text(crd.Fields(), "spec", "group")] = true
			}
		}
		for _, o := range c.Objects {
			if o.ID.Namespace == "" || !slices.Contains(clusterScoped, o.ID.GroupKind()) && !wide[o.ID.GroupKind()] {
				continue
			}
			h := review.Hit{Object: o, Field: "/metadata/namespace", Message: fmt.Sprintf("%s `%s` is cluster-scoped but has the namespace `%s`.", o.ID.Kind, o.ID.Name, o.ID.Namespace)}
			if p.Audit {
				h.Severity = review.Low
			} else if !hadNoNamespace(p.Before(o)) {
				continue
			}
			p.Report(h)
		}
	}),
}

func hadNoNamespace(before *model.Object) bool { return before != nil && before.ID.Namespace == "" }
