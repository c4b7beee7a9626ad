package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// makers are the kinds whose objects make further objects in the cluster and are
// not followed here, with the kinds that those are made of besides. What they make
// is not visible. Followed are Flux' Kustomization, HelmRelease and FluxInstance,
// and Argo CD's Application and ApplicationSet.
var makers = map[string][]string{
	"ResourceSet.fluxcd.controlplane.io":                     {"ResourceSetInputProvider.fluxcd.controlplane.io"},
	"HelmChart.helm.cattle.io":                               nil, // k3s, RKE2
	"HelmChartConfig.helm.cattle.io":                         nil,
	"ResourceSetInputProvider.fluxcd.controlplane.io":        nil,
	"Policy.policy.open-cluster-management.io":               nil,
	"ConfigurationPolicy.policy.open-cluster-management.io":  nil,
	"Subscription.apps.open-cluster-management.io":           nil,
	"Application.core.oam.dev":                               nil,
	"GitRepo.fleet.cattle.io":                                nil,
	"Bundle.fleet.cattle.io":                                 nil,
	"HelmOp.fleet.cattle.io":                                 nil,
	"HelmChartProxy.addons.cluster.x-k8s.io":                 nil,
	"ClusterResourceSet.addons.cluster.x-k8s.io":             {"ConfigMap", "Secret"},
	"ClusterProfile.config.projectsveltos.io":                {"ConfigMap", "Secret"},
	"Profile.config.projectsveltos.io":                       {"ConfigMap", "Secret"},
	"ManifestWork.work.open-cluster-management.io":           nil,
	"ManifestWorkReplicaSet.work.open-cluster-management.io": nil,
	"RootSync.configsync.gke.io":                             nil,
	"RepoSync.configsync.gke.io":                             nil,
	"App.kappctrl.k14s.io":                                   nil,
	"PackageInstall.packaging.carvel.dev":                    nil,
	"Release.helm.crossplane.io":                             nil,
	"Object.kubernetes.crossplane.io":                        nil,
	"Composition.apiextensions.crossplane.io":                nil,
	"ResourceGraphDefinition.kro.run":                        nil,
	"IstioOperator.install.istio.io":                         nil,
	"FluxInstance.fluxcd.controlplane.io":                    nil, // Flux itself; what it syncs is followed
	"HelmRelease.helm.fluxcd.io":                             nil, // of Flux 1
	"Terraform.infra.contrib.fluxcd.io":                      nil,
	"KluctlDeployment.gitops.kluctl.io":                      nil,
	"KCLRun.krm.kcl.dev":                                     nil,
	"Addon.k3s.cattle.io":                                    nil,
	"ManagedChart.management.cattle.io":                      nil, // Rancher
	"Chart.helm.k0sproject.io":                               nil,
	"ClusterConfig.k0s.k0sproject.io":                        nil,
	"HelmReleaseProxy.addons.cluster.x-k8s.io":               nil,
	"EventTrigger.lib.projectsveltos.io":                     {"ConfigMap", "Secret"},
	"TenantResource.capsule.clastix.io":                      nil,
	"GlobalTenantResource.capsule.clastix.io":                nil,
	"Configuration.pkg.crossplane.io":                        nil,
	"GeneratingPolicy.policies.kyverno.io":                   nil,
	"NamespacedGeneratingPolicy.policies.kyverno.io":         nil,
}

// makes reports whether an object makes further ones that are not followed, and the kinds
// that those are made of besides.
func makes(o *model.Object) (from []string, ok bool) {
	from, ok = makers[o.ID.GroupKind()]
	if o.ID.Group == "kyverno.io" && (o.ID.Kind == "ClusterPolicy" || o.ID.Kind == "Policy") {
		ok = slices.ContainsFunc(Items(o.Fields(), "spec", "rules"), func(rule map[string]any) bool { return rule["generate"] != nil })
	}
	return from, ok
}

// made lists, for a target, the objects that make others and are not followed.
// The change reaches what they make where it touches them, or what they are made
// of: by its kind, or by its name.
func made(t model.Rendered, changed map[string]bool) (out []Incomplete) {
	if t.Status == model.StatusAbsent {
		return nil
	}
	seen := map[model.ObjectID]bool{}
	for _, o := range t.Objects {
		from, ok := makes(o)
		if !ok || seen[o.ID.Key()] {
			continue
		}
		seen[o.ID.Key()] = true
		reached := slices.ContainsFunc(append(slices.Clone(from), o.ID.GroupKind()), func(kind string) bool { return changed[t.Target.ID+" "+kind] }) ||
			mentions(o.Fields()["spec"], func(name string) bool { return changed["named "+t.Target.Cluster+" "+name] })
		out = append(out, Incomplete{Target: t.Target.ID, Class: model.UnsupportedSource, Reached: reached, maker: o.ID.Key(),
			Message: fmt.Sprintf("%s makes further objects, which are not followed: what they are is not visible", o.ID)})
	}
	return out
}

// mentions reports whether a text in a value is one of some names, by itself or behind a
// namespace.
func mentions(value any, is func(string) bool) bool {
	switch value := value.(type) {
	case string:
		_, name, _ := strings.Cut(value, "/")
		return is(value) || name != "" && is(name)
	case map[string]any:
		for _, child := range value {
			if mentions(child, is) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(value, func(child any) bool { return mentions(child, is) })
	}
	return false
}

// changedKinds names the kinds of which something changed, by target, and the ConfigMaps
// and Secrets that did, by cluster.
func changedKinds(changes []Change, targets []model.Rendered) map[string]bool {
	clusters := map[string]string{}
	for _, t := range targets {
		clusters[t.Target.ID] = t.Target.Cluster
	}
	out := map[string]bool{}
	for _, c := range changes {
		for _, id := range c.Targets {
			out[id+" "+c.Object.GroupKind()] = true
			if kind := c.Object.GroupKind(); kind == "ConfigMap" || kind == "Secret" {
				out["named "+clusters[id]+" "+c.Object.Name] = true
			}
		}
	}
	return out
}

// placeMakers gives the objects that make others the place of their change.
func (r *Report) placeMakers() {
	for i := range r.Incomplete {
		for _, c := range r.Changes {
			if in := &r.Incomplete[i]; in.Where == nil && in.maker == c.Object.Key() && slices.Contains(c.Targets, in.Target) {
				in.Where = c.Location
			}
		}
	}
}
