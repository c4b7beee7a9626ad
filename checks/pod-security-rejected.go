package checks

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var podSecurityRejected = &review.Check{
	ID: "pod-security-rejected", Area: review.Security, Severity: review.High, Tags: []review.Tag{review.PodSecurity},
	Doc: review.Doc{
		Title:  "Pod Security admission will reject the pod",
		What:   "Runs Kubernetes' own Pod Security admission on every workload, at the level and version that its Namespace enforces, if the Namespace is rendered here.",
		Why:    "The Deployment is accepted and looks fine, but its pods are never created. On an update the old pods continue until a node is drained, and then there are none.",
		Fix:    "Change in the pod what the message names, or move the workload to a namespace with a suitable level.",
		Verify: "kubectl label --dry-run=server --overwrite namespace NAME pod-security.kubernetes.io/enforce=LEVEL",
		Waive:  "The cluster exempts the namespace, the user or the runtime class in its admission configuration.",
		Effort: "small",
		Bad:    "# Namespace enforces restricted\nsecurityContext: {runAsUser: 0}",
		Good:   "securityContext:\n  runAsNonRoot: true\n  allowPrivilegeEscalation: false\n  capabilities: {drop: [ALL]}\n  seccompProfile: {type: RuntimeDefault}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		p.Looked(0)
		for _, namespace := range c.Kind(kube.Namespace) {
			level, ok := enforced(namespace, kube.Version(p))
			if !ok {
				continue
			}
			for _, o := range c.WorkloadsIn(namespace.ID.Name) {
				if o.ID.Namespace == "" {
					continue // where it lands is not known
				}
				p.Looked(1)
				pod, _ := review.PodOf(o)
				why, err := rejected(pod, level)
				if err != nil {
					panic(err)
				}
				if why == "" {
					continue
				}
				p.Report(review.Hit{
					Object: o, Field: pod.Pointer, Key: string(level.Level),
					Message: fmt.Sprintf("%s: its pods will be rejected, because %s enforces the level `%s`: %s.", o.ID, namespace.ID, level.Level, why),
				})
			}
		}
	}),
}

// enforced gives the level that a Namespace enforces; ok is false for none. The
// version latest is the cluster's own (k8s.io/pod-security-admission v0.37.2: a
// probe's host is refused from 1.34 on).
func enforced(namespace *model.Object, cluster string) (level api.LevelVersion, ok bool) {
	labels := review.Labels(namespace.Fields(), "metadata", "labels")
	level.Level = api.Level(labels[kube.PodSecurityLabel("enforce")])
	if kube.LevelRank(string(level.Level)) == 0 {
		return level, false
	}
	version, err := api.ParseVersion(labels[kube.PodSecurityLabel("enforce-version")])
	if err != nil || version.Latest() {
		version = api.MajorMinorVersion(1, kube.Minor(cluster))
	}
	level.Version = version
	return level, true
}

// podSecurity is the evaluator of Kubernetes' own admission plugin.
var podSecurity = sync.OnceValues(func() (policy.Evaluator, error) { return policy.NewEvaluator(policy.DefaultChecks(), nil) })

// rejected gives why admission would refuse a workload's pods; "" where it would
// not, or where the pod cannot be read.
func rejected(pod review.Pod, level api.LevelVersion) (why string, err error) {
	evaluator, err := podSecurity()
	if err != nil {
		return "", fmt.Errorf("make the Pod Security evaluator: %w", err)
	}
	var spec corev1.PodSpec
	var meta metav1.ObjectMeta
	if kube.Recode(settled(pod.Spec), &spec) != nil || kube.Recode(map[string]any{"annotations": pod.Metadata["annotations"], "labels": pod.Metadata["labels"]}, &meta) != nil {
		return "", nil
	}
	result := policy.AggregateCheckResults(evaluator.EvaluatePod(level, &meta, &spec))
	if result.Allowed {
		return "", nil
	}
	return result.ForbiddenDetail(), nil
}

// mild is what a field of a security context may say at best: what a variable decides that
// cannot be seen is taken for that.
var mild = map[string]any{
	"securityContext":          map[string]any{"runAsNonRoot": true, "runAsUser": 1000, "allowPrivilegeEscalation": false, "seccompProfile": map[string]any{"type": "RuntimeDefault"}, "capabilities": map[string]any{"drop": []any{"ALL"}}},
	"runAsNonRoot":             true,
	"runAsUser":                1000,
	"allowPrivilegeEscalation": false,
	"seccompProfile":           map[string]any{"type": "RuntimeDefault"},
	"type":                     "RuntimeDefault",
	"capabilities":             map[string]any{"drop": []any{"ALL"}},
	"drop":                     []any{"ALL"},
}

// settled gives a pod's spec with the mildest in the place of what is not known of its
// security contexts.
func settled(spec map[string]any) map[string]any {
	out := maps.Clone(spec)
	settle(out, "securityContext", spec["securityContext"])
	if c, ok := out["securityContext"].(map[string]any); ok && review.Unsettled(spec["securityContext"]) {
		out["securityContext"] = map[string]any{"runAsNonRoot": true, "seccompProfile": c["seccompProfile"]} // what a pod's has of it
	}
	for _, list := range []string{"initContainers", "containers"} {
		items, _ := spec[list].([]any)
		items = slices.Clone(items)
		for i := range items {
			if c, ok := items[i].(map[string]any); ok {
				c = maps.Clone(c)
				settle(c, "securityContext", c["securityContext"])
				items[i] = c
			}
		}
		if items != nil {
			out[list] = items
		}
	}
	return out
}

// settle sets a field of a security context, with what is not known at its mildest.
func settle(into map[string]any, key string, value any) {
	switch v := value.(type) {
	case map[string]any:
		inner := map[string]any{}
		for k, w := range v {
			settle(inner, k, w)
		}
		into[key] = inner
		return
	case []any:
		if !slices.ContainsFunc(v, review.Unsettled) {
			into[key] = v
			return
		}
	default:
		if !review.Unsettled(v) {
			if v != nil {
				into[key] = v
			}
			return
		}
	}
	delete(into, key)
	if best, ok := mild[key]; ok {
		into[key] = best
	}
}
