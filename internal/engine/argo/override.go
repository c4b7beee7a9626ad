package argo

import (
	"encoding/json"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	"sigs.k8s.io/yaml"

	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// sourceFields are those of a source that a file beside it cannot alter (argo-cd v3.2,
// reposerver/repository mergeSourceParameters).
var sourceFields = []string{"chart", "path", "repoURL", "targetRevision"}

// HandleSource does a task.ArgoSource.
func HandleSource(payload json.RawMessage, files []*sandbox.Files) (any, error) {
	var want task.ArgoSource
	if err := json.Unmarshal(payload, &want); err != nil {
		return nil, err
	}
	merged := []byte(want.Source)
	for _, file := range want.Overrides {
		content, err := files[0].Read(file)
		var patch []byte
		if err == nil {
			patch, err = yaml.YAMLToJSON(content)
		}
		if err == nil {
			merged, err = jsonpatch.MergePatch(merged, patch)
		}
		if failed := files[0].Failed(); failed != nil {
			return nil, failed
		}
		if err != nil {
			return task.MergedSource{Why: "it is no map of fields of a source", File: file}, nil
		}
	}
	var out task.MergedSource
	var own map[string]any
	if err := json.Unmarshal(want.Source, &own); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(merged, &out.Source); err != nil || out.Source == nil {
		return task.MergedSource{Why: "it is no map of fields of a source", File: want.Overrides[0]}, nil
	}
	for _, field := range sourceFields {
		delete(out.Source, field)
		if value, ok := own[field]; ok {
			out.Source[field] = value
		}
	}
	return out, nil
}
