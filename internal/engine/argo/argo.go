// Package argo builds what an Argo CD Application applies.
package argo

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/engine/decode"
	"github.com/seaworthy-dev/seaworthy/internal/engine/helm"
	"github.com/seaworthy-dev/seaworthy/internal/engine/input"
	"github.com/seaworthy-dev/seaworthy/internal/engine/kustomize"
	"github.com/seaworthy-dev/seaworthy/internal/engine/object"
	"github.com/seaworthy-dev/seaworthy/internal/engine/redact"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	"sigs.k8s.io/yaml"
)

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

	LabelWithoutSelector    bool `json:"labelWithoutSelector,omitempty"`
	LabelIncludeTemplates   bool `json:"labelIncludeTemplates,omitempty"`
	IgnoreMissingComponents bool `json:"ignoreMissingComponents,omitempty"`
}

// Objects builds what an Application applies: each source as Argo CD tells
// its type, by what the directory holds.
func Objects(want task.Build, fsys *kustomize.FS, files []*sandbox.Files, secrets *redact.Redactor) ([]map[string]any, object.Remarks, error) {
	a := &application{want: want.Argo, own: fsys, files: files, charts: helm.FetchedOf(want.Charts, files), secrets: secrets}
	var out []map[string]any
	for _, part := range want.Argo.Parts {
		objects, err := a.part(part)
		if err != nil {
			return nil, a.more, err
		}
		out = append(out, objects...)
	}
	for _, fields := range out {
		argoNamespace(fields, want.Argo.Namespace)
	}
	return out, a.more, nil
}

// application is an Application under way.
type application struct {
	want    *task.Argo
	own     *kustomize.FS // of the repository that is reviewed
	files   []*sandbox.Files
	charts  []helm.Fetched
	secrets *redact.Redactor
	more    object.Remarks
}

// part builds one source.
func (a *application) part(part task.ArgoPart) ([]map[string]any, error) {
	switch p := part.Problem(); {
	case p != nil:
		a.more.Lack(p, task.Unseen{Text: p.Message, Print: inputsOf(part, a.own)})
		return nil, nil
	case part.Chart != nil:
		chart := helm.ChartFiles{Files: a.files[part.Chart.Tree], Path: model.ChartFile, Packaged: true}
		return a.chart(part, chart, chart.File)
	case part.Git != nil:
		return a.checkedOut(part, kustomize.NewFS(a.files[part.Git.Tree]))
	}
	return a.directory(part, a.own, true)
}

// directory builds a directory. Of one that is both, Argo CD takes the kustomization,
// unless the Application says that it is a chart (argo-cd v3, util/app/discovery: the
// later name wins).
func (a *application) directory(part task.ArgoPart, fsys *kustomize.FS, reviewed bool) ([]map[string]any, error) {
	_, _, kustomized := kustomize.Own(fsys, part.Dir)
	if fsys.Files.Node(path.Join(part.Dir, "Chart.yaml")).Type == sandbox.IsFile && (!kustomized || part.Helm != nil) {
		return a.chart(part, helm.ChartFiles{Files: fsys.Files, Path: part.Dir, Reviewed: reviewed, Locked: true, Fetched: a.charts}, fsys.Files.Read)
	}
	return argoDirectoryObjects(part, fsys, &a.more)
}

// checkedOut builds a directory of another repository: no line of it is this one's.
func (a *application) checkedOut(part task.ArgoPart, fsys *kustomize.FS) ([]map[string]any, error) {
	if !fsys.Files.IsDir(part.Dir) {
		return nil, &model.Problem{Class: model.MissingDir, Message: fmt.Sprintf("`path` names `%s`, which its repository does not have at that revision", part.Dir)}
	}
	for _, name := range []string{".argocd-source.yaml", ".argocd-source-" + a.want.Name + ".yaml"} {
		if fsys.Files.Node(path.Join(part.Dir, name)).Type == sandbox.IsFile {
			return nil, &model.Problem{Class: model.UnsupportedSource, Message: fmt.Sprintf("`%s` in another repository alters its source, which is not followed here", path.Join(part.Dir, name))}
		}
	}
	before := a.more.Hole
	objects, err := a.directory(part, fsys, false)
	if before == nil && a.more.Hole != nil {
		hole := *a.more.Hole
		hole.Location = nil
		a.more.Hole = &hole
	}
	if err == nil {
		return objects, nil
	}
	var known *model.Problem
	if !errors.As(err, &known) {
		known = kustomize.Diagnose(fsys, part.Dir, err)
	}
	elsewhere := *known
	elsewhere.Location, elsewhere.Message = nil, "in another repository: "+known.Message
	var lacking *helm.Lacking
	if errors.As(err, &lacking) {
		return nil, &helm.Lacking{Problem: &elsewhere, Wants: lacking.Wants}
	}
	return nil, &elsewhere
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

func argoDirectoryObjects(part task.ArgoPart, fsys *kustomize.FS, more *object.Remarks) ([]map[string]any, error) {
	file, content, found := kustomize.Own(fsys, part.Dir)
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
			fields.addTo(&k, func(component string) bool { return fsys.Files.IsDir(path.Join(part.Dir, component)) })
			out, err := yaml.Marshal(k)
			if err != nil {
				return nil, err
			}
			fsys.Made[file] = out
		}
	} else {
		var directory task.ArgoDirectory
		if part.Directory != nil {
			directory = *part.Directory
		}
		files, programs, err := plainManifests(directory, fsys.Files, part.Dir)
		if err != nil {
			return nil, err
		}
		for _, p := range programs {
			more.Lack(&model.Problem{Class: model.UnsupportedSource, Message: fmt.Sprintf("Argo CD evaluates `%s`, which a review does not do", p.file), Location: &model.Position{File: p.file, Line: 1, EndLine: 1, Precision: model.AtFile}},
				task.Unseen{Text: fmt.Sprintf("`%s` is Jsonnet", p.file), Print: p.print})
		}
		if len(files) == 0 {
			return nil, nil
		}
		fsys.Made[file] = kustomize.Over(files)
	}
	resources, holes, err := kustomize.BuildAround(fsys, part.Dir, krusty.ReorderOptionUnspecified)
	if err != nil {
		return nil, err
	}
	for _, h := range holes {
		more.Lack(h.Problem, h.Unseen())
	}
	if !found {
		// A plain directory's manifests are not read strictly: of a key that stands twice
		// the last counts (gitops-engine v0.7.3, SplitYAML; apimachinery v0.34's decoder).
		for _, r := range resources.Resources() {
			decode.LastWins(r.YNode())
		}
	}
	return decode.All(resources)
}

