package main

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

var workloadKinds = map[string]bool{"Deployment": true, "StatefulSet": true, "DaemonSet": true, "CronJob": true, "Job": true}

var tagged = regexp.MustCompile(`^([^@\s]+?/?[^:@\s/]+):([\w][\w.-]*)(@sha256:[0-9a-f]{64})?$`)

// workload plants into what makes pods.
func (d *document) workload(kind string) {
	spec := at(d.root, "spec")
	template := at(spec, "template", "spec")
	if kind == "CronJob" {
		template = at(spec, "jobTemplate", "spec", "template", "spec")
	}
	d.set("replicas to zero", "replicas-zero", at(spec, "replicas"), "0")
	if m := at(spec, "selector", "matchLabels"); m != nil && len(m.Content) > 1 {
		d.set("selector changed", "immutable-field-change|selector-changed", m.Content[1], m.Content[1].Value+"-x")
	}
	d.set("immutable field", "immutable-field-change", at(spec, "volumeClaimTemplates", "spec", "resources", "requests", "storage"), "77Gi")
	containers := at(template, "containers")
	if containers == nil || at(d.root, "metadata", "name") == nil || len(template.Content) == 0 {
		return
	}
	first := template.Content[0]
	for problem, field := range map[string]string{"host network": "hostNetwork", "host PID": "hostPID", "host IPC": "hostIPC"} {
		if at(template, field) == nil {
			d.insert(problem, "host-access", first, field+": true")
		}
	}
	if volumes := at(template, "volumes"); volumes != nil {
		for _, v := range volumes.Content {
			if n := at(v, "emptyDir"); n != nil && n.Style == yaml.FlowStyle && len(n.Content) == 0 {
				d.line("host path", "host-access", n.Line, "emptyDir:", "hostPath:", "{}", "{path: /var/lib}")
			}
			d.gone("claim that nobody creates", "dangling-claim", at(v, "persistentVolumeClaim", "claimName"))
			d.gone("ConfigMap that nobody creates", "dangling-config", at(v, "configMap", "name"))
		}
	}
	for _, c := range containers.Content {
		if c.Kind == yaml.MappingNode && len(c.Content) > 0 && c.Style != yaml.FlowStyle {
			d.container(c, kind)
		}
	}
}

func (d *document) container(c *yaml.Node, kind string) {
	if image := at(c, "image"); image != nil {
		if m := tagged.FindStringSubmatch(image.Value); m != nil && m[2] != "latest" {
			d.set("image tag floated", "image-tag-mutable", image, m[1]+":latest")
			d.set("", "", image, m[1]+":"+m[2]+"-1"+m[3]) // an ordinary bump
			if m[3] != "" {
				d.set("image digest dropped", "image-not-digest-pinned", image, m[1]+":"+m[2])
			}
		}
	}
	if resources := key(c, "resources"); resources != nil {
		d.remove("limits removed", "workload-resources-missing", at(c, "resources"), "limits", resources.Line)
		d.remove("requests removed", "workload-resources-missing", at(c, "resources"), "requests", resources.Line)
		d.remove("resources removed", "workload-resources-missing", c, "resources", c.Line)
	}
	if kind != "CronJob" && kind != "Job" {
		d.remove("readiness probe removed", "probes-missing", c, "readinessProbe", c.Line)
		d.remove("liveness probe removed", "probes-missing", c, "livenessProbe", c.Line)
	}
	d.security(at(c, "securityContext"))
	if env := at(c, "env"); env != nil && len(env.Content) > 0 && env.Content[0].Style != yaml.FlowStyle {
		n := env.Content[0]
		indent := strings.Repeat(" ", n.Column-3)
		d.add(mutant{kind: "password in env", check: "env-plaintext-secret", from: n.Line - 1, to: n.Line - 1,
			lines: []string{indent + "- name: ADMIN_PASSWORD", indent + "  value: s3cr3t-Pa55w0rd"}, at: n.Line + 1})
		for _, e := range env.Content {
			d.gone("ConfigMap that nobody creates", "dangling-config", at(e, "valueFrom", "configMapKeyRef", "name"))
		}
	}
}

// security plants into the security context of a container, in an object or in
// a chart's values.
func (d *document) security(sc *yaml.Node) {
	d.set("root", "security-context-hardening", at(sc, "runAsNonRoot"), "false")
	d.set("writable root file system", "security-context-hardening", at(sc, "readOnlyRootFilesystem"), "false")
	d.set("privilege escalation", "security-context-hardening", at(sc, "allowPrivilegeEscalation"), "true")
	d.set("seccomp unconfined", "host-access", at(sc, "seccompProfile", "type"), "Unconfined")
	if sc == nil || len(sc.Content) == 0 || sc.Style == yaml.FlowStyle {
		return
	}
	if at(sc, "privileged") == nil {
		d.insert("privileged", "host-access", sc.Content[0], "privileged: true")
	}
	switch {
	case at(sc, "capabilities") == nil:
		d.insert("capability added", "host-access", sc.Content[0], "capabilities: {add: [SYS_ADMIN]}")
	case at(sc, "capabilities", "add") == nil && at(sc, "capabilities").Style != yaml.FlowStyle:
		d.insert("capability added", "host-access", at(sc, "capabilities").Content[0], "add: [SYS_ADMIN]")
	}
	if at(sc, "seccompProfile") == nil {
		d.insert("seccomp unconfined", "host-access", sc.Content[0], "seccompProfile: {type: Unconfined}")
	}
}
