package checks

import (
	"encoding/json"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// podSecurityLabel is the label by which a Namespace asks for a mode.
func podSecurityLabel(mode string) string { return "pod-security.kubernetes.io/" + mode }

// levelRank orders Pod Security levels; what is unset or unknown admits all, as
// privileged does.
func levelRank(level string) int {
	return map[string]int{"baseline": 1, "restricted": 2}[level]
}

// enforced gives the level that a Namespace enforces; ok is false for none.
func enforced(namespace *model.Object) (level api.LevelVersion, ok bool) {
	labels := review.Labels(namespace.Fields(), "metadata", "labels")
	level.Level = api.Level(labels[podSecurityLabel("enforce")])
	if levelRank(string(level.Level)) == 0 {
		return level, false
	}
	version, err := api.ParseVersion(labels[podSecurityLabel("enforce-version")])
	if err != nil {
		version = api.LatestVersion()
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
	if recode(pod.Spec, &spec) != nil || recode(map[string]any{"annotations": pod.Metadata["annotations"], "labels": pod.Metadata["labels"]}, &meta) != nil {
		return "", nil
	}
	result := policy.AggregateCheckResults(evaluator.EvaluatePod(level, &meta, &spec))
	if result.Allowed {
		return "", nil
	}
	return result.ForbiddenDetail(), nil
}

// recode reads decoded JSON into a type.
func recode(from, to any) error {
	text, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, to)
}
