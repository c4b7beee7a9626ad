package document

import (
	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// maxDepth bounds how deep values are looked at.
const maxDepth = 200

// Lines gives the lines of a YAML document's values, by their JSON Pointers.
func Lines(content []byte) map[string]int {
	out := map[string]int{}
	var doc yaml.Node
	if yaml.Unmarshal(content, &doc) != nil || len(doc.Content) != 1 {
		return out
	}
	var walk func(n *yaml.Node, at []model.Step)
	walk = func(n *yaml.Node, at []model.Step) {
		if len(at) > maxDepth {
			return
		}
		switch n.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				below := append(at[:len(at):len(at)], model.FieldStep(n.Content[i].Value))
				out[model.Pointer(below)] = n.Content[i].Line
				walk(n.Content[i+1], below)
			}
		case yaml.SequenceNode:
			for i, c := range n.Content {
				below := append(at[:len(at):len(at)], model.ItemStep(i))
				out[model.Pointer(below)] = c.Line
				walk(c, below)
			}
		}
	}
	walk(doc.Content[0], nil)
	return out
}
