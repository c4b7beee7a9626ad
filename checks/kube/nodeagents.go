package kube

import (
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// NodeAgent matches the names of programs that work on the node itself and so
// need its namespaces, paths or devices: storage and network drivers, metrics
// and log collectors, device plugins, node upgrades.
var NodeAgent = pattern.New(`(?i)(^|[-_/.:])(csi|csi-[a-z-]+|[a-z-]*-csi|metallb|speaker|node-exporter|nodeexporter|longhorn|calico|tigera|felix|cilium|hubble|kube-proxy|kube-router|flannel|multus|weave|antrea|ovn|ovs|kube-vip|aws-node|istio-cni|ztunnel|promtail|alloy|fluent-?bit|fluentd|vector|filebeat|otel-collector|opentelemetry-collector|datadog|grafana-agent|node-problem-detector|node-local-dns|nodelocaldns|kured|spegel|openebs|rook|ceph|democratic|zfs|lvm|nvidia|gpu|device-plugin|node-feature-discovery|nfd|smartctl|falco|tetragon|system-upgrade|node-agent|velero-node|smarter-device|intel-gpu|tuned|machine-config|kubevirt|virt-handler|nfs-server|talos|etcd|cloud-controller-manager)($|[-_/.:@0-9])`)

// isNodeAgent reports whether a workload is known to need access to its node.
func isNodeAgent(o *model.Object) bool {
	if NodeAgent.MatchString(o.ID.Name) || NodeAgent.MatchString(o.ID.Namespace) {
		return true
	}
	for _, c := range review.ContainersOf(o) {
		if NodeAgent.MatchString(review.Text(c.Fields, "image")) {
			return true
		}
	}
	return false
}

// AgentSeverity is the severity of a finding, which for a node agent is information.
func AgentSeverity(o *model.Object, s review.Severity) review.Severity {
	if isNodeAgent(o) {
		return review.Info
	}
	return s
}
