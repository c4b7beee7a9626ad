package argo

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"

	"github.com/gobwas/glob"
	"github.com/seaworthy-dev/seaworthy/internal/engine/decode"
	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
	"github.com/seaworthy-dev/seaworthy/internal/engine/kustomize"
	"github.com/seaworthy-dev/seaworthy/internal/engine/object"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	yamlnode "go.yaml.in/yaml/v3"
	kubeyaml "k8s.io/apimachinery/pkg/util/yaml"
)

// plain builds a directory's manifests as they are.
func plain(part task.ArgoPart, fsys *kustomize.FS, more *object.Remarks) ([]map[string]any, error) {
	var directory task.ArgoDirectory
	if part.Directory != nil {
		directory = *part.Directory
	}
	files, programs, err := plainManifests(directory, fsys.Files, part.Dir)
	if err != nil {
		return nil, err
	}
	for _, p := range programs {
		more.Lack(&model.Problem{Class: model.UnsupportedSource, Message: fmt.Sprintf("Argo CD evaluates `%s`, which a review does not do", p.file), Location: atFile(p.file)},
			task.Unseen{Text: fmt.Sprintf("`%s` is Jsonnet", p.file), Print: p.print})
	}
	if len(files) == 0 {
		return nil, nil
	}
	file, _, found := kustomize.Own(fsys, part.Dir)
	if found && slices.Contains(files, path.Base(file)) {
		return nil, &model.Problem{Class: model.InvalidKustomization, Location: atFile(file),
			Message: fmt.Sprintf("the Application says `directory`: `%s` is one of its manifests then, and no cluster has its kind", file)}
	}
	if objects, ok, err := read(fsys.Files, part.Dir, files); ok || err != nil {
		return objects, err
	}
	// Kustomize says in plain words what is wrong with which line.
	fsys.Made[file] = kustomize.Over(files)
	resources, err := around(part, fsys, more)
	if err != nil {
		return nil, err
	}
	// Manifests are not read strictly: of a key that stands twice the last counts
	// (gitops-engine v0.7.3, SplitYAML; apimachinery v0.34's decoder).
	for _, r := range resources {
		decode.LastWins(r.YNode())
	}
	return decode.All(resources)
}

// read gives the objects of manifests as Argo CD reads them: nothing is left out or
// refused of what it applies (argo-cd v3, reposerver/repository splitYAMLOrJSON). ok is
// false where some document is no object that a cluster could have.
func read(files *sandbox.Files, dir string, names []string) (objects []map[string]any, ok bool, err error) {
	for _, name := range names {
		found, ok, err := readOne(files, path.Join(dir, name))
		if !ok || err != nil {
			return nil, false, err
		}
		objects = append(objects, found...)
	}
	return objects, true, nil
}

func readOne(files *sandbox.Files, file string) (objects []map[string]any, ok bool, err error) {
	content, err := files.Read(file)
	if err != nil {
		return nil, false, nil // it is said with more words below
	}
	d := kubeyaml.NewYAMLOrJSONDecoder(bytes.NewReader(content), 4096)
	for docs := 0; ; docs++ {
		var raw json.RawMessage
		switch err := d.Decode(&raw); {
		case errors.Is(err, io.EOF):
			return objects, true, nil
		case err != nil:
			return nil, false, nil
		case docs > 0 && path.Ext(file) == ".json":
			return nil, false, &model.Problem{Class: model.YAMLSyntax, Location: atFile(file), Message: fmt.Sprintf("`%s` holds several objects: Argo CD takes one only from a JSON file", file)}
		}
		if len(raw) == 0 || string(raw) == "null" {
			continue // nothing stands between the separators
		}
		value, err := decode.JSON(raw)
		if err != nil {
			return nil, false, nil
		}
		found, ok := items(value, 0)
		if !ok {
			return nil, false, nil
		}
		objects = append(objects, found...)
	}
}

// items gives an object, or those of a list in its place.
func items(value any, depth int) (objects []map[string]any, ok bool) {
	fields, _ := value.(map[string]any)
	if kind, _ := fields["kind"].(string); kind == "" || depth > decode.MaxDepth {
		return nil, false
	}
	list, isList := fields["items"].([]any)
	switch {
	case isList:
		for _, item := range list {
			found, ok := items(item, depth+1)
			if !ok {
				return nil, false
			}
			objects = append(objects, found...)
		}
		return objects, true
	case isNullList(fields):
		return nil, true
	}
	meta := object.Map(fields, "metadata")
	name, _ := meta["name"].(string)
	generated, _ := meta["generateName"].(string)
	version, _ := fields["apiVersion"].(string)
	return []map[string]any{fields}, version != "" && name+generated != ""
}

