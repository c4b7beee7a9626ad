package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var podSecurityRejected = &review.Check{
	ID: "pod-security-rejected", Area: review.Security, Severity: review.High, Tags: []review.Tag{review.PodSecurity},
	Doc: review.Doc{
		Title:  "pod will be rejected by admission",
		What:   "Runs Kubernetes' own Pod Security admission over every workload, at the level and version that its Namespace enforces, where the Namespace is rendered here.",
		Why:    "The Deployment is accepted and looks fine; its pods never come. On an update the old pods go on until a node drains, and then there are none.",
		Fix:    "Change what the message names in the pod, or move the workload to a namespace whose level fits it.",
		Verify: "kubectl label --dry-run=server --overwrite namespace NAME pod-security.kubernetes.io/enforce=LEVEL",
		Waive:  "The cluster exempts the namespace, the user or the runtime class in its admission configuration.",
		Effort: "small",
		Bad:    "# Namespace enforces restricted\nsecurityContext: {runAsUser: 0}",
		Good:   "securityContext:\n  runAsNonRoot: true\n  allowPrivilegeEscalation: false\n  capabilities: {drop: [ALL]}\n  seccompProfile: {type: RuntimeDefault}",
	},
	Run: review.Clusters(func(p *review.Pass, c *review.Cluster) {
		p.Looked(0)
		for _, namespace := range c.Kind("Namespace") {
			level, ok := enforced(namespace)
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
