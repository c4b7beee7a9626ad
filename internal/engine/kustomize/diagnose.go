package kustomize

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/types"
)

// Diagnose says in plain words, with file and line, why a build failed.
// Kustomize's own message names no line and often the wrong file, so the
// kustomizations are walked again in Kustomize's order; the walk's first hard
// mistake wins over what is only not visible, and both over the message. A plugin
// that is not run hides no mistake behind it: the rest would have been built.
func Diagnose(fsys *FS, dir string, err error) *model.Problem {
	d := &diagnosis{fsys: fsys, cause: err.Error(), around: true}
	d.walk(dir, nil, nil)
	switch {
	case d.mistake != nil:
		return d.mistake
	case d.unseen != nil:
		return d.unseen
	}
	p := d.fromMessage(dir)
	if p.Location == nil {
		p.Location = d.fallback(dir)
	}
	return p
}

// InWords puts Kustomize's message into plain words, without a place: what it
// speaks of is not written in the directory.
func InWords(fsys *FS, dir string, err error) *model.Problem {
	p := (&diagnosis{fsys: fsys, cause: err.Error()}).fromMessage(dir)
	p.Location = nil
	return p
}

type diagnosis struct {
	fsys    *FS
	cause   string // Kustomize's message
	mistake *model.Problem
	unseen  *model.Problem
	steps   int
	around  bool // a plugin is something that cannot be had, and no mistake
	chart   bool // it is of an entry of helmCharts,
	taken   bool // which was rendered

	// What the walk passes, in its order, for placing Kustomize's message.
	visited  []kustomizationFile
	declared []named // objects in manifests
	patched  []named // objects that strategic-merge patches name
	ops      []named // JSON 6902 operations; name is the path
}

// named is a thing that a message may speak of, and its place.
type named struct {
	kind, name string
	where      *model.Position
	// version is the apiVersion of an object; namespace the one that it has where patches
	// are applied, set by its kustomization at inNamespace, or that a patch names there.
	version, namespace string
	inNamespace        *model.Position
	listed             *model.Position // the kustomization that lists an object
	kindAt             *model.Position
}

type kustomizationFile struct {
	dir, file string
	top       *yaml.Node
	namespace string // its own, or that of the nearest that includes it
}

// maxSteps bounds the kustomizations that a diagnosis looks at.
const maxSteps = 2000

func at(file string, n *yaml.Node) *model.Position {
	if n == nil || n.Line == 0 {
		return &model.Position{File: file, Line: 1, EndLine: 1, Precision: model.AtFile}
	}
	return &model.Position{File: file, Line: n.Line, EndLine: n.Line, Precision: model.AtLine}
}

func (d *diagnosis) fail(class model.Class, where *model.Position, format string, args ...any) {
	p := &model.Problem{Class: class, Message: fmt.Sprintf(format, args...), Location: where}
	switch {
	case class.Incomplete(), d.around && class == model.PluginRefused:
		if d.unseen == nil {
			d.unseen = p
		}
	case d.mistake == nil:
		d.mistake = p
	}
}

func (d *diagnosis) done() bool { return d.mistake != nil || d.steps > maxSteps }

// join is an entry's path from its kustomization; an absolute one leaves the
// repository.
func join(dir, entry string) string {
	if path.IsAbs(entry) {
		return ".."
	}
	return path.Join(dir, entry)
}

func (d *diagnosis) node(p string) sandbox.Node {
	if p == ".." || strings.HasPrefix(p, "../") {
		return sandbox.Node{Type: sandbox.IsOutside}
	}
	if c, ok := d.fsys.Made[p]; ok {
		return sandbox.Node{Type: sandbox.IsFile, Real: p, Content: c}
	}
	return d.fsys.Files.Node(p)
}

