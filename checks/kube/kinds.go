// Package kube is what several checks know of Kubernetes and its usual
// extensions: kinds, pods and images, who selects whom, who limits whom. It
// reports nothing and reads no file.
package kube

const (
	GatewayGroup = "gateway.networking.k8s.io"
	Ingress      = "Ingress.networking.k8s.io"
)

const CertManagerGroup = "cert-manager.io"

const RBACGroup = "rbac.authorization.k8s.io"

const (
	Gateway      = "Gateway." + GatewayGroup
	IstioGateway = "Gateway.networking.istio.io"
	EnvoyFilter  = "EnvoyFilter.networking.istio.io"
)

const (
	PodDisruptionBudget     = "PodDisruptionBudget.policy"
	HorizontalPodAutoscaler = "HorizontalPodAutoscaler.autoscaling"
)

const PrometheusRule = "PrometheusRule.monitoring.coreos.com"

const Application = "Application.argoproj.io"
