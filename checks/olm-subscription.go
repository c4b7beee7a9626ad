package checks

import (
	"fmt"

	"github.com/seaworthy-dev/seaworthy/checks/custom"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var olmSubscription = &review.Check{
	ID: "olm-subscription", Area: review.SupplyChain, Severity: review.Medium, Tags: []review.Tag{review.Upgrades, review.Charts},
	Doc: review.Doc{
		Title:  "operator upgrades itself",
		What:   "Looks at subscriptions of the Operator Lifecycle Manager for `installPlanApproval: Automatic`, which is also the default, and for manual ones without `startingCSV` (low). On a pull request, a new subscription is left to the audit if there are three or more and all follow channels.",
		Why:    "Whenever the channel moves, the operator, with its rights over the cluster, is replaced, in all environments at once and without review.",
		Fix:    "Set `installPlanApproval: Manual` and name the version in `startingCSV`.",
		Verify: "kubectl get subscriptions.operators.coreos.com -A -o custom-columns=NAME:.metadata.name,APPROVAL:.spec.installPlanApproval,CSV:.spec.startingCSV",
		Waive:  "A development cluster, or a trusted channel that carries only fixes.",
		Effort: "small",
		Bad:    "installPlanApproval: Automatic",
		Good:   "installPlanApproval: Manual\nstartingCSV: keycloak-operator.v26.0.7",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		if o.ID.GroupKind() != "Subscription.operators.coreos.com" {
			return
		}
		switch approval := review.Text(o.Fields(), "spec", "installPlanApproval"); {
		case approval != "Manual" && custom.NotWritten(p, o, "kind: Subscription", "installPlanApproval: Manual"):
		case approval != "Manual":
			p.Report(review.Hit{Object: o, Field: "/spec/installPlanApproval", Message: fmt.Sprintf("%s upgrades its operator whenever the channel `%s` moves.", o.ID, review.Text(o.Fields(), "spec", "channel"))})
		case review.Text(o.Fields(), "spec", "startingCSV") == "":
			p.Report(review.Hit{Object: o, Field: "/spec/startingCSV", Severity: review.Low, Message: fmt.Sprintf("%s does not say which version is installed first.", o.ID)})
		}
	}),
}
