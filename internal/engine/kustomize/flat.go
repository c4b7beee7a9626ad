package kustomize

import (
	"bytes"
	"crypto/sha256"
	"path"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/provider"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/resource"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// Most of what a build of many overlays costs is spent on the bases that they share:
// Kustomize makes each base anew for each overlay. A base that only gathers files and
// labels them comes to the same objects every time, so that it is made once and given
// to the overlay as one file of those objects.
//
// Kustomize tries an entry of `resources` as a file before it takes it for a directory:
// a directory that is flat here answers as that file. Where anything could make a
// difference it is not flat, and the build goes as ever. A build that fails is done
// again with no base flat, so that its error names what the author wrote.

// flatFields are the fields of a base that rename nothing, generate nothing and
// reach outside of nothing: what they make is kept whole by YAML.
var flatFields = []string{"apiVersion", "kind", "metadata", "resources", "labels", "commonLabels", "commonAnnotations", "images", "replicas"}

// overFlat are the fields of a kustomization that may stand over a flat base. The
// others read configuration, or say where an object came from.
var overFlat = slices.Concat(flatFields, []string{"components", "namespace", "namePrefix", "nameSuffix", "patches", "patchesStrategicMerge",
	"patchesJson6902", "configMapGenerator", "secretGenerator", "generatorOptions", "replacements", "sortOptions"})

const (
	// flatAfter is how often a base is built as ever before it is made flat: a base
	// of one overlay is built once for each side.
	flatAfter = 2
	// flatVersions is how many contents of one base are kept: those of two sides, and
	// of two more.
	flatVersions = 4
	// flatBytes bounds what is kept, 32 MiB.
	flatBytes = 32 << 20
)

// base is what one content of a directory comes to.
type base struct {
	asked []asked
	text  []byte // nil where it is not flat
}

// asked is one answer of the file system that a build had.
type asked struct {
	path   string
	node   sandbox.Node
	digest *[sha256.Size]byte // of a file that was read
}

// flats are the bases of this process. What it is told of a tree decides whether one
// of them holds: a base of other files is another.
var flats = struct {
	sync.Mutex
	uses  map[string]int
	bases map[string][]*base
	bytes int
}{uses: map[string]int{}, bases: map[string][]*base{}}

// flattening is a build's use of flat bases.
type flattening struct {
	allowed map[string]bool // directories that a kustomization has among its resources
	refused map[string]bool // and those that something else names too
	roots   []string        // directories of the kustomizations that were read
	off     bool
	used    bool
	late    *late // nil where the objects come in their order
}

// expect looks at a kustomization that the build reads; it gives its map where others
// may be read in another way for it.
func (f *flattening) expect(file string, content []byte) (*yaml.Node, bool) {
	f.roots = append(f.roots, path.Dir(file))
	top := single(content)
	if f.off = f.off || !hasOnly(top, overFlat); f.off {
		return nil, false
	}
	for i := 0; i+1 < len(top.Content); i += 2 {
		f.entries(path.Dir(file), top.Content[i].Value, top.Content[i+1], 0)
	}
	return top, !f.off
}

func (f *flattening) entries(dir, key string, n *yaml.Node, depth int) {
	if n.Kind == yaml.AliasNode || depth > maxNesting {
		f.off = true
		return
	}
	if n.Kind == yaml.ScalarNode {
		if key == "resources" {
			if plainPath(n.Value) {
				f.allowed[path.Join(dir, n.Value)] = true
			}
			return
		}
		if len(n.Value) <= maxPath { // a generator may have a key before the path
			_, file, _ := strings.Cut(n.Value, "=")
			f.refused[path.Join(dir, n.Value)], f.refused[path.Join(dir, file)] = true, true
		}
	}
	for _, c := range n.Content {
		f.entries(dir, key, c, depth+1)
	}
}

// plainPath reports whether an entry is a path to Kustomize by any reading: no address
// of a repository, absolute, or one that it calls ambiguous.
func plainPath(entry string) bool {
	rest := entry
	for up := true; up; {
		rest, up = strings.CutPrefix(strings.TrimPrefix(rest, "./"), "../")
	}
	if strings.HasPrefix(strings.ToLower(rest), "github.com") {
		return false
	}
	for _, part := range strings.Split(strings.TrimSuffix(rest, "/"), "/") {
		odd := func(c rune) bool {
			return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("._-", c)
		}
		if part == "" || part[0] == '.' || strings.Contains(part, "..") || strings.ContainsFunc(part, odd) {
			return false
		}
	}
	return true
}

const (
	// maxNesting bounds how deep a kustomization over a flat base may nest.
	maxNesting = 30
	// maxPath is Linux's PATH_MAX: a longer text is no path.
	maxPath = 4096
)

// single is the map of a file with one YAML document; nil for another.
func single(content []byte) *yaml.Node {
	var docs []*yaml.Node
	if document.Each(content, func(n *yaml.Node) { docs = append(docs, n) }) != nil || len(docs) != 1 || docs[0].Kind != yaml.MappingNode {
		return nil
	}
	return docs[0]
}

func hasOnly(top *yaml.Node, fields []string) bool {
	if top == nil {
		return false
	}
	for i := 0; i < len(top.Content); i += 2 {
		if !slices.Contains(fields, top.Content[i].Value) {
			return false
		}
	}
	return true
}

// flat gives the objects of a directory as one file, where it is a flat base.
func (t *FS) flat(dir string) ([]byte, bool) {
	if t.flattening == nil || t.flattening.off || !t.flattening.allowed[dir] || t.flattening.refused[dir] {
		return nil, false
	}
	delete(t.flattening.allowed, dir) // once for each kustomization that has it
	flats.Lock()
	defer flats.Unlock()
	if len(flats.uses) > 10_000 {
		clear(flats.uses)
	}
	if flats.uses[dir]++; flats.uses[dir] <= flatAfter {
		return nil, false
	}
	b := t.known(dir)
	if b == nil {
		b = t.makeFlat(dir)
		keepFlat(dir, b)
	}
	if b.text == nil {
		return nil, false
	}
	for _, a := range b.asked {
		_, made := t.Made[a.path]
		if made || a.digest != nil && isKustomization(a.path) && t.flattening.within(path.Dir(a.path)) {
			return nil, false
		}
	}
	for _, a := range b.asked {
		if a.digest != nil {
			t.Origins[*a.digest] = a.node.Real
		}
	}
	t.flattening.used = true
	return b.text, true
}

// within reports whether a kustomization that was read lies in a directory: Kustomize
// refuses one that holds what leads to it.
func (f *flattening) within(dir string) bool {
	return slices.ContainsFunc(f.roots, func(root string) bool { return dir == "." || root == dir || strings.HasPrefix(root, dir+"/") })
}

func isKustomization(file string) bool {
	return slices.Contains(task.KustomizationNames, path.Base(file))
}

// known is the base that was made of the same files.
func (t *FS) known(dir string) *base {
	for _, b := range flats.bases[dir] {
		if !slices.ContainsFunc(b.asked, func(a asked) bool { return !sameNode(t.Files.Node(a.path), a.node) }) {
			return b
		}
	}
	return nil
}

func sameNode(a, b sandbox.Node) bool {
	return a.Type == b.Type && a.Real == b.Real && bytes.Equal(a.Content, b.Content)
}

func keepFlat(dir string, b *base) {
	size := len(b.text)
	for _, a := range b.asked {
		size += len(a.path) + len(a.node.Content)
	}
	if flats.bytes+size > flatBytes {
		clear(flats.bases)
		flats.bytes = 0
	}
	if size > flatBytes/4 {
		return
	}
	kept := append(flats.bases[dir], b)
	flats.bases[dir] = kept[max(0, len(kept)-flatVersions):]
	flats.bytes += size // of those that go as well, until all do
}

// makeFlat builds a directory by itself, as it is in the task's files.
func (t *FS) makeFlat(dir string) *base {
	out := &base{}
	own := NewFS(t.Files)
	seen := map[string]bool{}
	own.noted = func(a asked) {
		if a.digest != nil || !seen[a.path] {
			out.asked = append(out.asked, a)
			seen[a.path] = true
		}
	}
	m, err := Build(own, path.Join(Mount, dir), krusty.ReorderOptionNone)
	if err != nil || own.trouble != nil || own.listed || t.Files.Failed() != nil || !plainFiles(out.asked) {
		return out
	}
	text, ok := flatText(m)
	if ok {
		out.text = text
	}
	return out
}

// plainFiles reports whether what a build read has flat kustomizations and manifests
// without words for Kustomize in them, by which they would be renamed or left out.
func plainFiles(read []asked) bool {
	for _, a := range read {
		switch {
		case a.digest == nil:
		case isKustomization(a.path):
			top := single(a.node.Content)
			kind := document.Text(document.Field(top, "kind")) // Kustomize refuses a component among resources
			if !hasOnly(top, flatFields) || hasWords(document.Field(top, "commonAnnotations"), 0) || kind != "" && kind != "Kustomization" {
				return false
			}
		case words(a.node.Content), !alone(string(a.node.Content), false):
			return false
		}
	}
	return true
}

// flatText writes a build's objects, and proves that they read the same again. In one
// with a namespace, a reference of another would be filled in by the build alone.
func flatText(objects []*resource.Resource) ([]byte, bool) {
	var out strings.Builder
	for _, r := range objects {
		if r.GetNamespace() != "" {
			return nil, false
		}
		text, err := r.RNode.String()
		if err != nil {
			return nil, false
		}
		out.WriteString("---\n" + text)
	}
	again, err := resmap.NewFactory(provider.NewDefaultDepProvider().GetResourceFactory()).NewResMapFromBytes([]byte(out.String()))
	if err != nil || again.Size() != len(objects) || len(objects) == 0 {
		return nil, false
	}
	for i, r := range again.Resources() {
		if !sameYAML(r.YNode(), objects[i].YNode(), 0) {
			return nil, false
		}
	}
	return []byte(out.String()), true
}

// sameYAML compares nodes in all that a build looks at. A key that a transformer made
// has no tag yet, and is looked up by its text; whether a map or list is written in
// one line, nobody asks.
func sameYAML(a, b *kyaml.Node, depth int) bool {
	if a.Kind != b.Kind || a.ShortTag() != b.ShortTag() || a.Value != b.Value || a.Kind == kyaml.ScalarNode && a.Style != b.Style || a.Anchor != b.Anchor ||
		a.Kind == kyaml.AliasNode || len(a.Content) != len(b.Content) || depth > 200 {
		return false
	}
	for i := range a.Content {
		key := a.Kind == kyaml.MappingNode && i%2 == 0
		if x, y := a.Content[i], b.Content[i]; !sameYAML(x, y, depth+1) || !key && x.Kind == kyaml.ScalarNode && x.Tag != y.Tag {
			return false
		}
	}
	return true
}
