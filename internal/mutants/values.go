package main

import "go.yaml.in/yaml/v3"

// values plants into the values of a chart, wherever a map looks like what
// charts take.
func (d *document) values(n *yaml.Node) {
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
			d.remove("values: limits removed", "workload-resources-missing", at(n, "resources"), "limits", k.Line)
		}
		d.set("values: privileged", "host-access", at(n, "privileged"), "true")
		d.set("values: host network", "host-access", at(n, "hostNetwork"), "true")
		if c := at(n, "containerSecurityContext"); c != nil {
			d.security(c)
		} else {
			d.security(at(n, "securityContext"))
		}
		d.set("values: password", "plaintext-secret", at(n, "adminPassword"), "hunter2-Pa55w0rd")
		d.set("values: password", "plaintext-secret", at(n, "password"), "hunter2-Pa55w0rd")
	}
	for _, c := range n.Content {
		d.values(c)
	}
}
