package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// facts is what one file says about which others it reads. It follows from the
// file's content alone, so it is remembered by blob.
type facts struct {
	Kind   string `json:"k,omitempty"` // of a kustomization: Kustomization or Component
	Broken bool   `json:"b,omitempty"` // does not parse: it may name anything
	// Global: the build touches Kustomize's process-wide schema.
	Global bool        `json:"g,omitempty"`
	Refs   []namedPath `json:"r,omitempty"`
	// Applied are the directories that Flux or Argo CD objects in the file name.
	Applied []string `json:"a,omitempty"`
	// Flux: the file holds a Flux Kustomization or a FluxInstance.
	Flux     bool `json:"f,omitempty"`
	Instance bool `json:"i,omitempty"` // a FluxInstance
	Source   bool `json:"o,omitempty"` // a Flux source
	Argo     bool `json:"c,omitempty"` // an Argo CD Application or ApplicationSet
	// Names are those of the file's Flux Kustomizations.
	Names    []string `json:"n,omitempty"`
	Releases []string `json:"h,omitempty"` // names of HelmReleases
}

// namedPath is a path that a file names, as it stands there.
type namedPath struct {
	Path string  `json:"p"`
	As   refRole `json:"s"`
}

type refRole byte

const (
	asResource  refRole = iota // a file, or a directory with a kustomization
	asComponent                // a directory with a Component
	asConfig                   // a transformer's or generator's configuration, which may name more files
	asFile                     // a file that is read as it is
)

type scanTask struct {
	Files []scanFile `json:"files"`
}

type scanFile struct {
	Path string   `json:"path"`
	As   scanKind `json:"as"`
}

// scanKind says how to read a file.
type scanKind byte

const (
	scanKustomization scanKind = iota
	scanConfig
	scanApplied
)

func handleScan(payload json.RawMessage, files []*sandbox.Files) (any, error) {
	var task scanTask
	if err := json.Unmarshal(payload, &task); err != nil {
		return nil, err
	}
	out := make([]facts, len(task.Files))
	for i, f := range task.Files {
		content, err := files[0].Read(f.Path)
		if failed := files[0].Failed(); failed != nil {
			return nil, failed
		}
		if err != nil {
			out[i].Broken = true
			continue
		}
		switch f.As {
		case scanKustomization:
			out[i] = scanKustomizationFile(content)
		case scanConfig:
			out[i] = scanConfigFile(content)
		case scanApplied:
			out[i] = scanAppliedFile(content)
		}
	}
	return out, nil
}

// pathFields are the fields of a kustomization whose entries are paths.
var pathFields = map[string]refRole{
	"resources": asResource, "bases": asResource, "components": asComponent,
	"generators": asConfig, "transformers": asConfig, "validators": asConfig,
	"crds": asFile, "configurations": asFile, "patchesStrategicMerge": asFile,
}

// entryFields are the fields whose entries are maps that name paths.
var entryFields = map[string][]string{
	"patches": {"path"}, "patchesJson6902": {"path"}, "replacements": {"path"},
	"configMapGenerator": {"files", "envs", "env"}, "secretGenerator": {"files", "envs", "env"},
	"helmCharts": {"valuesFile", "additionalValuesFiles"},
}

func scanKustomizationFile(content []byte) facts {
	var doc yaml.Node
	if yaml.Unmarshal(content, &doc) != nil || len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return facts{Broken: true}
	}
	f := facts{Kind: "Kustomization"}
	top := doc.Content[0]
	for i := 0; i+1 < len(top.Content); i += 2 {
		key, value := top.Content[i].Value, follow(top.Content[i+1])
		if key == "kind" && value.Value != "" {
			f.Kind = value.Value
		}
		if key == "openapi" || key == "crds" {
			f.Global = true
		}
		if key == "openapi" {
			addPath(&f, asFile, field(value, "path"))
		}
		if role, ok := pathFields[key]; ok {
			for _, item := range value.Content {
				addPath(&f, role, follow(item))
			}
		}
		for _, name := range entryFields[key] {
			for _, item := range value.Content {
				addEntry(&f, name, field(follow(item), name))
			}
		}
	}
	return f
}

func addEntry(f *facts, name string, value *yaml.Node) {
	if value == nil {
		return
	}
	if value.Kind != yaml.SequenceNode {
		addPath(f, asFile, value)
		return
	}
	for _, item := range value.Content {
		item = follow(item)
		if name == "files" {
			if _, after, ok := strings.Cut(item.Value, "="); ok { // key=path
				item = &yaml.Node{Kind: yaml.ScalarNode, Value: after}
			}
		}
		addPath(f, asFile, item)
	}
}

// maxPath is the longest text that is taken for a path, in bytes.
const maxPath = 1024

func addPath(f *facts, role refRole, n *yaml.Node) {
	if n == nil || n.Kind != yaml.ScalarNode || n.Value == "" || len(n.Value) > maxPath || strings.Contains(n.Value, "\n") {
		return
	}
	f.Refs = append(f.Refs, namedPath{Path: n.Value, As: role})
}

// scanConfigFile takes every text of a transformer's configuration that could
// be a path for one: too many is right, too few is not.
func scanConfigFile(content []byte) facts {
	var f facts
	err := eachDocument(content, func(doc *yaml.Node) {
		budget := 10_000
		var walk func(*yaml.Node)
		walk = func(n *yaml.Node) {
			if budget--; budget < 0 {
				return
			}
			if n.Kind == yaml.ScalarNode && strings.ContainsAny(n.Value, "./") {
				addPath(&f, asFile, n)
			}
			for _, c := range n.Content {
				walk(c)
			}
		}
		walk(doc)
	})
	f.Broken = err != nil
	return f
}

// scanAppliedFile finds the directories that Flux Kustomizations and Argo CD
// Applications in a file apply.
func scanAppliedFile(content []byte) facts {
	var f facts
	// What does not parse names nothing that can be applied.
	err := eachDocument(content, func(doc *yaml.Node) {
		group, _, _ := strings.Cut(text(field(doc, "apiVersion")), "/")
		spec := field(doc, "spec")
		f.Source = f.Source || group == sourceGroup || group == generatorGroup
		switch group + " " + text(field(doc, "kind")) {
		case kustomizeGroup + " Kustomization":
			f.Flux = true
			f.Names = append(f.Names, text(field(field(doc, "metadata"), "name")))
			if p := text(field(spec, "path")); p != "" {
				f.Applied = append(f.Applied, p)
			}
		case helmGroup + " HelmRelease":
			f.Releases = append(f.Releases, text(field(field(doc, "metadata"), "name")))
		case instanceGroup + " FluxInstance":
			if p := text(field(field(spec, "sync"), "path")); p != "" {
				f.Flux, f.Instance, f.Applied = true, true, append(f.Applied, p)
			}
		case argoGroup + " ApplicationSet":
			f.Argo = true
		case argoGroup + " Application":
			f.Argo = true
			if p := text(field(field(spec, "source"), "path")); p != "" {
				f.Applied = append(f.Applied, p)
			}
		}
	})
	f.Broken = err != nil
	return f
}

func eachDocument(content []byte, do func(*yaml.Node)) error {
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

// field is the value of a map's key; nil when there is none.
func field(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return follow(n.Content[i+1])
		}
	}
	return nil
}

// fieldKey is the key's own node.
func fieldKey(n *yaml.Node, key string) *yaml.Node {
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

func text(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	return n.Value
}

// follow gives the node that an alias stands for.
func follow(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}
