package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var auditLoggingMissing = repo.Machines(review.Check{
	ID: "audit-logging-missing", Area: review.Security, Severity: review.Medium, Tags: []review.Tag{review.Logs},
	Doc: review.Doc{
		Title:  "no audit log found",
		What:   "In an audit, looks for the API server's audit log in the files that create clusters (Kubespray, Terraform, Talos, kubeadm, RKE2, k3s). Manifests do not show it: if nothing is found, the result is unknown.",
		Why:    "After a break-in there is no record of who did what, and when.",
		Fix:    "Set an audit policy and send the log to another machine: `kubernetes_audit: true` in Kubespray, `audit-policy-file` in kubeadm.",
		Verify: "kubectl -n kube-system get pods -l component=kube-apiserver -o yaml | grep audit-",
		Waive:  "The cloud provider keeps the log; say where it can be read.",
		Effort: "medium",
		Bad:    "kubernetes_audit: false",
		Good:   "kubernetes_audit: true",
	},
}, pattern.New(`(?i)kubernetes_audit["']?\s*[:=]\s*["']?true|audit-policy-file|auditPolicy|audit-log-path|enabled_cluster_log_types|cluster_enabled_log_types|machine\.talos|talosconfig`), pattern.New(`(?im)^\s*kubernetes_audit["']?\s*[:=]\s*["']?false`),
	"No file by which clusters are made turns the API server's audit log on.")
