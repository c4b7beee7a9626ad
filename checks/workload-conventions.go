package checks

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// workloadConventionsOptions can be set in the repository's file.
type workloadConventionsOptions struct {
	// Require are the conventions that workloads are held to.
	Require []convention `json:"require"`
}

// convention is the name of a rule on which good teams differ.
type convention string

// UnmarshalText refuses a name that no convention has.
func (c *convention) UnmarshalText(text []byte) error {
	known := make([]string, len(conventions))
	for i, r := range conventions {
		known[i] = string(r.name)
	}
	if !slices.Contains(known, string(text)) {
		return fmt.Errorf("there is no convention %q; there are %s", text, strings.Join(known, ", "))
	}
	*c = convention(text)
	return nil
}

var workloadConventions = &review.Check{
	ID: "workload-conventions", Area: review.Operations, Severity: review.Low, Tags: []review.Tag{review.Workloads, review.Ownership},
	Options: &workloadConventionsOptions{},
	Doc: review.Doc{
		Title:  "workload breaks a convention",
		What:   "Checks workloads against the conventions that the repository's file lists, with one finding per workload. Without a list it reports nothing: each convention is right for some teams, and most good manifests break it. The conventions are " + conventionList() + ".",
		Why:    "A convention helps only if every workload follows it, and reviewers do not notice the one in forty that does not.",
		Fix:    "Set what the message names, or remove the convention from the list.",
		Verify: "seaworthy audit --repo .",
		Waive:  "The convention does not suit this workload. If it suits none, switch it off.",
		Effort: "small",
		Bad:    "# checks: {workload-conventions: {options: {require: [priority-class]}}}\nspec: {containers: […]}",
		Good:   "spec: {priorityClassName: shop-standard, containers: […]}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		wanted := p.Options.(*workloadConventionsOptions).Require
		p.Looked(0)
		if len(wanted) == 0 {
			return
		}
		var isolated func(*model.Object) bool
		if slices.Contains(wanted, "network-policy") {
			isolated = isolatedIn(c)
		}
		for _, o := range c.Objects {
			subject := conventionSubject{pass: p, cluster: c, object: o, isolated: isolated}
			subject.pod, subject.workload = review.PodOf(o)
			if !subject.workload && o.ID.GroupKind() != kube.HorizontalPodAutoscaler && o.ID.GroupKind() != kube.PodDisruptionBudget {
				continue
			}
			p.Looked(1)
			subject.report(wanted)
		}
	}),
}

// conventionSubject is what a convention is asked about.
type conventionSubject struct {
	pass     *review.Pass
	cluster  *review.Cluster
	object   *model.Object
	pod      review.Pod
	workload bool
	isolated func(*model.Object) bool // by a NetworkPolicy; nil where nobody asks
}

func (s conventionSubject) report(wanted []convention) {
	var broken []string
	for _, r := range conventions {
		if !slices.Contains(wanted, r.name) {
			continue
		}
		if what := r.broken(s); what != "" {
			broken = append(broken, fmt.Sprintf("`%s` (%s)", r.name, what))
		}
	}
	if len(broken) == 0 {
		return
	}
	field := "/spec"
	if s.workload {
		field = s.pod.Pointer
	}
	s.pass.Report(review.Hit{Object: s.object, Field: field, Key: "conventions", Measure: len(broken),
		Message: fmt.Sprintf("%s breaks %s.", s.object.ID, text.And(broken))})
}

// conventionList names the conventions as prose, for the docs.
func conventionList() string {
	list := make([]string, len(conventions))
	for i, r := range conventions {
		list[i] = fmt.Sprintf("`%s` (%s)", r.name, r.asks)
	}
	return text.And(list)
}

// conventionRule is a convention: broken says what breaks it, and is "" where
// nothing does or where it does not apply.
type conventionRule struct {
	name   convention
	asks   string
	broken func(conventionSubject) string
}

