package render

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// fluxTask is what a Flux Kustomization adds to the build of its directory.
type fluxTask struct {
	// Object is the Kustomization as its parent applies it.
	Object map[string]any `json:"object,omitempty"`
	// Self, where set, is the input whose render holds the Kustomization: it
	// has a value that must not leave a child, so the parent knows it only
	// redacted.
	Self *holder  `json:"self,omitempty"`
	From []values `json:"from,omitempty"` // spec.postBuild.substituteFrom, in its order
}

// holder names an object in the render of one of the task's inputs.
type holder struct {
	Input     int    `json:"input"`
	Namespace string `json:"ns,omitempty"`
	Name      string `json:"name"`
}

// values is a ConfigMap or Secret that a Kustomization or a HelmRelease reads.
type values struct {
	Kind      string `json:"kind"`
	Namespace string `json:"ns,omitempty"`
	Name      string `json:"name"`
	Optional  bool   `json:"optional,omitempty"`
	// Missing: no target of the cluster renders it.
	Missing bool              `json:"missing,omitempty"`
	Data    map[string]string `json:"data,omitempty"`
	// Input is the input whose render holds it, where the parent may not see
	// its values.
	Input *int `json:"input,omitempty"`
}

func (v values) String() string { return v.Kind + " " + v.Namespace + "/" + v.Name }

// inputs are the unredacted renders of a task's inputs, built when asked for.
type inputs struct {
	task    buildTask
	files   []*sandbox.Files
	secrets *redactor
	done    map[int][]map[string]any
}

func (in *inputs) objects(i int) ([]map[string]any, error) {
	if objects, ok := in.done[i]; ok {
		return objects, nil
	}
	if i < 0 || i >= len(in.task.Inputs) {
		return nil, fmt.Errorf("the task has no input %d", i)
	}
	task := in.task.Inputs[i]
	fsys := newTreeFS(in.files[task.Tree])
	objects, _, err := rawObjects(task, fsys, in.files, in.secrets)
	if err != nil {
		return nil, fmt.Errorf("input %d: %w", i, err)
	}
	in.done[i] = objects
	return objects, nil
}

// find gives an object of an input's render.
func (in *inputs) find(i int, kind, namespace, name string) (map[string]any, error) {
	objects, err := in.objects(i)
	if err != nil {
		return nil, err
	}
	for _, fields := range objects {
		id := identify(fields)
		if id.Kind == kind && id.Name == name && (id.Namespace == namespace || id.Namespace == "") {
			return fields, nil
		}
	}
	return nil, nil
}

// self gives the object that is built itself. One that is not found has a Secret's
// value in its name.
func (in *inputs) self(h holder, kind string) (map[string]any, error) {
	fields, err := in.find(h.Input, kind, h.Namespace, h.Name)
	if err == nil && fields == nil {
		err = &model.Problem{Class: model.SubstitutionUnresolved, Message: "its name or namespace depends on the value of a Secret: it cannot be shown"}
	}
	return fields, err
}

// keys gives the plain values of a ConfigMap or Secret by key; ok is false where
// nothing renders it.
func (in *inputs) keys(v values) (data map[string]string, ok bool, err error) {
	if v.Input == nil {
		return v.Data, !v.Missing, nil
	}
	fields, err := in.find(*v.Input, v.Kind, v.Namespace, v.Name)
	if err != nil || fields == nil {
		return nil, false, err
	}
	return plainKeys(v.Kind, fields, in.secrets), true, nil
}

// plainKeys decodes a ConfigMap's or Secret's keys. A Secret's values are noted,
// so that they are cut out of whatever they are put into.
func plainKeys(kind string, fields map[string]any, secrets *redactor) map[string]string {
	out := map[string]string{}
	for _, section := range []string{"data", "stringData"} {
		m, _ := fields[section].(map[string]any)
		for key, value := range m {
			text, ok := value.(string)
			if !ok {
				continue
			}
			if kind == "Secret" && section == "data" {
				if plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text)); err == nil {
					text = string(plain)
				}
			}
			out[key] = text
			if kind == "Secret" && !isEncrypted(text) {
				secrets.fed = true
				secrets.hide(text)
				if telling(text) {
					secrets.whole[text] = true
				}
			}
		}
	}
	return out
}

