package render

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/types"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// diagnose says in plain words, with file and line, why a build failed.
// Kustomize's own message names no line and often the wrong file, so the
// kustomizations are walked again in Kustomize's order; the walk's first hard
// mistake wins over what is only not visible, and both over the message.
func diagnose(task buildTask, fsys *treeFS, err error) *model.Problem {
	d := &diagnosis{fsys: fsys, cause: err.Error()}
	d.walk(task.Dir, nil, nil)
	switch {
	case d.mistake != nil:
		return d.mistake
	case d.unseen != nil:
		return d.unseen
	}
	p := d.fromMessage(task.Dir)
	if p.Location == nil {
		p.Location = d.fallback(task.Dir)
	}
	return p
}

type diagnosis struct {
	fsys    *treeFS
	cause   string // Kustomize's message
	mistake *model.Problem
	unseen  *model.Problem
	steps   int

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
}

type kustomizationFile struct {
	dir, file string
	top       *yaml.Node
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
	case class.Incomplete():
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
	if c, ok := d.fsys.made[p]; ok {
		return sandbox.Node{Type: sandbox.IsFile, Real: p, Content: c}
	}
	return d.fsys.files.Node(p)
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
	d.visited = append(d.visited, kustomizationFile{dir, file, top})
	above = append(above[:len(above):len(above)], dir)
	for _, key := range []string{"resources", "bases"} {
		d.entries(field(top, key), func(n *yaml.Node) { d.resource(dir, file, n, above) })
	}
	d.generators(dir, file, top)
	d.entries(field(top, "components"), func(n *yaml.Node) { d.component(dir, file, n, above) })
	d.patches(dir, file, top)
	for _, key := range []string{"crds", "configurations"} {
		d.entries(field(top, key), func(n *yaml.Node) { d.readable(dir, file, n, n.Value, model.MissingFile) })
	}
	d.entries(field(top, "replacements"), func(n *yaml.Node) { d.readable(dir, file, n, text(field(n, "path")), model.MissingFile) })
	if n := field(field(top, "openapi"), "path"); n != nil {
		d.readable(dir, file, n, n.Value, model.MissingFile)
	}
	d.plugins(dir, file, top)
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
		if n = follow(n); n.Line == 0 {
			n = line
		}
		do(n)
	}
}