// conventions are all that can be asked for, in the order in which they are told.
var conventions = []conventionRule{
	{"own-service-account", "a service account that is not `default`", ofPods(func(s conventionSubject) string {
		for _, field := range []string{"serviceAccountName", "serviceAccount"} {
			if name := review.Text(s.pod.Spec, field); name != "" && name != "default" {
				return ""
			}
		}
		return "it runs as `default`"
	})},
	{"no-service-account-token", "`automountServiceAccountToken: false`, on the pod or on its service account", ofPods(mountsToken)},
	{"cpu-limit", "a CPU limit on every container", ofContainers(lacksResource("limits", "cpu"))},
	{"ephemeral-storage", "a request and a limit of ephemeral storage on every container", ofContainers(func(c review.Container) bool {
		return lacksResource("requests", "ephemeral-storage")(c) || lacksResource("limits", "ephemeral-storage")(c)
	})},
	{"requests-equal-limits", "requests of CPU, memory and ephemeral storage that equal the limits", ofContainers(unequalResources)},
	{"pull-always", "`imagePullPolicy: Always`, or a tag for which Kubernetes fills that in", ofContainers(pullsSometimes)},
	{"high-user-id", "a `runAsUser` and a `runAsGroup` of 10000 or more", ofContainers(func(c review.Container) bool {
		user, _, _ := kube.SecuritySetting(c, true, "runAsUser")
		group, _, _ := kube.SecuritySetting(c, true, "runAsGroup")
		return lowID(user) || lowID(group)
	})},
	{"unprivileged-ports", "container ports from 1024 up", ofContainers(func(c review.Container) bool {
		return anyPort(c, func(n int64) bool { return n > 0 && n < 1024 })
	})},
	{"no-ssh-port", "no container that offers port 22", ofContainers(func(c review.Container) bool {
		return anyPort(c, func(n int64) bool { return n == 22 })
	})},
	{"listed-probe-ports", "probes of ports that the container lists, also where they are numbers", ofContainers(probesUnlisted)},
	{"distinct-probes", "a liveness probe that is not the readiness probe once more", ofContainers(func(c review.Container) bool {
		return c.Field("livenessProbe") != nil && fmt.Sprint(c.Field("livenessProbe")) == fmt.Sprint(c.Field("readinessProbe"))
	})},
	{"secrets-as-files", "no Secret in a variable", ofContainers(readsSecrets)},
	{"priority-class", "a `priorityClassName`", ofPods(lacksField("priorityClassName", "it has none"))},
	{"dns-options", "`dnsConfig.options`, such as `ndots`", ofPods(lacksField("dnsConfig", "it has none", "options"))},
	{"node-affinity", "a node affinity", ofPods(lacksField("affinity", "it has none", "nodeAffinity"))},
	{"network-policy", "a NetworkPolicy that selects the pod", ofPods(unisolated)},
	{"two-replicas", "two replicas or more of Deployments and StatefulSets, and as an autoscaler's minimum", fewerThan(2)},
	{"three-replicas", "three of them", fewerThan(3)},
	{"rolling-update", "no update strategy of Deployments and DaemonSets but `RollingUpdate`", ofPods(unsaidStrategy)},
	{"cronjob-deadline", "`startingDeadlineSeconds` on CronJobs", ofPods(func(s conventionSubject) string {
		if s.object.ID.Kind != "CronJob" || review.Lookup(s.object.Fields(), "spec", "startingDeadlineSeconds") != nil {
			return ""
		}
		return "it has none"
	})},
	{"eviction-policy", "`unhealthyPodEvictionPolicy` on PodDisruptionBudgets, without which pods that are not ready block a drain", func(s conventionSubject) string {
		if s.object.ID.GroupKind() != kube.PodDisruptionBudget || review.Lookup(s.object.Fields(), "spec", "unhealthyPodEvictionPolicy") != nil {
			return ""
		}
		return "it has none"
	}},
}

// ofPods asks of workloads only.
func ofPods(broken func(conventionSubject) string) func(conventionSubject) string {
	return func(s conventionSubject) string {
		if !s.workload {
			return ""
		}
		return broken(s)
	}
}

// ofContainers asks of each container, and names those that break it.
func ofContainers(breaks func(review.Container) bool) func(conventionSubject) string {
	return ofPods(func(s conventionSubject) string {
		var which []string
		for _, c := range review.ContainersOf(s.object) {
			if breaks(c) {
				which = append(which, c.Name)
			}
		}
		if len(which) == 0 {
			return ""
		}
		return "container " + text.Some(which)
	})
}

// lacksField asks for a field of the pod, or for one inside it.
func lacksField(field, what string, inside ...string) func(conventionSubject) string {
	path := append([]string{field}, inside...)
	return func(s conventionSubject) string {
		if v := review.Lookup(s.pod.Spec, path...); v == nil || v == "" {
			return what
		}
		return ""
	}
}

func lacksResource(section, name string) func(review.Container) bool {
	return func(c review.Container) bool { return !kube.HasResource(c, section, name) }
}

