package locate

import (
	"slices"
)

// merger applies one strategic-merge patch to an object's content.
type merger struct {
	kind ident
}

// directive is the "$patch" of a mapping, and where it stands.
func directive(n *node) (string, place) {
	if d := n.get("$patch"); d != nil {
		return d.text, d.at
	}
	return "", place{}
}

// listDirective is the "$patch" of a list: an item that holds nothing else.
func listDirective(n *node) (string, place) {
	for _, item := range n.vals {
		if item.kind == mapping && len(item.keys) == 1 && item.keys[0] == "$patch" {
			return item.vals[0].text, item.vals[0].at
		}
	}
	return "", place{}
}

// fresh copies what a patch brings in, without directives and nulls.
func fresh(p *node) *node {
	c := p.clone()
	c.strip()
	return c
}

func (n *node) strip() {
	keep := 0
	for i, v := range n.vals {
		if n.kind == mapping && (n.keys[i] == "$patch" || v.null() && v.text == "") {
			continue
		}
		if n.kind == sequence && v.kind == mapping && len(v.keys) == 1 && v.keys[0] == "$patch" {
			continue
		}
		v.strip()
		n.vals[keep] = v
		if n.kind == mapping {
			n.keys[keep] = n.keys[i]
		}
		keep++
	}
	if n.kind != scalar {
		n.vals = n.vals[:keep]
	}
	if n.kind == mapping {
		n.keys, n.places = n.keys[:keep], nil
	}
}

// merge writes a patch's mapping into dst, which stands at path.
func (m merger) merge(dst, patch *node, path []string) {
	if patch.at.known() {
		dst.hist().also = append(dst.hist().also, patch.at)
	}
	for i, key := range patch.keys {
		if key == "$patch" || len(path) == 0 && (key == "apiVersion" || key == "kind") {
			continue
		}
		m.field(dst, key, patch.vals[i], append(slices.Clip(path), key))
	}
}

func (m merger) field(dst *node, key string, patch *node, path []string) {
	old := dst.get(key)
	if patch.null() {
		dst.drop(key, patch.at)
		return
	}
	if old == nil || old.kind != patch.kind || patch.kind == scalar {
		if d, _ := directive(patch); d == "delete" {
			dst.drop(key, patch.at)
			return
		}
		dst.put(key, fresh(patch))
		return
	}
	how, at := directive(patch)
	if patch.kind == sequence {
		how, at = listDirective(patch)
	}
	switch {
	case how == "delete":
		dst.drop(key, at)
	case how == "replace":
		dst.put(key, fresh(patch))
	case patch.kind == mapping:
		m.merge(old, patch, path)
	default:
		m.list(dst, old, patch, path)
	}
}

// list merges a patch's list into the list old, a field of dst.
func (m merger) list(dst, old, patch *node, path []string) {
	keys := mergeKeys(m.kind, path)
	if keys == nil {
		dst.put(path[len(path)-1], fresh(patch))
		return
	}
	old.hist().also = append(old.hist().also, patch.at)
	var front []*node
	for _, item := range patch.vals {
		i := findItem(old.vals, item, keys)
		how, at := directive(item)
		if i < 0 {
			if how != "delete" {
				front = append(front, fresh(item))
			}
			continue
		}
		was := old.vals[i]
		old.vals = slices.Delete(old.vals, i, i+1)
		switch {
		case how == "delete":
			h := old.hist()
			h.dead = append(h.dead, grave{key: was.str(keys[0]), was: was, at: at})
		case how == "replace" || item.kind != mapping:
			c := fresh(item)
			c.succeed(was)
			front = append(front, c)
		default:
			m.merge(was, item, path)
			front = append(front, was)
		}
	}
	// Kustomize puts what a patch names first, in the patch's order.
	old.vals = append(front, old.vals...)
}

// findItem finds the item that a patch's item names by its merge keys.
func findItem(items []*node, want *node, keys []string) int {
	if keys[0] == "" {
		return slices.IndexFunc(items, func(n *node) bool { return same(n, want) })
	}
	return slices.IndexFunc(items, func(n *node) bool {
		matched := false
		for _, k := range keys {
			a, b := n.get(k), want.get(k)
			if a == nil || b == nil {
				continue
			}
			if a.text != b.text {
				return false
			}
			matched = true
		}
		return matched
	})
}

// podSpecAt gives the path of the pod's spec in a workload of this kind.
func podSpecAt(id ident) []string {
	switch id.kind {
	case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job":
		return []string{"spec", "template", "spec"}
	case "CronJob":
		return []string{"spec", "jobTemplate", "spec", "template", "spec"}
	case "Pod":
		return []string{"spec"}
	case "PodTemplate":
		return []string{"template", "spec"}
	}
	return nil
}

var (
	podKeys = map[string][]string{
		"containers": {"name"}, "initContainers": {"name"}, "ephemeralContainers": {"name"}, "volumes": {"name"},
		"imagePullSecrets": {"name"}, "hostAliases": {"ip"}, "resourceClaims": {"name"}, "schedulingGates": {"name"},
		"topologySpreadConstraints": {"topologyKey", "whenUnsatisfiable"},
	}
	containerKeys = map[string][]string{
		"env": {"name"}, "ports": {"containerPort", "protocol"}, "volumeMounts": {"mountPath"},
		"volumeDevices": {"devicePath"},
	}
)

// mergeKeys gives the keys by which a patch merges the list at path, as the
// schema that Kustomize ships says; nil when a patch replaces the list.
func mergeKeys(id ident, path []string) []string {
	last := path[len(path)-1]
	if !builtinGroup(id.group) {
		return nil
	}
	if len(path) >= 2 && path[len(path)-2] == "metadata" {
		switch last {
		case "ownerReferences":
			return []string{"uid"}
		case "finalizers":
			return []string{""}
		}
	}
	if pod := podSpecAt(id); pod != nil && len(path) > len(pod) && slices.Equal(path[:len(pod)], pod) {
		rest := path[len(pod):]
		switch len(rest) {
		case 1:
			return podKeys[rest[0]]
		case 2:
			if rest[0] == "containers" || rest[0] == "initContainers" || rest[0] == "ephemeralContainers" {
				return containerKeys[rest[1]]
			}
		}
		return nil
	}
	switch {
	case len(path) == 2 && path[0] == "status" && last == "conditions":
		return []string{"type"}
	case id.kind == "Service" && len(path) == 2 && path[0] == "spec" && last == "ports":
		return []string{"port", "protocol"}
	case id.kind == "ServiceAccount" && len(path) == 1 && last == "secrets":
		return []string{"name"}
	case len(path) == 1 && last == "webhooks":
		return []string{"name"}
	case last == "matchConditions" || id.kind == "ValidatingAdmissionPolicy" && last == "variables":
		return []string{"name"}
	}
	return nil
}
