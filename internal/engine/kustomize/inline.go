package kustomize

import (
	"crypto/sha256"
	"encoding/json"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/resource"

	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// A component that only has resources adds them where its kustomization stands, between
// the resources of what names it and its transformers. To Kustomize it is a
// kustomization like any other: read, decoded, its configuration merged from the
// defaults. Its files are shown among the resources of what names it instead.

// onlyResources are the fields of such a component.
var onlyResources = []string{"apiVersion", "kind", "resources"}

// inlined is a kustomization as it is shown to Kustomize: its first components that
// only have resources are among its own. Generators run between the two: they must not
// merge into what a component brings, and what they make is put before it afterwards.
func (t *FS) inlined(file string, content []byte, top *yaml.Node) []byte {
	text := string(content)
	components, resources := document.Field(top, "components"), document.Field(top, "resources")
	if components == nil || mergesInto(top) || strings.Contains(text, "\n---") || strings.Contains(text, "\n...") {
		return content
	}
	entries, ok := paths(resources)
	names, okToo := paths(components)
	if !ok || !okToo {
		return content
	}
	dir, rest := path.Dir(file), names
	late := &late{generated: generatedBy(top)}
	if len(late.generated) > 0 && (dir != t.flattening.roots[0] || document.Field(top, "sortOptions") != nil) {
		return content
	}
	for len(rest) > 0 {
		files, ok := t.brought(dir, rest[0])
		for i := 0; i < len(files) && ok && len(late.generated) > 0; i++ {
			ok = late.bring(t.Files.Node(path.Join(dir, files[i])).Content)
		}
		if !ok {
			break
		}
		entries, rest = append(entries, files...), rest[1:]
	}
	if len(rest) == len(names) {
		return content
	}
	out, ok := withEntries(text, top, map[string][]string{"resources": entries, "components": rest})
	if !ok {
		return content
	}
	t.flattening.used = true
	if len(late.generated) > 0 {
		t.flattening.late = late
	}
	return []byte(out)
}

// late are the last objects of a build in which components stand among the resources, in
// the order in which they come: what the components brought, then what was generated.
type late struct{ brought, generated []called }

// called is an object by its kind and name in its file.
type called struct{ kind, name string }

// is reports whether an object is the one, with what transformers added to its name.
func (c called) is(r *resource.Resource) bool {
	return r.GetKind() == c.kind && strings.Contains(r.GetName(), c.name)
}

// bring notes the objects of a file; false where they are not one for each document.
func (l *late) bring(content []byte) bool {
	list := calledIn.of(content, func() []called {
		ok := !words(content)
		var out []called
		err := document.Each(content, func(n *yaml.Node) {
			one := called{document.Text(document.Field(n, "kind")), document.Text(document.Field(document.Field(n, "metadata"), "name"))}
			ok = ok && one.kind != "" && one.name != "" && !strings.HasSuffix(one.kind, "List")
			out = append(out, one)
		})
		if !ok || err != nil {
			return nil
		}
		return out
	})
	l.brought = append(l.brought, list...)
	return len(list) > 0
}

// What a component's files hold is read once for the many builds that show them.
var (
	calledIn  = readOnce[called]{}
	entriesIn = readOnce[string]{}
)

// readOnce remembers what files were read to, by their content.
type readOnce[T any] struct {
	sync.Mutex
	known map[[sha256.Size]byte][]T
}

// maxRead bounds how many files are remembered.
const maxRead = 1000

func (r *readOnce[T]) of(content []byte, read func() []T) []T {
	digest := sha256.Sum256(content)
	r.Lock()
	defer r.Unlock()
	out, known := r.known[digest]
	if !known {
		if len(r.known) >= maxRead || r.known == nil {
			r.known = map[[sha256.Size]byte][]T{}
		}
		out = read()
		r.known[digest] = out
	}
	return out
}

// inOrder puts what was generated before what components brought, as Kustomize does; false
// where the last objects are others.
func (l *late) inOrder(objects []*resource.Resource) ([]*resource.Resource, bool) {
	last := slices.Concat(l.brought, l.generated)
	from := len(objects) - len(last)
	if from < 0 {
		return nil, false
	}
	for i, one := range last {
		if !one.is(objects[from+i]) {
			return nil, false
		}
	}
	middle := from + len(l.brought)
	return slices.Concat(objects[:from], objects[middle:], objects[from:middle]), true
}

// generatedBy are the objects that the generators of a kustomization make.
func generatedBy(top *yaml.Node) (out []called) {
	for _, generator := range [][2]string{{"configMapGenerator", "ConfigMap"}, {"secretGenerator", "Secret"}} {
		if list := document.Field(top, generator[0]); list != nil {
			for _, n := range list.Content {
				out = append(out, called{generator[1], document.Text(document.Field(n, "name"))})
			}
		}
	}
	return out
}

// mergesInto reports whether a generator does more than to add what it makes.
func mergesInto(top *yaml.Node) bool {
	for _, generator := range []string{"configMapGenerator", "secretGenerator"} {
		list := document.Field(top, generator)
		if list != nil && slices.ContainsFunc(list.Content, func(n *yaml.Node) bool {
			behavior := document.Field(n, "behavior")
			return behavior != nil && behavior.Value != "create"
		}) {
			return true
		}
	}
	return false
}

// paths are the entries of a list, where each is a text by all readings of YAML.
func paths(list *yaml.Node) ([]string, bool) {
	if list == nil {
		return nil, true
	}
	if list.Kind != yaml.SequenceNode {
		return nil, false
	}
	var out []string
	for _, n := range list.Content {
		isText := strings.Contains(n.Value, "/") || strings.HasSuffix(n.Value, ".yaml") || strings.HasSuffix(n.Value, ".yml")
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" || !isText {
			return nil, false
		}
		out = append(out, n.Value)
	}
	return out, true
}

