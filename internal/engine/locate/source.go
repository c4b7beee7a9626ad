package locate

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Bounds on hostile input; what lies beyond is answered coarser.
const (
	maxBytes = 64 << 20 // read in one Locator and side
	maxNodes = 2 << 20  // made from files in one Locator and side
	maxAlias = 1 << 18  // of them visited through aliases, in one document
	maxDepth = 256      // of nesting, in a document and in kustomizations

	maxObject = 1 << 16 // nodes of one object that patches may multiply
)

// file is one file of a side, parsed when first asked for.
type file struct {
	path    string
	content []byte
	docs    []*node // the roots of its documents
	parsed  bool
	broken  bool // some of it is no valid YAML
	rows    []string
	unique  map[string]bool            // the rows, once it was asked whether one is there
	objects map[ident]bool             // what the documents are, once it was asked
	entries map[string]map[entry]*node // entries of a kustomization, once one was asked for
}

// Realer is an optional capability of Files: Real gives the path that a path
// with symlinks leads to, of a file or a directory, and any other path as it
// is. Without it, positions name symlinks.
type Realer interface {
	Real(path string) string
}

// read gives a file of the side, nil when there is none.
func (s *side) read(name string) *file {
	name = path.Clean(name)
	if f, ok := s.files[name]; ok {
		return f
	}
	f := s.load(name)
	s.files[name] = f
	return f
}

func (s *side) load(name string) *file {
	if strings.HasPrefix(name, "../") || path.IsAbs(name) || s.bytes > maxBytes {
		return nil
	}
	content, err := s.from.Read(name)
	if err != nil {
		return nil
	}
	s.bytes += len(content)
	if s.bytes > maxBytes {
		return nil
	}
	if r, ok := s.from.(Realer); ok {
		if real := r.Real(name); real != "" && real != name {
			if f := s.read(real); f != nil {
				return f
			}
		}
	}
	if f := s.other.files[name]; f != nil && f.path == name && bytes.Equal(f.content, content) {
		return f // it is parsed once for both: its nodes are never changed
	}
	return &file{path: name, content: content}
}

// docs gives the roots of a file's YAML documents.
func (s *side) docs(f *file) []*node {
	if f == nil {
		return nil
	}
	if !f.parsed {
		f.parsed = true
		s.parsed++
		f.docs, f.broken = s.parse(f.content, func(line int) place { return place{file: f, line: line, end: line} })
	}
	return f.docs
}

// parse reads YAML documents; where says how a line of the text stands in a file.
func (s *side) parse(text []byte, where func(int) place) (docs []*node, broken bool) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var doc yaml.Node
		err := d.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return docs, false
		}
		if err != nil {
			return docs, true
		}
		if len(doc.Content) == 0 {
			continue
		}
		c := converter{side: s, where: where, text: text}
		root := c.convert(doc.Content[0], 0)
		if root == nil {
			return docs, true
		}
		if s.nodes > maxNodes {
			return docs, true
		}
		docs = append(docs, root)
	}
}

// converter makes nodes of one YAML document.
type converter struct {
	side    *side
	where   func(int) place
	text    []byte
	rows    []string
	aliased int // > 0 while inside an alias
	visited int // nodes visited through aliases
}

func (c *converter) convert(y *yaml.Node, depth int) *node {
	c.side.nodes++
	if c.aliased > 0 {
		c.visited++
	}
	if depth > maxDepth || c.visited > maxAlias || c.side.nodes > maxNodes {
		return nil
	}
	switch y.Kind {
	case yaml.AliasNode:
		if y.Alias == nil {
			return nil
		}
		c.aliased++
		defer func() { c.aliased-- }()
		return c.convert(y.Alias, depth+1)
	case yaml.MappingNode:
		return c.mapping(y, depth)
	case yaml.SequenceNode:
		n := &node{kind: sequence, at: c.where(y.Line)}
		for _, item := range y.Content {
			v := c.convert(item, depth+1)
			if v == nil {
				return nil
			}
			n.vals = append(n.vals, v)
			n.reach(v.at)
		}
		return n
	case yaml.ScalarNode:
		return c.scalar(y)
	}
	return nil
}

// reach makes a node's lines cover those of its child.
func (n *node) reach(child place) {
	if n.at.file == child.file && child.end > n.at.end {
		n.at.end = child.end
	}
}

