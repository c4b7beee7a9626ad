package kustomize

import (
	"bytes"
	"errors"
	"maps"
	"math"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/resid"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// Kustomize looks each object up among all others, several times over, and reads what
// it compares out of their YAML: a build costs by the square of its objects
// (findings/kustomize-quadratic-in-objects.sh).
//
// Where every kustomization only gathers files, labels them and sets images, what
// becomes of an object does not depend on what stands beside it: nothing is renamed,
// so that no reference is followed, and nothing is looked for. Such a directory is
// built in parts: again and again, with other objects of its files shown each time.
// What the builds give one after the other is what one build gives. Where anything
// could make a difference, where a part fails, and where two objects have one id, the
// directory is built as ever, and its error is Kustomize's own.

// gatherFields are the fields of a kustomization by which no object meets another.
var gatherFields = []string{"apiVersion", "kind", "metadata", "resources", "labels", "commonLabels", "commonAnnotations", "images"}

// gatherLabels are the fields of a label; `fields` could write into a name.
var gatherLabels = []string{"pairs", "includeSelectors", "includeTemplates", "includeVolumeClaimTemplates"}

const (
	// manyObjects is how many objects are built as ever: the parts of few more than
	// these cost as much as the whole.
	manyObjects = 200
	// partObjects is how many objects a part has under one kustomization: what a part
	// costs in any case, and what its square costs, are about the same.
	partObjects = 64
)

// errParts ends a build that is done in parts, or not in parts after all.
var errParts = errors.New("another way to build is tried")

// parts is how a build reads files: it counts their objects, or shows some of them.
type parts struct {
	kustomizations [][]byte // read while counting
	many           bool     // too many objects were counted, or keys of one
	whole          bool     // and one of the kustomizations does more than to gather

	showing  bool
	from, to int // the objects that are shown, by the order in which they are read
	objects  int // read so far

	gathers   map[string]bool     // kustomizations, by path
	documents map[string][]string // of files, by path; none: the file is not for parts

	aside map[string][]*yaml.Node // keys that were taken out of documents
}

// read gives a file as this build is to see it.
func (p *parts) read(file string, content []byte) ([]byte, error) {
	switch {
	case p.many: // nothing of this build is asked for any more
		return nil, errParts
	case p.whole:
	case !p.showing && isKustomization(file):
		p.kustomizations = append(p.kustomizations, content)
	case !p.showing:
		p.objects += 1 + bytes.Count(content, []byte("\n---"))
		if p.objects > manyObjects || hasLongMap(content) {
			p.whole = slices.ContainsFunc(p.kustomizations, func(k []byte) bool { return !gathers(k) })
			if p.many = !p.whole; p.many {
				return nil, errParts
			}
		}
	case isKustomization(file):
		ok, known := p.gathers[file]
		if !known {
			ok = gathers(content)
			p.gathers[file] = ok
		}
		if !ok {
			return nil, errParts
		}
	default:
		return p.shown(file, content)
	}
	return content, nil
}

func (p *parts) shown(file string, content []byte) ([]byte, error) {
	docs, known := p.documents[file]
	if !known {
		docs = p.apart(content)
		p.documents[file] = docs
	}
	if docs == nil {
		return nil, errParts
	}
	from, to := max(p.from-p.objects, 0), min(p.to-p.objects, len(docs))
	p.objects += len(docs)
	switch {
	case from >= to:
		return nil, nil
	}
	text := strings.Join(docs[from:to], "\n---\n")
	if to < len(docs) {
		text += "\n" // as before a separator
	}
	return []byte(text), nil
}

// gathers reports whether a kustomization leaves each object to itself.
func gathers(content []byte) bool {
	top := single(content)
	if !hasOnly(top, gatherFields) || hasWords(document.Field(top, "commonAnnotations"), 0) {
		return false
	}
	labels := document.Field(top, "labels")
	return labels == nil || labels.Kind == yaml.SequenceNode && !slices.ContainsFunc(labels.Content, func(n *yaml.Node) bool {
		return n.Kind != yaml.MappingNode || !hasOnly(n, gatherLabels)
	})
}

// hasWords reports whether a node names annotations of Kustomize's own.
func hasWords(n *yaml.Node, depth int) bool {
	return n != nil && (depth > maxNesting || words([]byte(n.Value)) || hasWords(n.Alias, depth+1) ||
		slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return hasWords(c, depth+1) }))
}

