package main

// releases of Kubernetes, oldest first: the newest patch of each that Go's proxy
// serves whole. Enums are in the types of k8s.io/api, v0 of the same numbers.
var releases = []release{
	{"1.29", "v1.29.6", "v0.29.6"},
	{"1.30", "v1.30.14", "v0.30.14"},
	{"1.31", "v1.31.14", "v0.31.14"},
	{"1.32", "v1.32.13", "v0.32.13"},
	{"1.33", "v1.33.13", "v0.33.13"},
	{"1.34", "v1.34.4", "v0.34.4"},
	{"1.35", "v1.35.4", "v0.35.4"},
	{"1.36", "v1.36.3", "v0.36.3"},
}

type release struct{ name, kubernetes, api string }

// source is where a project's CustomResourceDefinitions are.
type source struct {
	project, release string // as people know them
	module, version  string
	files            []string // glob patterns within the module
}

const fluxOperator = "github.com/controlplaneio-fluxcd/flux-operator"

var sources = append(flux("2.2.3", "2.3.0", "2.4.0", "2.5.1", "2.6.4", "2.7.5", "2.8.8", "2.9.3"), []source{
	{"Gateway API", "1.2.1 (experimental)", "sigs.k8s.io/gateway-api", "v1.2.1", []string{"config/crd/experimental/gateway.networking.*.yaml"}},
	{"Gateway API", "1.2.1", "sigs.k8s.io/gateway-api", "v1.2.1", []string{"config/crd/standard/gateway.networking.*.yaml"}},
	{"Gateway API", "1.6.3 (experimental)", "sigs.k8s.io/gateway-api", "v1.6.3", []string{"config/crd/experimental/gateway.networking.*.yaml"}},
	{"Gateway API", "1.6.3", "sigs.k8s.io/gateway-api", "v1.6.3", []string{"config/crd/standard/gateway.networking.*.yaml"}},
	{"cert-manager", "1.16.1", "github.com/cert-manager/cert-manager", "v1.16.1", []string{"deploy/crds/*.yaml"}},
	{"cert-manager", "1.21.2", "github.com/cert-manager/cert-manager", "v1.21.2", []string{"deploy/crds/*.yaml"}},
	{"prometheus-operator", "0.85.0", "github.com/prometheus-operator/prometheus-operator", "v0.85.0", []string{"example/prometheus-operator-crd-full/*.yaml"}},
	{"Kyverno", "1.19.1", "github.com/kyverno/kyverno", "v1.19.1", []string{"config/crds/kyverno/*.yaml", "config/crds/policies.kyverno.io/*.yaml"}},
	{"Istio", "1.24.0", "istio.io/api", "v1.24.0", []string{"kubernetes/customresourcedefinitions.gen.yaml"}},
	{"Istio", "1.31.1", "istio.io/api", "v1.31.1", []string{"kubernetes/customresourcedefinitions.gen.yaml"}},
	{"External Secrets", "0.10.7", "github.com/external-secrets/external-secrets", "v0.10.7", []string{"config/crds/bases/*external-secrets.io_*.yaml"}},
	{"External Secrets", "1.3.2", "github.com/external-secrets/external-secrets", "v1.3.2", []string{"config/crds/bases/*external-secrets.io_*.yaml"}},
	{"KEDA", "2.21.0", "github.com/kedacore/keda/v2", "v2.21.0", []string{"config/crd/bases/*.yaml"}},
	{"Velero", "1.18.3", "github.com/vmware-tanzu/velero", "v1.18.3", []string{"config/crd/v1/bases/*.yaml", "config/crd/v2alpha1/bases/*.yaml"}},
	{"MetalLB", "0.16.2", "go.universe.tf/metallb", "v0.16.2", []string{"config/crd/bases/*.yaml"}},
	{"external-snapshotter", "8.7.0", "github.com/kubernetes-csi/external-snapshotter/client/v8", "v8.7.0", []string{"config/crd/*.yaml"}},
	{"Argo CD", "3.1.0", "github.com/argoproj/argo-cd/v3", "v3.1.0", []string{"manifests/crds/*-crd.yaml"}},
	{"external-dns", "0.19.0", "sigs.k8s.io/external-dns", "v0.19.0", []string{"config/crd/standard/*.yaml"}},
	{"Operator Lifecycle Manager", "0.30.0", "github.com/operator-framework/api", "v0.30.0", []string{"crds/*.yaml"}},
	{"Sealed Secrets", "0.40.0", "github.com/bitnami-labs/sealed-secrets", "v0.40.0", []string{"helm/sealed-secrets/crds/*.yaml"}},
}...)

// flux are Flux's releases, which flux-operator carries.
func flux(releases ...string) (out []source) {
	for _, r := range releases {
		out = append(out, source{"Flux", r, fluxOperator, "v0.57.0", []string{"config/data/flux/v" + r + "/*-controller.yaml"}})
	}
	return out
}
