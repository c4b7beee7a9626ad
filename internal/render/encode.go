package render

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	"sigs.k8s.io/yaml"
)

// maxDepth bounds how deep an object may nest.
const maxDepth = 200

var (
	errDepth = fmt.Errorf("nested deeper than %d levels", maxDepth)
	// errAlias: the node holds an anchor's use or a merge key; the library
	// resolves those.
	errAlias = errors.New("holds aliases")
)

// decode turns a rendered node into what the cluster would get: YAML 1.1 as
// kubectl reads it (`yes` is true), numbers as json.Number.
func decode(node *kyaml.RNode) (map[string]any, error) {
	value, err := decodeNode(node.YNode(), 0)
	if errors.Is(err, errAlias) {
		return decodeText(node)
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

// decodeText goes through YAML text: slower, and right for everything.
func decodeText(node *kyaml.RNode) (map[string]any, error) {
	text, err := node.String()
	if err != nil {
		return nil, err
	}
	value, err := parseYAML([]byte(text))
	if err != nil {
		return nil, err
	}
	m, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("not an object")
	}
	return m, nil
}

// parseYAML reads one YAML document as kubectl does, numbers as json.Number.
func parseYAML(text []byte) (any, error) {
	j, err := yaml.YAMLToJSON(text)
	if err != nil {
		return nil, err
	}
	return parseJSON(j)
}

func parseJSON(j []byte) (any, error) {
	d := json.NewDecoder(strings.NewReader(string(j)))
	d.UseNumber()
	var value any
	err := d.Decode(&value)
	return value, err
}

func decodeNode(n *kyaml.Node, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	switch n.Kind {
	case kyaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind != kyaml.ScalarNode || key.Tag == "!!merge" || key.Value == "<<" {
				return nil, errAlias
			}
			value, err := decodeNode(n.Content[i+1], depth+1)
			if err != nil {
				return nil, err
			}
			m[keyText(key)] = value
		}
		return m, nil
	case kyaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			value, err := decodeNode(c, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	case kyaml.ScalarNode:
		return scalar(n)
	case kyaml.DocumentNode:
		if len(n.Content) == 1 {
			return decodeNode(n.Content[0], depth)
		}
		return nil, nil
	}
	return nil, errAlias
}

// keyText is a map key as the cluster gets it: keys are always strings, and a
// plain `on:` is the key "true".
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

var quoted = kyaml.SingleQuotedStyle | kyaml.DoubleQuotedStyle | kyaml.LiteralStyle | kyaml.FoldedStyle

// scalar resolves one scalar. Text that YAML 1.1 and 1.2 read differently is
// left to the library that kubectl uses.
func scalar(n *kyaml.Node) (any, error) {
	tag := n.ShortTag()
	if n.Style&quoted != 0 && (tag == "!!str" || n.Tag == "") {
		return n.Value, nil
	}
	if tag == "!!str" && (plainText(n.Value) || resolvesElsewhere(n.Value)) {
		return n.Value, nil
	}
	if tag == "!!int" && plainInt(n.Value) {
		return json.Number(n.Value), nil
	}
	switch {
	case tag == "!!null":
		return nil, nil
	case tag == "!!bool" && (n.Value == "true" || n.Value == "false"):
		return n.Value == "true", nil
	case tag == "!!binary":
		return n.Value, nil
	}
	value, err := parseYAML([]byte(n.Value))
	if err != nil {
		return n.Value, nil // a lone scalar that does not parse is text
	}
	if _, composite := value.(map[string]any); composite {
		return n.Value, nil
	}
	if _, composite := value.([]any); composite {
		return n.Value, nil
	}
	return value, nil
}

// plainText reports whether no YAML version reads the text as anything but a
// string: it starts with a letter or slash and is none of the old booleans.
func plainText(s string) bool {
	if s == "" || strings.ContainsAny(s, "\n") {
		return s != ""
	}
	c := s[0]
	if c != '/' && c != '_' && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') {
		return false
	}
	if len(s) > 5 {
		return true
	}
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		return false
	}
	return true
}

// resolvesElsewhere reports whether YAML 1.2 would read the plain text as
// something else than a string: the node was made a string on purpose, and is
// written with quotes.
func resolvesElsewhere(s string) bool {
	probe := kyaml.Node{Kind: kyaml.ScalarNode, Value: s}
	return probe.ShortTag() != "!!str"
}

func plainInt(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || len(digits) > 18 || len(digits) > 1 && digits[0] == '0' {
		return false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
