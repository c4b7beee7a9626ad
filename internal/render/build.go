package render

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"path"
	"strings"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// Kinds of task that this package's child side knows.
const (
	taskBuild = "build"
	taskScan  = "scan"
)

// Handlers is the child's side of this package.
func Handlers() sandbox.Handlers {
	return sandbox.Handlers{taskBuild: handleBuild, taskScan: handleScan}
}

// buildTask asks for one target's objects.
type buildTask struct {
	Kind   model.Kind `json:"kind"`
	Dir    string     `json:"dir"`
	Key    []byte     `json:"key"` // for fingerprints of secrets
	Reveal bool       `json:"reveal,omitempty"`
	// Instead replaces the content of files, for experiments.
	Instead map[string][]byte `json:"instead,omitempty"`
}

// built is what a build gives back. Side is left out of locations: the child
// does not know it.
type built struct {
	Objects []builtObject  `json:"objects,omitempty"`
	Problem *model.Problem `json:"problem,omitempty"`
}

type builtObject struct {
	ID     model.ObjectID       `json:"id"`
	Sum    string               `json:"sum"`
	Fields json.RawMessage      `json:"fields"`
	Keys   map[string]model.Key `json:"keys,omitempty"`
}

// maxBuilt bounds a target's rendered objects, 64 MiB of JSON.
const maxBuilt = 64 << 20

func handleBuild(payload json.RawMessage, files []*sandbox.Files) (any, error) {
	var task buildTask
	if err := json.Unmarshal(payload, &task); err != nil {
		return nil, err
	}
	log.SetFlags(0) // Kustomize warns through the standard logger; nobody reads it
	fsys := newTreeFS(files[0])
	for path, content := range task.Instead {
		fsys.made[path] = content
	}
	secrets := newRedactor(task.Key, task.Reveal)
	out, err := build(task, fsys, secrets)
	if failed := files[0].Failed(); failed != nil {
		return nil, failed
	}
	if err != nil {
		out = built{Problem: diagnose(task, fsys, err)}
	}
	if out.Problem != nil {
		out.Problem.Message = secrets.text(out.Problem.Message)
	}
	return out, nil
}

func build(task buildTask, fsys *treeFS, secrets *redactor) (built, error) {
	if task.Kind == model.Manifests {
		fsys.made[path.Join(task.Dir, "kustomization.yaml")] = generated(fsys.files, task.Dir)
	}
	resources, err := kustomizeBuild(fsys, path.Join(mount, task.Dir))
	if err != nil {
		return built{}, err
	}
	out := built{Objects: make([]builtObject, 0, resources.Size())}
	objects := make([]map[string]any, 0, resources.Size())
	keys := make([]map[string]model.Key, 0, resources.Size())
	for _, r := range resources.Resources() {
		fields, err := decode(&r.RNode)
		if err != nil {
			return built{}, fmt.Errorf("%s: %w", r.CurId(), err)
		}
		id := identify(fields)
		if id.Kind == "" {
			return built{}, errors.New("an object has no kind")
		}
		objects = append(objects, fields)
		keys = append(keys, secrets.object(id, fields, func(content []byte) string { return fsys.read[sha256.Sum256(content)] }))
	}
	total := 0
	for i, fields := range objects {
		if !task.Reveal && len(secrets.whole) > 0 { // all Secrets were met by now
			secrets.copies(fields)
		}
		o, err := encode(fields, keys[i])
		if err != nil {
			return built{}, err
		}
		if total += len(o.Fields); total > maxBuilt {
			return built{Problem: &model.Problem{Class: model.TooLarge,
				Message: fmt.Sprintf("`%s` renders to more than %d MiB", task.Dir, maxBuilt>>20)}}, nil
		}
		out.Objects = append(out.Objects, o)
	}
	return out, nil
}

// kustomizeBuild is `kustomize build --load-restrictor LoadRestrictionsNone`,
// which is also what Flux does; the file system confines it to the repository.
func kustomizeBuild(fsys *treeFS, dir string) (m resmap.ResMap, err error) {
	defer func() { // kyaml panics on odd input
		if r := recover(); r != nil {
			err = fmt.Errorf("kustomize panicked: %v", r)
		}
	}()
	return krusty.MakeKustomizer(&krusty.Options{
		Reorder:          krusty.ReorderOptionUnspecified,
		LoadRestrictions: types.LoadRestrictionsNone,
		PluginConfig:     types.DisabledPluginConfig(),
	}).Run(fsys, dir)
}

func encode(fields map[string]any, keys map[string]model.Key) (builtObject, error) {
	j, err := json.Marshal(fields)
	if err != nil {
		return builtObject{}, err
	}
	sum := sha256.Sum256(j)
	return builtObject{ID: identify(fields), Sum: hex.EncodeToString(sum[:16]), Fields: j, Keys: keys}, nil
}

func identify(fields map[string]any) model.ObjectID {
	text := func(m map[string]any, key string) string {
		s, _ := m[key].(string)
		return s
	}
	meta, _ := fields["metadata"].(map[string]any)
	group, version := model.SplitAPIVersion(text(fields, "apiVersion"))
	return model.ObjectID{
		Group: group, Version: version, Kind: text(fields, "kind"),
		Namespace: text(meta, "namespace"), Name: text(meta, "name"),
	}
}

// kustomizationNames are the file names that Kustomize looks for, in its order.
var kustomizationNames = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

// generated is the kustomization that Flux makes up for a directory without
// one: every manifest below it, and every directory that has a kustomization
// of its own.
func generated(files *sandbox.Files, dir string) []byte {
	var resources []string
	var walk func(string)
	walk = func(at string) {
		for _, name := range files.List(at) {
			p := path.Join(at, name)
			rel := strings.TrimPrefix(strings.TrimPrefix(p, dir), "/")
			if dir == "." {
				rel = p
			}
			switch n := files.Node(p); n.Type {
			case sandbox.IsDir:
				if strings.HasPrefix(name, ".") || n.Real != p {
					continue
				}
				if hasKustomization(files, p) {
					resources = append(resources, rel)
					continue
				}
				walk(p)
			case sandbox.IsFile:
				if ext := path.Ext(name); (ext == ".yaml" || ext == ".yml") && !strings.HasPrefix(name, ".") {
					resources = append(resources, rel)
				}
			}
		}
	}
	walk(dir)
	j, _ := json.Marshal(map[string]any{ // strings always marshal; JSON is YAML
		"apiVersion": types.KustomizationVersion, "kind": types.KustomizationKind, "resources": resources,
	})
	return j
}

func hasKustomization(files *sandbox.Files, dir string) bool {
	for _, name := range kustomizationNames {
		if files.Node(path.Join(dir, name)).Type == sandbox.IsFile {
			return true
		}
	}
	return false
}
