package kustomize

import (
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"go.yaml.in/yaml/v3"
)

// placeRepeated finds the last entry of a generator that gives a key.
func placeRepeated(d *diagnosis, caught []string) *model.Position {
	return d.inKustomizations(generatorFields, func(entry *yaml.Node) *yaml.Node {
		if name := document.Text(document.Field(entry, "name")); name == "" || !strings.Contains(caught[1], name) {
			return nil
		}
		var found *yaml.Node
		for _, list := range []string{"literals", "files"} {
			d.entries(document.Field(entry, list), func(n *yaml.Node) {
				key, _, named := strings.Cut(n.Value, "=")
				if !named {
					key = path.Base(n.Value)
				}
				if key == caught[2] {
					found = n
				}
			})
		}
		if found == nil { // a file of variables has it
			found = document.Field(entry, "envs")
		}
		return found
	})
}

func placeUnnamed(d *diagnosis, _ []string) *model.Position {
	return d.inKustomizations(generatorFields, func(entry *yaml.Node) *yaml.Node {
		if document.Text(document.Field(entry, "name")) == "" {
			return entry
		}
		return nil
	})
}

func placeReplicas(d *diagnosis, caught []string) *model.Position {
	return d.nameUnder("replicas", caught[1])
}

func placeVariable(d *diagnosis, caught []string) *model.Position {
	return d.nameUnder("vars", caught[1])
}

// nameUnder finds the name of a list's entry.
func (d *diagnosis) nameUnder(list, name string) *model.Position {
	return d.inKustomizations([]string{list}, func(entry *yaml.Node) *yaml.Node {
		if n := document.Field(entry, "name"); document.Text(n) == name {
			return n
		}
		return nil
	})
}

func placeSort(d *diagnosis, _ []string) *model.Position {
	for _, k := range d.visited {
		if n := document.Field(document.Field(k.top, "sortOptions"), "order"); n != nil {
			return at(k.file, n)
		}
	}
	return nil
}

// placeOperation finds the operation of a JSON 6902 patch that has this name.
func placeOperation(d *diagnosis, caught []string) *model.Position {
	for _, op := range d.ops {
		if op.kind == caught[1] {
			return op.where
		}
	}
	return nil
}

// inPatches finds the last entry of `patches` that the test accepts.
func (d *diagnosis) inPatches(accept func(entry *yaml.Node, inline string) bool) *model.Position {
	return d.inKustomizations([]string{"patches"}, func(entry *yaml.Node) *yaml.Node {
		if accept(entry, document.Text(document.Field(entry, "patch"))) {
			return entry
		}
		return nil
	})
}

func placeUnaimed(d *diagnosis, _ []string) *model.Position {
	return d.inPatches(func(entry *yaml.Node, inline string) bool {
		file := document.Text(document.Field(entry, "path"))
		return document.Field(entry, "target") == nil && (strings.HasPrefix(strings.TrimSpace(inline), "-") || file != "" && strings.Contains(d.cause, file))
	})
}

func placeEmptyPatch(d *diagnosis, _ []string) *model.Position {
	return d.inPatches(func(entry *yaml.Node, _ string) bool {
		return (document.Field(entry, "patch") == nil) == (document.Field(entry, "path") == nil)
	})
}

func placeSeveral(d *diagnosis, _ []string) *model.Position {
	return d.inPatches(func(entry *yaml.Node, inline string) bool {
		file := document.Text(document.Field(entry, "path"))
		return document.Field(entry, "target") != nil && (strings.Contains(inline, "\n---") || file != "" && strings.Contains(d.cause, file))
	})
}

// placeInline finds a patch by its first line, which Kustomize quotes.
func placeInline(d *diagnosis, _ []string) *model.Position {
	return d.inPatches(func(_ *yaml.Node, inline string) bool {
		first, _, _ := strings.Cut(strings.TrimSpace(inline), "\n")
		return first != "" && strings.Contains(d.cause, `[patch: "`+first)
	})
}
