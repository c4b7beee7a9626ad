package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/seaworthy-dev/seaworthy/internal/schema"
)

// customKinds gathers the schemas of custom kinds; equal ones are kept once.
type customKinds struct {
	kinds  map[string][]schema.Custom
	shapes [][]byte
	known  map[string]int // content ▶ index in shapes
}

func (c *customKinds) read(s source) error {
	dir, err := module(s.module, s.version)
	if err != nil {
		return err
	}
	found := 0
	for _, pattern := range s.files {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return err
		}
		for _, f := range files {
			n, err := c.file(s, f)
			if err != nil {
				return fmt.Errorf("read %s: %w", f, err)
			}
			found += n
		}
	}
	if found == 0 {
		return fmt.Errorf("%s %s has no schemas at %v", s.project, s.release, s.files)
	}
	return nil
}

// definition is what is read of a CustomResourceDefinition.
type definition struct {
	Kind string
	Spec struct {
		Group    string
		Names    struct{ Kind string }
		Versions []struct {
			Name   string
			Served bool
			Schema struct {
				OpenAPIV3Schema map[string]any `json:"openAPIV3Schema"`
			}
		}
	}
}

func (c *customKinds) file(s source, name string) (found int, err error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	documents := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(content), 4096)
	for {
		var d definition
		if err := documents.Decode(&d); errors.Is(err, io.EOF) {
			return found, nil
		} else if err != nil {
			return 0, err
		}
		if d.Kind != "CustomResourceDefinition" {
			continue
		}
		for _, v := range d.Spec.Versions {
			if v.Schema.OpenAPIV3Schema == nil || !v.Served {
				continue
			}
			if err := c.add(s, schema.KindName(d.Spec.Group, v.Name, d.Spec.Names.Kind), v.Schema.OpenAPIV3Schema); err != nil {
				return 0, err
			}
			found++
		}
	}
}

// operatorKinds are what flux-operator adds to the definitions of Alert and Receiver that
// it installs (internal/builder/templates.go, v0.57.0).
var operatorKinds = []string{"FluxInstance", "ResourceSet", "ResourceSetInputProvider"}

func withOperator(kind string, shape *schema.Shape) {
	if !strings.HasPrefix(kind, "notification.toolkit.fluxcd.io/") || shape.Fields["spec"] == nil {
		return
	}
	for _, name := range []string{"eventSources", "resources"} {
		if list := shape.Fields["spec"].Fields[name]; list != nil && list.Items != nil && list.Items.Fields["kind"] != nil {
			of := list.Items.Fields["kind"]
			of.Enum = append(of.Enum, operatorKinds...)
		}
	}
}

func (c *customKinds) add(s source, kind string, from map[string]any) error {
	shape := schema.FromKnown(from)
	delete(shape.Fields, "status") // what is applied has none, or it is dropped
	withOperator(kind, shape)
	content, err := json.Marshal(shape)
	if err != nil {
		return err
	}
	if c.known == nil {
		c.known, c.kinds = map[string]int{}, map[string][]schema.Custom{}
	}
	i, ok := c.known[string(content)]
	if !ok {
		i = len(c.shapes)
		c.known[string(content)] = i
		c.shapes = append(c.shapes, content)
	}
	for j, k := range c.kinds[kind] {
		if k.Shape == i && k.Project == s.project {
			c.kinds[kind][j].Release = s.release // the newest that has it so
			return nil
		}
	}
	c.kinds[kind] = append(c.kinds[kind], schema.Custom{Project: s.project, First: s.release, Release: s.release, Shape: i})
	return nil
}
