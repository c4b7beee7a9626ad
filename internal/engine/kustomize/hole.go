package kustomize

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resource"

	"github.com/seaworthy-dev/seaworthy/internal/engine/document"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// Hole is an entry of a kustomization that cannot be had: a remote base, a chart
// that needs the helm program, a plugin, what bootstrap writes. What it would hold
// is not known; the rest of the build is.
type Hole struct {
	Problem *model.Problem
	// Print is equal where the entry, all that it names in the repository, and all that
	// is done to what it holds, are.
	Print string
}

// Unseen is a hole as it is told: by what it lacks.
func (h Hole) Unseen() task.Unseen {
	return task.Unseen{Text: h.Problem.Message, Print: h.Print, Where: h.Problem.Location}
}

// BuildAround is Build; where entries cannot be had, it builds the rest and says
// what is missing in it. An error that is the author's stays one.
func BuildAround(fsys *FS, dir string, order krusty.ReorderOption) ([]*resource.Resource, []Hole, error) {
	m, err := Build(fsys, path.Join(Mount, dir), order)
	if err == nil {
		return m, nil, nil
	}
	d := &diagnosis{fsys: fsys, cause: err.Error(), around: true}
	d.walk(dir, nil, nil)
	if d.mistake != nil || d.unseen == nil {
		return nil, nil, err
	}
	made := maps.Clone(fsys.Made)
	c := cutter{diagnosis: d, top: dir}
	if !c.cutAll() {
		fsys.Made = made
		if c.mistake != nil {
			return nil, nil, c.mistake
		}
		return nil, nil, err
	}
	for { // each round takes one entry out
		m, again := Build(fsys, path.Join(Mount, dir), order)
		if again == nil {
			fsys.trouble = nil
			return m, c.holes, nil
		}
		if len(c.holes) == 0 { // all charts were rendered: it is the author's
			fsys.Made, fsys.inflated = made, true
			return nil, nil, again
		}
		if !c.dependent(again) {
			break
		}
	}
	fsys.Made = made
	return nil, nil, err
}

// cutter takes entries out of kustomizations.
type cutter struct {
	diagnosis *diagnosis
	top       string
	holes     []Hole
	changed   bool           // an entry of the kustomization at hand was taken out
	inflated  int            // charts that were rendered
	mistake   *model.Problem // the first chart that does not render
}

// cutAll takes out every entry that cannot be had, and renders charts; false where one is
// of a kind that the rest cannot be told without.
func (c *cutter) cutAll() bool {
	done, any := map[string]bool{}, false
	for _, k := range c.diagnosis.visited {
		if done[k.file] {
			continue
		}
		done[k.file] = true
		c.changed = false
		for _, key := range []string{"resources", "bases", "components"} {
			c.cut(k, key, func(n *yaml.Node) *diagnosis {
				one := c.fresh()
				one.resource(k.dir, k.file, n, nil)
				return one
			})
		}
		c.cut(k, "generators", func(n *yaml.Node) *diagnosis { return c.generator(k, n) })
		c.cut(k, "validators", func(n *yaml.Node) *diagnosis { return c.plugged(k, "validators", n) }) // a transformer that is unknown alters all
		c.cut(k, "helmCharts", func(n *yaml.Node) *diagnosis { return c.chart(k, n) })
		c.cut(k, "helmChartInflationGenerator", func(n *yaml.Node) *diagnosis { return c.plugged(k, "helmChartInflationGenerator", n) })
		for _, key := range generatorFields {
			c.diagnosis.entries(document.Field(k.top, key), func(n *yaml.Node) { c.cutInputs(k, n) })
		}
		if c.mistake != nil || c.changed && !c.rewrite(k) {
			return false
		}
		any = any || c.changed
	}
	return any
}

// cutInputs takes the files out of a generator that cannot be had: what it makes lacks
// their keys, and has the rest.
func (c *cutter) cutInputs(k kustomizationFile, generator *yaml.Node) {
	for _, key := range []string{"files", "envs"} {
		c.cutList(k, document.Field(generator, key), func(n *yaml.Node) *diagnosis {
			one := c.fresh()
			one.input(k.dir, k.file, n)
			return one
		})
	}
}

// fresh is a diagnosis of one entry: it looks no deeper than that.
func (c *cutter) fresh() *diagnosis {
	return &diagnosis{fsys: c.diagnosis.fsys, around: true, steps: maxSteps}
}