// isEncrypted reports whether a value is SOPS's.
func isEncrypted(text string) bool {
	return strings.HasPrefix(text, "ENC[AES256_GCM") || encrypted([]byte(text))
}

// fluxObjects builds what a Flux Kustomization applies: its directory with the
// fields of the Kustomization added, variables substituted, common metadata set,
// in kustomize-controller's order.
func fluxObjects(task buildTask, fsys *treeFS, in *inputs) ([]map[string]any, remarks, error) {
	spec, err := fluxSpec(task.Flux, in)
	if err != nil {
		return nil, remarks{}, err
	}
	if err := fluxKustomization(task.Dir, spec, fsys); err != nil {
		return nil, remarks{}, err
	}
	resources, err := kustomizeBuild(fsys, path.Join(mount, task.Dir), krusty.ReorderOptionNone)
	if err != nil {
		return nil, remarks{}, err
	}
	vars, err := variablesOf(spec, task.Flux.From, in)
	if err != nil {
		return nil, remarks{}, err
	}
	for _, r := range resources.Resources() {
		if r.GetName() == "" || r.GetKind() == "" || r.GetApiVersion() == "" {
			return nil, remarks{}, errors.New("an object lacks apiVersion, kind or metadata.name")
		}
		if err := vars.substitute(r); err != nil {
			return nil, remarks{}, err
		}
	}
	objects, err := decodeAll(resources)
	if err != nil {
		return nil, remarks{}, err
	}
	commonMetadata(spec, objects)
	return objects, remarks{unseen: vars.seenNot(fsys)}, nil
}

func decodeAll(resources resmap.ResMap) ([]map[string]any, error) {
	objects := make([]map[string]any, 0, resources.Size())
	for _, r := range resources.Resources() {
		fields, err := decode(&r.RNode)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.CurId(), err)
		}
		objects = append(objects, fields)
	}
	return objects, nil
}

// fluxSpec gives the Kustomization's spec, with nothing redacted.
func fluxSpec(task *fluxTask, in *inputs) (map[string]any, error) {
	object := task.Object
	if task.Self != nil {
		var err error
		if object, err = in.self(*task.Self, "Kustomization"); err != nil {
			return nil, err
		}
	}
	spec, _ := object["spec"].(map[string]any)
	return spec, nil
}

// fluxFields are the fields of a Kustomization's spec that alter the
// kustomization of its directory.
type fluxFields struct {
	TargetNamespace         string        `json:"targetNamespace"`
	NamePrefix              string        `json:"namePrefix"`
	NameSuffix              string        `json:"nameSuffix"`
	Patches                 []types.Patch `json:"patches"`
	PatchesStrategicMerge   []any         `json:"patchesStrategicMerge"`
	PatchesJSON6902         []jsonPatch   `json:"patchesJson6902"`
	Images                  []types.Image `json:"images"`
	Components              []string      `json:"components"`
	IgnoreMissingComponents bool          `json:"ignoreMissingComponents"`
	BuildMetadata           []string      `json:"buildMetadata"`
	CommonMetadata          struct {
		Labels      map[string]string `json:"labels"`
		Annotations map[string]string `json:"annotations"`
	} `json:"commonMetadata"`
}

type jsonPatch struct {
	Patch  any             `json:"patch"`
	Target *types.Selector `json:"target"`
}

func fieldsOf(spec map[string]any) (fluxFields, error) {
	var f fluxFields
	raw, err := json.Marshal(spec)
	if err == nil {
		err = json.Unmarshal(raw, &f)
	}
	if err != nil {
		return f, fmt.Errorf("read the Kustomization's spec: %w", err)
	}
	return f, nil
}

// fluxKustomization makes the kustomization that Flux builds: the directory's
// own, else one over every manifest below it, with the Kustomization's fields
// added as the Generator of fluxcd/pkg/kustomize v1.41 does.
func fluxKustomization(dir string, spec map[string]any, fsys *treeFS) error {
	f, err := fieldsOf(spec)
	if err != nil {
		return err
	}
	k := types.Kustomization{TypeMeta: types.TypeMeta{APIVersion: types.KustomizationVersion, Kind: types.KustomizationKind}}
	file, content, found := ownKustomization(fsys, dir)
	if found {
		if err := yaml.Unmarshal(content, &k); err != nil {
			return err
		}
		if len(k.Resources) == 0 { // else Kustomize calls it empty
			k.BuildMetadata = []string{types.OriginAnnotations}
		}
	} else {
		k.Resources = manifestsBelow(fsys.files, dir, true)
		if len(k.Resources) == 0 {
			k.Namespace = "_placeholder" // as Flux: an empty directory applies nothing
		}
	}
	f.addTo(&k, func(p string) bool { return fsys.Exists(path.Join(mount, dir, p)) })
	out, err := yaml.Marshal(k)
	if err != nil {
		return err
	}
	fsys.made[file] = out
	return nil
}

