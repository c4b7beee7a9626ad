// Package build makes the objects of one target: it hands the work to the room
// that knows the target's kind, and lets nothing secret out. Together with
// package redact it is the only way from a build to the parent.
package build

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"path"

	"github.com/seaworthy-dev/seaworthy/internal/engine/argo"
	"github.com/seaworthy-dev/seaworthy/internal/engine/decode"
	"github.com/seaworthy-dev/seaworthy/internal/engine/flux"
	"github.com/seaworthy-dev/seaworthy/internal/engine/helm"
	"github.com/seaworthy-dev/seaworthy/internal/engine/input"
	"github.com/seaworthy-dev/seaworthy/internal/engine/kustomize"
	"github.com/seaworthy-dev/seaworthy/internal/engine/object"
	"github.com/seaworthy-dev/seaworthy/internal/engine/redact"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	"sigs.k8s.io/kustomize/api/krusty"
)

// Handle does a task.Build: it gives a task.Built in which nothing is secret.
func Handle(payload json.RawMessage, files []*sandbox.Files) (any, error) {
	var want task.Build
	if err := json.Unmarshal(payload, &want); err != nil {
		return nil, err
	}
	log.SetFlags(0) // Kustomize warns through the standard logger; nobody reads it
	fsys := taskFS(want, files)
	secrets := redact.New(want.Key, want.Reveal)
	out, err := build(want, fsys, files, secrets)
	for _, f := range files {
		if failed := f.Failed(); failed != nil {
			return nil, failed
		}
	}
	if err != nil {
		out = task.Built{Problem: explain(want, fsys, files, err)}
		var lacking *helm.Lacking
		if errors.As(err, &lacking) {
			out.Wants = lacking.Wants
		}
	}
	if out.Problem != nil {
		out.Field, out.Also = out.Problem.Field, out.Problem.Also
		out.Problem.Message = secrets.Text(out.Problem.Message)
	}
	out.Private = secrets.Fed
	for i := range out.Notes { // a chart writes into them
		out.Notes[i] = secrets.Text(out.Notes[i])
	}
	return out, nil
}

func taskFS(task task.Build, files []*sandbox.Files) *kustomize.FS {
	fsys := kustomize.NewFS(files[task.Tree])
	if task.Tree == 0 {
		fsys.Lacks = task.Lacks
		for path, content := range task.Instead {
			fsys.Made[path] = content
		}
	}
	return fsys
}

// explain makes a target's problem of the error that ended its build. What Flux
// adds has no line in the directory: a fault of the directory itself comes first.
func explain(want task.Build, fsys *kustomize.FS, files []*sandbox.Files, err error) *model.Problem {
	var known *model.Problem
	switch {
	case errors.As(err, &known):
		return known
	case want.Argo != nil && len(want.Argo.Parts) > 0:
		return kustomize.Diagnose(fsys, want.Argo.Parts[0].Dir, err)
	case want.Flux == nil:
		return kustomize.Diagnose(fsys, want.Dir, err)
	}
	plain := taskFS(want, files)
	if _, _, found := kustomize.Own(plain, want.Dir); !found {
		plain.Made[path.Join(want.Dir, task.KustomizationNames[0])] = kustomize.Generated(plain.Files, want.Dir, true)
	}
	if _, failed := kustomize.Build(plain, path.Join(kustomize.Mount, want.Dir), krusty.ReorderOptionNone); failed != nil {
		return kustomize.Diagnose(plain, want.Dir, failed)
	}
	return kustomize.InWords(plain, want.Dir, err) // its place is the Kustomization's: the parent knows it
}

