package schema

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// bundle is made by generate.
//
//go:embed schemas.zip
var bundle []byte

// Names of the bundle's entries.
const (
	KubernetesEntry  = "kubernetes.json"
	DefinitionsEntry = "definitions.txt" // see Releases.WriteDefinitions
	CustomEntry      = "custom.json"
)

// ShapeEntry is the name of the entry of a custom kind's shape.
func ShapeEntry(i int) string { return "shapes/" + strconv.Itoa(i) + ".json" }

// KindName names a kind in one version as the bundle does: "apps/v1 Deployment",
// "v1 Service".
func KindName(group, version, kind string) string {
	if group == "" {
		return version + " " + kind
	}
	return group + "/" + version + " " + kind
}

// Releases are Kubernetes' built-in kinds in several releases. A bit of In is a
// release, by its index in Names.
type Releases struct {
	Names       []string             `json:"names"` // "1.29", oldest first
	Definitions map[string][]Variant `json:"-"`
	Kinds       map[string]Kind      `json:"kinds"` // by KindName
}

// WriteDefinitions writes a line for each definition, its name and its variants: most are
// never asked for, and to decode all of them would take longer than most of what asks.
func (r *Releases) WriteDefinitions(w io.Writer) error {
	for _, name := range slices.Sorted(maps.Keys(r.Definitions)) {
		variants, err := json.Marshal(r.Definitions[name])
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s %s\n", name, variants); err != nil {
			return err
		}
	}
	return nil
}

// Variant is a definition as some releases have it.
type Variant struct {
	In    uint32          `json:"in"`
	Shape json.RawMessage `json:"shape"`
}

// Kind is a built-in kind in one version of its group.
type Kind struct {
	In         uint32 `json:"in"`
	Definition string `json:"definition"`
}

// Add notes a definition of one release.
func (r *Releases) Add(name string, shape []byte, bit uint32) {
	for i, v := range r.Definitions[name] {
		if bytes.Equal(v.Shape, shape) {
			r.Definitions[name][i].In |= bit
			return
		}
	}
	r.Definitions[name] = append(r.Definitions[name], Variant{In: bit, Shape: shape})
}

// Custom is the schema of a custom kind in one version, as the releases of a
// project from First to Release have it, as far as they are here.
type Custom struct {
	Project string `json:"project"`
	First   string `json:"first"`
	Release string `json:"release"`
	Shape   int    `json:"shape"` // see ShapeEntry
}

// library is the bundle, opened; shapes are read when they are first asked for.
type library struct {
	files    map[string]*zip.File
	releases Releases
	variants map[string][]byte // by definition, as they are written
	custom   func() map[string][]Custom
	groups   map[string]bool // the built-in ones
	kinds    map[string]bool // the built-in ones: KindName without the version

	mu    sync.Mutex
	links []map[string]*Shape // by release: definitions, linked
	read  map[int]*Shape      // custom shapes
}

var open = sync.OnceValue(func() *library { return readBundle(bundle) })

// readBundle panics on a bundle that is not what generate makes: a test reads it.
func readBundle(bundle []byte) *library {
	l := &library{files: map[string]*zip.File{}, groups: map[string]bool{}, kinds: map[string]bool{}, read: map[int]*Shape{}}
	z, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	if err != nil {
		panic(fmt.Sprintf("open the bundle of schemas: %v", err))
	}
	for _, f := range z.File {
		l.files[f.Name] = f
	}
	l.decode(KubernetesEntry, &l.releases)
	l.variants = l.readDefinitions()
	l.custom = sync.OnceValue(func() (custom map[string][]Custom) {
		l.decode(CustomEntry, &custom)
		return custom
	})
	for name := range l.releases.Kinds {
		group, rest := splitKind(name)
		l.groups[group] = true
		_, kind, _ := strings.Cut(rest, " ")
		l.kinds[KindName(group, "", kind)] = true
	}
	l.links = make([]map[string]*Shape, len(l.releases.Names))
	return l
}

