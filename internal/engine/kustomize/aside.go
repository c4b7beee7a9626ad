package kustomize

import (
	"bytes"
	"crypto/rand"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/resource"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
)

// Kustomize looks each key of a map up among all others of it, for anchors, when it
// reads a file: a map costs by the square of its keys. What a kustomization that only
// gathers does to an object is nothing to the keys of a ConfigMap or Secret, so that
// those of a long one are set aside: Kustomize is shown one key in their place.

// longMap is how many keys Kustomize is given as ever.
const longMap = 2000

// keyFields are those of a ConfigMap or Secret that hold keys.
var keyFields = []string{"data", "stringData", "binaryData"}

// hasLongMap reports whether a file may hold a long map of a ConfigMap or Secret: so
// many lines of one indentation that each begin with a bare key.
func hasLongMap(content []byte) bool {
	if len(content) < 4*longMap || !bytes.Contains(content, []byte("ConfigMap")) && !bytes.Contains(content, []byte("Secret")) {
		return false
	}
	var keys [9]int
	for line := range bytes.Lines(content) {
		key := bytes.TrimLeft(line, " ")
		if in := len(line) - len(key); in > 0 && in < len(keys) && len(key) > 0 && (key[0]|0x20 >= 'a' && key[0]|0x20 <= 'z' || key[0] >= '0' && key[0] <= '9') {
			if keys[in]++; keys[in] == longMap {
				return true
			}
		}
	}
	return false
}

// setAside takes the keys of long maps out of a document, and gives what stands for
// them in it.
func setAside(doc string) (string, map[string][]*yaml.Node) {
	out := map[string][]*yaml.Node{}
	for range keyFields {
		without, name, keys := setOneAside(doc)
		if keys == nil {
			break
		}
		doc, out[name] = without, keys
	}
	return doc, out
}

// setOneAside takes out those of the first such map; nil where none is, or where what is
// left would not read as it did.
func setOneAside(doc string) (without, name string, keys []*yaml.Node) {
	top := single([]byte(doc))
	kind := document.Text(document.Field(top, "kind"))
	if document.Text(document.Field(top, "apiVersion")) != "v1" || kind != "ConfigMap" && kind != "Secret" || !withoutAnchors(top, 0) {
		return "", "", nil
	}
	for i := 0; i+1 < len(top.Content); i += 2 {
		key, value := top.Content[i], top.Content[i+1]
		if !slices.Contains(keyFields, key.Value) || len(value.Content) < 2*longMap || !plainMap(value) || value.Content[0].Line <= key.Line {
			continue
		}
		lines := strings.SplitAfter(doc, "\n")
		first, next := value.Content[0], len(lines)+1
		if i+2 < len(top.Content) {
			next = top.Content[i+2].Line
		}
		if first.Line > len(lines) || next < first.Line || next > len(lines)+1 {
			return "", "", nil
		}
		for next > first.Line && strings.HasPrefix(lines[next-2], "#") { // a comment on what follows
			next--
		}
		name = rand.Text() // that no author can have written
		without = strings.Join(lines[:first.Line-1], "") + strings.Repeat(" ", max(0, first.Column-1)) + name + ": x\n" + strings.Join(lines[next-1:], "")
		keys = value.Content
		value.Content = []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}, {Kind: yaml.ScalarNode, Tag: "!!str", Value: "x"}}
		if again := single([]byte(without)); again == nil || !sameYAML(again, top, 0) {
			return "", "", nil
		}
		return without, name, keys
	}
	return "", "", nil
}

// withoutAnchors reports whether nothing in a document stands for something else.
func withoutAnchors(n *yaml.Node, depth int) bool {
	return n != nil && depth <= maxNesting && n.Anchor == "" && n.Kind != yaml.AliasNode &&
		!slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return !withoutAnchors(c, depth+1) })
}

// plainMap reports whether a map has nothing but scalars, each under a key of its own.
func plainMap(n *yaml.Node) bool {
	if n.Kind != yaml.MappingNode {
		return false
	}
	seen := make(map[string]bool, len(n.Content)/2)
	for i, c := range n.Content {
		if c.Kind != yaml.ScalarNode {
			return false
		}
		if i%2 == 0 {
			if tag := c.ShortTag(); seen[c.Value] || tag == "!!null" || tag == "!!merge" || c.Value == "<<" {
				return false
			}
			seen[c.Value] = true
		}
	}
	return true
}

// putBack gives objects their keys again; false where some have not come out.
func putBack(objects []*resource.Resource, aside map[string][]*yaml.Node) bool {
	for _, o := range objects {
		if len(aside) == 0 {
			return true
		}
		for _, field := range keyFields {
			f := o.Field(field)
			if f == nil {
				continue
			}
			if n := f.Value.YNode(); n.Kind == kyaml.MappingNode && len(n.Content) == 2 && aside[n.Content[0].Value] != nil {
				name := n.Content[0].Value
				n.Content = aside[name]
				delete(aside, name)
			}
		}
	}
	return len(aside) == 0
}
