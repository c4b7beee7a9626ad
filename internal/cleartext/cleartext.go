// Package cleartext asks the sandbox which credentials stand readable in a tree's
// files. What one looks like is internal/credential's; reading the files is the
// engine's. It gives places, and never what stands there.
package cleartext

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// Kind is the task's.
const Kind = "cleartext"

// Task is what the sandbox is asked.
type Task struct {
	// Files are looked at.
	Files []string `json:"files"`
	// Kustomizations are all of the tree: one may make a Secret of a file.
	Kustomizations []string `json:"kustomizations"`
}

// batch is how many files one task looks at, so that its time bounds it and one
// file that takes too much costs no more than these.
const batch = 200

// Find gives the credentials in some files of a tree, by file and line.
// surrender tells which errors mean that the sandbox gave up: the files are not
// seen then. Any other ends it.
func Find(ctx context.Context, runner sandbox.Runner, scope string, tree *model.Tree, files []string, surrender func(error) bool) ([]model.ClearText, error) {
	var kustomizations []string
	for _, f := range tree.Files() {
		if Kustomization(f) {
			kustomizations = append(kustomizations, f)
		}
	}
	var out []model.ClearText
	for some := range slices.Chunk(files, batch) {
		found, err := find(ctx, runner, scope, tree, Task{Files: some, Kustomizations: kustomizations})
		if err != nil && !surrender(err) {
			return nil, fmt.Errorf("look for credentials: %w", err)
		}
		if err != nil {
			for _, f := range some {
				found = append(found, model.ClearText{File: f, Sort: model.NotSeen})
			}
		}
		out = append(out, found...)
	}
	return out, nil
}

func find(ctx context.Context, runner sandbox.Runner, scope string, tree *model.Tree, task Task) ([]model.ClearText, error) {
	result, err := runner.Do(ctx, sandbox.Task{Kind: Kind, Payload: task, Scope: scope, Trees: []*model.Tree{tree},
		Ahead: [][]string{slices.Concat(task.Files, task.Kustomizations)}})
	if err != nil {
		return nil, err
	}
	var out []model.ClearText
	if err := json.Unmarshal(result.JSON, &out); err != nil {
		return nil, err
	}
	return out, nil
}

// Kustomization reports whether a file is called as kustomize looks for one.
func Kustomization(file string) bool {
	switch path.Base(file) {
	case "kustomization.yaml", "kustomization.yml", "Kustomization":
		return true
	}
	return false
}
