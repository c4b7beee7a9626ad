package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/frozen"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/update"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var immutableFieldChange = &review.Check{
	ID: "immutable-field-change", Area: review.Reliability, Severity: review.Critical, Tags: []review.Tag{review.Upgrades},
	Doc: review.Doc{
		Title:  "immutable field changed",
		What:   "Looks for changes to fields that the API server refuses to change on an existing object: selectors, volume claim templates, a Job's template, a role binding's role, a storage class's parameters, a Secret's type, a Service's address, a volume's source and similar. ConfigMaps and Secrets with `immutable: true` count too. What the API server fills in is compared as if it were written: a default that is written out changes nothing. What the cluster may have filled in, such as a claim's storage class, is told as unknown. Not reported where the tool that applies the object recreates or leaves it. Flux: `force: true` in its Kustomization, or its annotations `force`, `ssa` and `reconcile`. Argo CD: hooks that it deletes first, `Force=true`, bindings of roles, and fields that its Application ignores in syncs too (`RespectIgnoreDifferences=true`). Helm: hooks that it deletes first, and objects that an upgrade does not render. Objects that the cluster names (`generateName`) are always new. A claim or a CustomResourceDefinition that is recreated is reported, for what is deleted with it.",
		Why:    "The apply fails. With Flux or Argo CD everything after it in the same Kustomization waits until the change is reverted or fixed.",
		Fix:    "Give the object a new name, or plan its deletion, which stops its pods. On the object, `kustomize.toolkit.fluxcd.io/force: enabled` makes Flux delete and recreate it, `argocd.argoproj.io/sync-options: Force=true,Replace=true` Argo CD.",
		Verify: "kubectl apply --server-side --dry-run=server -f rendered.yaml",
		Waive:  "No cluster has the object yet, or it is recreated on purpose.",
		Effort: "medium",
		Bad:    "selector: {matchLabels: {app: shop-v2}}   # was shop",
		Good:   "metadata: {name: shop-v2}                 # a new object",
	},
	Run: review.Changes(func(p *review.Pass, c review.Change) {
		if c.Change != review.Modified {
			return
		}
		changes := slices.DeleteFunc(frozen.Changes(c), func(change frozen.Change) bool { return update.Ignored(p, c, change.Path) })
		if len(changes) == 0 {
			return
		}
		switch update.Of(p, c) {
		case update.Left:
		case update.Anew: // it goes once, for whatever asks for it
			if lost := lostWhenRecreated[c.Object.GroupKind()]; lost != "" {
				reportRecreated(p, c, changes, lost)
			}
		default:
			for _, change := range changes {
				reportImmutable(p, c, change)
			}
		}
	}),
}

func reportImmutable(p *review.Pass, c review.Change, change frozen.Change) {
	h := review.Hit{Object: c.Head, Field: change.At, Key: change.Path, Fix: anewBy(c.Head, c.Targets)}
	name := dottedPath(change.Path)
	switch change.Outcome {
	case frozen.Kept:
		h.Severity, h.Title, h.Fix = review.Medium, "field keeps its value", ""
		h.Message = fmt.Sprintf("%s: `%s` is no longer written, and cannot be unset on an existing object. No error tells of it: %s.", c.Object, name, change.Why)
	case frozen.Unsure:
		h.Verdict, h.Title, h.Searched = review.NotAnswered, fmt.Sprintf("`%s` may be refused", name), []string{"the object in the cluster"}
		h.Message = fmt.Sprintf("%s: `%s` cannot be changed on an existing object. The apply will fail, unless %s.", c.Object, name, change.Why)
	default:
		h.Message = fmt.Sprintf("%s: `%s` cannot be changed on an existing object; the apply will fail.", c.Object, name)
		if annotation, tool := update.Unread(c); annotation != "" {
			h.Message += fmt.Sprintf(" %s does not read `%s`.", tool, annotation)
		}
	}
	p.Report(h)
}

// reportRecreated tells of the change that is surest to have the object made anew.
func reportRecreated(p *review.Pass, c review.Change, changes []frozen.Change, lost string) {
	change := changes[0]
	if i := slices.IndexFunc(changes, func(c frozen.Change) bool { return c.Outcome == frozen.Refused }); i >= 0 {
		change = changes[i]
	}
	h := review.Hit{Title: "object is deleted and recreated", Object: c.Head, Field: change.At, Key: change.Path}
	then := "it will be deleted and created anew"
	if change.Outcome == frozen.Unsure {
		h.Verdict, h.Searched = review.NotAnswered, []string{"the object in the cluster"}
		then += ", unless " + change.Why
	}
	h.Message = fmt.Sprintf("%s: `%s` cannot be changed on an existing object: %s. %s", c.Object, dottedPath(change.Path), then, lost)
	p.Report(h)
}

// dottedPath is a pointer as people write it.
func dottedPath(pointer string) string {
	return strings.NewReplacer("/", ".", "~1", "/", "~0", "~").Replace(strings.TrimPrefix(pointer, "/"))
}

// anewBy says how what applies an object is told to make it anew.
func anewBy(o *model.Object, targets []string) string {
	how := "delete it and apply it again"
	switch kind, _, _ := strings.Cut(targets[0], ":"); model.Kind(kind) {
	case model.Flux:
		how = "`kustomize.toolkit.fluxcd.io/force: enabled` on the object deletes and recreates it"
	case model.ArgoCD:
		how = "`argocd.argoproj.io/sync-options: Force=true,Replace=true` on the object deletes and recreates it"
	}
	if _, pods := review.PodOf(o); pods {
		how += ", which stops its pods"
	}
	return fmt.Sprintf("Give the object a new name, or plan its deletion: %s.", how)
}

// lostWhenRecreated is what goes with an object that is deleted to be made anew, of the
// kinds with which more goes than pods.
var lostWhenRecreated = map[string]string{
	kube.PersistentVolumeClaim:    "Its data will be deleted too, unless the volume's reclaim policy is Retain.",
	kube.CustomResourceDefinition: "Every object of its kind will be deleted with it, in all namespaces.",
}
