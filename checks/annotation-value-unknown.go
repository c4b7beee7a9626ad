package checks

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var annotationValueUnknown = &review.Check{
	ID: "annotation-value-unknown", Area: review.Reliability, Severity: review.Medium, Tags: []review.Tag{review.Build},
	Doc: review.Doc{
		Title:  "annotation that has no effect",
		What:   "Compares the annotations by which Argo CD, Flux and Helm are told how to apply an object with the values that they know: hooks, waves and sync options of Argo CD, also those of an Application, `prune`, `ssa`, `force`, `reconcile` and `substitute` of Flux, and `helm.sh/resource-policy`. What only another tool reads than the one that applies the object is left alone.",
		Why:    "None of them reports a value that it does not know. Argo CD never applies an object whose hook is unknown, and prunes one that is in the cluster; it reads a wave that is no whole number as 0, and options only in their exact case (Argo CD 3.6). `Prune=False` or `prune: \"false\"` protects nothing. Helm keeps an object with any other resource policy than `keep` when the release is uninstalled, without saying so, and deletes it in an upgrade (Helm 4.3).",
		Fix:    "Write the value as the message gives it.",
		Verify: "kubectl get KIND NAME -o jsonpath='{.metadata.annotations}'",
		Waive:  "Another controller reads the value.",
		Effort: "small",
		Bad:    "argocd.argoproj.io/sync-options: Prune=False",
		Good:   "argocd.argoproj.io/sync-options: Prune=false",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		for _, list := range []string{"annotations", "labels"} {
			said := review.Labels(o.Fields(), "metadata", list)
			var known []string
			for key := range said {
				if effects[key].says != nil {
					known = append(known, key)
				}
			}
			slices.Sort(known)
			for _, key := range known {
				value := said[key]
				tool, says := effects[key].tool, effects[key].says
				if list == "labels" && tool != model.Flux || review.Unsettled(value) || kube.AppliedByAnother(p, o, tool) {
					continue
				}
				for _, m := range says(value, said) {
					h := review.Hit{Object: o, Field: review.Pointer("metadata", list, key), Key: key + " " + m.item, Title: "unknown value of `" + key + "`",
						Message: fmt.Sprintf("%s: `%s: %q` %s", o.ID, key, text.Brief(value), m.wrong)}
					if m.item != "" {
						h.Title = fmt.Sprintf("`%s` has no effect", m.item)
					}
					if m.grave {
						h.Severity = review.High
					}
					p.Report(h)
				}
			}
		}
		switch o.ID.GroupKind() {
		case kube.Application:
			applicationOptions(p, o, "spec")
		case kube.ApplicationSet:
			applicationOptions(p, o, "spec", "template", "spec")
		}
	}),
}

// effect is what a tool makes of the value of an annotation, beside the others.
type effect struct {
	tool model.Kind
	says func(value string, beside map[string]string) []mistake
}

// mistake is a value, or an item of one, that its tool does not know.
type mistake struct {
	item, wrong string // item is "" where it is the whole value
	grave       bool   // it was to protect the object, or the object itself is lost
}

// effects are by annotation; Flux reads labels too (fluxcd/pkg/ssa v0.84, AnyInMetadata).
var effects = map[string]effect{
	"argocd.argoproj.io/hook":               {model.ArgoCD, argoHook},
	"argocd.argoproj.io/hook-delete-policy": {model.ArgoCD, argoDeletePolicy},
	"argocd.argoproj.io/sync-wave":          {model.ArgoCD, argoWave},
	"argocd.argoproj.io/sync-options":       {model.ArgoCD, argoOptions},
	"kustomize.toolkit.fluxcd.io/prune":     {model.Flux, oneOf(true, strings.EqualFold, "so that the object is deleted when it leaves the repository", "disabled", "enabled")},
	"kustomize.toolkit.fluxcd.io/ssa":       {model.Flux, oneOf(false, strings.EqualFold, "so that the object is applied as any other", "Merge", "IfNotPresent", "Ignore", "Override")},
	"kustomize.toolkit.fluxcd.io/force":     {model.Flux, oneOf(false, strings.EqualFold, "so that the object is not replaced", "enabled", "disabled")},
	"kustomize.toolkit.fluxcd.io/reconcile": {model.Flux, oneOf(false, strings.EqualFold, "so that the object is applied as any other", "disabled", "enabled")},
	"kustomize.toolkit.fluxcd.io/substitute": {model.Flux, oneOf(false, func(a, b string) bool { return a == b },
		"so that variables are replaced in it", "disabled", "enabled")},
	"helm.sh/resource-policy": {model.Helm, resourcePolicy},
}

// oneOf are the values of an annotation of Flux; without says what comes of another.
func oneOf(grave bool, same func(a, b string) bool, without string, known ...string) func(string, map[string]string) []mistake {
	return func(value string, _ map[string]string) []mistake {
		if slices.ContainsFunc(known, func(k string) bool { return same(value, k) }) {
			return nil
		}
		return whole(grave, "is no value that Flux knows, %s: it reads %s.", without, text.And(text.Code(known)))
	}
}

func whole(grave bool, wrong string, args ...any) []mistake {
	return []mistake{{wrong: fmt.Sprintf(wrong, args...), grave: grave}}
}

// csv are the values of an annotation of Argo CD, those that are too long for one cut.
func csv(value string) (out []string) {
	for item := range strings.SplitSeq(value, ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, text.Brief(item))
		}
	}
	return out
}

