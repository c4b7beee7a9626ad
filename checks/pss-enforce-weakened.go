package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var pssEnforceWeakened = &review.Check{
	ID: "pss-enforce-weakened", Area: review.Security, Severity: review.Critical, Tags: []review.Tag{review.PodSecurity},
	Doc: review.Doc{
		Title:  "Pod Security level weakened",
		What:   "Compares the Pod Security labels of each Namespace before and after. A lower or removed enforced level is critical; a weaker `warn` or `audit` is advice. A new privileged Namespace is high if no annotation gives a reason (a key that contains `reason` or `justification`), and information for node agents.",
		Why:    "The label makes the API server refuse privileged pods. Once it is weaker, anyone who may create pods in the namespace can take over the node.",
		Fix:    "Keep the level, and give the one workload that needs more its own namespace.",
		Verify: "kubectl get namespaces -L pod-security.kubernetes.io/enforce",
		Waive:  "The namespace is for a node agent and contains nothing else.",
		Effort: "small",
		Bad:    "labels: {pod-security.kubernetes.io/enforce: privileged}   # was baseline",
		Good:   "labels: {pod-security.kubernetes.io/enforce: baseline}",
	},
	Run: review.Changes(func(p *review.Pass, c review.Change) {
		if c.Object.GroupKind() != kube.Namespace || c.Head == nil {
			return
		}
		now := review.Labels(c.Head.Fields(), "metadata", "labels")
		old := p.Before(c.Head)
		if old == nil {
			newPrivileged(p, c, now[kube.PodSecurityLabel("enforce")])
			return
		}
		before := review.Labels(old.Fields(), "metadata", "labels")
		if before[kube.PodSecurityLabel("enforce")] == "" { // it was the cluster's own level
			newPrivileged(p, c, now[kube.PodSecurityLabel("enforce")])
		}
		for _, mode := range []string{"enforce", "warn", "audit"} {
			label := kube.PodSecurityLabel(mode)
			if kube.LevelRank(now[label]) >= kube.LevelRank(before[label]) {
				continue
			}
			severity := review.Critical
			if mode != "enforce" {
				severity = review.Low
			} else if kube.NodeAgent.MatchString(c.Object.Name) {
				severity = review.Info
			}
			is := "is gone"
			if now[label] != "" {
				is = "is now `" + now[label] + "`"
			}
			p.Report(review.Hit{
				Object: c.Head, Field: review.Pointer("metadata", "labels", label), Severity: severity,
				Message: fmt.Sprintf("%s: the level `%s` of `%s` %s. Pods that were refused until now are admitted.", c.Object, before[label], mode, is),
			})
		}
	}),
}

func newPrivileged(p *review.Pass, c review.Change, level string) {
	if level != "privileged" {
		return
	}
	if kube.PrivilegeJustified(c.Head) {
		return
	}
	severity := review.High
	if kube.NodeAgent.MatchString(c.Object.Name) {
		severity = review.Info
	}
	p.Report(review.Hit{
		Object: c.Head, Field: review.Pointer("metadata", "labels", kube.PodSecurityLabel("enforce")), Severity: severity,
		Title:   "privileged namespace",
		Message: fmt.Sprintf("%s is new and admits privileged pods. No annotation says why.", c.Object),
	})
}
