package checks

import (
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var encryptionAtRest = repo.Machines(review.Check{
	ID: "encryption-at-rest", Area: review.Security, Severity: review.Medium, Tags: []review.Tag{review.Secrets},
	Doc: review.Doc{
		Title:  "no encryption of Secrets at rest found",
		What:   "In an audit, looks for the encryption of Secrets in etcd in the files that create clusters (Kubespray, Terraform, Talos, kubeadm, RKE2, k3s). Manifests do not show it: if nothing is found, the result is unknown.",
		Why:    "Anyone who has a backup of etcd, or the disk of a control plane node, can read every Secret.",
		Fix:    "Give the API server an EncryptionConfiguration: `kube_encrypt_secret_data: true` in Kubespray, `--secrets-encryption` in k3s.",
		Verify: "kubectl -n kube-system get pods -l component=kube-apiserver -o yaml | grep encryption-provider-config",
		Waive:  "The cloud provider encrypts with your own key; say which.",
		Effort: "medium",
		Bad:    "kube_encrypt_secret_data: false",
		Good:   "kube_encrypt_secret_data: true",
	},
}, pattern.New(`(?i)kube_encrypt_secret_data["']?\s*[:=]\s*["']?true|encryption-provider-config|EncryptionConfiguration|secretboxEncryptionSecret|secrets-encryption|encryption_config|database_encryption`), pattern.New(`(?im)^\s*kube_encrypt_secret_data["']?\s*[:=]\s*["']?false`),
	"No file by which clusters are made encrypts Secrets in etcd.")
