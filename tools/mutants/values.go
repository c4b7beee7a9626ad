package main

import "go.yaml.in/yaml/v3"

// values plants into the values of a chart, wherever a map looks like what
// charts take. line is that of the map's key, 0 where it has none.
func (d *document) values(n *yaml.Node, line int) {
	if n == nil || n.Kind != yaml.MappingNode && n.Kind != yaml.SequenceNode {
		return
	}
	if enabled := at(n, "enabled"); n.Kind == yaml.MappingNode && enabled != nil && enabled.Value == "false" {
		return
	}
	if n.Kind == yaml.MappingNode && n.Style != yaml.FlowStyle && len(n.Content) > 0 {
		if tag := at(n, "tag"); tag != nil && at(n, "repository") != nil && tag.Value != "" {
			d.set("values: image tag floated", "image-tag-mutable", tag, "latest")
			if m := tagged.FindStringSubmatch("x:" + tag.Value); m != nil {
				d.set("", "", tag, m[2]+"-1"+m[3])
				if m[3] != "" {
					d.set("values: image digest dropped", "image-not-digest-pinned", tag, m[2])
				}
			}
		}
		if k := key(n, "resources"); k != nil && at(n, "resources").Style != yaml.FlowStyle {
			if at(n, "resources", "limits", "memory") != nil {
				d.remove("values: limits removed", "workload-resources-missing", at(n, "resources"), "limits", k.Line)
			}
			if r := at(n, "resources"); line > 0 && (at(r, "limits", "memory") != nil || at(r, "requests", "memory") != nil) {
				d.remove("values: resources removed", "workload-resources-missing", n, "resources", line)
			}
		}
		d.set("values: privileged", "host-access", at(n, "privileged"), "true")
		d.set("values: host network", "host-access", at(n, "hostNetwork"), "true")
		if c := at(n, "containerSecurityContext"); c != nil {
			d.security(c)
		} else {
			d.security(at(n, "securityContext"))
		}
		for _, probe := range []string{"livenessProbe", "readinessProbe"} {
			if p := at(n, probe); line > 0 && p != nil && len(p.Content) > 0 && (at(p, "enabled") == nil || at(p, "enabled").Value == "true") {
				d.remove("values: probe removed", "probes-missing", n, probe, line)
			}
		}
		for _, count := range []string{"replicas", "replicaCount"} {
			if c := at(n, count); c != nil && c.Value != "0" {
				d.set("values: replicas to zero", "replicas-zero", c, "0")
			}
		}
		if service := at(n, "service"); service != nil {
			if kind := at(service, "type"); kind != nil && kind.Value == "ClusterIP" {
				d.set("values: service exposed", "service-exposed", kind, "LoadBalancer")
			}
		}
		if env := at(n, "env"); env != nil && env.Kind == yaml.MappingNode && env.Style != yaml.FlowStyle && len(env.Content) > 0 {
			d.insert("values: password in env", "plaintext-secret|env-plaintext-secret", env.Content[0], "ADMIN_PASSWORD: s3cr3t-Pa55w0rd")
		}
		d.set("values: password", "plaintext-secret", at(n, "adminPassword"), "hunter2-Pa55w0rd")
		d.set("values: password", "plaintext-secret", at(n, "password"), "hunter2-Pa55w0rd")
	}
	for i, c := range n.Content {
		switch {
		case n.Kind == yaml.SequenceNode:
			d.values(c, 0)
		case i%2 == 1:
			d.values(c, n.Content[i-1].Line)
		}
	}
}
