package main

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"strings"

	"sigs.k8s.io/yaml"
)

// itemKeys name the items of lists in Kubernetes' own types, by the list's
// field. This table is written by hand from the API reference, so that it does
// not share a mistake with the program under test.
var itemKeys = map[string][]string{
	"containers": {"name"}, "initContainers": {"name"}, "ephemeralContainers": {"name"}, "env": {"name"},
	"volumes": {"name"}, "imagePullSecrets": {"name"}, "ports": {"containerPort", "port"}, "volumeMounts": {"mountPath"},
	"volumeDevices": {"devicePath"}, "hostAliases": {"ip"}, "topologySpreadConstraints": {"topologyKey"},
	"webhooks": {"name"}, "secrets": {"name"}, "ownerReferences": {"uid"}, "resourceClaims": {"name"},
	"taints": {"key"}, "validations": {}, "matchConditions": {"name"},
}

// builtin reports whether a group's types are Kubernetes' own; CRDs and
// APIServices are not in its typed client and pair by index.
func builtin(group string) bool {
	switch group {
	case "", "apps", "batch", "autoscaling", "policy", "extensions":
		return true
	case "apiextensions.k8s.io", "apiregistration.k8s.io", "gateway.networking.k8s.io", "snapshot.storage.k8s.io", "metrics.k8s.io":
		return false
	}
	return strings.HasSuffix(group, ".k8s.io") && strings.Count(group, ".") == 2
}

// leaves collects the paths at which two objects differ: scalars, and the roots
// of what came or went.
func leaves(base, head any, path string, out map[string]bool) {
	group := ""
	if m, ok := head.(map[string]any); ok && path == "" {
		group, _, ok = strings.Cut(fmt.Sprint(m["apiVersion"]), "/")
		if !ok {
			group = ""
		}
	}
	walk(base, head, path, "", builtin(group), out)
}

func walk(base, head any, path, field string, typed bool, out map[string]bool) {
	bm, ok1 := base.(map[string]any)
	hm, ok2 := head.(map[string]any)
	if ok1 && ok2 {
		for k := range bm {
			if _, ok := hm[k]; !ok {
				out[path+"/"+escape(k)] = true
			}
		}
		for k, h := range hm {
			b, ok := bm[k]
			if !ok {
				out[path+"/"+escape(k)] = true
				continue
			}
			walk(b, h, path+"/"+escape(k), k, typed, out)
		}
		return
	}
	bl, ok1 := base.([]any)
	hl, ok2 := head.([]any)
	if ok1 && ok2 {
		lists(bl, hl, path, field, typed, out)
		return
	}
	if !reflect.DeepEqual(base, head) {
		out[path] = true
	}
}

func lists(base, head []any, path, field string, typed bool, out map[string]bool) {
	b, h := named(base, field, typed), named(head, field, typed)
	if b == nil || h == nil {
		byContent(base, head, path, typed, out)
		return
	}
	for k := range b {
		if _, ok := h[k]; !ok {
			out[fmt.Sprintf("%s/%d", path, b[k])] = true
		}
	}
	last := -1
	for i, item := range head {
		k := nameOf(item, field)
		j, ok := b[k]
		if !ok {
			out[fmt.Sprintf("%s/%d", path, i)] = true
			continue
		}
		if j < last && (field == "env" || field == "initContainers") {
			out[path] = true
		}
		last = max(last, j)
		walk(base[j], item, fmt.Sprintf("%s/%d", path, i), "", typed, out)
	}
}

// byContent compares lists whose items have no names: equal items pair in their order,
// as many as can, unless as many pair by index; what lies between pairs by index.
func byContent(base, head []any, path string, typed bool, out map[string]bool) {
	between := func(b, h [2]int) {
		for ; b[0] < b[1] && h[0] < h[1]; b[0], h[0] = b[0]+1, h[0]+1 {
			walk(base[b[0]], head[h[0]], fmt.Sprintf("%s/%d", path, h[0]), "", typed, out)
		}
		for ; h[0] < h[1]; h[0]++ {
			out[fmt.Sprintf("%s/%d", path, h[0])] = true
		}
		for ; b[0] < b[1]; b[0]++ {
			out[fmt.Sprintf("%s/%d", path, b[0])] = true
		}
	}
	// most[i][j] is how many items pair among those from base[i] and head[j] on.
	most := make([][]int, len(base)+1)
	for i := range most {
		most[i] = make([]int, len(head)+1)
	}
	stay := 0
	for i := len(base) - 1; i >= 0; i-- {
		for j := len(head) - 1; j >= 0; j-- {
			if reflect.DeepEqual(base[i], head[j]) {
				most[i][j] = most[i+1][j+1] + 1
				if i == j {
					stay++
				}
			} else {
				most[i][j] = max(most[i+1][j], most[i][j+1])
			}
		}
	}
	if len(base) == len(head) && most[0][0] <= stay {
		between([2]int{0, len(base)}, [2]int{0, len(head)})
		return
	}
	b, h := 0, 0
	for i, j := 0, 0; i < len(base) && j < len(head); {
		switch {
		case reflect.DeepEqual(base[i], head[j]):
			between([2]int{b, i}, [2]int{h, j})
			i, j = i+1, j+1
			b, h = i, j
		case most[i+1][j] >= most[i][j+1]:
			i++
		default:
			j++
		}
	}
	between([2]int{b, len(base)}, [2]int{h, len(head)})
}

func nameOf(item any, field string) string {
	m, _ := item.(map[string]any)
	for _, key := range itemKeys[field] {
		if v, ok := m[key]; ok {
			return fmt.Sprint(v)
		}
	}
	return ""
}

// named gives the items' indexes by name; nil when they have none, or share.
func named(list []any, field string, typed bool) map[string]int {
	if !typed || itemKeys[field] == nil {
		return nil
	}
	out := map[string]int{}
	for i, item := range list {
		n := nameOf(item, field)
		if _, twice := out[n]; n == "" || twice {
			return nil
		}
		out[n] = i
	}
	return out
}

func escape(k string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(k) }

// embeddedEqual gives the keys of a ConfigMap or Secret whose text differs and
// whose YAML does not.
func embeddedEqual(base, head map[string]any) map[string]bool {
	out := map[string]bool{}
	kind := head["kind"]
	if kind != "ConfigMap" && kind != "Secret" {
		return out
	}
	for _, section := range []string{"data", "stringData"} {
		b, _ := base[section].(map[string]any)
		h, _ := head[section].(map[string]any)
		for k := range h {
			x, ok1 := parsed(b[k], kind == "Secret" && section == "data")
			y, ok2 := parsed(h[k], kind == "Secret" && section == "data")
			if ok1 && ok2 && reflect.DeepEqual(x, y) {
				out["/"+section+"/"+escape(k)] = true
			}
		}
	}
	return out
}

func parsed(v any, encoded bool) (any, bool) {
	s, ok := v.(string)
	if !ok {
		return nil, false
	}
	if encoded {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return nil, false
		}
		s = string(b)
	}
	var out any
	if yaml.Unmarshal([]byte(s), &out) != nil {
		return nil, false
	}
	switch out.(type) {
	case map[string]any, []any:
		return out, true
	}
	return nil, false
}
