package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/schema"
)

// readKubernetes reads the built-in kinds of all releases. What is the same in
// several is kept once.
func readKubernetes() (*schema.Releases, error) {
	out := &schema.Releases{Definitions: map[string][]schema.Variant{}, Kinds: map[string]schema.Kind{}}
	for i, r := range releases {
		out.Names = append(out.Names, r.name)
		if err := readRelease(out, r, uint32(1)<<i); err != nil {
			return nil, fmt.Errorf("read Kubernetes %s: %w", r.name, err)
		}
	}
	return out, nil
}

func readRelease(out *schema.Releases, r release, bit uint32) error {
	dir, err := module("k8s.io/kubernetes", r.kubernetes)
	if err != nil {
		return err
	}
	types, err := module("k8s.io/api", r.api)
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(dir, "api/openapi-spec/v3/api*_openapi.json"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no schemas in %s: %v", dir, err)
	}
	seen := map[string]bool{}
	enums := newEnums(types)
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		var whole struct {
			Components struct{ Schemas map[string]map[string]any }
		}
		if err := json.Unmarshal(content, &whole); err != nil {
			return fmt.Errorf("read %s: %w", f, err)
		}
		for name, s := range whole.Components.Schemas {
			if seen[name] {
				continue
			}
			seen[name] = true
			if err := addDefinition(out, name, s, enums, bit); err != nil {
				return err
			}
		}
	}
	return nil
}

const meta = "io.k8s.apimachinery.pkg.apis.meta.v1."

func addDefinition(out *schema.Releases, name string, s map[string]any, enums *enums, bit uint32) error {
	shape := schema.FromOpenAPI(s)
	switch {
	case strings.HasSuffix(name, ".api.resource.Quantity"):
		shape.Type = schema.Quantity
	case shape.Type == schema.Object && shape.Fields == nil && shape.Values == nil:
		shape.Open = true // raw JSON: the Go type says no more
	}
	if err := enums.fill(name, shape); err != nil {
		return err
	}
	for field, allowed := range values[name] {
		shape.Fields[field].Enum = allowed
	}
	shape.Required = enforced(name, shape.Required)
	content, err := json.Marshal(shape)
	if err != nil {
		return err
	}
	out.Add(name, content, bit)
	for _, id := range kindsOf(s) {
		// Options and answers of the API are no objects that one applies.
		if shape.Fields["metadata"] != nil && !strings.HasPrefix(name, meta) {
			k := out.Kinds[id]
			k.Definition, k.In = name, k.In|bit
			out.Kinds[id] = k
		}
	}
	return nil
}

// kindsOf gives what a definition is the kind of: "apps/v1 Deployment".
func kindsOf(s map[string]any) (out []string) {
	list, _ := s["x-kubernetes-group-version-kind"].([]any)
	for _, e := range list {
		id, _ := e.(map[string]any)
		group, _ := id["group"].(string)
		version, _ := id["version"].(string)
		kind, _ := id["kind"].(string)
		out = append(out, schema.KindName(group, version, kind))
	}
	return out
}
