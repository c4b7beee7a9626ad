package argo

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/engine/decode"
	"github.com/seaworthy-dev/seaworthy/internal/engine/kustomize"
	"github.com/seaworthy-dev/seaworthy/internal/engine/object"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/pkg/util"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"
)

// options are what an Application adds to a kustomization.
type options struct {
	NamePrefix        string            `json:"namePrefix,omitempty"`
	NameSuffix        string            `json:"nameSuffix,omitempty"`
	Namespace         string            `json:"namespace,omitempty"`
	Images            []string          `json:"images,omitempty"`
	CommonLabels      map[string]string `json:"commonLabels,omitempty"`
	CommonAnnotations map[string]string `json:"commonAnnotations,omitempty"`
	Patches           []types.Patch     `json:"patches,omitempty"`
	Components        []string          `json:"components,omitempty"`
	Replicas          []replica         `json:"replicas,omitempty"`
	Version           string            `json:"version,omitempty"`
	KubeVersion       string            `json:"kubeVersion,omitempty"`
	APIVersions       []string          `json:"apiVersions,omitempty"`

	ForceCommonLabels       bool `json:"forceCommonLabels,omitempty"`
	ForceCommonAnnotations  bool `json:"forceCommonAnnotations,omitempty"`
	LabelWithoutSelector    bool `json:"labelWithoutSelector,omitempty"`
	LabelIncludeTemplates   bool `json:"labelIncludeTemplates,omitempty"`
	IgnoreMissingComponents bool `json:"ignoreMissingComponents,omitempty"`
}

// replica is how many an object has; Count is a number or a text of one.
type replica struct {
	Name  string `json:"name"`
	Count any    `json:"count"`
}

// optionsOf are those of a source.
func optionsOf(part task.ArgoPart) (options, error) {
	var o options
	if len(part.Kustomize) > 0 {
		if err := json.Unmarshal(part.Kustomize, &o); err != nil {
			return o, fmt.Errorf("read the Application's kustomize: %w", err)
		}
	}
	return o, nil
}

// empty reports whether Argo CD takes them for none (argo-cd v3,
// ApplicationSourceKustomize.IsZero: not all fields count).
func (o *options) empty() bool {
	return o.NamePrefix == "" && o.NameSuffix == "" && o.Version == "" && o.Namespace == "" && o.KubeVersion == "" && !o.IgnoreMissingComponents &&
		len(o.Images)+len(o.Replicas)+len(o.CommonLabels)+len(o.CommonAnnotations)+len(o.Patches)+len(o.Components)+len(o.APIVersions) == 0
}

// kustomized builds a kustomization with what the Application adds.
func kustomized(part task.ArgoPart, fsys *kustomize.FS, more *object.Remarks) ([]map[string]any, error) {
	add, err := optionsOf(part)
	if err != nil {
		return nil, err
	}
	file, content, found := kustomize.Own(fsys, part.Dir)
	_, experiment := fsys.Made[file]
	if found && !add.empty() {
		out, err := add.over(content, part.Dir, fsys)
		if err != nil {
			return nil, err
		}
		fsys.Made[file] = out
	}
	resources, err := around(part, fsys, more)
	if err != nil {
		if found && !add.empty() && !experiment {
			err = ofOption(part, content, fsys, file, err)
		}
		return nil, err
	}
	return decode.Printed(resources)
}

// ofOption says by which of the Application's options a kustomization does not build that
// builds without them: the first that fails by itself.
func ofOption(part task.ArgoPart, content []byte, fsys *kustomize.FS, file string, failed error) error {
	var all map[string]json.RawMessage
	if json.Unmarshal(part.Kustomize, &all) != nil {
		return failed
	}
	made := fsys.Made[file]
	defer func() { fsys.Made[file] = made }()
	builds := func(with map[string]json.RawMessage) error {
		some, err := json.Marshal(with)
		if err != nil {
			return err
		}
		add, err := optionsOf(task.ArgoPart{Kustomize: some})
		if err != nil {
			return err
		}
		delete(fsys.Made, file)
		if len(with) > 0 {
			if fsys.Made[file], err = add.over(content, part.Dir, fsys); err != nil {
				return err
			}
		}
		_, _, err = kustomize.BuildAround(fsys, part.Dir, krusty.ReorderOptionUnspecified)
		return err
	}
	if builds(nil) != nil {
		return failed
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		one := map[string]json.RawMessage{name: all[name]}
		if name == "components" { // it counts with them
			one["ignoreMissingComponents"] = all["ignoreMissingComponents"]
		}
		if builds(one) != nil {
			fsys.Made[file] = made
			p := kustomize.Diagnose(fsys, part.Dir, failed)
			if p.Location == nil || p.Location.File == file { // else it is a file's that the option names
				p.Location, p.Field = nil, []model.Step{model.FieldStep("kustomize"), model.FieldStep(name)}
			}
			return p
		}
	}
	return failed
}

// over is a kustomization with the options added.
func (o *options) over(content []byte, dir string, fsys *kustomize.FS) ([]byte, error) {
	var k types.Kustomization
	if err := k.Unmarshal(content); err != nil { // as `kustomize edit` reads it: strictly
		return nil, err
	}
	k.FixKustomization()
	if err := o.addTo(&k, func(component string) bool { return fsys.Files.IsDir(path.Join(dir, component)) }); err != nil {
		return nil, err
	}
	return yaml.Marshal(k)
}

