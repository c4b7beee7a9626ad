// Package update knows what becomes of an object that the cluster has when its manifest
// changes: each tool that applies has its own ways, and reads no other's.
package update

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Way is what a tool does with the object.
type Way int

const (
	InPlace Way = iota // the API server is asked to change it
	Anew               // it is deleted and made again, where it cannot be changed or always
	Left               // it stays as it is
)

// Of is the way of a changed object: where several targets apply it, the one of them that
// asks the most of the API server.
func Of(p *review.Pass, c review.Change) Way {
	if review.Map(c.Head.Fields(), "metadata")["name"] == nil {
		return Left // each apply makes one, with a name of its own
	}
	way := Left
	for _, target := range c.Targets {
		way = min(way, of(p, c, target))
	}
	return way
}

func of(p *review.Pass, c review.Change, target string) Way {
	by := p.AskedBy(target)
	switch tool(target) {
	case model.Flux:
		return flux(c, by)
	case model.ArgoCD:
		return argo(c, by)
	case model.Helm:
		if p.GoneOnUpgrade(target, c.Head) {
			return Left // an upgrade makes another one, and removes this
		}
		return helm(c)
	}
	return max(flux(c, nil), argo(c, nil), helm(c)) // nobody sees what applies it
}

func tool(target string) model.Kind {
	kind, _, _ := strings.Cut(target, ":")
	return model.Kind(kind)
}

const fluxGroup = "kustomize.toolkit.fluxcd.io/"

// flux reads labels as it reads annotations, without regard to case (kustomize-controller
// v1.9, fluxcd/pkg/ssa v0.84 shouldSkipApply, shouldForceApply).
func flux(c review.Change, by *model.Object) Way {
	switch {
	case wants(c.Head, "reconcile", "disabled"), wants(c.Head, "ssa", "Ignore"), wants(c.Head, "ssa", "IfNotPresent"):
		return Left
	case wants(c.Head, "force", "enabled"), wants(c.Base, "force", "enabled"):
		return Anew
	}
	if by != nil {
		if force, _ := review.Bool(by.Fields(), "spec", "force"); force && by.ID.Kind == "Kustomization" {
			return Anew
		}
	}
	return InPlace
}

func wants(o *model.Object, key, value string) bool {
	for _, list := range []string{"annotations", "labels"} {
		if strings.EqualFold(review.Labels(o.Fields(), "metadata", list)[fluxGroup+key], value) {
			return true
		}
	}
	return false
}

const (
	argoHook    = "argocd.argoproj.io/hook"
	argoPolicy  = "argocd.argoproj.io/hook-delete-policy"
	argoOptions = "argocd.argoproj.io/sync-options"
	helmHook    = "helm.sh/hook"
	helmPolicy  = "helm.sh/hook-delete-policy"
)

// argo: hooks first, then the options of the object, in the cluster too, and of its
// Application (argo-cd v3, gitops-engine applyObject and syncPhases). Bindings of roles go
// through `kubectl auth reconcile`, which makes those of another role anew.
func argo(c review.Change, by *model.Object) Way {
	if way, hook := argoHooks(c.Head); hook {
		return way
	}
	app := applicationOptions(by)
	option := func(name string) bool {
		return slices.Contains(app, name) || slices.Contains(values(c.Head, argoOptions), name)
	}
	stays := func(name string) bool { return slices.Contains(values(c.Base, argoOptions), name) }
	force := slices.Contains(values(c.Head, argoOptions), "Force=true") || stays("Force=true")
	kind := c.Object.GroupKind()
	switch {
	case option("Replace=true") || stays("Replace=true"):
		if force && kind != kube.CustomResourceDefinition && kind != kube.Namespace {
			return Anew
		}
		return InPlace
	case option("ServerSideApply=true") && !slices.Contains(values(c.Head, argoOptions), "ServerSideApply=false"):
		return InPlace
	case force, c.Object.Version == "v1" && (kind == kube.RoleBinding || kind == kube.ClusterRoleBinding):
		return Anew
	}
	return InPlace
}

// applicationOptions are the options of all syncs of an Application.
func applicationOptions(by *model.Object) []string {
	return kube.Texts(review.Lookup(applicationSpec(by), "syncPolicy", "syncOptions"))
}

