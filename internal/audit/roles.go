package audit

import (
	"slices"
	"sort"
	"strings"
)

// Role is what a part of a platform is there for.
type Role string

// The roles, in the order in which a reader meets them: from the edge to the core.
const (
	LoadBalancer Role = "load balancer"
	GatewayRole  Role = "gateway"
	DNS          Role = "DNS"
	Certificates Role = "certificates"
	Mesh         Role = "service mesh"
	PodNetwork   Role = "pod network"
	Identity     Role = "identity"
	Console      Role = "web console"
	PolicyRole   Role = "policy"
	SecretsRole  Role = "secrets"
	ScanningRole Role = "scanning"
	MetricsRole  Role = "metrics"
	LogsRole     Role = "logs"
	TracesRole   Role = "traces"
	Collector    Role = "telemetry collector"
	Exporter     Role = "exporter"
	Dashboard    Role = "dashboards"
	StorageRole  Role = "storage"
	Backup       Role = "backup"
	Database     Role = "database"
	Messaging    Role = "messaging"
	Registry     Role = "registry"
	Scaling      Role = "scaling"
	Scheduling   Role = "scheduling"
	Delivery     Role = "delivery"
	Pipelining   Role = "pipelines"
	Upgrading    Role = "upgrades"
	Hardware     Role = "hardware"
	Cloud        Role = "cloud integration"
	Models       Role = "AI workloads"
)

var roleOrder = []Role{LoadBalancer, GatewayRole, DNS, Certificates, Mesh, PodNetwork, Identity, Console, PolicyRole, SecretsRole, ScanningRole, MetricsRole, LogsRole,
	TracesRole, Collector, Exporter, Dashboard, StorageRole, Backup, Database, Messaging, Registry, Scaling, Scheduling, Delivery, Pipelining, Upgrading, Hardware, Cloud, Models}

// known is a well-known project: how it is recognised, what it is for, and where its
// documentation says so.
type known struct {
	charts []string // of releases
	images []string // the last part of a repository, of workloads that no chart brings
	groups []string // API groups of its objects: somebody runs what reads them
	roles  []Role
	source string
	// reads are the roles of whoever reads the objects, where that is less than roles.
	reads []Role
}

