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

	"github.com/seaworthy-dev/seaworthy/internal/engine/helm"
	"github.com/seaworthy-dev/seaworthy/internal/engine/kustomize"
	"github.com/seaworthy-dev/seaworthy/internal/engine/object"
	"github.com/seaworthy-dev/seaworthy/internal/engine/redact"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
)

// Objects builds what an Application applies: each source as Argo CD tells
// its type, by what the directory holds.
func Objects(want task.Build, fsys *kustomize.FS, files []*sandbox.Files, secrets *redact.Redactor) ([]map[string]any, object.Remarks, error) {
	a := &application{want: want.Argo, own: fsys, files: files, charts: helm.FetchedOf(want.Charts, files), secrets: secrets}
	var out []map[string]any
	for i, part := range want.Argo.Parts {
		if part.Problem() != nil {
			a.handed(i, part)
		}
		objects, err := a.part(i, part)
		if err != nil {
			return nil, a.more, ofPart(i, err)
		}
		out = append(out, objects...)
	}
	for _, fields := range out {
		argoNamespace(fields, want.Argo.Namespace)
	}
	return a.once(out), a.more, nil
}

// ofPart says of which source a problem's field is.
func ofPart(part int, err error) error {
	var known *model.Problem
	if errors.As(err, &known) && known.Field != nil {
		known.Field = append([]model.Step{model.ItemStep(part)}, known.Field...)
	}
	return err
}

// once leaves the last of objects of one name, which is what Argo CD applies with a
// warning (argo-cd v3, controller DeduplicateTargetObjects).
func (a *application) once(objects []map[string]any) []map[string]any {
	key := func(fields map[string]any) model.ObjectID {
		id := object.ID(fields)
		id.Version = ""
		return id
	}
	last := map[model.ObjectID]int{}
	for i, fields := range objects {
		last[key(fields)] = i
	}
	var out []map[string]any
	for i, fields := range objects {
		if id := key(fields); object.Map(fields, "metadata")["name"] != nil && last[id] != i {
			if a.repeated(fields, objects[last[id]]) {
				continue
			}
			a.more.Notes = append(a.more.Notes, fmt.Sprintf("%s %s is defined more than once: Argo CD applies the last and warns", id.Kind, strings.TrimPrefix(id.Namespace+"/"+id.Name, "/")))
			continue
		}
		out = append(out, fields)
	}
	return out
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
func (a *application) part(i int, part task.ArgoPart) ([]map[string]any, error) {
	switch p := part.Problem(); {
	case p != nil:
		lack := *p
		lack.Field = []model.Step{model.ItemStep(i), part.Names()}
		a.more.Lack(&lack, task.Unseen{Text: p.Message, Print: a.inputsOf(part)})
		return nil, nil
	case part.Chart != nil:
		if kind, err := explicitType(part); err != nil || kind != isChart && kind != "" {
			return nil, cmp.Or(err, unsupported("the Application says `%s` of a chart of a Helm repository, which is not followed here", kind))
		}
		chart := helm.ChartFiles{Files: a.files[part.Chart.Tree], Path: model.ChartFile, Packaged: true}
		return a.chart(part, chart, chart.File)
	case part.Git != nil:
		return a.checkedOut(part, kustomize.NewFS(a.files[part.Git.Tree]))
	}
	return a.directory(part, a.own, true)
}

// directory builds a directory as what the Application says that it is, or else as what
// it holds.
func (a *application) directory(part task.ArgoPart, fsys *kustomize.FS, reviewed bool) ([]map[string]any, error) {
	kind, err := typeOf(part, fsys)
	if err != nil {
		return nil, err
	}
	switch kind {
	case isChart:
		return a.chart(part, helm.ChartFiles{Files: fsys.Files, Path: part.Dir, Reviewed: reviewed, Locked: true, Fetched: a.charts}, fsys.Files.Read)
	case isKustomization:
		add, err := optionsOf(part)
		if err != nil {
			return nil, err
		}
		inflate(fsys, helm.Inflation{KubeVersion: cmp.Or(add.KubeVersion, a.want.KubeVersion), Secrets: a.secrets, Handed: true, APIs: add.APIVersions}, false, &a.more)
		return kustomized(part, fsys, &a.more)
	}
	return plain(part, fsys, &a.more)
}

// checkedOut builds a directory of another repository: no line of it is this one's.
func (a *application) checkedOut(part task.ArgoPart, fsys *kustomize.FS) ([]map[string]any, error) {
	if !fsys.Files.IsDir(part.Dir) {
		return nil, &model.Problem{Class: model.MissingDir, Message: fmt.Sprintf("`path` names `%s`, which its repository does not have at that revision", part.Dir)}
	}
	for _, name := range fsys.Files.List(part.Dir) {
		own, named := strings.CutPrefix(name, ".argocd-source-")
		if name == ".argocd-source.yaml" || named && (own == a.want.Name+".yaml" || strings.HasSuffix(own, "_"+a.want.Name+".yaml")) {
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

// inputsOf is equal where all is that a chart which is not to be had is given.
func (a *application) inputsOf(part task.ArgoPart) string {
	sum := sha256.New()
	asked, _ := json.Marshal(part) // decoded JSON marshals
	fmt.Fprintf(sum, "%s %q %q %q\n", asked, a.want.Name, a.want.Namespace, a.want.KubeVersion)
	if part.Helm != nil {
		for _, file := range part.Helm.ValueFiles {
			content, err := a.own.Files.Read(file)
			fmt.Fprintf(sum, "%s %v %x\n", file, err, sha256.Sum256(content))
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:12])
}
