package helm

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/engine/decode"
	"github.com/seaworthy-dev/seaworthy/internal/engine/object"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/kio"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
)

// postRender applies spec.postRenderers and then spec.commonMetadata.
func (h *helm) postRender(all []manifest) ([]manifest, error) {
	groups, err := h.groups(all)
	if err != nil {
		return nil, err
	}
	renderers, _ := h.spec["postRenderers"].([]any)
	var out []manifest
	for _, g := range groups {
		for i, entry := range renderers {
			entry, _ := entry.(map[string]any)
			k := object.Map(entry, "kustomize")
			if k == nil || !g.through || len(g.manifests) == 0 {
				continue
			}
			if g.manifests, err = kustomizePost(k, g.manifests); err != nil {
				return nil, &model.Problem{Class: postClass(err), Message: fmt.Sprintf("postRenderers[%d] cannot be applied: %s", i, oneLine(err.Error())),
					Field: []model.Step{model.FieldStep("spec"), model.FieldStep("postRenderers"), model.ItemStep(i)}}
			}
		}
		out = append(out, g.manifests...)
	}
	common := object.Map(h.spec, "commonMetadata")
	for _, m := range out {
		for _, section := range []string{"labels", "annotations"} {
			if add := object.Map(common, section); len(add) > 0 {
				object.Merge(m.fields, section, add)
			}
		}
	}
	return out, nil
}

func postClass(err error) model.Class {
	if s := err.Error(); strings.Contains(s, "no matches for Id") || strings.Contains(s, "unable to find patch target") {
		return model.PatchTargetNotFound
	}
	return model.ChartInvalid
}

// group is what goes through the post-renderers in one run.
type group struct {
	manifests []manifest
	through   bool
}

// groups splits hooks from the rest as spec.postRenderStrategy says. Together is
// Helm 4's default; what has the same identity in both goes separately, because
// controllers before Helm 4 take it.
func (h *helm) groups(all []manifest) ([]group, error) {
	var rest, hooks []manifest
	ids := map[model.ObjectID]bool{}
	clash := false
	for _, m := range all {
		if _, hook := hookEvents(m.fields); hook {
			hooks = append(hooks, m)
			continue
		}
		rest = append(rest, m)
		ids[object.ID(m.fields)] = true
	}
	for _, m := range hooks {
		clash = clash || ids[object.ID(m.fields)]
	}
	strategy, _ := h.spec["postRenderStrategy"].(string)
	switch {
	case strategy == "nohooks":
		return []group{{rest, true}, {hooks, false}}, nil
	case strategy == "separate", strategy == "" && clash:
		return []group{{rest, true}, {hooks, true}}, nil
	case strategy == "", strategy == "combined":
		return []group{{all, true}}, nil
	}
	return nil, valuesInvalid("postRenderStrategy %q is not known", strategy)
}

// kustomizePost runs one kustomize post-renderer on an in-memory file system
// that holds nothing but the manifests.
func kustomizePost(spec map[string]any, in []manifest) (out []manifest, err error) {
	defer func() { // kyaml panics on odd input
		if r := recover(); r != nil {
			sandbox.Note("post-render", r)
			err = fmt.Errorf("kustomize panicked: %v", r)
		}
	}()
	k, err := postKustomization(spec)
	if err != nil {
		return nil, err
	}
	nodes := make([]*kyaml.RNode, 0, len(in))
	for _, m := range in {
		nodes = append(nodes, m.node)
	}
	text, err := kio.StringAll(nodes)
	if err != nil {
		return nil, err
	}
	memory := filesys.MakeFsInMemory()
	if err := errors.Join(memory.WriteFile("kustomization.yaml", k), memory.WriteFile("helm-output.yaml", []byte(text))); err != nil {
		return nil, err
	}
	resources, err := krusty.MakeKustomizer(&krusty.Options{
		LoadRestrictions: types.LoadRestrictionsNone, PluginConfig: types.DisabledPluginConfig(),
	}).Run(memory, ".")
	if err != nil {
		return nil, err
	}
	for _, r := range resources.Resources() {
		fields, err := decode.Node(&r.RNode)
		if err != nil {
			return nil, err
		}
		node := r.RNode
		out = append(out, manifest{node: &node, fields: fields})
	}
	return out, nil
}

// postKustomization is the kustomization that helm-controller makes up: patches
// and images only, and patches inline only.
func postKustomization(spec map[string]any) ([]byte, error) {
	var read struct {
		Patches []struct {
			Patch  string          `json:"patch"`
			Target *types.Selector `json:"target"`
		} `json:"patches"`
		Images []types.Image `json:"images"`
		// Fields of v2beta1, which are converted to patches by the API server.
		PatchesStrategicMerge []any `json:"patchesStrategicMerge"`
		PatchesJSON6902       []struct {
			Patch  any             `json:"patch"`
			Target *types.Selector `json:"target"`
		} `json:"patchesJson6902"`
	}
	j, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(j, &read); err != nil {
		return nil, fmt.Errorf("it has a field of the wrong type: %w", err)
	}
	k := types.Kustomization{TypeMeta: types.TypeMeta{APIVersion: types.KustomizationVersion, Kind: types.KustomizationKind},
		Resources: []string{"helm-output.yaml"}, Images: read.Images}
	for _, p := range read.Patches {
		k.Patches = append(k.Patches, types.Patch{Patch: p.Patch, Target: p.Target})
	}
	for _, p := range read.PatchesStrategicMerge {
		text, err := json.Marshal(p)
		if err != nil {
			return nil, err
		}
		k.Patches = append(k.Patches, types.Patch{Patch: string(text)})
	}
	for _, p := range read.PatchesJSON6902 {
		text, err := json.Marshal(p.Patch)
		if err != nil {
			return nil, err
		}
		k.Patches = append(k.Patches, types.Patch{Patch: string(text), Target: p.Target})
	}
	return json.Marshal(k)
}
