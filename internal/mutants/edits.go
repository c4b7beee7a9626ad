package main

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// document is one object in a file, with the file's lines.
type document struct {
	file  string
	lines []string
	root  *yaml.Node
	out   *[]mutant
}

// edits lists the edits that a file's objects allow.
func edits(file, content string) []mutant {
	var out []mutant
	d := yaml.NewDecoder(strings.NewReader(content))
	for {
		var doc yaml.Node
		if d.Decode(&doc) != nil {
			return out
		}
		if len(doc.Content) == 1 && doc.Content[0].Kind == yaml.MappingNode {
			(&document{file, strings.Split(content, "\n"), doc.Content[0], &out}).all()
		}
	}
}

func (d *document) all() {
	if get(d.root, "apiVersion") == nil || get(d.root, "kind") == nil {
		return
	}
	kind := get(d.root, "kind").Value
	spec := get(d.root, "spec")
	switch kind {
	case "Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job":
		template := get(get(spec, "template"), "spec")
		if kind == "CronJob" {
			template = get(get(get(get(spec, "jobTemplate"), "spec"), "template"), "spec")
		}
		if get(template, "containers") != nil && get(get(d.root, "metadata"), "name") != nil {
			d.pod(template, kind)
		}
		d.set("replicas to zero", "replicas-zero", get(spec, "replicas"), "0")
		if m := get(get(spec, "selector"), "matchLabels"); kind == "Deployment" && m != nil && len(m.Content) > 1 {
			d.set("selector changed", "immutable-field-change", m.Content[1], m.Content[1].Value+"-x")
		}
	case "Service":
		if n := get(spec, "type"); n != nil && n.Value == "ClusterIP" {
			d.set("service exposed", "service-exposed", n, "LoadBalancer")
		} else if ports := key(spec, "ports"); n == nil && ports != nil {
			d.insert("service exposed", "service-exposed", ports, "type: NodePort")
		}
	case "Role", "ClusterRole":
		if rules := get(d.root, "rules"); rules != nil && len(rules.Content) > 0 {
			d.list("wildcard verbs", "rbac-wildcard", rules.Content[0], "verbs")
		}
	case "PodDisruptionBudget":
		if n := get(spec, "minAvailable"); n != nil {
			d.set("PDB blocks drains", "pdb-blocks-drain", n, "100%")
		} else {
			d.set("PDB blocks drains", "pdb-blocks-drain", get(spec, "maxUnavailable"), "0")
		}
	case "HelmRelease":
		d.set("floating chart version", "helm-chart-version-unpinned", get(get(get(spec, "chart"), "spec"), "version"), `"*"`)
		if i := key(spec, "interval"); i != nil {
			d.insert("reconciliation suspended", "reconciliation-suspended", i, "suspend: true")
		}
	case "Kustomization":
		if strings.HasPrefix(get(d.root, "apiVersion").Value, "kustomize.toolkit.fluxcd.io/") {
			if n := get(spec, "prune"); n != nil && n.Value == "true" {
				d.set("prune turned off", "prune-changed", n, "false")
			}
			if i := key(spec, "interval"); i != nil {
				d.insert("reconciliation suspended", "reconciliation-suspended", i, "suspend: true")
			}
		} else {
			d.kustomization()
		}
	case "GitRepository":
		if n := get(get(spec, "ref"), "tag"); n != nil {
			d.line("branch instead of a tag", "source-ref-mutable", n.Line, "tag: ", "branch: ", n.Value, "main")
		}
	case "PersistentVolumeClaim":
		d.set("claim shrunk", "pvc-shrunk", get(get(get(spec, "resources"), "requests"), "storage"), "1Ki")
	case "PeerAuthentication":
		d.set("mTLS made permissive", "mesh-mtls-not-strict", get(get(spec, "mtls"), "mode"), "PERMISSIVE")
	case "CustomResourceDefinition":
		if n := get(spec, "scope"); n != nil {
			d.set("CRD scope changed", "crd-scope-changed", n, map[string]string{"Namespaced": "Cluster", "Cluster": "Namespaced"}[n.Value])
		}
	}
	d.harmless(kind)
	d.slips()
}

