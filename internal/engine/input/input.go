// Package input gives a task what it reads of other targets' renders, with nothing
// redacted: it never leaves the sandbox.
package input

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/engine/object"
	"github.com/seaworthy-dev/seaworthy/internal/engine/redact"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	"k8s.io/apimachinery/pkg/runtime"
)

// Set are the unredacted renders of a task's inputs, built when asked for.
type Set struct {
	tasks   []task.Build
	files   []*sandbox.Files
	Secrets *redact.Redactor
	build   Build
	done    map[int][]map[string]any
}

// Build makes the objects of a task, with nothing redacted. The redactor learns the
// Secrets that it meets.
type Build func(task.Build, *redact.Redactor) ([]map[string]any, error)

// New gives the inputs of a task, which build makes of its files.
func New(tasks []task.Build, files []*sandbox.Files, secrets *redact.Redactor, build Build) *Set {
	return &Set{tasks: tasks, files: files, Secrets: secrets, build: build, done: map[int][]map[string]any{}}
}

func (in *Set) objects(i int) ([]map[string]any, error) {
	if objects, ok := in.done[i]; ok {
		return objects, nil
	}
	if i < 0 || i >= len(in.tasks) {
		return nil, fmt.Errorf("the task has no input %d", i)
	}
	known, err := in.make(in.tasks[i])
	if err != nil {
		return nil, fmt.Errorf("input %d: %w", i, err)
	}
	in.Secrets.Adopt(known.secrets)
	in.done[i] = known.objects
	return known.objects, nil
}

// find gives an object of an input's render.
func (in *Set) find(i int, kind, namespace, name string) (map[string]any, error) {
	objects, err := in.objects(i)
	if err != nil {
		return nil, err
	}
	for _, fields := range objects {
		id := object.ID(fields)
		if id.Kind == kind && id.Name == name && (id.Namespace == namespace || id.Namespace == "") {
			return fields, nil
		}
	}
	return nil, nil
}

// Applied gives the object that is built itself: as the parent knows it, or, where it has
// a value that must not leave a child, as an input renders it.
func (in *Set) Applied(known json.RawMessage, self *task.Holder, kind string) (map[string]any, error) {
	if self != nil {
		return in.self(*self, kind)
	}
	var object map[string]any
	if err := json.Unmarshal(known, &object); err != nil {
		return nil, fmt.Errorf("read the %s: %w", kind, err)
	}
	return object, nil
}

// self gives the object that is built itself. One that is not found has a Secret's
// value in its name.
func (in *Set) self(h task.Holder, kind string) (map[string]any, error) {
	fields, err := in.find(h.Input, kind, h.Namespace, h.Name)
	if err == nil && fields == nil {
		err = &model.Problem{Class: model.SubstitutionUnresolved, Message: "its name or namespace depends on the value of a Secret: it cannot be shown"}
	}
	if err != nil {
		return nil, err
	}
	return runtime.DeepCopyJSON(fields), nil
}

// Keys gives the plain values of a ConfigMap or Secret by key; ok is false where
// nothing renders it.
func (in *Set) Keys(v task.Values) (data map[string]string, ok bool, err error) {
	if v.Input == nil {
		return v.Data, !v.Missing, nil
	}
	fields, err := in.find(*v.Input, v.Kind, v.Namespace, v.Name)
	if err != nil || fields == nil {
		return nil, false, err
	}
	return plainKeys(v.Kind, fields, in.Secrets), true, nil
}

// plainKeys decodes a ConfigMap's or Secret's keys. A Secret's values are noted,
// so that they are cut out of whatever they are put into.
func plainKeys(kind string, fields map[string]any, secrets *redact.Redactor) map[string]string {
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
			if kind == "Secret" && !redact.IsEncrypted(text) {
				secrets.Fed = true
				secrets.Hide(text)
				if redact.Telling(text) {
					secrets.Whole[text] = true
				}
			}
		}
	}
	return out
}