// projects are the well-known ones.
var projects = []known{
	{[]string{"metallb"}, []string{"metallb/controller"}, []string{"metallb.io"}, []Role{LoadBalancer}, "https://metallb.io", nil},
	{[]string{"kube-vip"}, []string{"kube-vip"}, nil, []Role{LoadBalancer}, "https://kube-vip.io", nil},
	{[]string{"aws-load-balancer-controller"}, nil, []string{"elbv2.k8s.aws"}, []Role{LoadBalancer}, "https://kubernetes-sigs.github.io/aws-load-balancer-controller", nil},
	{[]string{"gateway-helm", "envoy-gateway"}, nil, []string{"gateway.envoyproxy.io"}, []Role{GatewayRole}, "https://gateway.envoyproxy.io", nil},
	{[]string{"ingress-nginx"}, []string{"ingress-nginx/controller"}, nil, []Role{GatewayRole}, "https://kubernetes.github.io/ingress-nginx", nil},
	{[]string{"traefik"}, []string{"traefik"}, []string{"traefik.io", "traefik.containo.us"}, []Role{GatewayRole}, "https://doc.traefik.io/traefik", nil},
	{[]string{"contour"}, nil, []string{"projectcontour.io"}, []Role{GatewayRole}, "https://projectcontour.io", nil},
	{[]string{"kong"}, nil, []string{"configuration.konghq.com"}, []Role{GatewayRole}, "https://docs.konghq.com/kubernetes-ingress-controller", nil},
	{[]string{"kgateway", "gloo"}, nil, []string{"gateway.kgateway.dev"}, []Role{GatewayRole}, "https://kgateway.dev", nil},
	{[]string{"haproxy-ingress", "kubernetes-ingress"}, nil, nil, []Role{GatewayRole}, "https://haproxy-ingress.github.io", nil},
	{[]string{"cloudflared", "cloudflare-tunnel"}, []string{"cloudflared"}, nil, []Role{GatewayRole}, "https://developers.cloudflare.com/cloudflare-one/connections/connect-networks", nil},
	{[]string{"external-dns"}, []string{"external-dns"}, []string{"externaldns.k8s.io"}, []Role{DNS}, "https://kubernetes-sigs.github.io/external-dns", nil},
	{[]string{"k8s-gateway", "coredns"}, []string{"coredns"}, nil, []Role{DNS}, "https://coredns.io", nil},
	{[]string{"cert-manager"}, nil, []string{"cert-manager.io", "acme.cert-manager.io"}, []Role{Certificates}, "https://cert-manager.io", nil},
	{[]string{"trust-manager"}, nil, []string{"trust.cert-manager.io"}, []Role{Certificates}, "https://cert-manager.io/docs/trust/trust-manager", nil},
	{[]string{"istiod", "ztunnel", "istio-base"}, nil, []string{"networking.istio.io", "security.istio.io", "telemetry.istio.io"}, []Role{Mesh}, "https://istio.io", nil},
	{[]string{"gateway", "istio-gateway"}, nil, nil, []Role{GatewayRole}, "https://istio.io/latest/docs/setup/additional-setup/gateway", nil},
	{[]string{"linkerd-control-plane", "linkerd-crds", "linkerd2"}, nil, []string{"linkerd.io", "policy.linkerd.io"}, []Role{Mesh}, "https://linkerd.io", nil},
	{[]string{"consul"}, nil, []string{"consul.hashicorp.com"}, []Role{Mesh}, "https://developer.hashicorp.com/consul/docs/k8s", nil},
	{[]string{"cilium"}, nil, []string{"cilium.io"}, []Role{PodNetwork}, "https://docs.cilium.io", nil},
	{[]string{"tigera-operator", "calico"}, nil, []string{"projectcalico.org", "crd.projectcalico.org", "operator.tigera.io"}, []Role{PodNetwork}, "https://docs.tigera.io/calico", nil},
	{[]string{"kube-ovn"}, nil, []string{"kubeovn.io"}, []Role{PodNetwork}, "https://kube-ovn.io", nil},
	{[]string{"tailscale-operator"}, nil, []string{"tailscale.com"}, []Role{GatewayRole}, "https://tailscale.com/kb/1236/kubernetes-operator", nil},
	{nil, nil, []string{"route.openshift.io"}, []Role{GatewayRole}, "https://docs.openshift.com/container-platform/latest/networking/routes/route-configuration.html", nil},
	{nil, nil, []string{"nmstate.io"}, []Role{PodNetwork}, "https://nmstate.io/kubernetes-nmstate", nil},
	{[]string{"multus"}, nil, []string{"k8s.cni.cncf.io"}, []Role{PodNetwork}, "https://github.com/k8snetworkplumbingwg/multus-cni", nil},
	{[]string{"keycloak", "keycloakx", "keycloak-operator"}, []string{"keycloak"}, []string{"k8s.keycloak.org"}, []Role{Identity, Console}, "https://www.keycloak.org", nil},
	{[]string{"authentik"}, nil, nil, []Role{Identity, Console}, "https://goauthentik.io", nil},
	{[]string{"dex"}, []string{"dex"}, []string{"dex.coreos.com"}, []Role{Identity}, "https://dexidp.io", nil},
	{[]string{"oauth2-proxy"}, []string{"oauth2-proxy"}, nil, []Role{Identity}, "https://oauth2-proxy.github.io/oauth2-proxy", nil},
	{[]string{"authelia"}, []string{"authelia"}, nil, []Role{Identity}, "https://www.authelia.com", nil},
	{[]string{"rbac-manager"}, nil, []string{"rbacmanager.reactiveops.io"}, []Role{Identity}, "https://rbac-manager.docs.fairwinds.com", nil},
	{[]string{"headlamp"}, nil, nil, []Role{Console}, "https://headlamp.dev", nil},
	{[]string{"kubernetes-dashboard"}, nil, nil, []Role{Console}, "https://kubernetes.io/docs/tasks/access-application-cluster/web-ui-dashboard", nil},
	{[]string{"weave-gitops"}, nil, nil, []Role{Console}, "https://docs.gitops.weaveworks.org", nil},
	{[]string{"kyverno", "kyverno-policies"}, nil, []string{"kyverno.io", "policies.kyverno.io"}, []Role{PolicyRole}, "https://kyverno.io", nil},
	{[]string{"gatekeeper"}, nil, []string{"templates.gatekeeper.sh", "constraints.gatekeeper.sh"}, []Role{PolicyRole}, "https://open-policy-agent.github.io/gatekeeper", nil},
	{[]string{"kubewarden-controller"}, nil, []string{"policies.kubewarden.io"}, []Role{PolicyRole}, "https://www.kubewarden.io", nil},
	{[]string{"policy-controller"}, nil, []string{"policy.sigstore.dev"}, []Role{PolicyRole}, "https://docs.sigstore.dev/policy-controller/overview", nil},
	{[]string{"sealed-secrets"}, nil, []string{"bitnami.com"}, []Role{SecretsRole}, "https://github.com/bitnami-labs/sealed-secrets", nil},
	{[]string{"external-secrets"}, nil, []string{"external-secrets.io"}, []Role{SecretsRole}, "https://external-secrets.io", nil},
	{[]string{"connect", "onepassword-connect"}, nil, []string{"onepassword.com"}, []Role{SecretsRole}, "https://developer.1password.com/docs/connect", nil},
	{[]string{"vault", "openbao"}, []string{"vault"}, []string{"secrets.hashicorp.com"}, []Role{SecretsRole, Console}, "https://developer.hashicorp.com/vault/docs/platform/k8s", nil},
	{[]string{"trivy-operator"}, nil, []string{"aquasecurity.github.io"}, []Role{ScanningRole}, "https://aquasecurity.github.io/trivy-operator", nil},
	{[]string{"falco"}, nil, nil, []Role{ScanningRole}, "https://falco.org", nil},
	{[]string{"kubescape-operator"}, nil, []string{"spdx.softwarecomposition.kubescape.io"}, []Role{ScanningRole}, "https://kubescape.io", nil},
	{[]string{"kube-prometheus-stack", "prometheus-operator"}, nil, []string{"monitoring.coreos.com"}, []Role{MetricsRole, Dashboard, Console}, "https://github.com/prometheus-community/helm-charts/tree/main/charts/kube-prometheus-stack", []Role{MetricsRole}},
	{[]string{"prometheus"}, []string{"prometheus"}, nil, []Role{MetricsRole}, "https://prometheus.io", nil},
	{[]string{"mimir-distributed"}, nil, nil, []Role{MetricsRole}, "https://grafana.com/docs/mimir", nil},
	{[]string{"thanos"}, []string{"thanos"}, nil, []Role{MetricsRole}, "https://thanos.io", nil},
	{[]string{"victoria-metrics-k8s-stack", "victoria-metrics-single", "victoria-metrics-cluster", "victoria-metrics-operator"}, nil, []string{"operator.victoriametrics.com"}, []Role{MetricsRole}, "https://docs.victoriametrics.com", nil},
	{[]string{"metrics-server"}, []string{"metrics-server"}, nil, []Role{MetricsRole}, "https://github.com/kubernetes-sigs/metrics-server", nil},
	{[]string{"alertmanager"}, nil, nil, []Role{MetricsRole}, "https://prometheus.io/docs/alerting/latest/alertmanager", nil},
	{[]string{"kube-state-metrics", "prometheus-node-exporter", "prometheus-blackbox-exporter", "prometheus-smartctl-exporter", "prometheus-snmp-exporter", "drm-exporter"}, []string{"kube-state-metrics", "node-exporter"}, nil, []Role{Exporter}, "https://prometheus.io/docs/instrumenting/exporters", nil},
	{[]string{"silence-operator"}, nil, []string{"observability.giantswarm.io"}, []Role{MetricsRole}, "https://github.com/giantswarm/silence-operator", nil},
	{[]string{"grafana", "grafana-operator"}, nil, []string{"grafana.integreatly.org"}, []Role{Dashboard, Console}, "https://grafana.com/docs/grafana", nil},
	{[]string{"loki", "loki-stack"}, []string{"loki"}, []string{"loki.grafana.com"}, []Role{LogsRole}, "https://grafana.com/docs/loki", nil},
	{[]string{"victoria-logs-single", "victoria-logs-cluster"}, nil, nil, []Role{LogsRole}, "https://docs.victoriametrics.com/victorialogs", nil},
	{[]string{"elasticsearch", "eck-operator", "opensearch"}, nil, []string{"elasticsearch.k8s.elastic.co"}, []Role{LogsRole}, "https://www.elastic.co/docs/deploy-manage/deploy/cloud-on-k8s", nil},
	{[]string{"fluent-bit", "fluentd", "logging-operator", "vector", "promtail", "victoria-logs-collector"}, nil, []string{"fluentbit.fluent.io", "logging.banzaicloud.io", "logging.openshift.io"}, []Role{Collector, LogsRole}, "https://docs.fluentbit.io", nil},
	{[]string{"tempo", "tempo-distributed"}, nil, []string{"tempo.grafana.com"}, []Role{TracesRole}, "https://grafana.com/docs/tempo", nil},
	{[]string{"jaeger", "jaeger-operator"}, nil, []string{"jaegertracing.io"}, []Role{TracesRole}, "https://www.jaegertracing.io", nil},
	{[]string{"opentelemetry-kube-stack", "opentelemetry-operator", "opentelemetry-collector"}, nil, []string{"opentelemetry.io"}, []Role{Collector}, "https://opentelemetry.io/docs/platforms/kubernetes", nil},
	{[]string{"alloy", "grafana-agent", "k8s-monitoring"}, nil, nil, []Role{Collector}, "https://grafana.com/docs/alloy", nil},
	{[]string{"longhorn"}, nil, []string{"longhorn.io"}, []Role{StorageRole}, "https://longhorn.io", nil},
	{[]string{"rook-ceph", "rook-ceph-cluster", "ceph-csi-drivers", "ceph-csi-rbd", "ceph-csi-cephfs"}, nil, []string{"ceph.rook.io", "csi.ceph.io"}, []Role{StorageRole}, "https://rook.io", nil},
	{[]string{"openebs"}, nil, []string{"openebs.io"}, []Role{StorageRole}, "https://openebs.io", nil},
	{[]string{"vsphere-csi", "vsphere-csi-driver"}, nil, nil, []Role{StorageRole}, "https://docs.vmware.com/en/VMware-vSphere-Container-Storage-Plug-in", nil},
	{[]string{"openstack-cinder-csi"}, nil, nil, []Role{StorageRole}, "https://github.com/kubernetes/cloud-provider-openstack/tree/master/docs/cinder-csi-plugin", nil},
	{[]string{"aws-ebs-csi-driver", "aws-efs-csi-driver"}, nil, nil, []Role{StorageRole}, "https://github.com/kubernetes-sigs/aws-ebs-csi-driver", nil},
	{[]string{"csi-driver-nfs", "csi-driver-smb", "democratic-csi", "nfs-subdir-external-provisioner", "local-path-provisioner"}, nil, nil, []Role{StorageRole}, "https://kubernetes-csi.github.io/docs/drivers.html", nil},
	{[]string{"miroir"}, nil, []string{"miroir.home-operations.com"}, []Role{StorageRole}, "https://github.com/home-operations/miroir", nil},
	{nil, nil, []string{"ocs.openshift.io", "odf.openshift.io", "noobaa.io", "objectbucket.io"}, []Role{StorageRole}, "https://docs.redhat.com/en/documentation/red_hat_openshift_data_foundation", nil},
	{[]string{"snapshot-controller"}, []string{"snapshot-controller"}, []string{"snapshot.storage.k8s.io"}, []Role{StorageRole}, "https://github.com/kubernetes-csi/external-snapshotter", nil},
	{[]string{"minio"}, nil, []string{"minio.min.io"}, []Role{StorageRole}, "https://min.io/docs/minio/kubernetes/upstream", nil},
	{[]string{"velero"}, nil, []string{"velero.io"}, []Role{Backup}, "https://velero.io", nil},
	{[]string{"volsync"}, nil, []string{"volsync.backube"}, []Role{Backup}, "https://volsync.readthedocs.io", nil},
	{[]string{"kopiur"}, []string{"kopia"}, []string{"kopiur.home-operations.com"}, []Role{Backup}, "https://github.com/home-operations/kopiur", nil},
	{[]string{"plugin-barman-cloud"}, nil, []string{"barmancloud.cnpg.io"}, []Role{Backup}, "https://cloudnative-pg.io/plugin-barman-cloud", nil},
	{[]string{"k8up"}, nil, []string{"k8up.io"}, []Role{Backup}, "https://k8up.io", nil},
	{[]string{"k10"}, nil, nil, []Role{Backup}, "https://docs.kasten.io", nil},
	{[]string{"postgres-operator"}, nil, []string{"acid.zalan.do"}, []Role{Database}, "https://postgres-operator.readthedocs.io", nil},
	{[]string{"cloudnative-pg"}, nil, []string{"postgresql.cnpg.io"}, []Role{Database}, "https://cloudnative-pg.io", nil},
	{[]string{"pgo", "postgresql", "mariadb", "mysql", "mongodb", "redis", "dragonfly-operator", "valkey"}, nil, []string{"postgres-operator.crunchydata.com", "dragonflydb.io"}, []Role{Database}, "https://access.crunchydata.com/documentation/postgres-operator", nil},
	{[]string{"clickhouse", "altinity-clickhouse-operator"}, nil, []string{"clickhouse.altinity.com"}, []Role{Database}, "https://docs.altinity.com/altinitykubernetesoperator", nil},
	{[]string{"strimzi-kafka-operator", "kafka"}, nil, []string{"kafka.strimzi.io"}, []Role{Messaging}, "https://strimzi.io", nil},
	{[]string{"rabbitmq", "rabbitmq-cluster-operator", "nats"}, nil, []string{"rabbitmq.com"}, []Role{Messaging}, "https://www.rabbitmq.com/kubernetes/operator/operator-overview", nil},
	{[]string{"harbor"}, nil, nil, []Role{Registry, Console}, "https://goharbor.io", nil},
	{[]string{"zot", "docker-registry", "spegel"}, nil, nil, []Role{Registry}, "https://zotregistry.dev", nil},
	{[]string{"keda"}, nil, []string{"keda.sh"}, []Role{Scaling}, "https://keda.sh", nil},
	{[]string{"cluster-autoscaler", "karpenter"}, nil, []string{"karpenter.sh"}, []Role{Scaling}, "https://karpenter.sh", nil},
	{[]string{"vpa", "vertical-pod-autoscaler", "goldilocks"}, nil, []string{"autoscaling.k8s.io"}, []Role{Scaling}, "https://github.com/kubernetes/autoscaler/tree/master/vertical-pod-autoscaler", nil},
	{[]string{"prometheus-adapter"}, nil, nil, []Role{Scaling}, "https://github.com/kubernetes-sigs/prometheus-adapter", nil},
	{[]string{"descheduler"}, []string{"descheduler"}, nil, []Role{Scheduling}, "https://sigs.k8s.io/descheduler", nil},
	{[]string{"node-feature-discovery"}, nil, []string{"nfd.k8s-sigs.io", "nfd.openshift.io"}, []Role{Hardware}, "https://kubernetes-sigs.github.io/node-feature-discovery", nil},
	{[]string{"intel-device-plugins-operator", "intel-device-plugins-gpu", "intel-gpu-resource-driver-chart"}, nil, []string{"deviceplugin.intel.com"}, []Role{Hardware}, "https://intel.github.io/intel-device-plugins-for-kubernetes", nil},
	{[]string{"k8s-gpu-dra-driver"}, []string{"generic-device-plugin"}, nil, []Role{Hardware}, "https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation", nil},
	{[]string{"gha-runner-scale-set-controller", "gha-runner-scale-set", "gitlab-runner", "forgejo-runner"}, nil, []string{"actions.github.com"}, []Role{Pipelining}, "https://docs.github.com/en/actions/concepts/runners/actions-runner-controller", nil},
	{[]string{"argo-workflows", "argo-events"}, nil, nil, []Role{Pipelining}, "https://argo-workflows.readthedocs.io", nil},
	{nil, nil, []string{"tekton.dev", "operator.tekton.dev"}, []Role{Pipelining}, "https://tekton.dev", nil},
	{[]string{"tuppr"}, nil, []string{"tuppr.home-operations.com"}, []Role{Upgrading}, "https://github.com/home-operations/tuppr", nil},
	{[]string{"system-upgrade-controller"}, []string{"system-upgrade-controller"}, []string{"upgrade.cattle.io"}, []Role{Upgrading}, "https://github.com/rancher/system-upgrade-controller", nil},
	{[]string{"renovate", "renovate-operator"}, []string{"renovate"}, []string{"renovate-operator.mogenius.com"}, []Role{Upgrading}, "https://docs.renovatebot.com", nil},
	{[]string{"reloader"}, []string{"reloader"}, nil, []Role{Delivery}, "https://docs.stakater.com/reloader", nil},
	{[]string{"flagger"}, nil, []string{"flagger.app"}, []Role{Delivery}, "https://flagger.app", nil},
	{[]string{"argo-rollouts"}, nil, []string{"argoproj.io"}, []Role{Delivery}, "https://argoproj.github.io/rollouts", nil},
	{[]string{"argo-cd"}, nil, nil, []Role{Delivery, Console}, "https://argo-cd.readthedocs.io", nil},
	{[]string{"flux2", "flux-operator", "flux-instance"}, nil, []string{"fluxcd.controlplane.io"}, []Role{Delivery}, "https://fluxcd.io", nil},
	{[]string{"openstack-cloud-controller-manager", "vsphere-cpi", "hcloud-cloud-controller-manager"}, nil, nil, []Role{Cloud}, "https://kubernetes.io/docs/concepts/architecture/cloud-controller", nil},
	{[]string{"gpu-operator", "nvidia-device-plugin", "kueue", "kserve", "kuberay-operator", "ollama", "vllm", "litellm-operator", "llmkube"}, nil, []string{"nvidia.com", "kueue.x-k8s.io", "kueue.openshift.io", "litellm.home-operations.com", "inference.llmkube.dev", "serving.kserve.io", "ray.io"}, []Role{Models}, "https://docs.nvidia.com/datacenter/cloud-native/gpu-operator", nil},
}

