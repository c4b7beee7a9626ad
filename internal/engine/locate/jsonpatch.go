package locate

import (
	"slices"
	"strconv"
	"strings"
)

var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// tokens splits a JSON Pointer.
func tokens(pointer string) []string {
	if pointer == "" {
		return nil
	}
	parts := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, p := range parts {
		parts[i] = unescape.Replace(p)
	}
	return parts
}

// follow walks tokens from n; nil when nothing stands there.
func follow(n *node, path []string) *node {
	for _, t := range path {
		switch {
		case n == nil:
			return nil
		case n.kind == mapping:
			n = n.get(t)
		case n.kind == sequence:
			i, err := strconv.Atoi(t)
			if err != nil || i < 0 || i >= len(n.vals) {
				return nil
			}
			n = n.vals[i]
		default:
			return nil
		}
	}
	return n
}

// applyOps applies the operations of a JSON 6902 patch to an object's content.
func applyOps(root *node, ops []*node) {
	for _, op := range ops {
		applyOp(root, op)
	}
}

// maxWay bounds the list items that makeWay makes.
const maxWay = 64

// makeWay makes the maps and lists that operations on an object from outside
// lead through: they are there, as the render did not fail.
func makeWay(root *node, ops []*node) {
	for _, op := range ops {
		n := root
		path := tokens(op.str("path"))
		for i := 0; n != nil && i+1 < len(path); i++ {
			n = n.way(path[i], path[i+1])
		}
	}
}

// way is the child of a node, made where it is missing to hold a key or an item.
func (n *node) way(token, next string) *node {
	made := func() *node {
		c := &node{kind: mapping, at: n.at}
		if _, err := strconv.Atoi(next); err == nil || next == "-" {
			c.kind = sequence
		}
		return c
	}
	if n.kind == mapping {
		if n.get(token) == nil {
			n.put(token, made())
		}
		return n.get(token)
	}
	i, err := strconv.Atoi(token)
	if n.kind != sequence || err != nil || i < 0 || i > maxWay {
		return nil
	}
	for len(n.vals) <= i {
		n.vals = append(n.vals, made())
	}
	return n.vals[i]
}

func applyOp(root, op *node) {
	path := tokens(op.str("path"))
	if len(path) == 0 {
		return
	}
	parent, last := follow(root, path[:len(path)-1]), path[len(path)-1]
	if parent == nil || parent.kind == scalar {
		return
	}
	value := op.get("value").clone()
	switch op.str("op") {
	case "add":
		insert(parent, last, value)
	case "replace":
		replaceChild(parent, last, value)
	case "remove":
		remove(parent, last, op.at.head())
	case "copy":
		// Copies into copies would double with every operation.
		if from := follow(root, tokens(op.str("from"))); from != nil && (from.kind == scalar || root.smallerThan(maxObject)) {
			insert(parent, last, from.clone())
		}
	case "move":
		from := tokens(op.str("from"))
		moved := follow(root, from).clone()
		if len(from) == 0 || moved == nil {
			return
		}
		remove(follow(root, from[:len(from)-1]), from[len(from)-1], op.at.head())
		insert(follow(root, path[:len(path)-1]), last, moved)
	}
}

func insert(parent *node, key string, value *node) {
	if parent == nil || value == nil {
		return
	}
	switch parent.kind {
	case mapping:
		parent.put(key, value)
	case sequence:
		if key == "-" {
			parent.vals = append(parent.vals, value)
			return
		}
		if i, err := strconv.Atoi(key); err == nil && i >= 0 && i <= len(parent.vals) {
			parent.vals = slices.Insert(parent.vals, i, value)
		}
	}
}

func replaceChild(parent *node, key string, value *node) {
	if value == nil {
		return
	}
	if parent.kind == mapping {
		parent.put(key, value)
		return
	}
	if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(parent.vals) {
		value.succeed(parent.vals[i])
		parent.vals[i] = value
	}
}

func remove(parent *node, key string, by place) {
	if parent == nil {
		return
	}
	if parent.kind == mapping {
		parent.drop(key, by)
		return
	}
	if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(parent.vals) {
		was := parent.vals[i]
		h := parent.hist()
		h.dead = append(h.dead, grave{key: itemName(was), was: was, at: by})
		parent.vals = slices.Delete(parent.vals, i, i+1)
	}
}

// itemName is what most lists name their items by.
func itemName(n *node) string {
	if n.kind == scalar {
		return n.text
	}
	return n.str("name")
}
