package argo

import (
	"path"
	"reflect"
	"slices"

	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
	"github.com/seaworthy-dev/seaworthy/internal/engine/object"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	yamlnode "go.yaml.in/yaml/v3"
)

// maxRepeats bounds what is told of one target.
const maxRepeats = 100

// repeated notes an object that files of one directory of the repository define more than
// once and not alike, and reports whether it did. What another source of the Application
// defines too is meant to be overridden.
func (a *application) repeated(first, last map[string]any) bool {
	id := object.ID(last)
	if reflect.DeepEqual(first, last) || len(a.more.Repeats) == maxRepeats {
		return false
	}
	if slices.ContainsFunc(a.more.Repeats, func(r model.Repeat) bool { return r.Object.Key() == id.Key() }) {
		return true
	}
	for _, part := range a.want.Parts {
		if part.Chart != nil || part.Git != nil {
			continue
		}
		if at := a.definitions(part, id); len(at) > 1 {
			a.more.Repeats = append(a.more.Repeats, model.Repeat{Object: id, At: at})
			return true
		}
	}
	return false
}

// definitions are the places where the manifests of a plain directory define an object,
// in the order in which Argo CD reads them.
func (a *application) definitions(part task.ArgoPart, id model.ObjectID) (at []model.Position) {
	if kind, err := typeOf(part, a.own); err != nil || kind != isDirectory {
		return nil
	}
	var directory task.ArgoDirectory
	if part.Directory != nil {
		directory = *part.Directory
	}
	files, _, err := plainManifests(directory, a.own.Files, part.Dir)
	if err != nil {
		return nil
	}
	for _, name := range files {
		file := path.Join(part.Dir, name)
		content, err := a.own.Files.Read(file)
		if err != nil {
			continue
		}
		// What does not parse has failed before.
		_ = document.Each(content, func(doc *yamlnode.Node) {
			group, _ := model.SplitAPIVersion(document.Text(document.Field(doc, "apiVersion")))
			meta := document.Field(doc, "metadata")
			called, namespace := document.Field(meta, "name"), document.Text(document.Field(meta, "namespace"))
			if group == id.Group && document.Text(document.Field(doc, "kind")) == id.Kind && document.Text(called) == id.Name && (namespace == id.Namespace || namespace == "" && id.Namespace == a.want.Namespace) {
				at = append(at, model.Position{File: file, Line: called.Line, EndLine: called.Line, Precision: model.AtLine})
			}
		})
	}
	return at
}
