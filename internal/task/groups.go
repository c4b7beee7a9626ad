package task

// ArgoGroup is the API group of Argo CD's objects; any version of it counts.
const ArgoGroup = "argoproj.io"

// API groups of the objects that Flux acts on; any version of them counts.
const (
	KustomizeGroup = "kustomize.toolkit.fluxcd.io"
	HelmGroup      = "helm.toolkit.fluxcd.io"
	SourceGroup    = "source.toolkit.fluxcd.io"
	GeneratorGroup = "source.extensions.fluxcd.io"
	InstanceGroup  = "fluxcd.controlplane.io"
)
