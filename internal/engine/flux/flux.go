// Package flux builds what a Flux Kustomization applies, as kustomize-controller
// does.
package flux

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/engine/decode"
	"github.com/seaworthy-dev/seaworthy/internal/engine/input"
	"github.com/seaworthy-dev/seaworthy/internal/engine/kustomize"
	"github.com/seaworthy-dev/seaworthy/internal/engine/object"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"
)

// Objects builds what a Flux Kustomization applies: its directory with the
// fields of the Kustomization added, variables substituted, common metadata set,
// in kustomize-controller's order.
func Objects(task task.Build, fsys *kustomize.FS, in *input.Set) ([]map[string]any, object.Remarks, error) {
	spec, err := fluxSpec(task.Flux, in)
	if err != nil {
		return nil, object.Remarks{}, err
	}
	if err := fluxKustomization(task.Dir, spec, fsys); err != nil {
		return nil, object.Remarks{}, err
	}
	resources, holes, err := kustomize.BuildAround(fsys, task.Dir, krusty.ReorderOptionNone)
	if err != nil {
		return nil, object.Remarks{}, err
	}
	vars, err := variablesOf(task.Flux, spec, in)
	if err != nil {
		return nil, object.Remarks{}, err
	}
	for _, r := range resources {
		if r.GetName() == "" || r.GetKind() == "" || r.GetApiVersion() == "" {
			return nil, object.Remarks{}, errors.New("an object lacks apiVersion, kind or metadata.name")
		}
		if err := vars.substitute(r, fsys); err != nil {
			return nil, object.Remarks{}, err
		}
	}
	objects, err := decode.Printed(resources)
	if err != nil {
		return nil, object.Remarks{}, err
	}
	commonMetadata(spec, objects)
	var more object.Remarks
	for _, h := range holes {
		h.Print += vars.print() // they may be used in what it holds
		if at := h.Problem.Location; at != nil {
			if _, err := fsys.Files.Read(at.File); err != nil { // a kustomization that is made up
				h.Problem.Location = nil
			}
		}
		more.Lack(h.Problem, h.Unseen())
	}
	more.Unseen = append(more.Unseen, vars.seenNot(fsys)...)
	more.Losses = vars.losses
	if vars.byChance && vars.defaults {
		more.Notes = append(more.Notes, fmt.Sprintf("defaults of variables are filled in as if %s were in the cluster: where it is not, Flux substitutes nothing, unless `substituteStrategy: Always` is set", strings.Join(vars.maybe, " or ")))
	}
	return objects, more, nil
}

// fluxSpec gives the Kustomization's spec, with nothing redacted.
func fluxSpec(task *task.Flux, in *input.Set) (map[string]any, error) {
	object, err := in.Applied(task.Object, task.Self, "Kustomization")
	if err != nil {
		return nil, err
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
func fluxKustomization(dir string, spec map[string]any, fsys *kustomize.FS) error {
	f, err := fieldsOf(spec)
	if err != nil {
		return err
	}
	k := types.Kustomization{TypeMeta: types.TypeMeta{APIVersion: types.KustomizationVersion, Kind: types.KustomizationKind}}
	file, content, found := kustomize.Own(fsys, dir)
	if found {
		if err := yaml.Unmarshal(content, &k); err != nil {
			return err
		}
		if len(k.Resources) == 0 { // else Kustomize calls it empty
			k.BuildMetadata = []string{types.OriginAnnotations}
		}
	} else {
		k.Resources = kustomize.ManifestsBelow(fsys.Files, dir, true)
		for _, lack := range fsys.Lacks {
			if below, ok := strings.CutPrefix(lack.Path, dir+"/"); ok || dir == "." {
				k.Resources = append(k.Resources, cmp.Or(below, lack.Path))
			}
		}
		if len(k.Resources) == 0 {
			k.Namespace = "_placeholder" // as Flux: an empty directory applies nothing
		}
	}
	for i, c := range f.Components {
		if lack := fsys.Lack(path.Join(dir, c)); lack != nil && !strings.Contains(c, "://") {
			return &model.Problem{Class: model.NeedsInclude, Message: fmt.Sprintf("`spec.components` names `%s`, which is not to be had: the source %s", path.Join(dir, c), lack.Text),
				Field: []model.Step{model.FieldStep("spec"), model.FieldStep("components"), model.ItemStep(i)}}
		}
		if !f.IgnoreMissingComponents && !strings.Contains(c, "://") && !fsys.IsDir(path.Join(kustomize.Mount, dir, c)) {
			return &model.Problem{Class: model.MissingDir, Message: fmt.Sprintf("`spec.components` names `%s`, which does not exist", path.Join(dir, c)),
				Field: []model.Step{model.FieldStep("spec"), model.FieldStep("components"), model.ItemStep(i)}}
		}
	}
	f.addTo(&k, func(p string) bool { return fsys.Exists(path.Join(kustomize.Mount, dir, p)) })
	out, err := json.Marshal(k) // JSON is YAML
	if err != nil {
		return err
	}
	fsys.Made[file] = out
	return nil
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
		kustomize.AddImage(k, image)
	}
	if len(f.BuildMetadata) > 0 {
		k.BuildMetadata = f.BuildMetadata
	}
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

// MissingDirectory says why a Flux Kustomization's path leads nowhere.
func MissingDirectory(dir string) *model.Problem {
	return &model.Problem{Class: model.MissingDir, Message: fmt.Sprintf("`spec.path` names `%s`, which does not exist", dir)}
}
