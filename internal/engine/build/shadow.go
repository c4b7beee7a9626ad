package build

import (
	"errors"
	"fmt"
	"slices"

	"github.com/seaworthy-dev/seaworthy/internal/engine/helm"
	"github.com/seaworthy-dev/seaworthy/internal/engine/kustomize"
	"github.com/seaworthy-dev/seaworthy/internal/engine/object"
	"github.com/seaworthy-dev/seaworthy/internal/engine/redact"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// shownObjects builds a task's objects, and hides in them all that depends on the
// value of a Secret. To look for the value is not enough: variables and templates
// cut it, alter its case, encode it, make keys and names of it. So what reads a
// Secret is built a second time, with other letters and digits in the place of
// the Secret's; where the two differ, the Secret shows.
func shownObjects(want task.Build, fsys *kustomize.FS, files []*sandbox.Files, secrets *redact.Redactor) ([]map[string]any, object.Remarks, error) {
	objects, more, err := rawObjects(want, fsys, files, secrets)
	if !secrets.Fed || want.Reveal {
		return objects, more, err
	}
	secrets.Decoy = true
	others, said, failed := rawObjects(want, taskFS(want, files), files, secrets)
	secrets.Decoy = false
	switch {
	case err != nil:
		p := *explain(want, fsys, files, err)
		if failed == nil || explain(want, taskFS(want, files), files, failed).Message != p.Message {
			p.Message = "it does not build, and why cannot be shown: the message depends on the value of a Secret"
		}
		var lacking *helm.Lacking
		if errors.As(err, &lacking) { // the chart's files say what it wants, and no value
			return nil, object.Remarks{}, &helm.Lacking{Problem: &p, Wants: lacking.Wants}
		}
		return nil, object.Remarks{}, &p
	case failed != nil || len(others) != len(objects):
		return nil, object.Remarks{}, &model.Problem{Class: model.SubstitutionUnresolved,
			Message: "whether it builds, or how many objects it has, depends on the value of a Secret: it cannot be shown"}
	}
	for i := range objects {
		id := object.ID(objects[i])
		secrets.Judged, secrets.Veiled = judged(id), nil
		objects[i], _ = secrets.Differing(objects[i], others[i], "").(map[string]any)
		if n := len(secrets.Veiled); n > 0 {
			slices.Sort(secrets.Veiled)
			more.Unseen = append(more.Unseen, task.Unseen{Print: task.SumOf(secrets.Veiled),
				Text: fmt.Sprintf("%d fields of a %s take the value of a Secret: no check can see it", n, model.RedactedName(object.ID(objects[i]).Kind))})
		}
	}
	for i := range more.Otherwise {
		nameless(&more.Otherwise[i], said.Otherwise)
	}
	more.Notes = slices.DeleteFunc(more.Notes, func(n string) bool { return !slices.Contains(said.Notes, n) })
	return objects, more, nil
}

// nameless takes the names of objects away that the decoys alter.
func nameless(o *model.Otherwise, decoys []model.Otherwise) {
	for name, text := range o.Prints {
		if !slices.ContainsFunc(decoys, func(d model.Otherwise) bool { return d.If == o.If && d.Prints[name] != "" }) {
			delete(o.Prints, name)
			o.Prints[""] += text
		}
	}
}

// judged reports whether hidden fields of an object keep checks from their
// verdict. ConfigMaps and Secrets may hold what they like, and Kustomizations and
// HelmReleases pass values on to objects that are looked at themselves.
func judged(id model.ObjectID) bool {
	passes := id.Group == task.KustomizeGroup && id.Kind == "Kustomization" || id.Group == task.HelmGroup && id.Kind == "HelmRelease"
	return !passes && (id.Group != "" || id.Kind != "Secret" && id.Kind != "ConfigMap")
}