// words reports whether a text names an annotation by which Kustomize renames an
// object, leaves it out or remembers what it was. One in UTF-16 might.
func words(text []byte) bool {
	return bytes.Contains(text, []byte("config.kubernetes.io")) || bytes.Contains(text, []byte("config.k8s.io")) || bytes.IndexByte(text, 0) >= 0
}

// separator is where Kustomize parts the documents of a file (kio.ByteReader).
var separator = pattern.New(`\n---.*\n`)

// apart gives the documents of a file as Kustomize parts them, without long maps; nil
// where one of them may come to other than one object, or has a word for Kustomize.
func (p *parts) apart(content []byte) []string {
	text := strings.ReplaceAll(string(content), "\r\n", "\n")
	docs := []string{}
	at := 0
	for _, found := range separator.FindAllStringIndex(text, -1) {
		if after := strings.TrimSpace(text[found[0]+len("\n---") : found[1]]); after != "" && after[0] != '#' {
			return nil
		}
		docs = append(docs, text[at:found[0]])
		at = found[1]
	}
	docs = append(docs, text[at:])
	long := hasLongMap(content)
	for i := range docs {
		if long {
			var keys map[string][]*yaml.Node
			docs[i], keys = setAside(docs[i])
			maps.Copy(p.aside, keys)
		}
		if words([]byte(docs[i])) || !alone(docs[i], len(docs) > 1) {
			return nil
		}
	}
	return docs
}

// alone reports whether a document is for itself: no list among others, whose items
// Kustomize puts behind them, and no word for Kustomize. Without a backslash YAML has
// no other way to write one.
func alone(doc string, among bool) bool {
	lists := among && strings.Contains(doc, "List")
	if !lists && !strings.Contains(doc, `\`) {
		return true
	}
	nodes, err := (&kio.ByteReader{Reader: strings.NewReader(doc), OmitReaderAnnotations: true, AnchorsAweigh: true, DisableUnwrapping: true}).Read()
	return err == nil && !slices.ContainsFunc(nodes, func(n *kyaml.RNode) bool {
		return among && strings.HasSuffix(n.GetKind(), "List") || words([]byte(strings.Join(slices.Collect(maps.Keys(n.GetAnnotations())), "\n")))
	})
}

// inParts builds a directory part by part; false where it has to be built as ever.
func (t *FS) inParts(dir string, order krusty.ReorderOption) ([]*resource.Resource, bool) {
	p := &parts{showing: true, to: partObjects, gathers: map[string]bool{}, documents: map[string][]string{}, aside: map[string][]*yaml.Node{}}
	t.parts = p
	defer func() { t.parts = nil }()
	var out []*resource.Resource
	for {
		p.objects = 0
		some, err := run(t, dir, krusty.ReorderOptionNone)
		if err != nil || t.trouble != nil {
			return nil, false
		}
		out = append(out, some...)
		if p.to >= p.objects {
			break
		}
		// Each kustomization and file costs what it costs, whatever is shown of it.
		size := partObjects * math.Sqrt(float64(3+len(p.gathers))/4+float64(len(p.documents))/400)
		p.from, p.to = p.to, p.to+int(size)
	}
	if !putBack(out, p.aside) {
		return nil, false
	}
	ids := make(map[resid.ResId]bool, len(out))
	for _, r := range out {
		id := r.CurId()
		id.Namespace = id.EffectiveNamespace()
		if ids[id] {
			return nil, false
		}
		ids[id] = true
	}
	if order != krusty.ReorderOptionNone {
		legacyOrder(out)
	}
	return out, true
}