func unequalResources(c review.Container) bool {
	for _, name := range []string{"cpu", "memory", "ephemeral-storage"} {
		request, limit := c.Field("resources", "requests", name), c.Field("resources", "limits", name)
		if request != nil && fmt.Sprint(request) != fmt.Sprint(limit) {
			return true // a request that is not set is the limit
		}
	}
	return false
}

func pullsSometimes(c review.Container) bool {
	policy := review.Text(c.Fields, "imagePullPolicy")
	tag, pinned := kube.ImageTag(review.Text(c.Fields, "image"))
	return policy != "Always" && (policy != "" || pinned || tag != "" && tag != "latest")
}

func lowID(value any) bool {
	n, err := strconv.ParseInt(fmt.Sprint(value), 10, 64)
	return err != nil || n < 10000
}

func anyPort(c review.Container, is func(int64) bool) bool {
	return slices.ContainsFunc(review.Items(c.Fields, "ports"), func(port map[string]any) bool {
		n, ok := review.Int(port, "containerPort")
		return ok && is(n)
	})
}

func probesUnlisted(c review.Container) bool {
	for _, path := range kube.ProbePorts {
		if n, ok := review.Map(c.Fields, path...)["port"].(json.Number); ok && strings.HasSuffix(path[0], "Probe") && !kube.HasPort(c, n) {
			return true
		}
	}
	return false
}

func readsSecrets(c review.Container) bool {
	reads := func(key ...string) func(map[string]any) bool {
		return func(e map[string]any) bool { return review.Lookup(e, key...) != nil }
	}
	return slices.ContainsFunc(review.Items(c.Fields, "env"), reads("valueFrom", "secretKeyRef")) ||
		slices.ContainsFunc(review.Items(c.Fields, "envFrom"), reads("secretRef"))
}

func mountsToken(s conventionSubject) string {
	mounts, said := review.Bool(s.pod.Spec, "automountServiceAccountToken")
	account := review.Text(s.pod.Spec, "serviceAccountName")
	if account == "" {
		account = "default"
	}
	for _, o := range s.cluster.Near(s.object, s.cluster.Named(kube.ServiceAccount, s.object.ID.Namespace, account)) {
		if on, ok := review.Bool(o.Fields(), "automountServiceAccountToken"); ok && !said {
			mounts, said = on, true
		}
	}
	if said && !mounts {
		return ""
	}
	return "it mounts the token of `" + account + "`"
}

func unisolated(s conventionSubject) string {
	if s.isolated(s.object) {
		return ""
	}
	return "no rendered policy selects it"
}

// isolatedIn gives whether a policy of the cluster selects a workload. One that
// selects in a way that is not read here counts for its whole namespace.
func isolatedIn(c *review.Cluster) func(*model.Object) bool {
	selected, unclear := map[*model.Object]bool{}, map[string]bool{}
	for _, kind := range kube.NetworkPolicyKinds {
		for _, policy := range c.Kind(kind) {
			if _, simple := kube.PolicySelector(policy); !simple {
				unclear[policy.ID.Namespace] = true
				continue
			}
			for _, o := range kube.Covered(c, policy) {
				selected[o] = true
			}
		}
	}
	return func(o *model.Object) bool { return selected[o] || unclear[o.ID.Namespace] || unclear[""] }
}

// unsaidStrategy tells where pods are not replaced one by one.
func unsaidStrategy(s conventionSubject) string {
	field := map[string]string{kube.Deployment: "strategy", kube.DaemonSet: "updateStrategy"}[s.object.ID.GroupKind()]
	if kind := review.Text(s.object.Fields(), "spec", field, "type"); field != "" && kind != "" && kind != "RollingUpdate" {
		return "it says `" + kind + "`"
	}
	return ""
}

// fewerThan asks for replicas. A workload with an autoscaler is told at that.
func fewerThan(least int64) func(conventionSubject) string {
	return func(s conventionSubject) string {
		if s.object.ID.GroupKind() == kube.HorizontalPodAutoscaler {
			if n, ok := review.Int(s.object.Fields(), "spec", "minReplicas"); !ok || n < least {
				return fmt.Sprintf("its minimum is %d", max(n, 1))
			}
			return ""
		}
		n, known := kube.ReplicasOf(s.cluster, s.object)
		if !s.workload || !known || n >= least || kube.ScalerOf(s.cluster, s.object) != nil {
			return ""
		}
		return "it runs " + text.Plural(int(n), "replica")
	}
}
