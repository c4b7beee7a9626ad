package helm

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/engine/decode"
	"github.com/seaworthy-dev/seaworthy/internal/engine/object"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
)

// manifest is one document that a template rendered.
type manifest struct {
	file   string // the template, "chart/templates/web.yaml"; "" after a post-renderer
	node   *kyaml.RNode
	fields map[string]any
	hook   bool
}

// objects turns the rendered templates into what the release applies.
func (h *helm) objects(files map[string]string) error {
	all, err := h.manifests(files)
	if err != nil {
		return err
	}
	if all, err = h.postRender(all); err != nil {
		return err
	}
	crds, err := h.crds()
	if err != nil {
		return err
	}
	if all, err = h.keep(all); err != nil {
		return err
	}
	h.out.Objects = crds
	for _, m := range all {
		h.out.Objects = append(h.out.Objects, m.fields)
	}
	if h.AsTemplated {
		return nil
	}
	scopes := scopesOf(h.out.Objects)
	for _, m := range all {
		h.settle(m.fields, scopes)
	}
	origin := map[string]any{"helm.toolkit.fluxcd.io/name": h.own("name"), "helm.toolkit.fluxcd.io/namespace": h.own("namespace")}
	for _, fields := range h.out.Objects {
		object.Merge(fields, "labels", origin)
	}
	return nil
}

// manifests parses the templates' output. Partials and NOTES.txt are no objects.
func (h *helm) manifests(files map[string]string) ([]manifest, error) {
	var out []manifest
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if strings.HasSuffix(file, "NOTES.txt") || strings.HasPrefix(path.Base(file), "_") {
			continue
		}
		found, err := h.parse(file, files[file])
		if err != nil {
			return nil, h.notObjects(file, err)
		}
		out = append(out, found...)
	}
	return out, nil
}

func (h *helm) parse(file, content string) ([]manifest, error) {
	docs := releaseutil.SplitManifests(content)
	order := slices.Collect(maps.Keys(docs))
	sort.Sort(releaseutil.BySplitManifestsOrder(order))
	var out []manifest
	for _, key := range order {
		nodes, err := nodesOf(docs[key])
		if err != nil {
			return nil, err
		}
		for _, node := range nodes {
			if h.LastWins {
				decode.LastWins(node.YNode())
			} else if key := twice(node.YNode(), 0); key != "" {
				// Helm takes the last; Flux labels every object by way of Kustomize,
				// which does not.
				return nil, fmt.Errorf("the key %s stands twice in one map, which Flux refuses", key)
			}
			read := decode.Node // as Flux prints it, by way of Kustomize
			if h.LastWins {
				read = decode.Read
			}
			fields, err := read(node)
			if err != nil {
				return nil, err
			}
			if kind, _ := fields["kind"].(string); kind == "" {
				return nil, fmt.Errorf("it holds something that is no Kubernetes object")
			}
			out = append(out, flatten(manifest{file: file, node: node, fields: fields})...)
		}
	}
	return out, nil
}

// nodesOf reads a document as kio.FromBytes does, which copies every map at each level
// to replace anchors and what is merged: here only where there are such, or a key stands
// twice.
func nodesOf(doc string) ([]*kyaml.RNode, error) {
	nodes, err := (&kio.ByteReader{OmitReaderAnnotations: true, Reader: strings.NewReader(doc)}).Read()
	for _, n := range nodes {
		if err == nil && !plain(n.YNode(), 0) {
			err = n.DeAnchor()
		}
	}
	return nodes, err
}

// plain reports whether a value is all maps with scalars for keys, each once, lists and
// scalars, without anchors and merges: DeAnchor leaves that as it is.
func plain(n *kyaml.Node, depth int) bool {
	if n == nil || n.Anchor != "" || n.Kind == kyaml.AliasNode || depth > decode.MaxDepth {
		return false
	}
	if n.Kind == kyaml.MappingNode {
		seen := make(map[string]bool, len(n.Content)/2)
		for i := 0; i < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind != kyaml.ScalarNode || key.Tag == kyaml.MergeTag || key.Tag == kyaml.NodeTagNull || key.Value == "<<" || seen[key.Value] {
				return false
			}
			seen[key.Value] = true
		}
	}
	return !slices.ContainsFunc(n.Content, func(c *kyaml.Node) bool { return !plain(c, depth+1) })
}

// twice gives a key that a map has two times, "" for none.
func twice(n *kyaml.Node, depth int) string {
	if n == nil || depth > decode.MaxDepth {
		return ""
	}
	seen := map[string]bool{}
	for i, c := range n.Content {
		if n.Kind == kyaml.MappingNode && i%2 == 0 {
			if seen[c.Value] && c.Kind == kyaml.ScalarNode && c.Value != "<<" {
				return c.Value
			}
			seen[c.Value] = true
		}
		if key := twice(c, depth+1); key != "" {
			return key
		}
	}
	return ""
}

// flatten gives the items of a List in the place of the List. kyaml unwraps
// those it knows.
func flatten(m manifest) []manifest {
	items, ok := m.fields["items"].([]any)
	if kind, _ := m.fields["kind"].(string); !ok || !strings.HasSuffix(kind, "List") || object.Map(m.fields, "spec") != nil {
		return []manifest{m}
	}
	var out []manifest
	for _, item := range items {
		if fields, ok := item.(map[string]any); ok {
			node, err := kyaml.FromMap(object.Plain(fields))
			if err == nil {
				out = append(out, flatten(manifest{file: m.file, node: node, fields: fields})...)
			}
		}
	}
	return out
}

