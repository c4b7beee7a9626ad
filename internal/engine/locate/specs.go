package locate

import (
	"slices"
	"strings"
)

// spec is a field specification: the fields of some kinds that a transformer
// writes.
type spec struct {
	group, version, kind string
	path                 []string
	create               bool
}

func (f spec) fits(id ident) bool {
	return (f.group == "" || f.group == id.group) && (f.version == "" || f.version == id.version) &&
		(f.kind == "" || f.kind == id.kind)
}

// specsFor builds specifications from "[group/]kind path" lines; a leading "+"
// creates the field where it is missing. They are Kustomize's own defaults.
func specsFor(lines string) (out []spec) {
	for line := range strings.Lines(lines) {
		f := strings.Fields(line)
		if len(f) != 2 {
			continue
		}
		var s spec
		f[0], s.create = strings.CutPrefix(f[0], "+")
		group, kind, ok := strings.Cut(f[0], "/")
		if !ok {
			group, kind = "", f[0]
		}
		s.group, s.kind = group, strings.Trim(kind, "*")
		s.path = strings.Split(f[1], "/")
		out = append(out, s)
	}
	return out
}

var (
	metaLabelSpecs     = specsFor("+* metadata/labels")
	templateLabelSpecs = append(specsFor(`
+ReplicationController spec/template/metadata/labels
+Deployment spec/template/metadata/labels
+ReplicaSet spec/template/metadata/labels
+DaemonSet spec/template/metadata/labels
+apps/StatefulSet spec/template/metadata/labels
+batch/Job spec/template/metadata/labels
+batch/CronJob spec/jobTemplate/metadata/labels
+batch/CronJob spec/jobTemplate/spec/template/metadata/labels
`), metaLabelSpecs...)
	claimLabelSpecs  = specsFor("+apps/StatefulSet spec/volumeClaimTemplates[]/metadata/labels")
	commonLabelSpecs = slices.Concat(selectorSpecs, templateLabelSpecs, claimLabelSpecs)
	selectorSpecs    = specsFor(`
+Service spec/selector
+ReplicationController spec/selector
+Deployment spec/selector/matchLabels
+ReplicaSet spec/selector/matchLabels
+DaemonSet spec/selector/matchLabels
+apps/StatefulSet spec/selector/matchLabels
batch/Job spec/selector/matchLabels
batch/CronJob spec/jobTemplate/spec/selector/matchLabels
policy/PodDisruptionBudget spec/selector/matchLabels
networking.k8s.io/NetworkPolicy spec/podSelector/matchLabels
networking.k8s.io/NetworkPolicy spec/ingress/from/podSelector/matchLabels
networking.k8s.io/NetworkPolicy spec/egress/to/podSelector/matchLabels
apps/Deployment spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels
apps/StatefulSet spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels
apps/Deployment spec/template/spec/affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels
apps/Deployment spec/template/spec/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels
apps/Deployment spec/template/spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels
apps/Deployment spec/template/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels
apps/StatefulSet spec/template/spec/affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels
apps/StatefulSet spec/template/spec/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels
apps/StatefulSet spec/template/spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels
apps/StatefulSet spec/template/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels
`)
	annotationSpecs = specsFor(`
+* metadata/annotations
+ReplicationController spec/template/metadata/annotations
+Deployment spec/template/metadata/annotations
+ReplicaSet spec/template/metadata/annotations
+DaemonSet spec/template/metadata/annotations
+StatefulSet spec/template/metadata/annotations
+batch/Job spec/template/metadata/annotations
+batch/CronJob spec/jobTemplate/metadata/annotations
+batch/CronJob spec/jobTemplate/spec/template/metadata/annotations
`)
	replicaSpecs = specsFor(`
+Deployment spec/replicas
+ReplicationController spec/replicas
+ReplicaSet spec/replicas
+StatefulSet spec/replicas
`)
	imageSpecs = specsFor(`
* spec/containers[]/image
* spec/initContainers[]/image
* spec/volumes[]/image/reference
* spec/template/spec/containers[]/image
* spec/template/spec/initContainers[]/image
* spec/template/spec/volumes[]/image/reference
* spec/jobTemplate/spec/template/spec/volumes[]/image/reference
* spec/jobTemplate/spec/template/spec/containers[]/image
* spec/jobTemplate/spec/template/spec/initContainers[]/image
`)
)
