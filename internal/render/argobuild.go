package render

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"strings"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	"sigs.k8s.io/yaml"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// argoTask is an Argo CD Application to build, as a part of a buildTask.
type argoTask struct {
	Name      string     `json:"name"`
	Namespace string     `json:"namespace,omitempty"`
	Parts     []argoPart `json:"parts"`
}

// argoPart is one source of an Application.
type argoPart struct {
	Dir       string         `json:"dir"`
	Kustomize json.RawMessage `json:"kustomize,omitempty"` // as it is written
	Directory *argoDirectory `json:"directory,omitempty"`
	Helm      *argoHelm      `json:"helm,omitempty"`
}

// argoKustomize is what an Application adds to a kustomization.
type argoKustomize struct {
	NamePrefix        string            `json:"namePrefix,omitempty"`
	NameSuffix        string            `json:"nameSuffix,omitempty"`
	Namespace         string            `json:"namespace,omitempty"`
	Images            []string          `json:"images,omitempty"`
	CommonLabels      map[string]string `json:"commonLabels,omitempty"`
	CommonAnnotations map[string]string `json:"commonAnnotations,omitempty"`
	Patches           []types.Patch     `json:"patches,omitempty"`
	Components        []string          `json:"components,omitempty"`
	Replicas          []types.Replica   `json:"replicas,omitempty"`
}

// argoHelm is how an Application renders a chart.
type argoHelm struct {
	ReleaseName  string           `json:"releaseName,omitempty"`
	ValueFiles   []string         `json:"valueFiles,omitempty"`
	Values       string           `json:"values,omitempty"`
	ValuesObject map[string]any   `json:"valuesObject,omitempty"`
	Parameters   []map[string]any `json:"parameters,omitempty"`
	SkipCRDs     bool             `json:"skipCrds,omitempty"`
}

// argoObjects builds what an Application applies: each source as Argo CD tells
// its type, by what the directory holds.
func argoObjects(task buildTask, fsys *treeFS, secrets *redactor) ([]map[string]any, error) {
	var out []map[string]any
	for _, part := range task.Argo.Parts {
		var objects []map[string]any
		var err error
		switch {
		case fsys.files.Node(path.Join(part.Dir, "Chart.yaml")).Type == sandbox.IsFile:
			objects, err = argoChart(task.Argo, part, fsys, secrets)
		default:
			objects, err = argoDirectoryObjects(part, fsys)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, objects...)
	}
	for _, fields := range out {
		argoNamespace(fields, task.Argo.Namespace)
	}
	return out, nil
}

// argoNamespace puts objects without a namespace into the Application's.
func argoNamespace(fields map[string]any, namespace string) {
	meta, ok := fields["metadata"].(map[string]any)
	if !ok || namespace == "" || meta["namespace"] != nil {
		return
	}
	version, _ := fields["apiVersion"].(string)
	kind, _ := fields["kind"].(string)
	if namespaced, known := openapi.IsNamespaceScoped(kyaml.TypeMeta{APIVersion: version, Kind: kind}); known && namespaced {
		meta["namespace"] = namespace
	}
}

func argoDirectoryObjects(part argoPart, fsys *treeFS) ([]map[string]any, error) {
	file, content, found := ownKustomization(fsys, part.Dir)
	if found {
		var k types.Kustomization
		if err := yaml.Unmarshal(content, &k); err != nil {
			return nil, err
		}
		if len(part.Kustomize) > 0 {
			var fields argoKustomize
			if err := json.Unmarshal(part.Kustomize, &fields); err != nil {
				return nil, fmt.Errorf("read the Application's kustomize: %w", err)
			}
			fields.addTo(&k)
			out, err := yaml.Marshal(k)
			if err != nil {
				return nil, err
			}
			fsys.made[file] = out
		}
	} else {
		var directory argoDirectory
		if part.Directory != nil {
			directory = *part.Directory
		}
		files := plainManifests(directory, fsys.files, part.Dir)
		if len(files) == 0 {
			return nil, nil
		}
		fsys.made[file] = kustomizationOf(files)
	}
	resources, err := kustomizeBuild(fsys, path.Join(mount, part.Dir), krusty.ReorderOptionUnspecified)
	if err != nil {
		return nil, err
	}
	return decodeAll(resources)
}

var imageOverride = regexp.MustCompile(`^(?:([^=]+)=)?([^@:]+(?::[0-9]+/[^@:]+)?)(?::([^@]+))?(?:@(.+))?$`)

