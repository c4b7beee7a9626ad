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
	File   string     `json:"file,omitempty"` // this one manifest alone is built
	Tree   int        `json:"tree,omitempty"` // which of the task's trees
	Key    []byte     `json:"key,omitempty"`  // for fingerprints of secrets
	Reveal bool       `json:"reveal,omitempty"`
	Flux   *fluxTask  `json:"flux,omitempty"`
	Helm   *helmTask  `json:"helm,omitempty"`
	Argo   *argoTask  `json:"argo,omitempty"`
	// Inputs are targets whose renders hold what this one reads and the parent
	// may not see.
	Inputs []buildTask `json:"inputs,omitempty"`
	// Instead replaces the content of files of tree 0, for experiments.
	Instead map[string][]byte `json:"instead,omitempty"`
}

// built is what a build gives back. Side is left out of locations: the child
// does not know it. With objects and a problem, the objects are all that the
// target applies but hold values that could not be seen.
type built struct {
	Objects []builtObject  `json:"objects,omitempty"`
	Problem *model.Problem `json:"problem,omitempty"`
	Unseen  []unseen       `json:"unseen,omitempty"`
	Notes   []string       `json:"notes,omitempty"` // what people should know of the render
	// Private: a Secret's value went into it, and perhaps into a path that was
	// asked for. Its trace goes to no disk.
	Private bool `json:"private,omitempty"`
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
	fsys := taskFS(task, files)
	secrets := newRedactor(task.Key, task.Reveal)
	out, err := build(task, fsys, files, secrets)
	for _, f := range files {
		if failed := f.Failed(); failed != nil {
			return nil, failed
		}
	}
	if err != nil {
		out = built{Problem: explain(task, fsys, files, err)}
	}
	if out.Problem != nil {
		out.Problem.Message = secrets.text(out.Problem.Message)
	}
	out.Private = secrets.fed
	for i := range out.Notes { // a chart writes into them
		out.Notes[i] = secrets.text(out.Notes[i])
	}
	return out, nil
}

func taskFS(task buildTask, files []*sandbox.Files) *treeFS {
	fsys := newTreeFS(files[task.Tree])
	if task.Tree == 0 {
		for path, content := range task.Instead {
			fsys.made[path] = content
		}
	}
	return fsys
}

// explain makes a target's problem of the error that ended its build. What Flux
// adds has no line in the directory: a fault of the directory itself comes first.
func explain(task buildTask, fsys *treeFS, files []*sandbox.Files, err error) *model.Problem {
	var known *model.Problem
	switch {
	case errors.As(err, &known):
		return known
	case task.Argo != nil && len(task.Argo.Parts) > 0:
		task.Dir = task.Argo.Parts[0].Dir
		return diagnose(task, fsys, err)
	case task.Flux == nil:
		return diagnose(task, fsys, err)
	}
	plain := taskFS(task, files)
	if _, _, found := ownKustomization(plain, task.Dir); !found {
		plain.made[path.Join(task.Dir, kustomizationNames[0])] = generated(plain.files, task.Dir, true)
	}
	if _, failed := kustomizeBuild(plain, path.Join(mount, task.Dir), krusty.ReorderOptionNone); failed != nil {
		return diagnose(task, plain, failed)
	}
	p := (&diagnosis{fsys: plain, cause: err.Error()}).fromMessage(task.Dir)
	p.Location = nil // the Kustomization's own place: the parent knows it
	return p
}

// remarks are what a build has to say besides its objects.
type remarks struct {
	unseen []unseen
	notes  []string
}

// rawObjects builds a task's objects with nothing redacted.
func rawObjects(task buildTask, fsys *treeFS, files []*sandbox.Files, secrets *redactor) ([]map[string]any, remarks, error) {
	in := &inputs{task: task, files: files, secrets: secrets, done: map[int][]map[string]any{}}
	switch {
	case task.Flux != nil:
		if !fsys.files.IsDir(task.Dir) {
			return nil, remarks{}, missingDirectory(task.Dir)
		}
		return fluxObjects(task, fsys, in)
	case task.Helm != nil:
		return helmObjects(task, files, in)
	case task.Argo != nil:
		objects, err := argoObjects(task, fsys, secrets)
		return objects, remarks{}, err
	case task.File != "":
		own, _, _ := ownKustomization(fsys, task.Dir)
		fsys.made[own] = kustomizationOf([]string{path.Base(task.File)})
	case task.Kind == model.Manifests:
		fsys.made[path.Join(task.Dir, kustomizationNames[0])] = generated(fsys.files, task.Dir, false)
	}
	resources, err := kustomizeBuild(fsys, path.Join(mount, task.Dir), krusty.ReorderOptionUnspecified)
	if err != nil {
		return nil, remarks{}, err
	}
	objects, err := decodeAll(resources)
	return objects, remarks{}, err
}

func build(task buildTask, fsys *treeFS, files []*sandbox.Files, secrets *redactor) (built, error) {
	objects, more, err := shownObjects(task, fsys, files, secrets)
	if err != nil {
		return built{}, err
	}
	out := built{Objects: make([]builtObject, 0, len(objects)), Unseen: more.unseen, Problem: unresolved(more.unseen), Notes: more.notes}
	keys := make([]map[string]model.Key, 0, len(objects))
	for _, fields := range objects {
		id := identify(fields)
		if id.Kind == "" {
			return built{}, errors.New("an object has no kind")
		}
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
// which is also what Flux does, but for the order; the file system confines it
// to the repository.
func kustomizeBuild(fsys *treeFS, dir string, order krusty.ReorderOption) (m resmap.ResMap, err error) {
	defer func() { // kyaml panics on odd input
		if r := recover(); r != nil {
			sandbox.Note("kustomize", r)
			err = fmt.Errorf("kustomize panicked: %v", r)
		}
	}()
	return krusty.MakeKustomizer(&krusty.Options{
		Reorder:          order,
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
		return model.RedactedName(s)
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

// generated is the kustomization that stands for a directory without one.
func generated(files *sandbox.Files, dir string, hidden bool) []byte {
	return kustomizationOf(manifestsBelow(files, dir, hidden))
}

func kustomizationOf(resources []string) []byte {
	j, _ := json.Marshal(map[string]any{ // strings always marshal; JSON is YAML
		"apiVersion": types.KustomizationVersion, "kind": types.KustomizationKind, "resources": resources,
	})
	return j
}

// manifestsBelow lists what Flux takes in from a directory without a
// kustomization: every manifest below it, and every directory that has a
// kustomization of its own. Flux takes hidden ones too.
func manifestsBelow(files *sandbox.Files, dir string, hidden bool) []string {
	var resources []string
	var walk func(string)
	walk = func(at string) {
		for _, name := range files.List(at) {
			if strings.HasPrefix(name, ".") && !hidden {
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
				if hasKustomization(files, p) {
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

func hasKustomization(files *sandbox.Files, dir string) bool {
	for _, name := range kustomizationNames {
		if files.Node(path.Join(dir, name)).Type == sandbox.IsFile {
			return true
		}
	}
	return false
}
