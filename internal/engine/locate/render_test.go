package locate

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"sort"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	syaml "sigs.k8s.io/yaml"
)

// tree is one side's files in memory.
type tree map[string]string

func (t tree) Read(p string) ([]byte, error) {
	if content, ok := t[path.Clean(p)]; ok {
		return []byte(content), nil
	}
	return nil, fmt.Errorf("read %s: %w", p, model.ErrNotExist)
}

func (t tree) IsDir(p string) bool { return len(t.List(p)) > 0 }

func (t tree) List(dir string) []string {
	names := map[string]bool{}
	for p := range t {
		rest := p
		if dir = path.Clean(dir); dir != "." {
			var ok bool
			if rest, ok = strings.CutPrefix(p, dir+"/"); !ok {
				continue
			}
		}
		first, _, _ := strings.Cut(rest, "/")
		names[first] = true
	}
	var out []string
	for n := range names {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

// rendered is what Kustomize itself makes of a target.
type rendered struct{ objects []*model.Object }

// disk is a tree as Kustomize reads it.
func (t tree) disk() filesys.FileSystem {
	fs := filesys.MakeFsInMemory()
	for p, content := range t {
		if err := fs.WriteFile("/"+p, []byte(content)); err != nil {
			panic(err)
		}
	}
	return fs
}

// generated makes the kustomization that Flux makes for a plain directory.
func (t tree) generated(dir string) string {
	var entries []string
	var walk func(string)
	walk = func(d string) {
		for _, name := range t.List(d) {
			p := path.Join(d, name)
			rel := strings.TrimPrefix(strings.TrimPrefix(p, dir), "/")
			switch ext := path.Ext(name); {
			case t.IsDir(p) && (t[p+"/kustomization.yaml"] != "" || t[p+"/kustomization.yml"] != ""):
				entries = append(entries, rel)
			case t.IsDir(p):
				walk(p)
			case ext == ".yaml" || ext == ".yml":
				entries = append(entries, rel)
			}
		}
	}
	walk(dir)
	return "resources: [" + strings.Join(entries, ", ") + "]\n"
}

func build(fs filesys.FileSystem, dir string) (*rendered, error) {
	o := krusty.MakeDefaultOptions()
	o.LoadRestrictions = types.LoadRestrictionsNone
	m, err := krusty.MakeKustomizer(o).Run(fs, "/"+dir)
	if err != nil {
		return nil, err
	}
	r := &rendered{}
	for _, res := range m.Resources() {
		y, err := res.AsYAML()
		if err != nil {
			return nil, err
		}
		raw, err := syaml.YAMLToJSON(y)
		if err != nil {
			return nil, err
		}
		gvk := res.GetGvk()
		id := model.ObjectID{Group: gvk.Group, Version: gvk.Version, Kind: gvk.Kind, Namespace: res.GetNamespace(), Name: res.GetName()}
		r.objects = append(r.objects, model.NewObject(id, "", raw, keysOf(raw)))
	}
	return r, nil
}

// keysOf finds the YAML inside a ConfigMap's or Secret's keys.
func keysOf(raw []byte) map[string]model.Key {
	var o struct {
		Kind string
		Data map[string]string
	}
	if json.Unmarshal(raw, &o) != nil || o.Kind != "ConfigMap" && o.Kind != "Secret" {
		return nil
	}
	keys := map[string]model.Key{}
	for k, v := range o.Data {
		if plain, err := base64.StdEncoding.DecodeString(v); err == nil && o.Kind == "Secret" {
			v = string(plain)
		}
		var y any
		d := yaml.NewDecoder(strings.NewReader(v))
		if d.Decode(&y) != nil || !errors.Is(d.Decode(new(any)), io.EOF) {
			continue
		}
		if j, err := syaml.YAMLToJSON([]byte(v)); err == nil && strings.ContainsAny(string(j[:1]), "{[") {
			dec := json.NewDecoder(bytes.NewReader(j))
			dec.UseNumber()
			var parsed any
			if dec.Decode(&parsed) == nil {
				keys[model.Pointer([]model.Step{model.FieldStep("data"), model.FieldStep(k)})] = model.Key{YAML: parsed}
			}
		}
	}
	return keys
}

func (r *rendered) find(id string) *model.Object {
	kind, rest, _ := strings.Cut(id, "/")
	ns, name, _ := strings.Cut(rest, "/")
	for _, o := range r.objects {
		if o.ID.Kind == kind && strings.Trim(ns, "-") == o.ID.Namespace && (o.ID.Name == name || hashed(name, o.ID.Name)) {
			return o
		}
	}
	return nil
}

// keyOf names the merge keys that matter in tests.
func keyOf(list []model.Step) string {
	switch list[len(list)-1].Field {
	case "containers", "initContainers", "env", "volumes", "imagePullSecrets":
		return "name"
	}
	return ""
}

// leaf is one rendered scalar.
type leaf struct {
	path  []model.Step
	value any
}

func leaves(o *model.Object) []leaf {
	var out []leaf
	var walk func(steps []model.Step, v any, inside bool)
	walk = func(steps []model.Step, v any, inside bool) {
		steps = steps[:len(steps):len(steps)]
		switch v := v.(type) {
		case map[string]any:
			keys := make([]string, 0, len(v))
			for k := range v {
				keys = append(keys, k)
			}
			sort.Strings(keys)
			for _, k := range keys {
				walk(append(steps, model.Step{Field: k, Inside: inside}), v[k], false)
			}
		case []any:
			for i, e := range v {
				walk(append(steps, model.Step{Index: i, Inside: inside}), e, false)
			}
		default:
			out = append(out, leaf{steps, v})
			if k, ok := o.Keys[model.Pointer(steps)]; ok && k.YAML != nil {
				walk(steps, k.YAML, true)
			}
		}
	}
	walk(nil, o.Fields(), false)
	return out
}

// at gives the value at a path, also inside YAML.
func at(o *model.Object, steps []model.Step) any {
	_, v, ok := o.Walk(model.Pointer(steps), nil)
	if !ok {
		return nil
	}
	return v
}

// mutate changes the scalar at a position so that it stays of its type; ok is
// false when the line holds none.
func mutate(content string, p *model.Position, value any) (string, bool) {
	rows := strings.Split(content, "\n")
	if p.Line > len(rows) {
		return "", false
	}
	if strings.HasSuffix(p.File, ".yaml") || strings.HasSuffix(p.File, ".yml") {
		if n := scalarAt(content, p.Line, value); n != nil {
			return change(rows, n.Line-1, n.Column-1, n), true
		}
	}
	i := p.Line - 1
	if p.EndLine > p.Line {
		i = p.Line
		for i < p.EndLine-1 && strings.TrimSpace(rows[i]) == "" {
			i++
		}
	}
	row := strings.TrimRight(rows[i], " \r")
	if j := strings.Index(row, " #"); j > 0 && !strings.ContainsAny(row, `"'`) {
		row = strings.TrimRight(row[:j], " ")
	}
	row = strings.TrimRight(row, "},] ")
	if row == "" {
		return "", false
	}
	if text := fmt.Sprint(value); text != "true" && text != "false" && text != "" {
		if j := strings.LastIndex(row, text); j >= 0 {
			end := j + len(text)
			rows[i] = row[:end-1] + altered(row[end-1:end]) + rows[i][end:]
			return strings.Join(rows, "\n"), true
		}
	}
	for _, b := range [][2]string{{"true", "false"}, {"false", "true"}} {
		if stem, ok := strings.CutSuffix(row, b[0]); ok {
			rows[i] = stem + b[1] + rows[i][len(row):]
			return strings.Join(rows, "\n"), true
		}
	}
	rows[i] = row[:len(row)-1] + altered(row[len(row)-1:]) + rows[i][len(row):]
	return strings.Join(rows, "\n"), true
}

// altered gives another ending for a scalar's text.
func altered(last string) string {
	switch {
	case last == `"` || last == "'":
		return "x" + last
	case last >= "0" && last <= "8":
		return string(last[0] + 1)
	case last == "9":
		return "1"
	}
	return last + "x"
}

// scalarAt finds the scalar of a YAML file on a line, a value before a key.
func scalarAt(content string, line int, value any) (found *yaml.Node) {
	d := yaml.NewDecoder(strings.NewReader(content))
	text := fmt.Sprint(value)
	for {
		var doc yaml.Node
		if d.Decode(&doc) != nil {
			return found
		}
		var walk func(n *yaml.Node, keyLine int)
		walk = func(n *yaml.Node, keyLine int) {
			if n.Kind == yaml.ScalarNode && (n.Line == line || keyLine == line) && n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
				if found == nil || found.Value != text {
					found = n
				}
			}
			for i, c := range n.Content {
				if n.Kind == yaml.MappingNode {
					if i%2 == 1 {
						walk(c, n.Content[i-1].Line)
					}
					continue
				}
				walk(c, 0)
			}
		}
		walk(&doc, 0)
	}
}

func change(rows []string, row, column int, n *yaml.Node) string {
	text := rows[row]
	runes := []rune(text)
	head, tail := string(runes[:min(column, len(runes))]), string(runes[min(column, len(runes)):])
	raw := n.Value
	switch {
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		i := strings.IndexAny(tail, `"'`)
		tail = tail[:i+1] + "x" + tail[i+1:]
	case n.ShortTag() == "!!bool":
		other := map[string]string{"true": "false", "false": "true"}[raw]
		tail = strings.Replace(tail, raw, other, 1)
	case n.ShortTag() == "!!int":
		last := raw[len(raw)-1:]
		if v, err := strconv.Atoi(raw); err == nil {
			tail = strings.Replace(tail, raw, strconv.Itoa(v+1), 1)
		} else {
			tail = strings.Replace(tail, raw, raw[:len(raw)-1]+altered(last), 1)
		}
	default:
		end := len(raw)
		if i := strings.Index(tail, raw); i >= 0 && !strings.Contains(raw, "\n") {
			tail = tail[:i+end] + "x" + tail[i+end:]
		} else {
			tail = "x" + tail
		}
	}
	rows[row] = head + tail
	return strings.Join(rows, "\n")
}

// Locate answers queries about one directory.
func Locate(base, head Files, kind model.Kind, dir string, queries []task.Query) []task.Answer {
	return NewLocator(base, head).Locate(task.TargetQueries{Kind: kind, Dir: dir, Queries: queries})
}