// rawObjects builds a task's objects with nothing redacted.
func rawObjects(want task.Build, fsys *kustomize.FS, files []*sandbox.Files, secrets *redact.Redactor) ([]map[string]any, object.Remarks, error) {
	in := input.New(want.Inputs, files, secrets, func(input task.Build, secrets *redact.Redactor) ([]map[string]any, error) {
		objects, _, err := rawObjects(input, kustomize.NewFS(files[input.Tree]), files, secrets)
		return objects, err
	})
	switch {
	case want.Flux != nil:
		if !fsys.Files.IsDir(want.Dir) {
			return nil, object.Remarks{}, flux.MissingDirectory(want.Dir)
		}
		return flux.Objects(want, fsys, in)
	case want.Helm != nil:
		return helm.Objects(want, files, in)
	case want.Argo != nil:
		return argo.Objects(want, fsys, files, secrets)
	case want.File != "":
		own, _, _ := kustomize.Own(fsys, want.Dir)
		fsys.Made[own] = kustomize.Over([]string{path.Base(want.File)})
	case want.Kind == model.Manifests:
		fsys.Made[path.Join(want.Dir, task.KustomizationNames[0])] = kustomize.Generated(fsys.Files, want.Dir, false)
	}
	var more object.Remarks
	argo.Inflate(fsys, want.KubeVersion, true, secrets, &more)
	resources, holes, err := kustomize.BuildAround(fsys, want.Dir, krusty.ReorderOptionUnspecified)
	if err != nil {
		return nil, object.Remarks{}, err
	}
	all := decode.Printed
	if want.File != "" || want.Kind == model.Manifests {
		all = decode.All // kubectl reads these
	}
	objects, err := all(resources)
	for _, h := range holes {
		more.Lack(h.Problem, h.Unseen())
	}
	return objects, more, err
}

func build(want task.Build, fsys *kustomize.FS, files []*sandbox.Files, secrets *redact.Redactor) (task.Built, error) {
	objects, more, err := shownObjects(want, fsys, files, secrets)
	if err != nil {
		return task.Built{}, err
	}
	out := task.Built{Objects: make([]task.BuiltObject, 0, len(objects)), Unseen: more.Unseen, Problem: flux.Unresolved(more.Unseen), Notes: more.Notes, Losses: more.Losses, Repeats: more.Repeats, Chart: more.Chart, ChartName: more.ChartName, Values: more.Values, Handed: more.Handed, Otherwise: more.Otherwise, ValueNotes: more.ValueNotes}
	if more.Hole != nil {
		out.Hole, out.Problem = true, lacking(more)
	}
	keys := make([]map[string]model.Key, 0, len(objects))
	for _, fields := range objects {
		id := object.ID(fields)
		if id.Kind == "" {
			return task.Built{}, errors.New("an object has no kind")
		}
		keys = append(keys, secrets.Object(id, fields, func(content []byte) string { return fsys.Origins[sha256.Sum256(content)] }))
	}
	total := 0
	for i, fields := range objects {
		if !want.Reveal && len(secrets.Whole) > 0 { // all Secrets were met by now
			secrets.Copies(fields)
		}
		o, err := encode(fields, keys[i])
		if err != nil {
			return task.Built{}, err
		}
		if total += len(o.Fields); total > task.MaxBuilt {
			return task.Built{Problem: &model.Problem{Class: model.TooLarge,
				Message: fmt.Sprintf("`%s` renders to more than %d MiB", want.Dir, task.MaxBuilt>>20)}}, nil
		}
		out.Objects = append(out.Objects, o)
	}
	return out, nil
}

// lacking is the problem of a build with holes: the first, and how many more there
// are.
func lacking(more object.Remarks) *model.Problem {
	p := *more.Hole
	if n := len(more.Unseen) - 1; n > 0 {
		p.Message += fmt.Sprintf(" (and %d more)", n)
	}
	p.Message += ": the rest is rendered"
	return &p
}

func encode(fields map[string]any, keys map[string]model.Key) (task.BuiltObject, error) {
	j, err := json.Marshal(fields)
	if err != nil {
		return task.BuiltObject{}, err
	}
	sum := sha256.Sum256(j)
	return task.BuiltObject{ID: object.ID(fields), Sum: hex.EncodeToString(sum[:16]), Fields: j, Keys: keys}, nil
}