func (c *cutter) plugged(k kustomizationFile, key string, n *yaml.Node) *diagnosis {
	one := &diagnosis{fsys: c.diagnosis.fsys, around: true}
	one.plugins(k.dir, k.file, &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{
		{Kind: yaml.ScalarNode, Value: key, Line: n.Line}, {Kind: yaml.SequenceNode, Content: []*yaml.Node{n}}}})
	return one
}

// cut takes the entries of a field's list out that look says cannot be had.
func (c *cutter) cut(k kustomizationFile, key string, look func(*yaml.Node) *diagnosis) {
	c.cutList(k, document.Field(k.top, key), look)
}

func (c *cutter) cutList(k kustomizationFile, list *yaml.Node, look func(*yaml.Node) *diagnosis) {
	if list == nil || list.Kind != yaml.SequenceNode {
		return
	}
	var keep []*yaml.Node
	for _, n := range list.Content {
		entry := document.Follow(n)
		switch d := look(entry); {
		case d.taken:
			c.changed = true
			continue
		case d.unseen != nil:
			c.changed = true
			c.holes = append(c.holes, Hole{Problem: d.unseen, Print: c.print(k, entry) + c.done(k)})
			continue
		case d.mistake != nil && c.mistake == nil && d.chart:
			c.mistake = d.mistake
		}
		keep = append(keep, n)
	}
	list.Content = keep
}