func applicationSpec(by *model.Object) map[string]any {
	switch {
	case by == nil:
		return nil
	case by.ID.GroupKind() == kube.ApplicationSet:
		return review.Map(by.Fields(), "spec", "template", "spec")
	}
	return review.Map(by.Fields(), "spec")
}

// argoHooks is the way of a hook of Argo CD, to which Helm's are hooks too.
func argoHooks(o *model.Object) (way Way, hook bool) {
	annotations := review.Labels(o.Fields(), "metadata", "annotations")
	_, own := annotations[argoHook]
	helms, isHelms := annotations[helmHook]
	if !own && (!isHelms || helms == "crd-install") {
		return InPlace, false
	}
	runs := []string{"PreSync", "Sync", "PostSync", "SyncFail"}
	when := values(o, argoHook)
	if !slices.ContainsFunc(when, func(s string) bool { return slices.Contains(append(runs, "Skip", "PreDelete", "PostDelete"), s) }) {
		runs, when = []string{"pre-install", "pre-upgrade", "post-upgrade", "post-install"}, values(o, helmHook)
	}
	if !slices.ContainsFunc(when, func(s string) bool { return slices.Contains(runs, s) }) {
		return Left, true // no sync makes it
	}
	var policies []string
	for _, policy := range append(values(o, argoPolicy), values(o, helmPolicy)...) {
		switch policy {
		case "BeforeHookCreation", "before-hook-creation", "HookSucceeded", "hook-succeeded":
			return Anew, true
		case "HookFailed", "hook-failed":
			policies = append(policies, policy)
		}
	}
	if len(policies) == 0 {
		return Anew, true
	}
	return InPlace, true // the one that succeeded is still there
}

// helm: of a release's hooks only those of an upgrade are made by one (helm v4.3,
// action.execHook). It reads nothing else that asks for an object to be made anew: with
// `force`, too, an object that is there is replaced in place.
func helm(c review.Change) Way {
	if _, hook := review.Labels(c.Head.Fields(), "metadata", "annotations")[helmHook]; !hook {
		return InPlace
	}
	lower := func(key string) []string {
		list := values(c.Head, key)
		for i := range list {
			list[i] = strings.ToLower(list[i])
		}
		return list
	}
	when, policies := lower(helmHook), lower(helmPolicy)
	switch {
	case !slices.Contains(when, "pre-upgrade") && !slices.Contains(when, "post-upgrade"):
		return Left
	case len(policies) == 0, slices.Contains(policies, "before-hook-creation"), slices.Contains(policies, "hook-succeeded"):
		return Anew
	}
	return InPlace
}

// values are the values of an annotation that holds a list.
func values(o *model.Object, key string) []string {
	var out []string
	for item := range strings.SplitSeq(review.Labels(o.Fields(), "metadata", "annotations")[key], ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}

// Unread is an annotation with which an object asks a tool to make it anew or to leave it,
// and that tool applies it in none of its targets; tools are those that do.
func Unread(c review.Change) (annotation, tools string) {
	names := map[model.Kind]string{model.Flux: "Flux", model.ArgoCD: "Argo CD", model.Helm: "Helm"}
	read := map[model.Kind]bool{}
	for _, target := range c.Targets {
		read[tool(target)] = true
		if names[tool(target)] == "" {
			return "", ""
		}
	}
	for _, ask := range []struct {
		tools      []model.Kind
		way        Way
		annotation string
	}{
		{[]model.Kind{model.Flux}, flux(c, nil), asked(c.Head, fluxGroup+"force", fluxGroup+"ssa", fluxGroup+"reconcile")},
		{[]model.Kind{model.ArgoCD}, argo(c, nil), asked(c.Head, argoHook, argoOptions)},
		{[]model.Kind{model.ArgoCD, model.Helm}, helm(c), asked(c.Head, helmHook)},
	} {
		if ask.way == InPlace || ask.annotation == "" || slices.ContainsFunc(ask.tools, func(k model.Kind) bool { return read[k] }) {
			continue
		}
		for _, k := range []model.Kind{model.Flux, model.ArgoCD, model.Helm} {
			if read[k] {
				return ask.annotation, names[k]
			}
		}
	}
	return "", ""
}

// asked is the first of some annotations that an object has.
func asked(o *model.Object, keys ...string) string {
	for _, key := range keys {
		if _, has := review.Labels(o.Fields(), "metadata", "annotations")[key]; has {
			return key
		}
	}
	return ""
}