// walk looks at the kustomization of a directory; from is the entry that names
// the directory, nil for the target itself.
func (d *diagnosis) walk(dir string, from *model.Position, above []string) {
	if d.steps++; d.done() {
		return
	}
	file, content, ok := d.find(dir, from)
	if !ok {
		return
	}
	top, ok := d.parse(dir, file, content)
	if !ok {
		return
	}
	d.visited = append(d.visited, kustomizationFile{dir, file, top, d.namespaceOf(top, above)})
	above = append(above[:len(above):len(above)], dir)
	for _, key := range []string{"resources", "bases"} {
		d.entries(document.Field(top, key), func(n *yaml.Node) { d.resource(dir, file, n, above) })
	}
	d.generators(dir, file, top)
	d.entries(document.Field(top, "components"), func(n *yaml.Node) { d.component(dir, file, n, above) })
	d.patches(dir, file, top)
	for _, key := range []string{"crds", "configurations"} {
		d.entries(document.Field(top, key), func(n *yaml.Node) { d.readable(dir, file, n, n.Value, model.MissingFile) })
	}
	d.entries(document.Field(top, "replacements"), func(n *yaml.Node) {
		d.readable(dir, file, n, document.Text(document.Field(n, "path")), model.MissingFile)
	})
	if n := document.Field(document.Field(top, "openapi"), "path"); n != nil {
		d.readable(dir, file, n, n.Value, model.MissingFile)
	}
	d.plugins(dir, file, top)
}

// namespaceOf is a kustomization's own namespace, or that of the nearest above it that has
// one.
func (d *diagnosis) namespaceOf(top *yaml.Node, above []string) string {
	if own := document.Text(document.Field(top, "namespace")); own != "" || len(above) == 0 {
		return own
	}
	for _, k := range slices.Backward(d.visited) {
		if k.dir == above[len(above)-1] {
			return k.namespace
		}
	}
	return ""
}

func (d *diagnosis) entries(list *yaml.Node, do func(*yaml.Node)) {
	if list == nil || list.Kind != yaml.SequenceNode {
		return
	}
	for _, n := range list.Content {
		if d.done() {
			return
		}
		line := n
		if n = document.Follow(n); n.Line == 0 {
			n = line
		}
		do(n)
	}
}

// find reads the directory's one kustomization file.
func (d *diagnosis) find(dir string, from *model.Position) (string, []byte, bool) {
	var found []string
	var content []byte
	for _, name := range task.KustomizationNames {
		p := path.Join(dir, name)
		switch n := d.node(p); n.Type {
		case sandbox.IsFile:
			found, content = append(found, p), n.Content
		case sandbox.IsTooLarge:
			d.fail(model.TooLarge, at(p, nil), "`%s` is too large to be read", p)
			return "", nil, false
		case sandbox.IsOutside:
			d.fail(model.PathOutside, at(p, nil), "`%s` is a link that leads out of the repository", p)
			return "", nil, false
		}
	}
	switch len(found) {
	case 0:
		where := from
		if where == nil {
			where = &model.Position{File: path.Join(dir, task.KustomizationNames[0]), Line: 1, EndLine: 1, Precision: model.AtFile}
		}
		d.fail(model.MissingFile, where, "`%s` has no kustomization.yaml", dir)
		return "", nil, false
	case 1:
		return found[0], content, true
	}
	d.fail(model.InvalidKustomization, at(found[1], nil), "`%s` has more than one kustomization file: %s", dir, strings.Join(found, ", "))
	return "", nil, false
}

// parse reads a kustomization as Kustomize does.
func (d *diagnosis) parse(dir, file string, content []byte) (*yaml.Node, bool) {
	var doc yaml.Node
	if err := yaml.Unmarshal(content, &doc); err != nil {
		d.syntax(file, content, err, 0)
		return nil, false
	}
	if len(doc.Content) == 0 || document.Follow(doc.Content[0]).Kind != yaml.MappingNode {
		if len(doc.Content) == 0 || doc.Content[0].ShortTag() == "!!null" {
			d.fail(model.EmptyKustomization, at(file, nil), "`%s` is empty", file)
		} else {
			d.fail(model.InvalidKustomization, at(file, doc.Content[0]), "`%s` is not a kustomization: it is no map of fields", file)
		}
		return nil, false
	}
	top := document.Follow(doc.Content[0])
	var k types.Kustomization
	if err := k.Unmarshal(content); err != nil {
		d.fail(model.InvalidKustomization, d.locateInvalid(file, top, err), "`%s` is not a valid kustomization: %s", file, shortReason(top, err))
		return nil, false
	}
	k.FixKustomization()
	if k.CheckEmpty() != nil {
		d.fail(model.EmptyKustomization, at(file, top), "`%s` does nothing: it has no resources and no other fields", file)
		return nil, false
	}
	if errs := k.EnforceFields(); len(errs) > 0 {
		where := document.Key(top, "kind")
		if strings.Contains(errs[0], "apiVersion") {
			where = document.Key(top, "apiVersion")
		}
		d.fail(model.InvalidKustomization, at(file, where), "`%s`: %s", file, errs[0])
		return nil, false
	}
	d.asWritten(file, top)
	return top, true
}

