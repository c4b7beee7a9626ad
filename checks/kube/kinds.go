// Package kube is what several checks know of Kubernetes and its usual
// extensions: kinds, pods and images, who selects whom, who limits whom. It
// reports nothing and reads no file.
package kube

// API groups.
const (
	GatewayGroup     = "gateway.networking.k8s.io"
	IstioGroup       = "networking.istio.io"
	IstioPolicyGroup = "security.istio.io"
	CertManagerGroup = "cert-manager.io"
	RBACGroup        = "rbac.authorization.k8s.io"
)

// Kinds of Kubernetes itself, as in GroupKind: those of its core group have no group.
const (
	ConfigMap             = "ConfigMap"
	LimitRange            = "LimitRange"
	Namespace             = "Namespace"
	PersistentVolumeClaim = "PersistentVolumeClaim"
	ResourceQuota         = "ResourceQuota"
	Secret                = "Secret"
	Service               = "Service"
	ServiceAccount        = "ServiceAccount"

	DaemonSet   = "DaemonSet.apps"
	Deployment  = "Deployment.apps"
	ReplicaSet  = "ReplicaSet.apps"
	StatefulSet = "StatefulSet.apps"
	CronJob     = "CronJob.batch"
	Job         = "Job.batch"

	ClusterRoleBinding       = "ClusterRoleBinding." + RBACGroup
	CustomResourceDefinition = "CustomResourceDefinition.apiextensions.k8s.io"
	HorizontalPodAutoscaler  = "HorizontalPodAutoscaler.autoscaling"
	Ingress                  = "Ingress.networking.k8s.io"
	IngressClass             = "IngressClass.networking.k8s.io"
	NetworkPolicy            = "NetworkPolicy.networking.k8s.io"
	PodDisruptionBudget      = "PodDisruptionBudget.policy"
	PriorityClass            = "PriorityClass.scheduling.k8s.io"
	RoleBinding              = "RoleBinding." + RBACGroup
	RuntimeClass             = "RuntimeClass.node.k8s.io"
	StorageClass             = "StorageClass.storage.k8s.io"

	AdminNetworkPolicy         = "AdminNetworkPolicy.policy.networking.k8s.io"
	BaselineAdminNetworkPolicy = "BaselineAdminNetworkPolicy.policy.networking.k8s.io"
	ClusterNetworkPolicy       = "ClusterNetworkPolicy.policy.networking.k8s.io"
	Gateway                    = "Gateway." + GatewayGroup
	GRPCRoute                  = "GRPCRoute." + GatewayGroup
	HTTPRoute                  = "HTTPRoute." + GatewayGroup
)

// Kinds of what is usually added to a cluster, as in GroupKind.
const (
	Application      = "Application.argoproj.io"
	ApplicationSet   = "ApplicationSet.argoproj.io"
	AppProject       = "AppProject.argoproj.io"
	Rollout          = "Rollout.argoproj.io"
	DeploymentConfig = "DeploymentConfig.apps.openshift.io"
	ScaledObject     = "ScaledObject.keda.sh"

	AuthorizationPolicy   = "AuthorizationPolicy." + IstioPolicyGroup
	PeerAuthentication    = "PeerAuthentication." + IstioPolicyGroup
	RequestAuthentication = "RequestAuthentication." + IstioPolicyGroup
	EnvoyFilter           = "EnvoyFilter." + IstioGroup
	IstioGateway          = "Gateway." + IstioGroup
	IstioTelemetry        = "Telemetry.telemetry.istio.io"
	KgatewayTrafficPolicy = "TrafficPolicy.gateway.kgateway.dev"

	CalicoGlobalNetworkPolicy      = "GlobalNetworkPolicy.projectcalico.org"
	CalicoGlobalNetworkPolicyCRD   = "GlobalNetworkPolicy.crd.projectcalico.org"
	CiliumClusterwideNetworkPolicy = "CiliumClusterwideNetworkPolicy.cilium.io"
	CiliumNetworkPolicy            = "CiliumNetworkPolicy.cilium.io"
	KyvernoClusterPolicy           = "ClusterPolicy.kyverno.io"
	KyvernoPolicy                  = "Policy.kyverno.io"
	KyvernoImageValidatingPolicy   = "ImageValidatingPolicy.policies.kyverno.io"

	Certificate    = "Certificate." + CertManagerGroup
	ClusterIssuer  = "ClusterIssuer." + CertManagerGroup
	Issuer         = "Issuer." + CertManagerGroup
	ExternalSecret = "ExternalSecret.external-secrets.io"
	SealedSecret   = "SealedSecret.bitnami.com"

	Instrumentation = "Instrumentation.opentelemetry.io"
	PodMonitor      = "PodMonitor.monitoring.coreos.com"
	PrometheusRule  = "PrometheusRule.monitoring.coreos.com"
	ServiceMonitor  = "ServiceMonitor.monitoring.coreos.com"
	VMRule          = "VMRule.operator.victoriametrics.com"
)
