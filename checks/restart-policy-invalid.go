package checks

import (
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var restartPolicyInvalid = &review.Check{
	ID: "restart-policy-invalid", Area: review.Reliability, Severity: review.High, Tags: []review.Tag{review.Workloads},
	Doc: review.Doc{
		Title:  "restart policy is not valid",
		What:   "Looks for Jobs and CronJobs whose pods do not have `restartPolicy: Never` or `OnFailure` (unset means `Always`), and for long-running workloads whose pods have anything but `Always`.",
		Why:    "The API server refuses the object and, in most setups, everything that is applied together with it. The schema allows the value, so schema validation does not find it.",
		Fix:    "Use `OnFailure` for a job that may be retried in the same pod, and `Never` if you want to look at its failed pods. For a Deployment, remove the field.",
		Verify: "kubectl apply --dry-run=server -f FILE",
		Waive:  "An admission webhook sets it.",
		Effort: "small",
		Bad:    "kind: CronJob\nspec: {jobTemplate: {spec: {template: {spec: {containers: […]}}}}}",
		Good:   "kind: CronJob\nspec: {jobTemplate: {spec: {template: {spec: {restartPolicy: OnFailure, containers: […]}}}}}",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		pod, ok := review.PodOf(o)
		if !ok {
			return
		}
		policy := review.Text(pod.Spec, "restartPolicy")
		kind, why := o.ID.GroupKind(), ""
		switch {
		case kube.Open(policy):
			return
		case (kind == kube.Job || kind == kube.CronJob) && policy == "":
			why = "says no `restartPolicy`, which means `Always`; a job must say `OnFailure` or `Never`"
		case (kind == kube.Job || kind == kube.CronJob) && policy != "Never" && policy != "OnFailure":
			why = fmt.Sprintf("says `restartPolicy: %s`; a job must say `OnFailure` or `Never`", policy)
		case o.ID.Group == "apps" && slices.Contains(kube.LongRunning, kind) && policy != "" && policy != "Always":
			why = fmt.Sprintf("says `restartPolicy: %s`; its kind allows `Always` only", policy)
		default:
			return
		}
		p.Report(review.Hit{Object: o, Field: pod.At("restartPolicy"), Message: fmt.Sprintf("%s %s. It will be refused.", o.ID, why)})
	}),
}