func (c *converter) mapping(y *yaml.Node, depth int) *node {
	n := &node{kind: mapping, at: c.where(y.Line)}
	n.keys = make([]string, 0, len(y.Content)/2)
	n.vals = make([]*node, 0, len(y.Content)/2)
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, value := y.Content[i], y.Content[i+1]
		if key.ShortTag() == "!!merge" {
			if !c.merge(n, value, depth) {
				return nil
			}
			continue
		}
		v := c.convert(value, depth+1)
		if v == nil {
			return nil
		}
		if key.Kind == yaml.AliasNode && key.Alias != nil {
			key = key.Alias
		}
		if value.Kind != yaml.AliasNode || v.kind != scalar {
			v.at.line = c.where(key.Line).line
			if v.at.end < v.at.line {
				v.at.end = v.at.line
			}
		}
		n.reach(v.at)
		if j := n.index(key.Value); j >= 0 {
			n.vals[j] = v
			continue
		}
		n.keys, n.vals = append(n.keys, key.Value), append(n.vals, v)
	}
	return n
}

// merge brings in the fields of a "<<" that the mapping does not have.
func (c *converter) merge(n *node, value *yaml.Node, depth int) bool {
	from := []*yaml.Node{value}
	if value.Kind == yaml.SequenceNode {
		from = value.Content
	}
	for _, y := range from {
		m := c.convert(y, depth+1)
		if m == nil {
			return false
		}
		for i, k := range m.keys {
			if n.index(k) < 0 {
				n.keys, n.vals = append(n.keys, k), append(n.vals, m.vals[i])
			}
		}
	}
	return true
}

func (c *converter) scalar(y *yaml.Node) *node {
	n := newScalar(y.Value, y.ShortTag(), c.where(y.Line))
	switch {
	case y.Style&yaml.LiteralStyle != 0:
		rows := strings.Count(strings.TrimRight(y.Value, "\n"), "\n") + 1
		n.at.end = c.where(y.Line + rows).line
		if body := c.where(y.Line + 1); !body.vague && body.line == n.at.line+1 {
			n.body = body.line
		}
	case y.Style&yaml.FoldedStyle != 0:
		n.at.end = c.where(c.foldedEnd(y.Line)).line
	}
	return n
}

// foldedEnd finds the last line of a folded scalar whose header is on line.
func (c *converter) foldedEnd(line int) int {
	if c.rows == nil {
		c.rows = strings.Split(string(c.text), "\n")
	}
	end, indent := line, -1
	for i := line; i < len(c.rows); i++ {
		row := strings.TrimRight(c.rows[i], " \r")
		if row == "" {
			continue
		}
		in := len(row) - len(strings.TrimLeft(row, " "))
		if indent < 0 {
			if indent = in; in == 0 {
				return line
			}
		}
		if in < indent {
			break
		}
		end = i + 1
	}
	return end
}

// embedded names YAML inside a scalar; equal ones are parsed once.
type embedded struct {
	file *file
	line int
	text string
}

// inner parses the YAML that a scalar's text holds, with the lines it has in
// the file around it.
func (s *side) inner(n *node) []*node {
	if n.x != nil && n.x.filled != nil {
		return n.x.filled.inner(s)
	}
	key := embedded{n.at.file, n.at.line, n.text}
	if docs, ok := s.inline[key]; ok || n.at.file == nil {
		return docs
	}
	at, body, text := n.at, n.body, []byte(n.text)
	if n.tag == tagBinary { // a generated Secret's value
		if plain, err := base64.StdEncoding.DecodeString(n.text); err == nil {
			text = plain
		}
	}
	docs, _ := s.parse(text, func(line int) place {
		if body > 0 {
			return place{file: at.file, line: body + line - 1, end: body + line - 1, vague: at.vague}
		}
		return place{file: at.file, line: at.line, end: at.line, vague: at.vague || at.end > at.line}
	})
	s.inline[key] = docs
	return docs
}

// has reports whether some line of the file reads so.
func (f *file) has(row string) bool {
	if f.unique == nil {
		f.row(1)
		f.unique = setOf(f.rows...)
	}
	return f.unique[row]
}

// declares reports whether one of a file's documents is this object.
func (s *side) declares(f *file, id ident) bool {
	if f.objects == nil {
		f.objects = map[ident]bool{}
		for _, doc := range s.docs(f) {
			if own, ok := identOf(doc); ok {
				f.objects[own] = true
			}
		}
	}
	return f.objects[id]
}

// row is a line of a file as it stands, "" beyond its end.
func (f *file) row(line int) string {
	if f.rows == nil {
		f.rows = strings.Split(string(f.content), "\n")
	}
	if line < 1 || line > len(f.rows) {
		return ""
	}
	return f.rows[line-1]
}