var tagged = regexp.MustCompile(`^([^@\s]+?/?[^:@\s/]+):([\w][\w.-]*)(@sha256:[0-9a-f]{64})?$`)

// pod plants into the pod template of a workload.
func (d *document) pod(template *yaml.Node, kind string) {
	first := template.Content[0]
	for problem, field := range map[string]string{"host network": "hostNetwork", "host PID": "hostPID"} {
		if get(template, field) == nil {
			d.insert(problem, "host-access", first, field+": true")
		}
	}
	for _, c := range get(template, "containers").Content {
		if c.Kind != yaml.MappingNode || len(c.Content) == 0 || c.Style == yaml.FlowStyle {
			continue
		}
		if image := get(c, "image"); image != nil {
			if m := tagged.FindStringSubmatch(image.Value); m != nil && m[2] != "latest" {
				d.set("image tag floated", "image-tag-mutable", image, m[1]+":latest")
				d.set("", "", image, m[1]+":"+m[2]+"-1") // an ordinary bump
				if m[3] != "" {
					d.set("image digest dropped", "image-not-digest-pinned", image, m[1]+":"+m[2])
				}
			}
		}
		if resources := key(c, "resources"); resources != nil {
			d.remove("limits removed", "workload-resources-missing", get(c, "resources"), "limits", resources.Line)
			d.remove("requests removed", "workload-resources-missing", get(c, "resources"), "requests", resources.Line)
			d.remove("resources removed", "workload-resources-missing", c, "resources", c.Line)
		}
		if kind != "CronJob" && kind != "Job" {
			d.remove("readiness probe removed", "probes-missing", c, "readinessProbe", c.Line)
			d.remove("liveness probe removed", "probes-missing", c, "livenessProbe", c.Line)
		}
		sc := get(c, "securityContext")
		d.set("root", "security-context-hardening", get(sc, "runAsNonRoot"), "false")
		d.set("writable root file system", "security-context-hardening", get(sc, "readOnlyRootFilesystem"), "false")
		d.set("privilege escalation", "security-context-hardening", get(sc, "allowPrivilegeEscalation"), "true")
		d.set("seccomp unconfined", "host-access", get(get(sc, "seccompProfile"), "type"), "Unconfined")
		if sc != nil && get(sc, "privileged") == nil && len(sc.Content) > 0 && sc.Style != yaml.FlowStyle {
			d.insert("privileged", "host-access", sc.Content[0], "privileged: true")
		}
		if env := get(c, "env"); env != nil && len(env.Content) > 0 && env.Content[0].Style != yaml.FlowStyle {
			n := env.Content[0]
			indent := strings.Repeat(" ", n.Column-3)
			d.add(mutant{kind: "password in env", check: "env-plaintext-secret", from: n.Line - 1, to: n.Line - 1,
				lines: []string{indent + "- name: ADMIN_PASSWORD", indent + "  value: s3cr3t-Pa55w0rd"}, at: n.Line + 1})
		}
	}
}

// kustomization takes a NetworkPolicy out of the resources.
func (d *document) kustomization() {
	list := get(d.root, "resources")
	if list == nil || list.Style == yaml.FlowStyle || len(list.Content) < 2 {
		return
	}
	for _, n := range list.Content {
		if strings.Contains(strings.ToLower(n.Value), "networkpolicy") || strings.Contains(strings.ToLower(n.Value), "network-policy") {
			d.add(mutant{kind: "network policy removed", check: "network-policy-removed", from: n.Line - 1, to: n.Line, at: key(d.root, "resources").Line})
		}
	}
}