// readDefinitions reads what WriteDefinitions wrote, without a look at the variants.
func (l *library) readDefinitions() map[string][]byte {
	out := map[string][]byte{}
	for line := range bytes.Lines(l.entry(DefinitionsEntry)) {
		name, variants, _ := bytes.Cut(line, []byte(" "))
		out[string(name)] = variants
	}
	return out
}

// entry reads a file of the bundle.
func (l *library) entry(name string) []byte {
	f, err := l.files[name].Open()
	var content []byte
	if err == nil {
		content, err = io.ReadAll(f)
	}
	if err != nil {
		panic(fmt.Sprintf("read %s of the bundle of schemas: %v", name, err))
	}
	return content
}

func (l *library) decode(name string, into any) { unmarshal(name, l.entry(name), into) }

func unmarshal(name string, content []byte, into any) {
	if err := json.Unmarshal(content, into); err != nil {
		panic(fmt.Sprintf("read %s of the bundle of schemas: %v", name, err))
	}
}

// splitKind gives the group of a KindName and the rest.
func splitKind(name string) (group, rest string) {
	if i := strings.IndexByte(name, '/'); i >= 0 {
		return name[:i], name[i+1:]
	}
	return "", name
}

// builtIn gives a definition of a release with all that it refers to.
func (l *library) builtIn(release int, definition string) *Shape {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.links[release] == nil {
		l.links[release] = map[string]*Shape{}
	}
	return l.definition(release, definition)
}

func (l *library) definition(release int, name string) *Shape {
	if s := l.links[release][name]; s != nil {
		return s
	}
	s := &Shape{Open: true}
	l.links[release][name] = s // a definition may hold itself
	var variants []Variant
	if written := l.variants[name]; written != nil {
		unmarshal(name, written, &variants)
	}
	for _, v := range variants {
		if v.In&(1<<release) != 0 {
			*s = Shape{}
			unmarshal(name, v.Shape, s)
		}
	}
	if s.Fields["metadata"] != nil && s.Fields["status"] != nil {
		s.Fields["status"] = &Shape{Open: true} // what is applied has none, or it is dropped
	}
	l.link(release, s)
	return s
}

// link puts definitions in the place of their names.
func (l *library) link(release int, s *Shape) {
	follow := func(at **Shape) {
		if *at == nil {
			return
		}
		if (*at).Ref != "" {
			*at = l.definition(release, (*at).Ref)
			return
		}
		l.link(release, *at)
	}
	for name, f := range s.Fields {
		follow(&f)
		s.Fields[name] = f
	}
	follow(&s.Values)
	follow(&s.Items)
}

// metadata is what every object's metadata is, in the newest release.
func (l *library) metadata() *Shape {
	return l.builtIn(len(l.releases.Names)-1, "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta")
}

// shape gives the shape of a custom kind.
func (l *library) shape(i int) *Shape {
	meta := l.metadata()
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.read[i]
	if s == nil {
		s = &Shape{}
		l.decode(ShapeEntry(i), s)
		s.compile()
		s.root(meta)
		l.read[i] = s
	}
	return s
}

// compile makes the patterns of a shape and of all below it.
func (s *Shape) compile() {
	if s == nil {
		return
	}
	if s.Bounds != nil && s.Bounds.Pattern != "" {
		s.pattern = regexp.MustCompile(s.Bounds.Pattern) // it was compiled when the bundle was made
	}
	for _, f := range s.Fields {
		f.compile()
	}
	s.Values.compile()
	s.Items.compile()
}

// anyKind is what is known of an object of any kind.
func (l *library) anyKind() *Shape {
	return &Shape{Type: Object, Open: true, Fields: map[string]*Shape{"metadata": l.metadata(), "spec": {Open: true}}}
}

// root makes the shape of a custom kind's schema that of a whole object.
func (s *Shape) root(meta *Shape) {
	if s.Fields == nil {
		s.Fields = map[string]*Shape{}
	}
	s.Fields["apiVersion"], s.Fields["kind"], s.Fields["metadata"] = &Shape{Type: String}, &Shape{Type: String}, meta
	s.Fields["status"] = &Shape{Open: true}
}