var (
	unknownField = pattern.New(`unknown field "([^"]+)"`)
	wrongType    = pattern.New(`cannot unmarshal (\w+) into Go struct field \w+\.([A-Za-z0-9_.]+) of type ([^\s]+)`)
)

func shortReason(top *yaml.Node, err error) string {
	s := err.Error()
	if m := wrongType.FindStringSubmatch(s); m != nil {
		what := "`" + m[2] + "`"
		if n := document.Field(top, m[2]); n != nil && document.Follow(n).Kind == yaml.SequenceNode && !strings.HasPrefix(m[3], "[]") {
			what = "an entry of " + what
		}
		return fmt.Sprintf("%s takes %s, and is given %s", what, typeTaken(m[3]), typeGiven[m[1]])
	}
	for _, cut := range []string{"invalid Kustomization: ", "json: ", "error converting YAML to JSON: ", "yaml: "} {
		s = strings.TrimPrefix(s, cut)
	}
	return s
}

// locateInvalid finds the key that the decoder did not like.
func (d *diagnosis) locateInvalid(file string, top *yaml.Node, err error) *model.Position {
	if m := unknownField.FindStringSubmatch(err.Error()); m != nil {
		if n := findKey(top, m[1]); n != nil {
			return at(file, n)
		}
	}
	if m := wrongType.FindStringSubmatch(err.Error()); m != nil {
		if n := findType(top, strings.Split(m[2], "."), tagsOf[m[1]]); n != nil {
			return at(file, n)
		}
		name, _, _ := strings.Cut(m[2], ".")
		if n := document.Key(top, name); n != nil {
			return at(file, n)
		}
	}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		if line, err := strconv.Atoi(m[1]); err == nil {
			return &model.Position{File: file, Line: line, EndLine: line, Precision: model.AtLine}
		}
	}
	return at(file, nil)
}

// typeGiven are the types of JSON in plain words.
var typeGiven = map[string]string{"number": "a number (quotes make it text)", "bool": "true or false (quotes make it text)", "string": "text", "object": "a map", "array": "a list"}

// typeTaken is a type of Go in plain words.
func typeTaken(goType string) string {
	switch {
	case goType == "string":
		return "text"
	case goType == "bool":
		return "true or false"
	case strings.HasPrefix(goType, "int"):
		return "a number"
	case strings.HasPrefix(goType, "[]"):
		return "a list"
	}
	return "a map"
}

// tagsOf are the tags in YAML of the types of JSON.
var tagsOf = map[string][]string{"number": {"!!int", "!!float"}, "bool": {"!!bool"}, "string": {"!!str"}, "object": {"!!map"}, "array": {"!!seq"}}

// findType finds the first value of one of the tags at a path of fields, through lists;
// in a list or a map at its end, the first in it.
func findType(n *yaml.Node, fields, tags []string) *yaml.Node {
	n = document.Follow(n)
	switch {
	case len(fields) == 0 && slices.Contains(tags, n.ShortTag()):
		return n
	case n.Kind == yaml.MappingNode && len(fields) > 0:
		if below := document.Field(n, fields[0]); below != nil {
			return findType(below, fields[1:], tags)
		}
	case n.Kind == yaml.MappingNode:
		for i := 1; i < len(n.Content); i += 2 {
			if slices.Contains(tags, document.Follow(n.Content[i]).ShortTag()) {
				return n.Content[i]
			}
		}
	case n.Kind == yaml.SequenceNode:
		for _, item := range n.Content {
			if found := findType(item, fields, tags); found != nil {
				return found
			}
		}
	}
	return nil
}

// findKey finds the first key of this name, at any depth.
func findKey(n *yaml.Node, name string) *yaml.Node {
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == name {
				return n.Content[i]
			}
		}
	}
	for _, c := range n.Content {
		if found := findKey(c, name); found != nil {
			return found
		}
	}
	return nil
}