// genericCharts are those that run whatever image their values name: the image tells
// what a release is for (https://bjw-s-labs.github.io/helm-charts/docs/app-template).
var genericCharts = []string{"app-template", "common"}

// rolesOfChart are the roles of a release of a chart; nil for one that is not known.
func rolesOfChart(chart string) []Role {
	for _, p := range projects {
		if slices.Contains(p.charts, chart) {
			return p.roles
		}
	}
	return nil
}

// projectOfGroup is the index of the project that reads the objects of an API group;
// -1 for none that is known.
func projectOfGroup(group string) int {
	return slices.IndexFunc(projects, func(p known) bool {
		return slices.ContainsFunc(p.groups, func(g string) bool { return group == g || strings.HasSuffix(group, "."+g) })
	})
}

// rolesOfImage are the roles of a workload by its image, without registry, tag and
// digest.
func rolesOfImage(image string) []Role {
	repository, _, _ := strings.Cut(image, "@")
	if i := strings.LastIndexByte(repository, ':'); i > strings.LastIndexByte(repository, '/') {
		repository = repository[:i]
	}
	for _, p := range projects {
		if slices.ContainsFunc(p.images, func(name string) bool { return repository == name || strings.HasSuffix(repository, "/"+name) }) {
			return p.roles
		}
	}
	return nil
}

func sortRoles(list []Role) {
	sort.SliceStable(list, func(i, j int) bool { return slices.Index(roleOrder, list[i]) < slices.Index(roleOrder, list[j]) })
}