// harmless plants what must be silent.
func (d *document) harmless(kind string) {
	n := d.root.Content[0]
	d.add(mutant{kind: "", from: n.Line - 1, to: n.Line - 1, lines: []string{"# " + kind + ": a comment"}})
	if name := get(get(d.root, "metadata"), "name"); name != nil && name.Style == 0 {
		d.set("", "", name, `"`+name.Value+`"`)
	}
}

func (d *document) add(m mutant) {
	m.file = d.file
	if m.kind == "" {
		m.kind = "(harmless)"
	}
	*d.out = append(*d.out, m)
}

// set replaces a scalar that stands on one line.
func (d *document) set(kind, check string, n *yaml.Node, value string) {
	if n == nil || n.Kind != yaml.ScalarNode || n.Value == value || value == "" {
		return
	}
	line := d.lines[n.Line-1]
	at := n.Column - 1
	if at >= len(line) || strings.ContainsAny(line[at:at+1], "|>&*!") {
		return
	}
	old := n.Value
	if n.Style != 0 {
		old = line[at:at+1] + n.Value + line[at:at+1]
	}
	if !strings.HasPrefix(line[at:], old) {
		return
	}
	d.add(mutant{kind: kind, check: check, from: n.Line - 1, to: n.Line, at: n.Line, lines: []string{line[:at] + value + line[at+len(old):]}})
}

// line replaces a key and its value on one line.
func (d *document) line(kind, check string, at int, oldKey, newKey, oldValue, newValue string) {
	l := d.lines[at-1]
	edited := strings.Replace(strings.Replace(l, oldKey, newKey, 1), oldValue, newValue, 1)
	if edited != l {
		d.add(mutant{kind: kind, check: check, from: at - 1, to: at, at: at, lines: []string{edited}})
	}
}

// insert puts a field before another of the same map.
func (d *document) insert(kind, check string, before *yaml.Node, field string) {
	if before == nil || before.Column < 1 || strings.TrimSpace(d.lines[before.Line-1][:before.Column-1]) != "" {
		return // in a flow, or the first key of a list item
	}
	d.add(mutant{kind: kind, check: check, from: before.Line - 1, to: before.Line - 1, at: before.Line,
		lines: []string{strings.Repeat(" ", before.Column-1) + field}})
}

// remove takes a field and all below it out of a map in block style.
func (d *document) remove(kind, check string, n *yaml.Node, field string, at int) {
	k := key(n, field)
	if k == nil || n.Style == yaml.FlowStyle || len(n.Content) < 4 || strings.TrimSpace(d.lines[k.Line-1][:k.Column-1]) != "" {
		return
	}
	end := k.Line
	for end < len(d.lines) {
		l := d.lines[end]
		indent := len(l) - len(strings.TrimLeft(l, " "))
		if strings.TrimSpace(l) != "" && (indent < k.Column || strings.HasPrefix(l, "---")) {
			break
		}
		end++
	}
	for end > k.Line && strings.TrimSpace(d.lines[end-1]) == "" {
		end--
	}
	if at >= k.Line {
		return // the line that it would stand at is the one that goes
	}
	d.add(mutant{kind: kind, check: check, from: k.Line - 1, to: end, at: at})
}

// list makes a list ["*"].
func (d *document) list(kind, check string, n *yaml.Node, field string) {
	k, v := key(n, field), get(n, field)
	if v == nil || len(v.Content) == 0 {
		return
	}
	if v.Style == yaml.FlowStyle && v.Line == k.Line {
		l := d.lines[k.Line-1]
		if open, end := strings.Index(l, "["), strings.LastIndex(l, "]"); open > 0 && end > open {
			d.add(mutant{kind: kind, check: check, from: k.Line - 1, to: k.Line, at: k.Line, lines: []string{l[:open] + `["*"]` + l[end+1:]}})
		}
		return
	}
	d.set(kind, check, v.Content[0], `"*"`)
}

func get(n *yaml.Node, field string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == field {
			return n.Content[i+1]
		}
	}
	return nil
}

func key(n *yaml.Node, field string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == field {
			return n.Content[i]
		}
	}
	return nil
}