// argoHooks are those of a sync, and those of the deletion of an Application.
var argoHooks = []string{"PreSync", "Sync", "PostSync", "SyncFail", "Skip", "PreDelete", "PostDelete"}

func argoHook(value string, beside map[string]string) []mistake {
	all := csv(value)
	unknown := slices.DeleteFunc(slices.Clone(all), func(h string) bool { return slices.Contains(argoHooks, h) })
	switch {
	case len(unknown) == len(all) && beside["helm.sh/hook"] != "": // hook.Types
		return whole(false, "is no hook that Argo CD knows: it takes what `helm.sh/hook` says.")
	case len(unknown) == len(all):
		return whole(true, "is no hook that Argo CD knows. It never applies the object, and one that is in the cluster counts as no longer wanted there: it reads %s.", text.And(text.Code(argoHooks)))
	case len(unknown) > 0:
		return whole(false, "names %s, which Argo CD does not know and leaves out: it reads %s.", text.And(text.Code(unknown)), text.And(text.Code(argoHooks)))
	}
	return nil
}

func argoDeletePolicy(value string, _ map[string]string) []mistake {
	known := []string{"HookSucceeded", "HookFailed", "BeforeHookCreation"}
	for _, policy := range csv(value) {
		if !slices.Contains(known, policy) {
			return whole(false, "names `%s`, which Argo CD does not know and leaves out: it reads %s.", policy, text.And(text.Code(known)))
		}
	}
	return nil
}

func argoWave(value string, beside map[string]string) []mistake {
	if _, err := strconv.Atoi(value); err == nil {
		return nil
	}
	if weight := beside["helm.sh/hook-weight"]; weight != "" { // syncwaves.Wave
		return whole(false, "is no whole number, so that the object is in the wave of its `helm.sh/hook-weight`, %s.", weight)
	}
	return whole(false, "is no whole number, so that the object is in wave 0.")
}

// objectOptions and ofApplications are the options of a sync by name, with the values
// that Argo CD looks for; `true` and `false` may also say what is so anyway.
var (
	objectOptions = map[string][]string{
		"Prune": {"false", "confirm"}, "Delete": {"false", "confirm"}, "PruneLast": {"true"}, "Replace": {"true", "false"}, "Force": {"true"},
		"ServerSideApply": {"true", "false"}, "ClientSideApplyMigration": {"true", "false"}, "Validate": {"false"}, "SkipDryRunOnMissingResource": {"true"},
		"ApplyOutOfSyncOnly": {"true", "false"},
	}
	ofApplications = map[string][]string{
		"CreateNamespace": {"true"}, "PrunePropagationPolicy": {"foreground", "background", "orphan"}, "FailOnSharedResource": {"true"},
		"RespectIgnoreDifferences": {"true"},
	}
)

// argoOption tells what is wrong with one option: only what is an option that Argo CD knows,
// written in another way.
func argoOption(item string, known ...map[string][]string) (name, wrong string) {
	written, value, valued := strings.Cut(strings.ReplaceAll(item, ":", "="), "=")
	written, value = strings.TrimSpace(written), strings.TrimSpace(value)
	for _, options := range known {
		for name, values := range options {
			switch {
			case !strings.EqualFold(written, name):
			case !valued:
				return name, fmt.Sprintf("names `%s` without a value, so that it has no effect: Argo CD reads `%s=%s`.", item, name, values[0])
			case written == name && strings.Contains(item, name+"="+value) && (slices.Contains(values, value) || value == "true" || value == "false"):
				return "", ""
			default:
				meant := values[0]
				for _, v := range slices.Concat(values, []string{"true", "false"}) {
					if strings.EqualFold(v, value) {
						meant = v
						break
					}
				}
				return name, fmt.Sprintf("has `%s`, which has no effect: Argo CD reads `%s=%s`.", item, name, meant)
			}
		}
	}
	return "", ""
}

func argoOptions(value string, _ map[string]string) (out []mistake) {
	for _, item := range csv(value) {
		if name, wrong := argoOption(item, objectOptions); wrong != "" {
			out = append(out, mistake{item, wrong, name == "Prune" || name == "Delete"})
		}
	}
	return out
}

// applicationOptions looks at the options of an Application's syncs.
func applicationOptions(p *review.Pass, o *model.Object, spec ...string) {
	at := append(spec, "syncPolicy", "syncOptions")
	list, _ := review.Lookup(o.Fields(), at...).([]any)
	for i, item := range list {
		option, _ := item.(string)
		option = text.Brief(option)
		if option == "" || review.Unsettled(option) || strings.Contains(option, "{{") {
			continue
		}
		if _, wrong := argoOption(strings.TrimSpace(option), objectOptions, ofApplications); wrong != "" {
			p.Report(review.Hit{Object: o, Field: review.Pointer(at...) + "/" + strconv.Itoa(i), Key: "syncOptions " + option, Title: fmt.Sprintf("`%s` has no effect", option),
				Message: fmt.Sprintf("%s %s", o.ID, wrong)})
		}
	}
}

func resourcePolicy(value string, _ map[string]string) []mistake {
	switch {
	case value == "keep":
		return nil
	case strings.EqualFold(strings.TrimSpace(value), "keep"):
		return whole(true, "keeps the object when the release is uninstalled, and not in an upgrade that no longer has it: Helm reads `keep`.")
	}
	return whole(false, "is no policy that Helm knows: it leaves the object behind when the release is uninstalled, and says nothing of it.")
}
