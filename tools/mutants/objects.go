package main

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// object plants into an object, by its kind.
func (d *document) object(kind string) {
	group, _, _ := strings.Cut(at(d.root, "apiVersion").Value, "/")
	switch {
	case kind == "Kustomization" && group == "kustomize.config.k8s.io":
		d.kustomization()
		return
	case strings.HasSuffix(group, ".toolkit.fluxcd.io"):
		d.flux(kind)
	case workloadKinds[kind]:
		d.workload(kind)
	default:
		d.other(kind)
	}
	d.harmless()
	d.slipped()
	d.slips()
}

// other plants into what is neither a workload nor Flux's.
func (d *document) other(kind string) {
	spec := at(d.root, "spec")
	switch kind {
	case "Service":
		if n := at(spec, "type"); n != nil && n.Value == "ClusterIP" {
			d.set("service exposed", "service-exposed", n, "LoadBalancer")
		} else if ports := key(spec, "ports"); n == nil && ports != nil {
			d.insert("service exposed", "service-exposed", ports, "type: NodePort")
		}
		if m := at(spec, "selector"); m != nil && len(m.Content) > 1 {
			d.gone("Service loses its pods", "dangling-service|selector-changed", m.Content[1])
		}
	case "Role", "ClusterRole":
		if rules := at(d.root, "rules"); rules != nil && len(rules.Content) > 0 {
			d.list("wildcard verbs", "rbac-wildcard", rules.Content[0], "verbs")
		}
	case "ClusterRoleBinding":
		d.set("bound to cluster-admin", "rbac-cluster-admin|immutable-field-change", at(d.root, "roleRef", "name"), "cluster-admin")
	case "PodDisruptionBudget":
		if n := at(spec, "minAvailable"); n != nil {
			d.set("PDB blocks drains", "pdb-blocks-drain", n, "100%")
		} else {
			d.set("PDB blocks drains", "pdb-blocks-drain", at(spec, "maxUnavailable"), "0")
		}
	case "HorizontalPodAutoscaler":
		d.gone("HPA without target", "dangling-hpa-target", at(spec, "scaleTargetRef", "name"))
	case "PersistentVolumeClaim":
		d.set("claim shrunk", "pvc-shrunk", at(spec, "resources", "requests", "storage"), "1Ki")
	case "StorageClass":
		d.gone("immutable field", "immutable-field-change", at(d.root, "provisioner"))
	case "PeerAuthentication":
		d.set("mTLS made permissive", "mesh-mtls-not-strict", at(spec, "mtls", "mode"), "PERMISSIVE")
	case "CustomResourceDefinition":
		if n := at(spec, "scope"); n != nil {
			d.set("CRD scope changed", "crd-scope-changed", n, map[string]string{"Namespaced": "Cluster", "Cluster": "Namespaced"}[n.Value])
		}
	case "Namespace":
		d.set("Pod Security weakened", "pss-enforce-weakened", at(d.root, "metadata", "labels", "pod-security.kubernetes.io/enforce"), "privileged")
	case "Certificate":
		d.gone("issuer that nobody creates", "issuer-ref-missing", at(spec, "issuerRef", "name"))
	case "HTTPRoute", "TLSRoute", "TCPRoute", "GRPCRoute":
		d.gone("route without gateway", "parentref-missing", at(spec, "parentRefs", "name"))
		d.gone("route without backend", "backendref-missing", at(spec, "rules", "backendRefs", "name"))
	case "Ingress":
		d.gone("route without backend", "backendref-missing", at(spec, "rules", "http", "paths", "backend", "service", "name"))
	case "Secret":
		d.decrypted()
	}
}

