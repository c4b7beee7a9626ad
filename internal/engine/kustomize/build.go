// Package kustomize wraps Kustomize once: its file system over a task's tree, the
// build, and why a build failed, in plain words with file and line.
package kustomize

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/provenance"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/api/types"
)

// Build is `kustomize build --load-restrictor LoadRestrictionsNone`,
// which is also what Flux does, but for the order; the file system confines it
// to the repository.
func Build(fsys *FS, dir string, order krusty.ReorderOption) ([]*resource.Resource, error) {
	if fsys.noted != nil { // it makes a base flat itself
		return run(fsys, dir, order)
	}
	trouble := fsys.trouble
	count := &parts{}
	fsys.parts = count
	objects, used, err := flattened(fsys, dir, order)
	fsys.parts = nil
	if count.many {
		fsys.trouble = trouble
		if objects, ok := fsys.inParts(dir, order); ok {
			return objects, nil
		}
		fsys.trouble = trouble
		objects, used, err = flattened(fsys, dir, order)
	}
	if err != nil && used {
		fsys.trouble = trouble
		return run(fsys, dir, order)
	}
	return objects, err
}

// flattened builds with flat bases, and reports whether one was used.
func flattened(fsys *FS, dir string, order krusty.ReorderOption) ([]*resource.Resource, bool, error) {
	flat := &flattening{allowed: map[string]bool{}, refused: map[string]bool{}}
	fsys.flattening = flat
	defer func() { fsys.flattening = nil }()
	objects, err := run(fsys, dir, order)
	if err == nil && order == krusty.ReorderOptionNone && flat.late != nil {
		ordered, ok := flat.late.inOrder(objects)
		if !ok {
			fsys.flattening = nil
			objects, err = run(fsys, dir, order)
			return objects, false, err
		}
		objects = ordered
	}
	return objects, flat.used, err
}

func run(fsys *FS, dir string, order krusty.ReorderOption) (objects []*resource.Resource, err error) {
	defer func() { // kyaml panics on odd input
		if r := recover(); r != nil {
			sandbox.Note("kustomize", r)
			err = fmt.Errorf("kustomize panicked: %v", r)
		}
	}()
	m, err := krusty.MakeKustomizer(&krusty.Options{
		Reorder:          order,
		LoadRestrictions: types.LoadRestrictionsNone,
		PluginConfig:     types.DisabledPluginConfig(),
	}).Run(fsys, dir)
	if err != nil {
		return nil, err
	}
	return m.Resources(), sayRelease(m.Resources())
}

// release is that of the kustomize program that builds as the packages here do.
const release = "v5.8.2"

// sayRelease writes that release where a kustomization asks for the version of what built
// it (`buildMetadata: [managedByLabel]`): in this program Kustomize takes the program's own
// for it, mostly `(devel)`, which no label may be. All objects have the label, or none.
func sayRelease(objects []*resource.Resource) error {
	const label = konfig.ManagedbyLabelKey
	own := "kustomize-" + provenance.GetProvenance().Semver()
	for _, o := range objects {
		labels := o.GetLabels()
		if labels[label] != own {
			return nil
		}
		labels[label] = "kustomize-" + release
		if err := o.SetLabels(labels); err != nil {
			return err
		}
	}
	return nil
}

// Generated is the kustomization that stands for a directory without one.
func Generated(files *sandbox.Files, dir string, hidden bool) []byte {
	return Over(ManifestsBelow(files, dir, hidden))
}

// Over is a kustomization that has these resources and nothing else.
func Over(resources []string) []byte {
	j, _ := json.Marshal(map[string]any{ // strings always marshal; JSON is YAML
		"apiVersion": types.KustomizationVersion, "kind": types.KustomizationKind, "resources": resources,
	})
	return j
}

// ManifestsBelow lists what Flux takes in from a directory without a
// kustomization: every manifest below it, and every directory that has a
// kustomization of its own. Flux takes hidden ones too.
func ManifestsBelow(files *sandbox.Files, dir string, hidden bool) []string {
	var resources []string
	var walk func(string)
	walk = func(at string) {
		for _, name := range files.List(at) {
			if strings.HasPrefix(name, ".") && !hidden || name == task.RemoteDir {
				continue
			}
			p := path.Join(at, name)
			rel := strings.TrimPrefix(strings.TrimPrefix(p, dir), "/")
			if dir == "." {
				rel = p
			}
			switch n := files.Node(p); n.Type {
			case sandbox.IsDir:
				if n.Real != p {
					continue
				}
				if HasKustomization(files, p) {
					resources = append(resources, rel)
					continue
				}
				walk(p)
			case sandbox.IsFile:
				if ext := path.Ext(name); ext == ".yaml" || ext == ".yml" {
					resources = append(resources, rel)
				}
			}
		}
	}
	walk(dir)
	return resources
}

// HasKustomization reports whether a directory has a kustomization of its own.
func HasKustomization(files *sandbox.Files, dir string) bool {
	for _, name := range task.KustomizationNames {
		if files.Node(path.Join(dir, name)).Type == sandbox.IsFile {
			return true
		}
	}
	return false
}