func (h *helm) notObjects(file string, err error) *model.Problem {
	p := chartInvalid("template `%s` does not render to Kubernetes objects: %s", file, oneLine(strings.TrimPrefix(err.Error(), "yaml: ")))
	p.Location = h.place(file, "1")
	if p.Location != nil {
		p.Location.Precision = model.AtFile // the line of the output is not that of the template
	}
	return p
}

// keep takes out what is not applied, marks hooks, and puts objects in the order
// in which Helm installs them; hooks come last.
func (h *helm) keep(all []manifest) ([]manifest, error) {
	seen := map[model.ObjectID]bool{}
	var plainOnes, hooks []manifest
	noHooks, _ := object.Map(h.spec, "install")["disableHooks"].(bool)
	for _, m := range all {
		events, hook := hookEvents(m.fields)
		if !hook {
			id := object.ID(m.fields)
			if id.Namespace == "" {
				id.Namespace = "default" // as Kustomize, which labels the objects, compares them
			}
			if seen[id] && id.Name != "" {
				return nil, &model.Problem{Class: model.IDConflict, Message: fmt.Sprintf("chart %s renders %s %s twice", h.chart.Name(), id.Kind, id.Name)}
			}
			seen[id] = true
			plainOnes = append(plainOnes, m)
			continue
		}
		if m.hook = h.applies(m, events); m.hook && !noHooks {
			hooks = append(hooks, m)
		}
	}
	rank := map[string]int{}
	for i, kind := range releaseutil.InstallOrder {
		rank[kind] = i + 1
	}
	slices.SortStableFunc(plainOnes, func(a, b manifest) int { return order(a, rank) - order(b, rank) })
	return append(plainOnes, hooks...), nil
}

// order is a kind's place in the order of installation; unknown kinds are last.
func order(m manifest, rank map[string]int) int {
	kind, _ := m.fields["kind"].(string)
	if n := rank[kind]; n > 0 {
		return n
	}
	return len(rank) + 1
}

const hookAnnotation = "helm.sh/hook"

func hookEvents(fields map[string]any) ([]string, bool) {
	text, ok := object.Map(object.Map(fields, "metadata"), "annotations")[hookAnnotation].(string)
	if !ok {
		return nil, false
	}
	var out []string
	for event := range strings.SplitSeq(text, ",") {
		out = append(out, strings.ToLower(strings.TrimSpace(event)))
	}
	return out, true
}

// applies reports whether a hook ever runs on install, upgrade, rollback or
// delete. Tests run only when somebody asks, or helm-controller is told to run them
// after each upgrade (spec.test.enable); unknown events make Helm leave the
// object out.
func (h *helm) applies(m manifest, events []string) bool {
	known := []string{"pre-install", "post-install", "pre-delete", "post-delete", "pre-upgrade", "post-upgrade", "pre-rollback", "post-rollback"}
	run := false
	for _, event := range events {
		switch {
		case event == "test", event == "test-success":
			run = run || object.Map(h.spec, "test")["enable"] == true
		case slices.Contains(known, event):
			run = true
		default:
			id := object.ID(m.fields)
			h.out.Notes = append(h.out.Notes, fmt.Sprintf("%s %s has the hook %q, which Helm does not know: it is left out", id.Kind, id.Name, event))
			return false
		}
	}
	return run
}

// crds are the CustomResourceDefinitions in crds/, which are never templates.
func (h *helm) crds() ([]map[string]any, error) {
	install, _ := object.Map(h.spec, "install")["crds"].(string)
	upgrade, _ := object.Map(h.spec, "upgrade")["crds"].(string)
	var out []map[string]any
	if install == "Skip" || h.part {
		return nil, nil
	}
	for _, file := range h.chart.CRDObjects() {
		found, err := h.parse(file.Filename, string(file.File.Data))
		if err != nil {
			return nil, h.notObjects(file.Filename, err)
		}
		for _, m := range found {
			if m.fields["kind"] == "CustomResourceDefinition" {
				out = append(out, m.fields)
			}
		}
	}
	if len(out) > 0 && (upgrade == "" || upgrade == "Skip") {
		h.out.Notes = append(h.out.Notes, "the definitions in crds/ are made by the first installation only: upgrade.crds does not let an upgrade change them")
	}
	return out, nil
}

type typeMeta = kyaml.TypeMeta

// scopesOf reads from the CustomResourceDefinitions of a render which of their
// kinds are namespaced, by group and kind.
func scopesOf(objects []map[string]any) map[string]bool {
	out := map[string]bool{}
	for _, o := range objects {
		if o["kind"] != "CustomResourceDefinition" {
			continue
		}
		spec := object.Map(o, "spec")
		group, _ := spec["group"].(string)
		kind, _ := object.Map(spec, "names")["kind"].(string)
		out[group+"/"+kind] = spec["scope"] == "Namespaced"
	}
	return out
}

// settle gives the release's namespace to an object that names none, where its
// kind is known to be namespaced: from Kubernetes' own schema, or from a
// definition in the same render. A cluster-scoped one loses nothing.
func (h *helm) settle(fields map[string]any, scopes map[string]bool) {
	meta := object.Map(fields, "metadata")
	if ns, _ := meta["namespace"].(string); ns != "" || meta == nil {
		return
	}
	id := object.ID(fields)
	apiVersion, _ := fields["apiVersion"].(string)
	namespaced, known := openapi.IsNamespaceScoped(typeMeta{APIVersion: apiVersion, Kind: id.Kind})
	if !known {
		namespaced, known = scopes[id.Group+"/"+id.Kind]
	}
	if known && namespaced {
		meta["namespace"] = h.namespace()
	}
}