func ownKustomization(fsys *treeFS, dir string) (file string, content []byte, found bool) {
	for _, name := range kustomizationNames {
		file = path.Join(dir, name)
		if content, ok := fsys.made[file]; ok { // an experiment's
			return file, content, true
		}
		if n := fsys.files.Node(file); n.Type == sandbox.IsFile {
			return file, n.Content, true
		}
	}
	return path.Join(dir, kustomizationNames[0]), nil, false
}

// addTo puts the Kustomization's fields into the kustomization.
func (f *fluxFields) addTo(k *types.Kustomization, exists func(string) bool) {
	if f.TargetNamespace != "" {
		k.Namespace = f.TargetNamespace
	}
	if f.NamePrefix != "" {
		k.NamePrefix = f.NamePrefix
	}
	if f.NameSuffix != "" {
		k.NameSuffix = f.NameSuffix
	}
	for _, p := range f.Patches {
		k.Patches = append(k.Patches, types.Patch{Patch: p.Patch, Target: p.Target})
	}
	for _, c := range f.Components {
		if f.IgnoreMissingComponents && !exists(c) {
			continue
		}
		k.Components = append(k.Components, c)
	}
	for _, p := range f.PatchesStrategicMerge {
		if raw, err := json.Marshal(p); err == nil {
			//lint:ignore SA1019 the old API's field: Flux' own controller sets it
			k.PatchesStrategicMerge = append(k.PatchesStrategicMerge, types.PatchStrategicMerge(raw))
		}
	}
	for _, p := range f.PatchesJSON6902 {
		if raw, err := json.Marshal(p.Patch); err == nil {
			//lint:ignore SA1019 the old API's field: Flux' own controller sets it
			k.PatchesJson6902 = append(k.PatchesJson6902, types.Patch{Patch: string(raw), Target: p.Target})
		}
	}
	for _, image := range f.Images {
		addImage(k, image)
	}
	if len(f.BuildMetadata) > 0 {
		k.BuildMetadata = f.BuildMetadata
	}
}

// addImage merges an image into the kustomization's; tag and digest choose the
// version together, so one replaces both.
func addImage(k *types.Kustomization, image types.Image) {
	for i := range k.Images {
		if k.Images[i].Name != image.Name {
			continue
		}
		if image.NewName != "" {
			k.Images[i].NewName = image.NewName
		}
		if image.NewTag != "" || image.Digest != "" {
			k.Images[i].NewTag, k.Images[i].Digest = image.NewTag, image.Digest
		}
		return
	}
	k.Images = append(k.Images, types.Image{Name: image.Name, NewName: image.NewName, NewTag: image.NewTag, Digest: image.Digest})
}

// commonMetadata sets the labels and annotations that the Kustomization gives to
// all that it applies.
func commonMetadata(spec map[string]any, objects []map[string]any) {
	f, err := fieldsOf(spec)
	if err != nil || len(f.CommonMetadata.Labels)+len(f.CommonMetadata.Annotations) == 0 {
		return
	}
	for _, fields := range objects {
		meta, ok := fields["metadata"].(map[string]any)
		if !ok {
			continue
		}
		add(meta, "labels", f.CommonMetadata.Labels)
		add(meta, "annotations", f.CommonMetadata.Annotations)
	}
}

func add(meta map[string]any, section string, values map[string]string) {
	if len(values) == 0 {
		return
	}
	m, ok := meta[section].(map[string]any)
	if !ok {
		m = map[string]any{}
		meta[section] = m
	}
	for k, v := range values {
		m[k] = v
	}
}

// missingDirectory says why a Flux Kustomization's path leads nowhere.
func missingDirectory(dir string) *model.Problem {
	return &model.Problem{Class: model.MissingDir, Message: fmt.Sprintf("`spec.path` names `%s`, which does not exist", dir)}
}
