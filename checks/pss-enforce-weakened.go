package checks

import (
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var pssEnforceWeakened = &review.Check{
	ID: "pss-enforce-weakened", Area: review.Security, Severity: review.Critical, Tags: []review.Tag{review.PodSecurity},
	Doc: review.Doc{
		Title:  "Pod Security level weakened",
		What:   "Compares the Pod Security labels of each Namespace before and after, and those that an Application of Argo CD gives to the namespace that it creates (`managedNamespaceMetadata`). A lower or removed enforced level is critical; a weaker `warn` or `audit` is advice. A Namespace that is new and privileged, or becomes so where it had no label, is high (critical if the repository shows that the cluster's default is stricter) if no annotation gives a reason (a key that contains `reason` or `justification`), and information for node agents.",
		Why:    "The label makes the API server refuse privileged pods. Once it is weaker, anyone who may create pods in the namespace can take over the node.",
		Fix:    "Keep the level, and give the one workload that needs more its own namespace.",
		Verify: "kubectl get namespaces -L pod-security.kubernetes.io/enforce",
		Waive:  "The namespace is for a node agent and contains nothing else.",
		Effort: "small",
		Bad:    "labels: {pod-security.kubernetes.io/enforce: privileged}   # was baseline",
		Good:   "labels: {pod-security.kubernetes.io/enforce: baseline}",
	},
	Run: review.Changes(func(p *review.Pass, c review.Change) {
		if c.Head == nil {
			return
		}
		old := p.Before(c.Head)
		switch c.Object.GroupKind() {
		case kube.Namespace:
			n := namespaceLabels{Pass: p, object: c.Head, name: c.Object.Name, says: c.Object.String(), at: []string{"metadata", "labels"}, justified: kube.PrivilegeJustified(c.Head)}
			n.compare(old)
		case kube.Application:
			managedNamespace(p, c, old, "spec")
		case kube.ApplicationSet:
			managedNamespace(p, c, old, "spec", "template", "spec")
		}
	}),
}

// namespaceLabels are where a namespace gets its labels.
type namespaceLabels struct {
	*review.Pass
	object    *model.Object
	name      string   // the namespace's
	says      string   // what gives it the labels, as messages have it
	at        []string // of the labels in the object
	justified bool     // an annotation says why it is privileged
}

// managedNamespace compares the labels that Argo CD gives to the namespace that it creates.
// Labels that it is told nothing about any more stay as they are (argo-cd v3,
// controller/sync_namespace.go).
func managedNamespace(p *review.Pass, c review.Change, old *model.Object, spec ...string) {
	at := slices.Concat(spec, []string{"syncPolicy", "managedNamespaceMetadata"})
	options, _ := review.Lookup(c.Head.Fields(), slices.Concat(spec, []string{"syncPolicy", "syncOptions"})...).([]any)
	if review.Map(c.Head.Fields(), at...) == nil || !slices.Contains(options, any("CreateNamespace=true")) {
		return
	}
	n := namespaceLabels{Pass: p, object: c.Head, name: review.Text(c.Head.Fields(), slices.Concat(spec, []string{"destination", "namespace"})...), at: append(at, "labels")}
	for key := range review.Labels(c.Head.Fields(), append(slices.Clone(at), "annotations")...) {
		n.justified = n.justified || kube.Justifies(key)
	}
	n.says = fmt.Sprintf("%s, of Namespace %s", c.Object, n.name)
	if old != nil && (review.Map(old.Fields(), at...) == nil || review.Text(old.Fields(), slices.Concat(spec, []string{"destination", "namespace"})...) != n.name) {
		old = nil
	}
	n.compare(old)
}

// compare tells of levels that are lower than before; old is nil where there was nothing.
func (n namespaceLabels) compare(old *model.Object) {
	now, before := review.Labels(n.object.Fields(), n.at...), map[string]string{}
	if old != nil {
		before = review.Labels(old.Fields(), n.at...)
	}
	if before[kube.PodSecurityLabel("enforce")] == "" { // it was the cluster's own level
		n.privileged(now[kube.PodSecurityLabel("enforce")], old == nil)
	}
	for _, mode := range []string{"enforce", "warn", "audit"} {
		label := kube.PodSecurityLabel(mode)
		if kube.LevelRank(now[label]) >= kube.LevelRank(before[label]) {
			continue
		}
		severity := review.Critical
		if mode != "enforce" {
			severity = review.Low
		} else if kube.NodeAgent.MatchString(n.name) {
			severity = review.Info
		}
		is := "is gone"
		if now[label] != "" {
			is = "is now `" + now[label] + "`"
		}
		n.Report(review.Hit{
			Object: n.object, Field: review.Pointer(append(n.at, label)...), Severity: severity,
			Message: fmt.Sprintf("%s: the level `%s` of `%s` %s. Pods that were refused until now are admitted.", n.says, before[label], mode, is),
		})
	}
}

// privileged tells of a namespace that is privileged where nothing said its level before.
func (n namespaceLabels) privileged(level string, isNew bool) {
	if level != "privileged" || n.justified {
		return
	}
	hit := review.Hit{
		Object: n.object, Field: review.Pointer(append(n.at, kube.PodSecurityLabel("enforce"))...), Severity: review.High,
		Title:   "privileged namespace",
		Message: fmt.Sprintf("%s is new and admits privileged pods. No annotation says why.", n.says),
	}
	if !isNew {
		hit.Message = fmt.Sprintf("%s admits privileged pods now; until now it had the cluster's own level. No annotation says why.", n.says)
		if def, file, line := repo.PodSecurityDefault(n.Pass); kube.LevelRank(def) > 0 {
			hit.Severity = review.Critical
			hit.Message = fmt.Sprintf("%s admits privileged pods now; until now it had the cluster's own level, `%s` by `%s:%d`. No annotation says why.", n.says, def, file, line)
		}
	}
	if kube.NodeAgent.MatchString(n.name) {
		hit.Severity = review.Info
	}
	n.Report(hit)
}
