// Package decode turns rendered YAML into the objects that Kustomize and kubectl
// would have of it, with numbers as json.Number. It bounds depth.
package decode

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"sigs.k8s.io/kustomize/api/resource"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	"sigs.k8s.io/yaml"
)

// MaxDepth bounds how deep an object may nest.
const MaxDepth = 200

var (
	errDepth = fmt.Errorf("nested deeper than %d levels", MaxDepth)
	// errText: the node must go through YAML text to be what Kustomize prints:
	// it holds an alias, a merge key, or a scalar that changes when it is written again.
	errText = errors.New("must be read as text")
)

// Node turns a rendered node into the object that Kustomize prints, which
// goes through YAML text and YAML 1.2 (kyaml RNode.MarshalJSON): `yes` is text.
// Numbers are json.Number.
func Node(node *kyaml.RNode) (map[string]any, error) { return objectOf(node, true) }

// Read turns a node into the object that somebody reads who does not print it first.
func Read(node *kyaml.RNode) (map[string]any, error) { return objectOf(node, false) }

func objectOf(node *kyaml.RNode, printed bool) (map[string]any, error) {
	value, err := decodeNode(node.YNode(), 0, printed)
	if errors.Is(err, errText) {
		var j []byte
		if j, err = node.MarshalJSON(); err == nil {
			value, err = JSON(j)
		}
	}
	if err != nil {
		return nil, err
	}
	m, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("not an object")
	}
	return m, nil
}

// YAML reads one YAML document as kubectl and Helm do (YAML 1.1: `yes` is
// true), numbers as json.Number.
func YAML(text []byte) (any, error) {
	j, err := yaml.YAMLToJSON(text)
	if err != nil {
		return nil, err
	}
	return JSON(j)
}

// JSON reads one JSON value.
func JSON(j []byte) (any, error) {
	d := json.NewDecoder(strings.NewReader(string(j)))
	d.UseNumber()
	var value any
	err := d.Decode(&value)
	return value, err
}

// LastWins takes keys that a map has twice out of a node, but for the last of each:
// so read those who do not refuse them.
func LastWins(n *kyaml.Node) { lastWins(n, 0) }

func lastWins(n *kyaml.Node, depth int) {
	if n == nil || depth > MaxDepth {
		return
	}
	if n.Kind == kyaml.MappingNode {
		last := map[string]int{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			last[keyText(n.Content[i])] = i
		}
		var kept []*kyaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			if last[keyText(n.Content[i])] == i {
				kept = append(kept, n.Content[i], n.Content[i+1])
			}
		}
		n.Content = kept
	}
	for _, c := range n.Content {
		lastWins(c, depth+1)
	}
}

func decodeNode(n *kyaml.Node, depth int, printed bool) (any, error) {
	if depth > MaxDepth {
		return nil, errDepth
	}
	switch n.Kind {
	case kyaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind != kyaml.ScalarNode || key.Tag == "!!merge" || key.Value == "<<" {
				return nil, errText
			}
			if printed && n.Style&kyaml.FlowStyle != 0 && empty(n.Content[i+1]) {
				return nil, errText
			}
			value, err := decodeNode(n.Content[i+1], depth+1, printed)
			if err != nil {
				return nil, err
			}
			// Kustomize refuses it when it prints (kustomize 5.7.1 and 5.8.2).
			if _, twice := m[keyText(key)]; twice {
				return nil, fmt.Errorf("the key `%s` is defined twice in one map", key.Value)
			}
			m[keyText(key)] = value
		}
		return m, nil
	case kyaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			value, err := decodeNode(c, depth+1, printed)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	case kyaml.ScalarNode:
		if printed && rewritten(n) {
			return nil, errText
		}
		return scalar(n)
	case kyaml.DocumentNode:
		if len(n.Content) == 1 {
			return decodeNode(n.Content[0], depth, printed)
		}
		return nil, nil
	}
	return nil, errText
}

// keyText is a map key as JSON has it: always a string.
func keyText(n *kyaml.Node) string {
	value, err := scalar(n)
	if err != nil {
		return n.Value
	}
	switch v := value.(type) {
	case string:
		return v
	case bool, json.Number:
		return fmt.Sprint(v)
	}
	return n.Value
}

// empty reports whether a value is not there: between braces that is written again as
// quotes with nothing in them (kustomize 5.8.2).
func empty(n *kyaml.Node) bool {
	return n.Kind == kyaml.ScalarNode && n.Value == "" && n.ShortTag() == "!!null"
}

// rewritten reports whether the line breaks of a scalar change when it is written again:
// of a folded one, and of one that keeps those at its end where a comment follows.
func rewritten(n *kyaml.Node) bool {
	return n.Style&kyaml.FoldedStyle != 0 || n.Style&kyaml.LiteralStyle != 0 && strings.HasSuffix(n.Value, "\n\n")
}

// scalar resolves one scalar as yaml.v3 does; common forms without its help.
func scalar(n *kyaml.Node) (any, error) {
	switch tag := n.ShortTag(); {
	case tag == "!!str":
		return n.Value, nil
	case tag == "!!int" && plainInt(n.Value):
		return json.Number(n.Value), nil
	case tag == "!!null":
		return nil, nil
	case tag == "!!bool" && (n.Value == "true" || n.Value == "false"):
		return n.Value == "true", nil
	}
	var value any
	if err := n.Decode(&value); err != nil {
		return nil, err
	}
	j, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return JSON(j)
}

// plainInt reports whether the text is a decimal integer in its shortest form,
// as JSON wants it.
func plainInt(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || len(digits) > 18 || len(digits) > 1 && digits[0] == '0' || s == "-0" {
		return false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// Printed is All of what Kustomize prints: it refuses a map, below the object itself,
// with a key that is no text (kustomize 5.8.2: unsupported type map[interface {}]), such
// as a port in the data of a ConfigMap. kubectl and Helm take it for text.
func Printed(resources []*resource.Resource) ([]map[string]any, error) {
	for _, r := range resources {
		for i, n := range r.YNode().Content {
			if key := otherKey(n, 0); i%2 == 1 && key != nil {
				return nil, fmt.Errorf("%s: the key `%s` is no text, and Kustomize does not print it: write it in quotes", r.CurId(), key.Value)
			}
		}
	}
	return all(resources, Node)
}

// otherKey finds a key of a map that is no text; nil where there is none.
func otherKey(n *kyaml.Node, depth int) *kyaml.Node {
	if depth > MaxDepth {
		return nil // refused elsewhere
	}
	for i, c := range n.Content {
		if key := n.Kind == kyaml.MappingNode && i%2 == 0; key && c.Kind == kyaml.ScalarNode {
			if tag := c.ShortTag(); tag != "!!str" && tag != "!!merge" {
				return c
			}
		} else if found := otherKey(c, depth+1); found != nil {
			return found
		}
	}
	return nil
}

// All turns every resource of a build into its object, in the order of the build.
func All(resources []*resource.Resource) ([]map[string]any, error) {
	return all(resources, Read)
}

func all(resources []*resource.Resource, read func(*kyaml.RNode) (map[string]any, error)) ([]map[string]any, error) {
	objects := make([]map[string]any, 0, len(resources))
	for _, r := range resources {
		fields, err := read(&r.RNode)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.CurId(), err)
		}
		objects = append(objects, fields)
	}
	return objects, nil
}
