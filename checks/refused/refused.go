package refused

import (
	"fmt"
	"maps"
	"path"
	"slices"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Object tells what the API server refuses of an object.
func Object(o *model.Object, tell Tell) {
	p := place{fields: o.Fields(), tell: tell}
	if pd, ok := review.PodOf(o); ok {
		_, builtIn := kinds[o.ID.GroupKind()]
		spec := pod{filled: builtIn && p.at("metadata", "annotations").lacks("image.openshift.io/triggers"), place: place{fields: pd.Spec, pointer: pd.Pointer, tell: tell}, volumes: map[string]bool{}, claims: map[string]bool{},
			made: made[o.ID.GroupKind()]}
		for _, t := range p.at("spec").items("volumeClaimTemplates") {
			spec.volumes[t.at("metadata").text("name")] = true
		}
		if kube.OpenItems(p.at("spec").fields, []string{"metadata", "name"}, "volumeClaimTemplates") {
			spec.volumes[""] = true
		}
		spec.refused()
	}
	if rule, ok := kinds[o.ID.GroupKind()]; ok {
		p.metadata()
		rule(p)
	}
	for _, pointer := range slices.Sorted(maps.Keys(o.Keys)) {
		switch key := o.Keys[pointer]; {
		case key.NotBase64:
			tell(pointer, fmt.Sprintf("the value of `%s` is not base64: encode it, or write it under `stringData`", path.Base(pointer)))
		case key.NotText:
			tell(pointer, fmt.Sprintf("the value of `%s` is no text: it needs quotes", path.Base(pointer)))
		case key.NotJSON && kindOfJSON[p.text("type")] == path.Base(pointer):
			tell(pointer, fmt.Sprintf("the value of `%s` is no JSON", path.Base(pointer)))
		}
	}
}

// made are the kinds whose pods are made anew for as long as they exist.
var made = map[string]bool{kube.Deployment: true, kube.StatefulSet: true, kube.DaemonSet: true, kube.ReplicaSet: true}

// kinds are the rules, by kind.
var kinds = map[string]func(place){
	kube.Deployment:                 place.deployment,
	kube.ReplicaSet:                 func(p place) { p.at("spec").atLeast(0, "replicas", "minReadySeconds") },
	kube.StatefulSet:                place.statefulSet,
	kube.DaemonSet:                  place.daemonSet,
	kube.Job:                        func(p place) { p.at("spec").job() },
	kube.CronJob:                    place.cronJob,
	"Pod":                           func(place) {},
	kube.Service:                    place.service,
	kube.Ingress:                    place.ingress,
	kube.NetworkPolicy:              place.networkPolicy,
	kube.PodDisruptionBudget:        place.budget,
	kube.HorizontalPodAutoscaler:    place.scaler,
	"Role." + kube.RBACGroup:        func(p place) { p.role(true) },
	"ClusterRole." + kube.RBACGroup: func(p place) { p.role(false) },
	kube.RoleBinding:                func(p place) { p.binding("Role", "ClusterRole") },
	kube.ClusterRoleBinding:         place.clusterBinding,
	kube.ConfigMap:                  place.configMap,
	kube.Secret:                     place.secret,
	kube.PersistentVolumeClaim:      func(p place) { p.at("spec").claim() },
	"PersistentVolume":              place.volumeOfCluster,
	kube.LimitRange:                 place.limitRange,
	kube.ResourceQuota:              place.quota,
	kube.PriorityClass:              place.priorityClass,
	kube.StorageClass:               func(p place) { p.filled("provisioner") },
	"ValidatingWebhookConfiguration.admissionregistration.k8s.io": place.webhooks,
	"MutatingWebhookConfiguration.admissionregistration.k8s.io":   place.webhooks,
	kube.HTTPRoute:                       place.httpRoute,
	kube.Gateway:                         place.gateway,
	"HelmRelease.helm.toolkit.fluxcd.io": place.helmRelease,
	kube.Application:                     place.application,
	kube.GRPCRoute:                       place.route,
	"TCPRoute." + kube.GatewayGroup:      place.route,
	"TLSRoute." + kube.GatewayGroup:      place.route,
}

// maxAnnotations is how much an object's annotations may hold, keys and values, in bytes.
const maxAnnotations = 256 << 10

func (p place) metadata() {
	m := p.at("metadata")
	annotations := m.at("annotations")
	size := 0
	for _, key := range annotations.keys() {
		annotations.formOf(key, key, func(s string) []string { return validation.IsQualifiedName(lower(s)) })
		size += len(key) + len(review.Text(annotations.fields, key))
	}
	if size > maxAnnotations {
		m.refuse("annotations", "the annotations have %d bytes; %d are allowed", size, maxAnnotations)
	}
	for _, s := range m.texts("finalizers") {
		m.formOf("finalizers", s, validation.IsQualifiedName)
	}
}