// brought are the files of a component that has nothing else, as seen from dir.
func (t *FS) brought(dir, component string) ([]string, bool) {
	at := path.Join(dir, component)
	if n := t.Files.Node(at); !plainPath(component) || n.Type != sandbox.IsDir || n.Real != at {
		return nil, false
	}
	var own sandbox.Node
	for _, name := range task.KustomizationNames { // Kustomize asks for each, and wants one
		_, made := t.Made[path.Join(at, name)]
		n := t.Files.Node(path.Join(at, name))
		if made || n.Type != sandbox.IsMissing && (n.Type != sandbox.IsFile || own.Type == sandbox.IsFile) {
			return nil, false
		}
		if n.Type == sandbox.IsFile {
			own = n
		}
	}
	entries := entriesIn.of(own.Content, func() []string {
		top := single(own.Content)
		if !hasOnly(top, onlyResources) || document.Text(document.Field(top, "apiVersion")) != "kustomize.config.k8s.io/v1alpha1" || document.Text(document.Field(top, "kind")) != "Component" {
			return nil
		}
		list, _ := paths(document.Field(top, "resources"))
		return list
	})
	if len(entries) == 0 {
		return nil, false
	}
	var out []string
	for _, entry := range entries {
		file := path.Join(at, entry)
		seen, err := filepath.Rel(dir, file)
		if n := t.Files.Node(file); err != nil || !plainPath(entry) || !plainPath(seen) || n.Type != sandbox.IsFile || n.Real != file {
			return nil, false
		}
		out = append(out, seen)
	}
	t.Origins[sha256.Sum256(own.Content)] = own.Real
	return out, true
}

// withEntries writes the lists of a kustomization anew and leaves its other lines as
// they are; false where its keys do not each begin a line, or one is there twice.
func withEntries(text string, top *yaml.Node, lists map[string][]string) (string, bool) {
	if strings.HasPrefix(text, "{") { // one of JSON, as Flux' fields are added to
		return withFields(text, top, lists)
	}
	lines := strings.SplitAfter(text, "\n")
	var out strings.Builder
	write := func(key string) {
		if j, err := json.Marshal(lists[key]); err == nil && len(lists[key]) > 0 { // JSON is YAML
			out.WriteString(key + ": " + string(j) + "\n")
		}
		delete(lists, key)
	}
	before, seen := 0, map[string]bool{}
	for i := 0; i < len(top.Content); i += 2 {
		key := top.Content[i]
		from, to := key.Line-1, len(lines)
		if i+2 < len(top.Content) {
			to = top.Content[i+2].Line - 1
		}
		if seen[key.Value] || key.Column != 1 || from < before || to <= from || !strings.HasPrefix(lines[from], key.Value) {
			return "", false
		}
		if _, ours := lists[key.Value]; ours {
			write(key.Value)
		} else {
			out.WriteString(strings.Join(lines[from:to], ""))
		}
		before, seen[key.Value] = to, true
	}
	if out.Len() > 0 && !strings.HasSuffix(out.String(), "\n") {
		out.WriteString("\n")
	}
	write("resources") // where there were none
	return out.String(), true
}

// withFields is withEntries for JSON.
func withFields(text string, top *yaml.Node, lists map[string][]string) (string, bool) {
	var fields map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &fields) != nil || len(fields) != len(top.Content)/2 {
		return "", false
	}
	for key, entries := range lists {
		delete(fields, key)
		if j, err := json.Marshal(entries); err == nil && len(entries) > 0 {
			fields[key] = j
		}
	}
	out, err := json.Marshal(fields)
	return string(out), err == nil
}