// print sums an entry and the files that it names, and those that they name.
func (c *cutter) print(k kustomizationFile, n *yaml.Node) string {
	h := sha256.New()
	seen := map[string]bool{}
	var node func(dir string, n *yaml.Node, depth int)
	file := func(dir, name string, depth int) {
		p := join(dir, name)
		found := c.diagnosis.node(p)
		if seen[p] || len(name) > 1024 || found.Type != sandbox.IsFile {
			return
		}
		seen[p] = true
		fmt.Fprintf(h, "%s %x\n", p, sha256.Sum256(found.Content))
		if depth > 0 {
			_ = document.Each(found.Content, func(doc *yaml.Node) { node(path.Dir(p), doc, depth-1) }) // what does not parse names nothing
		}
	}
	node = func(dir string, n *yaml.Node, depth int) {
		n = document.Follow(n)
		if n.Kind == yaml.ScalarNode {
			fmt.Fprintf(h, "%q\n", n.Value)
			name := n.Value
			if _, after, ok := strings.Cut(name, "="); ok {
				name = after
			}
			if lack := c.diagnosis.fsys.Lack(join(dir, name)); lack != nil {
				fmt.Fprintf(h, "%s\n", lack.Print)
			}
			if !remote(name) && !strings.Contains(name, "\n") {
				file(dir, name, depth)
			}
		}
		for _, child := range n.Content {
			node(dir, child, depth)
		}
	}
	node(k.dir, n, 2)
	if document.Field(n, "releaseName") != nil || document.Field(n, "repo") != nil { // a chart may be of this repository
		c.sumBelow(h, c.chartDir(k, n), maxSummed)
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// maxSummed bounds how deep a chart's directory is summed.
const maxSummed = 20

// sumBelow sums all that a directory holds.
func (c *cutter) sumBelow(h io.Writer, dir string, depth int) {
	if dir == "" || depth == 0 {
		return
	}
	for _, name := range c.diagnosis.fsys.Files.List(dir) {
		at := path.Join(dir, name)
		switch found := c.diagnosis.node(at); found.Type {
		case sandbox.IsFile:
			fmt.Fprintf(h, "%s %x\n", at, sha256.Sum256(found.Content))
		case sandbox.IsDir:
			c.sumBelow(h, at, depth-1)
		}
	}
}

// altering are the fields by which a kustomization alters what its entries hold.
var altering = []string{"images", "patches", "patchesStrategicMerge", "patchesJson6902", "components", "replacements", "labels", "commonLabels",
	"commonAnnotations", "namespace", "namePrefix", "nameSuffix", "replicas", "transformers", "configurations", "vars", "openapi"}

// done sums what the kustomizations above an entry of one, and their components, do to
// what the entry holds.
func (c *cutter) done(of kustomizationFile) string {
	counts := map[string]bool{of.dir: true}
	has := func(k kustomizationFile, key string, each func(dir string)) {
		if list := document.Field(k.top, key); list != nil {
			for _, n := range list.Content {
				each(join(k.dir, document.Follow(n).Value))
			}
		}
	}
	for grown := 0; grown < len(counts); {
		grown = len(counts)
		for _, k := range c.diagnosis.visited {
			for _, key := range []string{"resources", "bases", "components"} {
				has(k, key, func(dir string) { counts[k.dir] = counts[k.dir] || counts[dir] })
			}
		}
		maps.DeleteFunc(counts, func(_ string, above bool) bool { return !above })
	}
	for grown := 0; grown < len(counts); {
		grown = len(counts)
		for _, k := range c.diagnosis.visited {
			if counts[k.dir] {
				has(k, "components", func(dir string) { counts[dir] = true })
			}
		}
	}
	h := sha256.New()
	for _, k := range c.diagnosis.visited {
		for _, key := range altering {
			if n := document.Field(k.top, key); n != nil && counts[k.dir] {
				fmt.Fprintf(h, "%s %s\n", key, c.print(k, n))
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// rewrite lets the build read a kustomization without what was taken out.
func (c *cutter) rewrite(k kustomizationFile) bool {
	// Kustomize calls one empty that has no field set; an empty list is set.
	top := *k.top
	if document.Field(&top, "crds") == nil {
		top.Content = append(top.Content[:len(top.Content):len(top.Content)],
			&yaml.Node{Kind: yaml.ScalarNode, Value: "crds"}, &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle})
	}
	out, err := yaml.Marshal(&top)
	if err != nil {
		return false
	}
	c.diagnosis.fsys.Made[k.file] = out
	return true
}

// dependent takes out the patch or the generator's entry that an error names
// because what it alters lies in a hole; false where it is something else.
func (c *cutter) dependent(err error) bool {
	message := plain(err.Error())
	if m := noMatch.FindStringSubmatch(message); m != nil {
		for _, is := range []func(whole, name string) bool{func(whole, name string) bool { return whole == name }, strings.Contains} {
			if c.drop([]string{"patches", "patchesStrategicMerge"}, func(k kustomizationFile, n *yaml.Node) bool {
				return c.patchNames(k, n, m[1], func(name string) bool { return is(m[2], name) })
			}, "it patches "+m[1]+" `"+m[2]+"`") {
				return true
			}
		}
		return false
	}
	if m := noMerge.FindStringSubmatch(message); m != nil {
		return c.drop(generatorFields, func(_ kustomizationFile, n *yaml.Node) bool {
			name := document.Text(document.Field(n, "name"))
			return name != "" && strings.Contains(m[1], name) && document.Field(n, "behavior") != nil
		}, "it merges into `"+m[1]+"`")
	}
	return false
}

var (
	noMatch = re(`no matches for Id ` + id)
	noMerge = re(`Name:"([^"]*)", Namespace:"[^"]*"\} does not exist; cannot merge or replace`)
)

// drop takes the first matching entry out and notes it as a hole; false where none
// matches.
func (c *cutter) drop(keys []string, matches func(kustomizationFile, *yaml.Node) bool, what string) bool {
	for _, k := range c.diagnosis.visited {
		for _, key := range keys {
			list := document.Field(k.top, key)
			if list == nil {
				continue
			}
			for i, n := range list.Content {
				if !matches(k, document.Follow(n)) {
					continue
				}
				c.holes = append(c.holes, Hole{Print: c.print(k, n), Problem: &model.Problem{Class: c.holes[0].Problem.Class, Location: at(k.file, n),
					Message: what + ", which lies in what cannot be had"}})
				list.Content = append(list.Content[:i:i], list.Content[i+1:]...)
				return c.rewrite(k)
			}
		}
	}
	return false
}

// patchNames reports whether a patch is of an object of this kind whose name is the one.
func (c *cutter) patchNames(k kustomizationFile, n *yaml.Node, kind string, is func(name string) bool) bool {
	content := []byte(n.Value)
	if n.Kind == yaml.MappingNode {
		content = []byte(document.Text(document.Field(n, "patch")))
		if p := document.Text(document.Field(n, "path")); p != "" {
			content = c.diagnosis.node(join(k.dir, p)).Content
		}
	} else if found := c.diagnosis.node(join(k.dir, n.Value)); found.Type == sandbox.IsFile {
		content = found.Content
	}
	hit := false
	_ = document.Each(content, func(doc *yaml.Node) { // what does not parse was told before
		meta := document.Text(document.Field(document.Field(doc, "metadata"), "name"))
		hit = hit || document.Text(document.Field(doc, "kind")) == kind && meta != "" && is(meta)
	})
	return hit
}