// addTo does what Argo CD does by `kustomize edit`, in its order (argo-cd v3,
// util/kustomize; kustomize v5.8, commands/edit).
func (o *options) addTo(k *types.Kustomization, exists func(string) bool) error {
	if o.NamePrefix != "" {
		k.NamePrefix = o.NamePrefix
	}
	if o.NameSuffix != "" {
		k.NameSuffix = o.NameSuffix
	}
	for _, step := range []func(*types.Kustomization) error{o.setImages, o.setReplicas, o.addLabels, o.addAnnotations} {
		if err := step(k); err != nil {
			return err
		}
	}
	if o.Namespace != "" {
		k.Namespace = o.Namespace
	}
	k.Patches = append(k.Patches, o.Patches...)
	for _, c := range o.Components {
		if slices.Contains(k.Components, c) || o.IgnoreMissingComponents && !exists(c) {
			continue
		}
		k.Components = append(k.Components, c)
	}
	return nil
}

func refused(format string, args ...any) error {
	return &model.Problem{Class: model.InvalidKustomization, Message: fmt.Sprintf(format, args...)}
}

// setImages replaces the whole entry of an image's name. An asterisk keeps what stands
// there.
func (o *options) setImages(k *types.Kustomization) error {
	if len(o.Images) == 0 {
		return nil
	}
	set := map[string]types.Image{}
	for _, text := range o.Images {
		name, image, renamed := strings.Cut(text, "=")
		if !renamed {
			image = text
		}
		repository, tag, digest := util.SplitImageName(image)
		switch {
		case repository == text:
			return refused("the Application's image `%s` has no new name, tag or digest: `kustomize edit set image` refuses it", text)
		case renamed:
			set[name] = types.Image{Name: name, NewName: repository, NewTag: tag, Digest: digest}
		default:
			set[repository] = types.Image{Name: repository, NewTag: tag, Digest: digest}
		}
	}
	kept := func(text *string, has string) {
		if *text == "*" {
			*text = has
		}
	}
	for _, has := range k.Images {
		if i, given := set[has.Name]; given {
			kept(&i.NewName, has.NewName)
			kept(&i.NewTag, has.NewTag)
			kept(&i.Digest, has.Digest)
			set[has.Name] = i
		} else {
			set[has.Name] = has
		}
	}
	k.Images = nil
	for _, name := range slices.Sorted(maps.Keys(set)) {
		i := set[name]
		kept(&i.NewName, "")
		kept(&i.NewTag, "")
		kept(&i.Digest, "")
		k.Images = append(k.Images, i)
	}
	return nil
}

func (o *options) setReplicas(k *types.Kustomization) error {
	for _, r := range o.Replicas {
		count, err := strconv.Atoi(fmt.Sprint(r.Count))
		if err != nil {
			return refused("the Application's count of replicas of `%s` is no whole number", r.Name)
		}
		k.Replicas = slices.DeleteFunc(k.Replicas, func(has types.Replica) bool { return has.Name == r.Name })
		k.Replicas = append(k.Replicas, types.Replica{Name: r.Name, Count: int64(count)})
	}
	return nil
}

func (o *options) addLabels(k *types.Kustomization) error {
	switch {
	case len(o.CommonLabels) == 0:
		return nil
	case o.LabelIncludeTemplates && !o.LabelWithoutSelector:
		return refused("the Application's `labelIncludeTemplates` needs `labelWithoutSelector`: `kustomize edit add label` refuses it")
	case !o.LabelWithoutSelector:
		//lint:ignore SA1019 it is what `kustomize edit add label` writes to
		return join(&k.CommonLabels, o.CommonLabels, o.ForceCommonLabels, "commonLabels")
	}
	i := slices.IndexFunc(k.Labels, func(l types.Label) bool {
		return !l.IncludeSelectors && l.IncludeTemplates == o.LabelIncludeTemplates
	})
	if i < 0 {
		i = len(k.Labels)
		k.Labels = append(k.Labels, types.Label{IncludeTemplates: o.LabelIncludeTemplates})
	}
	return join(&k.Labels[i].Pairs, o.CommonLabels, o.ForceCommonLabels, "commonLabels")
}

func (o *options) addAnnotations(k *types.Kustomization) error {
	return join(&k.CommonAnnotations, o.CommonAnnotations, o.ForceCommonAnnotations, "commonAnnotations")
}

// join adds pairs; one whose key is there already must be forced.
func join(to *map[string]string, add map[string]string, force bool, field string) error {
	for _, key := range slices.Sorted(maps.Keys(add)) {
		if _, there := (*to)[key]; there && !force {
			return refused("the Application's `%s` has `%s`, which the kustomization has already: Argo CD refuses it without `force%s`", field, key, strings.ToUpper(field[:1])+field[1:])
		}
		if *to == nil {
			*to = map[string]string{}
		}
		(*to)[key] = add[key]
	}
	return nil
}

// around builds a directory, and notes the entries that cannot be had.
func around(part task.ArgoPart, fsys *kustomize.FS, more *object.Remarks) ([]*resource.Resource, error) {
	resources, holes, err := kustomize.BuildAround(fsys, part.Dir, krusty.ReorderOptionUnspecified)
	if err != nil {
		return nil, err
	}
	for _, h := range holes {
		more.Lack(h.Problem, h.Unseen())
	}
	return resources, nil
}