// flux plants into Flux's own objects.
func (d *document) flux(kind string) {
	spec := at(d.root, "spec")
	if i := key(spec, "interval"); i != nil {
		d.insert("reconciliation suspended", "reconciliation-suspended", i, "suspend: true")
	}
	d.gone("dependsOn that nobody defines", "flux-dependson-missing-target", at(spec, "dependsOn", "name"))
	switch kind {
	case "HelmRelease":
		d.set("floating chart version", "helm-chart-version-unpinned", at(spec, "chart", "spec", "version"), `">=1.0.0"`)
		d.gone("chart source that nobody creates", "helm-source-missing", at(spec, "chart", "spec", "sourceRef", "name"))
		d.gone("chart source that nobody creates", "helm-source-missing", at(spec, "chartRef", "name"))
		if from := at(spec, "valuesFrom"); from != nil && at(from, "optional") == nil {
			d.gone("values that nobody creates", "helm-values-secret-unmatched", at(from, "name"))
			d.gone("values key that is not there", "helm-values-key-mismatch", at(from, "valuesKey"))
		}
		if k := key(spec, "values"); k != nil {
			d.values(at(spec, "values"), k.Line)
		}
	case "Kustomization":
		if n := at(spec, "prune"); n != nil && n.Value == "true" {
			d.set("prune turned off", "prune-changed", n, "false")
		}
		d.gone("path that is not there", "flux-path-missing|render-failed", at(spec, "path"))
		d.gone("health check of nothing", "flux-healthcheck-target-missing", at(spec, "healthChecks", "name"))
	case "GitRepository":
		if n := at(spec, "ref", "tag"); n != nil {
			d.line("branch instead of a tag", "source-ref-mutable", n.Line, "tag: ", "branch: ", n.Value, "main")
		}
	case "OCIRepository":
		if n := at(spec, "ref", "tag"); n != nil {
			d.set("moving OCI tag", "source-ref-mutable", n, "latest")
			d.line("OCI version range", "source-ref-mutable", n.Line, "tag: ", "semver: ", n.Value, `"*"`)
		}
	}
}

// decrypted writes a SOPS file without its encryption.
func (d *document) decrypted() {
	sops := key(d.root, "sops")
	if sops == nil || len(d.root.Content) == 0 || d.root.Content[0].Line > 3 {
		return
	}
	lines := append([]string{}, d.lines[:sops.Line-1]...)
	first := 0
	for i, l := range lines {
		before, _, encrypted := strings.Cut(l, "ENC[")
		if !encrypted {
			continue
		}
		lines[i] = before + "hunter2-plain"
		if first == 0 {
			first = i + 1
		}
	}
	if first > 0 {
		d.add(mutant{kind: "SOPS file decrypted", check: "sops-decrypted|plaintext-secret", from: 0, to: d.endOf(sops), at: first, anywhere: true, lines: lines})
	}
}

// harmless plants what must be silent.
func (d *document) harmless() {
	n := d.root.Content[0]
	d.add(mutant{kind: "", from: n.Line - 1, to: n.Line - 1, lines: []string{"# a comment"}})
	if name := at(d.root, "metadata", "name"); name != nil && name.Style == 0 {
		d.set("", "", name, `"`+name.Value+`"`)
	}
	if labels := at(d.root, "metadata", "labels"); labels != nil && labels.Kind == yaml.MappingNode && len(labels.Content) > 1 {
		d.insert("", "", labels.Content[0], "example.org/reviewed: yes-it-is")
	}
}

// slipped shifts a line to where YAML no longer reads.
func (d *document) slipped() {
	spec := at(d.root, "spec")
	if spec == nil || spec.Kind != yaml.MappingNode || spec.Style == yaml.FlowStyle {
		return
	}
	for i := 2; i+1 < len(spec.Content); i += 2 {
		k := spec.Content[i]
		l := d.lines[k.Line-1]
		for _, shifted := range []string{" " + l, strings.TrimPrefix(l, " ")} {
			edited := strings.Join(d.lines[:k.Line-1], "\n") + "\n" + shifted + "\n" + strings.Join(d.lines[k.Line:], "\n")
			if shifted != l && !reads(edited) {
				d.add(mutant{kind: "indentation", check: "render-failed", from: k.Line - 1, to: k.Line, at: k.Line, lines: []string{shifted}, near: true})
			}
		}
	}
}

func reads(content string) bool {
	decoder := yaml.NewDecoder(strings.NewReader(content))
	for {
		var n yaml.Node
		switch err := decoder.Decode(&n); {
		case err == nil:
		case err.Error() == "EOF":
			return true
		default:
			return false
		}
	}
}