// find reads the directory's one kustomization file.
func (d *diagnosis) find(dir string, from *model.Position) (string, []byte, bool) {
	var found []string
	var content []byte
	for _, name := range kustomizationNames {
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
			where = &model.Position{File: path.Join(dir, kustomizationNames[0]), Line: 1, EndLine: 1, Precision: model.AtFile}
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
	if len(doc.Content) == 0 || follow(doc.Content[0]).Kind != yaml.MappingNode {
		if len(doc.Content) == 0 || doc.Content[0].ShortTag() == "!!null" {
			d.fail(model.EmptyKustomization, at(file, nil), "`%s` is empty", file)
		} else {
			d.fail(model.InvalidKustomization, at(file, doc.Content[0]), "`%s` is not a kustomization: it is no map of fields", file)
		}
		return nil, false
	}
	top := follow(doc.Content[0])
	var k types.Kustomization
	if err := k.Unmarshal(content); err != nil {
		d.fail(model.InvalidKustomization, d.locateInvalid(file, top, err), "`%s` is not a valid kustomization: %s", file, shortReason(err))
		return nil, false
	}
	k.FixKustomization()
	if k.CheckEmpty() != nil {
		d.fail(model.EmptyKustomization, at(file, top), "`%s` does nothing: it has no resources and no other fields", file)
		return nil, false
	}
	if errs := k.EnforceFields(); len(errs) > 0 {
		where := fieldKey(top, "kind")
		if strings.Contains(errs[0], "apiVersion") {
			where = fieldKey(top, "apiVersion")
		}
		d.fail(model.InvalidKustomization, at(file, where), "`%s`: %s", file, errs[0])
		return nil, false
	}
	return top, true
}

var (
	unknownField = regexp.MustCompile(`unknown field "([^"]+)"`)
	wrongType    = regexp.MustCompile(`Kustomization\.([A-Za-z0-9_.]+) of type`)
)

func shortReason(err error) string {
	s := err.Error()
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
		name, _, _ := strings.Cut(m[1], ".")
		if n := fieldKey(top, name); n != nil {
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

// remote reports whether Kustomize would fetch the entry.
func remote(entry string) bool {
	e := strings.ToLower(entry)
	for _, prefix := range []string{"http://", "https://", "git::", "git@", "ssh://", "file://", "github.com/", "github.com:", "gh:", "www.github.com", "git://"} {
		if strings.HasPrefix(e, prefix) {
			return true
		}
	}
	user, rest, ok := strings.Cut(e, "@")
	return ok && !strings.ContainsAny(user, "/ ") && strings.Contains(rest, ":")
}

// resource looks at one entry of resources.
func (d *diagnosis) resource(dir, file string, n *yaml.Node, above []string) {
	where, p, found, ok := d.entry(dir, file, n, n.Value)
	if !ok {
		return
	}
	switch found.Type {
	case sandbox.IsFile:
		d.manifest(found.Real, found.Content)
	case sandbox.IsDir:
		d.include(where, n.Value, found.Real, above)
	default:
		d.missing(where, p, n.Value)
	}
}

// entry finds what a path in a kustomization leads to; ok is false when that is
// nothing that can be looked at, which is noted.
func (d *diagnosis) entry(dir, file string, n *yaml.Node, entry string) (where *model.Position, p string, found sandbox.Node, ok bool) {
	where, p = at(file, n), join(dir, entry)
	if remote(entry) {
		d.fail(model.RemoteBase, where, "`%s` is fetched from elsewhere, which a review never does", entry)
		return where, p, found, false
	}
	found = d.node(p)
	switch found.Type {
	case sandbox.IsOutside:
		d.fail(model.PathOutside, where, "`%s` leads out of the repository", entry)
		return where, p, found, false
	case sandbox.IsTooLarge:
		d.fail(model.TooLarge, where, "`%s` is too large to be read", p)
		return where, p, found, false
	}
	return where, p, found, true
}

// include walks into a directory that an entry names.
func (d *diagnosis) include(where *model.Position, entry, dir string, above []string) {
	if cyclic(above, dir) {
		d.fail(model.Cycle, where, "`%s` leads back to `%s`, which includes it", entry, dir)
		return
	}
	d.walk(dir, where, above)
}

// missing is an entry that leads nowhere.
func (d *diagnosis) missing(where *model.Position, p, entry string) {
	if path.Base(p) == "flux-system" || strings.Contains(p, "flux-system/gotk-") {
		d.fail(model.FluxSystemAbsent, where, "`%s` does not exist yet: `flux bootstrap` writes it", p)
		return
	}
	if first, second, merged := strings.Cut(entry, " - "); merged {
		next := *where
		next.Line, next.EndLine = where.Line+1, where.EndLine+1
		d.fail(model.MissingFile, &next, "`%s` is indented more than the entry `%s` above it, so YAML reads both as one", second, first)
		return
	}
	switch path.Ext(p) {
	case ".yaml", ".yml", ".json":
		d.fail(model.MissingFile, where, "`%s` does not exist", p)
	default:
		d.fail(model.MissingDir, where, "`%s` does not exist", p)
	}
}

// cyclic is Kustomize's rule: a base may not be, or contain, a directory that
// is being built.
func cyclic(above []string, dir string) bool {
	for _, a := range above {
		if a == dir || dir == "." || strings.HasPrefix(a, dir+"/") {
			return true
		}
	}
	return false
}

func (d *diagnosis) component(dir, file string, n *yaml.Node, above []string) {
	where, p, found, ok := d.entry(dir, file, n, n.Value)
	if !ok {
		return
	}
	switch found.Type {
	case sandbox.IsDir:
		d.include(where, n.Value, found.Real, above)
	case sandbox.IsFile:
		d.fail(model.InvalidKustomization, where, "`%s` is a file; a component is a directory", n.Value)
	default:
		d.fail(model.MissingDir, where, "`%s` does not exist", p)
	}
}

// readable looks at an entry that must be a file.
func (d *diagnosis) readable(dir, file string, n *yaml.Node, entry string, class model.Class) []byte {
	if entry == "" || strings.Contains(entry, "\n") {
		return nil
	}
	where, p, found, ok := d.entry(dir, file, n, entry)
	if !ok {
		return nil
	}
	switch found.Type {
	case sandbox.IsFile:
		return found.Content
	case sandbox.IsDir:
		d.fail(class, where, "`%s` is a directory; a file is expected", p)
	default:
		d.fail(class, where, "`%s` does not exist", p)
	}
	return nil
}

// manifest looks at a file of objects.
func (d *diagnosis) manifest(file string, content []byte) {
	err := eachDocument(content, func(doc *yaml.Node) {
		if d.done() || doc.ShortTag() == "!!null" {
			return
		}
		if doc.Kind != yaml.MappingNode {
			d.fail(model.YAMLSyntax, at(file, doc), "`%s` holds something that is no Kubernetes object", file)
			return
		}
		kind := text(field(doc, "kind"))
		if kind == "" {
			d.fail(model.YAMLSyntax, at(file, doc), "`%s` holds an object without a kind", file)
			return
		}
		d.declared = append(d.declared, named{kind, text(field(field(doc, "metadata"), "name")), at(file, doc)})
		if text(field(field(doc, "metadata"), "name")) == "" && !strings.HasSuffix(kind, "List") && strings.Contains(d.cause, "missing metadata.name") {
			d.fail(model.YAMLSyntax, at(file, doc), "`%s` holds a %s without a metadata.name", file, kind)
		}
	})
	if err != nil {
		d.syntax(file, content, err, 0)
	}
}

func (d *diagnosis) generators(dir, file string, top *yaml.Node) {
	for _, key := range []string{"configMapGenerator", "secretGenerator"} {
		d.entries(field(top, key), func(n *yaml.Node) {
			d.entries(field(n, "files"), func(f *yaml.Node) {
				entry := f.Value
				if _, after, ok := strings.Cut(entry, "="); ok {
					entry = after
				}
				d.generatorFile(dir, file, f, entry)
			})
			d.entries(field(n, "envs"), func(f *yaml.Node) { d.generatorFile(dir, file, f, f.Value) })
			if f := field(n, "env"); f != nil {
				d.generatorFile(dir, file, f, f.Value)
			}
		})
	}
}

func (d *diagnosis) generatorFile(dir, file string, n *yaml.Node, entry string) {
	if strings.ContainsAny(entry, `"'`) && d.node(path.Join(dir, entry)).Type == sandbox.IsMissing {
		d.fail(model.GeneratorInput, at(file, n), "`%s` does not exist: quotes are part of the file name in a `files:` entry", path.Join(dir, entry))
		return
	}
	d.readable(dir, file, n, entry, model.GeneratorInput)
}

func (d *diagnosis) patches(dir, file string, top *yaml.Node) {
	for _, key := range []string{"patches", "patchesJson6902"} {
		d.entries(field(top, key), func(n *yaml.Node) {
			if p := field(n, "path"); p != nil {
				d.patchFile(dir, file, p)
			} else if inline := field(n, "patch"); inline != nil {
				d.patch(file, []byte(inline.Value), inline.Line)
			}
		})
	}
	d.entries(field(top, "patchesStrategicMerge"), func(n *yaml.Node) {
		if strings.Contains(n.Value, "\n") {
			d.patch(file, []byte(n.Value), n.Line)
			return
		}
		d.patchFile(dir, file, n)
	})
}

func (d *diagnosis) patchFile(dir, file string, n *yaml.Node) {
	if content := d.readable(dir, file, n, n.Value, model.MissingFile); content != nil {
		d.patch(d.node(path.Join(dir, n.Value)).Real, content, 0)
	}
}

// patch looks at a patch's text. An inline one is a block scalar that starts on
// the line after line; for a file line is 0.
func (d *diagnosis) patch(file string, content []byte, line int) {
	place := func(n *yaml.Node) *model.Position {
		where := at(file, n)
		where.Line, where.EndLine = where.Line+line, where.EndLine+line
		return where
	}
	err := eachDocument(content, func(doc *yaml.Node) {
		if doc.Kind != yaml.SequenceNode {
			name := field(field(doc, "metadata"), "name")
			where := place(doc)
			if name != nil {
				where = place(name)
			}
			d.patched = append(d.patched, named{text(field(doc, "kind")), text(name), where})
			return
		}
		for _, op := range doc.Content {
			d.ops = append(d.ops, named{text(field(op, "op")), text(field(op, "path")), place(op)})
		}
	})
	if err != nil {
		d.syntax(file, content, err, line)
	}
}
