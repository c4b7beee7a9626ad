package main

import "slices"

// lenient are fields that the published schemas require and the API server does
// not: it fills them in, or takes them as zero.
// Each was tried on Kubernetes' own validation.
var lenient = map[string][]string{
	"io.k8s.api.apps.v1.ControllerRevision":                      {"revision"},
	"io.k8s.api.apps.v1.StatefulSetSpec":                         {"serviceName"},
	"io.k8s.api.batch.v1.PodFailurePolicyOnPodConditionsPattern": {"status"},
	"io.k8s.api.core.v1.Event":                                   {"involvedObject", "metadata"},
	"io.k8s.api.core.v1.HTTPHeader":                              {"value"},
	"io.k8s.api.core.v1.ISCSIPersistentVolumeSource":             {"lun"},
	"io.k8s.api.core.v1.ISCSIVolumeSource":                       {"lun"},
	"io.k8s.api.core.v1.LimitRangeSpec":                          {"limits"},
	"io.k8s.api.core.v1.SleepAction":                             {"seconds"},
	"io.k8s.api.core.v1.Sysctl":                                  {"value"},
	"io.k8s.api.discovery.v1.EndpointSlice":                      {"endpoints"},
	"io.k8s.api.events.v1.Event":                                 {"eventTime"},
	"io.k8s.api.networking.v1.NetworkPolicySpec":                 {"podSelector"},
	"io.k8s.api.rbac.v1.RoleRef":                                 {"apiGroup"},
	"io.k8s.api.scheduling.v1.PriorityClass":                     {"value"},
	"io.k8s.api.storage.v1.CSIDriver":                            {"spec"},
	"io.k8s.api.storage.v1.CSINodeSpec":                          {"drivers"},
	"io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionVersion": {"served", "storage"},
}

// strict are fields without which Kubernetes' validation refuses every object, and
// which the published schemas do not require: an older client could leave them
// out.
var strict = map[string][]string{
	"io.k8s.api.core.v1.Container":       {"image"},
	"io.k8s.api.core.v1.PodTemplateSpec": {"spec"},
}

// values are what Kubernetes' validation lets through where the type is not
// marked as an enum.
var values = map[string]map[string][]string{
	"io.k8s.api.rbac.v1.RoleRef": {"apiGroup": {"rbac.authorization.k8s.io"}, "kind": {"ClusterRole", "Role"}},
	"io.k8s.api.rbac.v1.Subject": {"kind": {"Group", "ServiceAccount", "User"}},
}

// enforced gives those of a definition's fields without which the API server refuses
// an object.
func enforced(definition string, required []string) []string {
	out := slices.DeleteFunc(slices.Clone(required), func(name string) bool { return slices.Contains(lenient[definition], name) })
	out = append(out, strict[definition]...)
	slices.Sort(out)
	return slices.Compact(out)
}