var imageOverride = pattern.New(`^(?:([^=]+)=)?([^@:]+(?::[0-9]+/[^@:]+)?)(?::([^@]+))?(?:@(.+))?$`)

func (a *argoKustomize) addTo(k *types.Kustomization, exists func(string) bool) {
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
		kustomize.AddImage(k, i)
	}
	if len(a.CommonLabels) > 0 {
		k.Labels = append(k.Labels, types.Label{Pairs: a.CommonLabels, IncludeSelectors: !a.LabelWithoutSelector, IncludeTemplates: a.LabelIncludeTemplates})
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
	for _, c := range a.Components {
		if !a.IgnoreMissingComponents || exists(c) {
			k.Components = append(k.Components, c)
		}
	}
	k.Replicas = append(k.Replicas, a.Replicas...)
}

// inputsOf is equal where all is that a chart which is not to be had is given.
func inputsOf(part task.ArgoPart, fsys *kustomize.FS) string {
	sum := sha256.New()
	asked, _ := json.Marshal(part) // decoded JSON marshals
	sum.Write(asked)
	if part.Helm != nil {
		for _, file := range part.Helm.ValueFiles {
			content, err := fsys.Files.Read(file)
			fmt.Fprintf(sum, "%s %v %x\n", file, err, sha256.Sum256(content))
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:12])
}

// chart renders a chart. Values files, values and parameters override each other in this
// order, as valuesFrom entries do. beside reads a file of where the chart is.
func (a *application) chart(part task.ArgoPart, chart helm.ChartFiles, beside func(string) ([]byte, error)) ([]map[string]any, error) {
	h := part.Helm
	if h == nil {
		h = &task.ArgoHelm{}
	}
	name := h.ReleaseName
	if name == "" {
		name = a.want.Name
	}
	var from []any
	data := map[string][]byte{}
	add := func(content []byte, ref map[string]any) {
		key := fmt.Sprint(len(from))
		data[key] = content
		ref["kind"], ref["name"], ref["valuesKey"] = "ConfigMap", "values", key
		from = append(from, ref)
	}
	read := func(file string) ([]byte, error) {
		if inside, ok := strings.CutPrefix(file, "/"); ok {
			return beside(inside)
		}
		return a.own.Files.Read(file)
	}
	for _, file := range h.ValueFiles {
		content, err := read(file)
		switch {
		case errors.Is(err, model.ErrNotExist) && h.IgnoreMissing:
			continue
		case err != nil:
			return nil, &model.Problem{Class: model.MissingFile, Message: fmt.Sprintf("the values file `%s` cannot be read", file)}
		}
		add(content, map[string]any{})
	}
	if h.Values != "" && len(h.ValuesObject) == 0 { // Argo CD takes one of them
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
		value := fmt.Sprint(p["value"])
		if p["forceString"] == true {
			value = `"` + value + `"`
		}
		add([]byte(value), map[string]any{"targetPath": fmt.Sprint(p["name"])})
	}
	for _, p := range h.FileParameters {
		file := path.Join(part.Dir, fmt.Sprint(p["path"]))
		if part.Chart != nil || part.Git != nil {
			file = path.Join("/", file)
		}
		content, err := read(file)
		if err != nil {
			return nil, &model.Problem{Class: model.MissingFile, Message: fmt.Sprintf("the file `%s` of a parameter cannot be read", file)}
		}
		add(content, map[string]any{"targetPath": fmt.Sprint(p["name"]), "literal": true})
	}
	install := map[string]any{"disableSchemaValidation": h.SkipSchemaValidation}
	if h.SkipCRDs {
		install["crds"] = "Skip"
	}
	spec := map[string]any{"releaseName": name, "targetNamespace": cmp.Or(h.Namespace, a.want.Namespace), "valuesFrom": from, "install": install}
	out, err := helm.Render(helm.Release{
		Object: map[string]any{"metadata": map[string]any{"name": name, "namespace": a.want.Namespace}, "spec": spec},
		Chart:  chart, KubeVersion: cmp.Or(h.KubeVersion, a.want.KubeVersion), APIVersions: h.APIVersions, Secrets: a.secrets, LastWins: true,
		Reference: func(string, string) input.Referent { return input.Referent{Data: data, Found: true} },
	})
	if err != nil {
		return nil, err
	}
	a.more.Notes = append(a.more.Notes, out.Notes...)
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
