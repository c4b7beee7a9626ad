package checks

import (
	"bytes"

	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/presence"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var fluxAlertsMissing = presence.Check(review.Check{
	ID: "flux-alerts-missing", Area: review.Observability, Severity: review.Medium, Tags: []review.Tag{review.Alerts, review.Drift},
	Doc: review.Doc{
		Title:  "Flux failures notify nobody",
		What:   "In an audit of a cluster that Flux applies, looks for an Alert with a Provider, or for a monitor of Flux's own metrics. Either is enough. If part of the cluster is not visible, the result is unknown.",
		Why:    "A Kustomization that cannot be applied keeps the old state, and nobody is notified: last month's security update is merged, but not running.",
		Fix:    "Add a Provider and an Alert on errors of all Kustomizations and HelmReleases, or scrape the controllers and alert on objects that are not ready.",
		Verify: "kubectl get alerts.notification.toolkit.fluxcd.io,podmonitors -A",
		Waive:  "Something else monitors Flux, such as the Capacitor of your platform; say what.",
		Effort: "small",
		Bad:    "kind: Kustomization   # and nobody is told when it fails",
		Good:   "kind: Alert\nspec: {providerRef: {name: team}, eventSeverity: error, eventSources: [{kind: Kustomization, name: '*'}]}",
	},
}, presence.Wanted{
	Needs: func(_ *review.Pass, c *review.Cluster) []*model.Object { return c.Kind(flux.Kustomization) },
	Has: func(_ *review.Pass, c *review.Cluster) bool {
		if len(c.Kind("Alert.notification.toolkit.fluxcd.io")) > 0 && len(c.Kind("Provider.notification.toolkit.fluxcd.io")) > 0 {
			return true
		}
		for _, kind := range []string{kube.PodMonitor, kube.ServiceMonitor, "VMPodScrape.operator.victoriametrics.com"} {
			for _, o := range c.Kind(kind) {
				if bytes.Contains(o.JSON(), []byte("flux-system")) || bytes.Contains(o.JSON(), []byte("kustomize-controller")) {
					return true
				}
			}
		}
		return false
	},
	Absent:   "Nobody is told when %s, or another that Flux applies beside it, fails.",
	Searched: []string{"Alerts with Providers in all rendered targets", "PodMonitors and ServiceMonitors of Flux's controllers"},
})
