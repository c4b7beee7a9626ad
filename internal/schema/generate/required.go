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

// enforced gives those of a definition's required fields without which the API
// server refuses an object.
func enforced(definition string, required []string) []string {
	return slices.DeleteFunc(slices.Clone(required), func(name string) bool { return slices.Contains(lenient[definition], name) })
}