func (a *argoKustomize) addTo(k *types.Kustomization) {
	if a.NamePrefix != "" {
		k.NamePrefix = a.NamePrefix
	}
	if a.NameSuffix != "" {
		k.NameSuffix = a.NameSuffix
	}
	if a.Namespace != "" {
		k.Namespace = a.Namespace
	}
	for _, image := range a.Images {
		m := imageOverride.FindStringSubmatch(image)
		if m == nil {
			continue
		}
		i := types.Image{Name: m[1], NewName: m[2], NewTag: m[3], Digest: m[4]}
		if i.Name == "" {
			i.Name, i.NewName = m[2], ""
		}
		addImage(k, i)
	}
	if len(a.CommonLabels) > 0 {
		k.Labels = append(k.Labels, types.Label{Pairs: a.CommonLabels, IncludeSelectors: true})
	}
	if len(a.CommonAnnotations) > 0 {
		if k.CommonAnnotations == nil {
			k.CommonAnnotations = map[string]string{}
		}
		for key, value := range a.CommonAnnotations {
			k.CommonAnnotations[key] = value
		}
	}
	k.Patches = append(k.Patches, a.Patches...)
	k.Components = append(k.Components, a.Components...)
	k.Replicas = append(k.Replicas, a.Replicas...)
}

// manifests lists what Argo CD takes from a plain directory.
func plainManifests(d argoDirectory, files *sandbox.Files, dir string) []string {
	var out []string
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
					if takes(d, r) {
						out = append(out, r)
					}
				}
			}
		}
	}
	walk(dir, "")
	return out
}

func takes(d argoDirectory, rel string) bool {
	return (d.Include == "" || matches(d.Include, rel)) && (d.Exclude == "" || !matches(d.Exclude, rel))
}

var parameter = regexp.MustCompile(`\{\{\s*\.?([A-Za-z0-9_.\[\]]+)\s*\}\}`)

// fill replaces the parameters of an ApplicationSet's template, in JSON; ok is
// false where something else than plain parameters is left.
func fill(template string, values map[string]any) (string, bool) {
	ok := true
	out := parameter.ReplaceAllStringFunc(template, func(expression string) string {
		var at any = values
		name := parameter.FindStringSubmatch(expression)[1]
		keys := strings.Split(name, ".")
		if _, whole := values[name]; whole {
			keys = []string{name}
		}
		for _, key := range keys {
			if i := strings.Index(key, "["); i > 0 {
				key = key[:i]
			}
			m, isMap := at.(map[string]any)
			if !isMap || m[key] == nil {
				ok = false
				return expression
			}
			at = m[key]
		}
		if m, isMap := at.(map[string]any); isMap {
			at = m[""] // {{path}} of the older syntax
		}
		text, err := json.Marshal(fmt.Sprint(at))
		if err != nil {
			ok = false
			return expression
		}
		return strings.Trim(string(text), `"`)
	})
	return out, ok && !strings.Contains(out, "{{")
}

// argoChart renders a chart that lies in the repository. Values files, values
// and parameters override each other in this order, as valuesFrom entries do.
func argoChart(task *argoTask, part argoPart, fsys *treeFS, secrets *redactor) ([]map[string]any, error) {
	h := part.Helm
	if h == nil {
		h = &argoHelm{}
	}
	name := h.ReleaseName
	if name == "" {
		name = task.Name
	}
	var from []any
	data := map[string][]byte{}
	add := func(content []byte, ref map[string]any) {
		key := fmt.Sprint(len(from))
		data[key] = content
		ref["kind"], ref["name"], ref["valuesKey"] = "ConfigMap", "values", key
		from = append(from, ref)
	}
	for _, file := range h.ValueFiles {
		content, err := fsys.files.Read(path.Join(part.Dir, file))
		if err != nil {
			return nil, &model.Problem{Class: model.MissingFile, Message: fmt.Sprintf("the values file `%s` cannot be read from `%s`", file, part.Dir)}
		}
		add(content, map[string]any{})
	}
	if h.Values != "" {
		add([]byte(h.Values), map[string]any{})
	}
	if len(h.ValuesObject) > 0 {
		content, err := json.Marshal(h.ValuesObject)
		if err != nil {
			return nil, err
		}
		add(content, map[string]any{})
	}
	for _, p := range h.Parameters {
		add([]byte(fmt.Sprint(p["value"])), map[string]any{"targetPath": fmt.Sprint(p["name"])})
	}
	spec := map[string]any{"releaseName": name, "targetNamespace": task.Namespace, "valuesFrom": from}
	if h.SkipCRDs {
		spec["install"] = map[string]any{"crds": "Skip"}
	}
	out, err := renderRelease(release{
		Object: map[string]any{"metadata": map[string]any{"name": name, "namespace": task.Namespace}, "spec": spec},
		Chart:  chartFiles{Files: fsys.files, Path: part.Dir, Reviewed: true}, Secrets: secrets,
		Reference: func(string, string) referent { return referent{Data: data, Found: true} },
	})
	if err != nil {
		return nil, err
	}
	for _, fields := range out.Objects {
		withoutOrigin(fields)
	}
	return out.Objects, nil
}

// withoutOrigin takes off the labels by which helm-controller knows its objects.
func withoutOrigin(fields map[string]any) {
	meta, _ := fields["metadata"].(map[string]any)
	labels, _ := meta["labels"].(map[string]any)
	delete(labels, "helm.toolkit.fluxcd.io/name")
	delete(labels, "helm.toolkit.fluxcd.io/namespace")
	if len(labels) == 0 {
		delete(meta, "labels")
	}
}
