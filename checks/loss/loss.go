// Package loss says what an object takes along when it is deleted, and what outlives it.
package loss

import (
	"github.com/seaworthy-dev/seaworthy/checks/flux"
	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Loss is what the deletion of an object means.
type Loss struct {
	Severity review.Severity
	Then     string // goes on after "it will be deleted"
}

// Of says, by group and kind, how grave it is that an object goes, and what goes with
// it. Kinds that take nothing along are not in it.
var Of = map[string]Loss{
	kube.Namespace:                       {review.Critical, "everything in it will be deleted with it, also what others put there"},
	kube.CustomResourceDefinition:        {review.Critical, "every object of its kind will be deleted with it, in all namespaces"},
	kube.PersistentVolumeClaim:           {review.Critical, "its data will be deleted too, unless the volume's reclaim policy is Retain"},
	"PersistentVolume":                   {review.Critical, "what is on it can no longer be mounted"},
	kube.StatefulSet:                     {review.Critical, "its pods go at once, and with some storage settings their claims too"},
	flux.HelmRelease:                     {review.High, "the release will be uninstalled, with all that the chart made"},
	flux.Kustomization:                   {review.High, "all that it applied will be deleted"},
	kube.Application:                     {review.High, "all that it applied will be deleted"},
	kube.ApplicationSet:                  {review.High, "the Applications that it made will be deleted, with what they applied"},
	"ResourceSet.fluxcd.controlplane.io": {review.High, "all that it made will be deleted"},
	"HelmChart.helm.cattle.io":           {review.High, "the release will be uninstalled, with all that the chart made"},
	"Cluster.postgresql.cnpg.io":         {review.Critical, "the database will be deleted"},
	kube.Deployment:                      {review.Medium, "its pods will be deleted"},
	kube.DaemonSet:                       {review.Medium, "its pods will be deleted"},
}

// Claims reports whether a StatefulSet asks for volumes.
func Claims(o *model.Object) bool {
	return len(review.Items(o.Fields(), "spec", "volumeClaimTemplates")) > 0
}