// isNullList reports whether an object is a list whose items are null.
func isNullList(fields map[string]any) bool {
	items, has := fields["items"]
	return has && items == nil && fields["spec"] == nil && fields["status"] == nil
}

func atFile(file string) *model.Position {
	return &model.Position{File: file, Line: 1, EndLine: 1, Precision: model.AtFile}
}

// program is a file of a directory that is evaluated; print is equal where it and
// all that it could import from the directory is.
type program struct{ file, print string }

// plainManifests lists what Argo CD takes from a plain directory: the manifests, by
// their path in it, and the Jsonnet that it evaluates.
func plainManifests(d task.ArgoDirectory, files *sandbox.Files, dir string) (manifests []string, programs []program, err error) {
	filter, err := newFilter(d)
	if err != nil {
		return nil, nil, err
	}
	arguments, _ := json.Marshal(d.Jsonnet) // decoded JSON marshals
	imports := sha256.New()
	imports.Write(arguments)
	var walk func(at, rel string)
	walk = func(at, rel string) {
		for _, name := range files.List(at) {
			p, r := path.Join(at, name), path.Join(rel, name)
			switch n := files.Node(p); n.Type {
			case sandbox.IsDir:
				if d.Recurse && n.Real == p {
					walk(p, r)
				}
			case sandbox.IsFile:
				switch path.Ext(name) {
				case ".yaml", ".yml", ".json":
					if !filter.takes(r) {
						continue
					}
					if content, err := files.Read(p); err != nil || isManifest(name, content) {
						manifests = append(manifests, r)
					}
				case ".jsonnet", ".libsonnet":
					content, err := files.Read(p)
					fmt.Fprintf(imports, "%s %v %x\n", p, err, sha256.Sum256(content))
					if path.Ext(name) == ".jsonnet" && filter.takes(r) {
						programs = append(programs, program{file: p})
					}
				}
			}
		}
	}
	walk(dir, "")
	for i := range programs {
		programs[i].print = hex.EncodeToString(imports.Sum(nil)[:12])
	}
	return manifests, programs, nil
}

// skipMarker anywhere in a file keeps Argo CD from taking it for a manifest.
const skipMarker = "+argocd:skip-file-rendering"

// isManifest reports whether Argo CD takes a file of a plain directory for a manifest
// (argo-cd v3, reposerver/repository findManifests): a YAML file that begins with
// what is no object is not an error, but left out, unless it looks like a manifest.
func isManifest(name string, content []byte) bool {
	if bytes.Contains(content, []byte(skipMarker)) {
		return false
	}
	if path.Ext(name) == ".json" {
		return true
	}
	object, first := false, true
	err := document.Each(content, func(doc *yamlnode.Node) {
		if first && doc.Tag != "!!null" {
			object = document.Field(doc, "kind") != nil
			first = false
		}
	})
	if first && err == nil {
		return false // nothing stands in it
	}
	return object || bytes.Contains(content, []byte("apiVersion:")) && bytes.Contains(content, []byte("kind:")) && bytes.Contains(content, []byte("metadata:"))
}

// maxPattern bounds a pattern: an include or exclude that people write is far shorter.
const maxPattern = 1024

// filter is what include and exclude of a directory let through.
type filter struct{ include, exclude func(string) bool }

// newFilter reads the patterns as Argo CD does: an asterisk crosses slashes, and a
// pattern that cannot be read matches nothing (argo-cd v3, util/glob).
func newFilter(d task.ArgoDirectory) (filter, error) {
	matcher := func(pattern string) (func(string) bool, error) {
		if len(pattern) > maxPattern {
			return nil, &model.Problem{Class: model.TooLarge, Message: fmt.Sprintf("a pattern of `directory` is longer than %d bytes", maxPattern)}
		}
		compiled, err := glob.Compile(pattern)
		if err != nil {
			return func(string) bool { return false }, nil
		}
		return compiled.Match, nil
	}
	f := filter{func(string) bool { return true }, func(string) bool { return false }}
	var err error
	if d.Include != "" {
		f.include, err = matcher(d.Include)
	}
	if d.Exclude != "" && err == nil {
		f.exclude, err = matcher(d.Exclude)
	}
	return f, err
}

func (f filter) takes(rel string) bool { return f.include(rel) && !f.exclude(rel) }
