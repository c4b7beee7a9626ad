// Package document walks YAML documents as they are written: nodes with lines.
package document

import (
	"bytes"
	"errors"
	"io"

	"go.yaml.in/yaml/v3"
)

// Each gives every document of a file to do; the error is that of the first that
// does not parse.
func Each(content []byte, do func(*yaml.Node)) error {
	d := yaml.NewDecoder(bytes.NewReader(content))
	for {
		var doc yaml.Node
		if err := d.Decode(&doc); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if len(doc.Content) == 1 {
			do(doc.Content[0])
		}
	}
}

// Field is the value of a map's key; nil when there is none.
func Field(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return Follow(n.Content[i+1])
		}
	}
	return nil
}

// Key is the key's own node.
func Key(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i]
		}
	}
	return nil
}

// Text is a scalar as it is written; "" for none.
func Text(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	return n.Value
}

// Follow gives the node that an alias stands for.
func Follow(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}
