package flux

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/resource"

	"github.com/seaworthy-dev/seaworthy/internal/engine/decode"
	"github.com/seaworthy-dev/seaworthy/internal/engine/kustomize"
	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// user is an object in which a variable stands.
type user struct{ kind, name string }

func userOf(r *resource.Resource) user { return user{r.GetKind(), r.GetName()} }

// use is a line that names a variable, in a document of this kind and name: "" where it
// is no object.
type use struct {
	in user
	at model.Position
}

// firstUse gives the first line that names a variable in what the build has read: one of
// an object that has the variable, where there is such a line. Others may be of an object
// that is not substituted, or is not left.
func (v *variables) firstUse(fsys *kustomize.FS, name string, by map[user]bool) *model.Position {
	if v.uses == nil {
		v.uses = map[string][]use{}
		files := slices.Sorted(maps.Values(fsys.Origins))
		for _, p := range slices.Compact(files) {
			noteUses(v.uses, p, fsys.Files.Node(p).Content)
		}
	}
	var best *use
	for i := range v.uses[name] {
		if u := &v.uses[name][i]; best == nil || u.rank(by) < best.rank(by) {
			best = u
		}
	}
	if best == nil {
		return nil
	}
	return &best.at
}

// adding are the fields of a Kustomization whose texts get into its objects before variables
// are put in.
var adding = []string{"patches", "patchesStrategicMerge", "patchesJson6902", "images", "namePrefix", "nameSuffix", "targetNamespace"}

// fieldWith leads to the first text with something in it that the Kustomization itself adds
// to its objects; nil for none.
func (v *variables) fieldWith(has func(string) bool) []model.Step {
	var find func(value any, at []model.Step) []model.Step
	below := func(value any, at []model.Step, inside bool) []model.Step {
		step := func(s model.Step) []model.Step {
			s.Inside = inside
			return append(at[:len(at):len(at)], s)
		}
		switch value := value.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(value)) {
				if found := find(value[key], step(model.FieldStep(key))); found != nil {
					return found
				}
			}
		case []any:
			for i, item := range value {
				if found := find(item, step(model.ItemStep(i))); found != nil {
					return found
				}
			}
		}
		return nil
	}
	find = func(value any, at []model.Step) []model.Step {
		text, ok := value.(string)
		if !ok && len(at) < decode.MaxDepth {
			return below(value, at, false)
		}
		if !has(text) {
			return nil
		}
		if inner, err := decode.YAML([]byte(text)); err == nil { // a patch is a document
			if found := below(inner, at, true); found != nil {
				return found
			}
		}
		return at
	}
	for _, field := range adding {
		if found := find(v.spec[field], []model.Step{model.FieldStep("spec"), model.FieldStep(field)}); found != nil {
			return found
		}
	}
	return nil
}

// rowWith is the first row with a text in what the build has read; nil for none.
func rowWith(fsys *kustomize.FS, text string) *model.Position {
	files := slices.Sorted(maps.Values(fsys.Origins))
	for _, file := range slices.Compact(files) {
		for i, row := range strings.Split(string(fsys.Files.Node(file).Content), "\n") {
			if strings.Contains(row, text) && !strings.HasPrefix(strings.TrimSpace(row), "#") {
				return &model.Position{File: file, Line: i + 1, EndLine: i + 1, Precision: model.AtLine}
			}
		}
	}
	return nil
}

// rank is how sure it is that the variable comes from this line: by the object itself, by
// what a transformer named anew, by a document of no name (a patch's text, the input of a
// generator), by another object (a patch may have any name).
func (u use) rank(by map[user]bool) int {
	switch {
	case by[u.in]:
		return 0
	case u.in.name == "":
		return 2
	}
	for b := range by {
		if b.kind == u.in.kind && strings.Contains(b.name, u.in.name) {
			return 1
		}
	}
	return 3
}

// noteUses adds the lines of a file that name variables.
func noteUses(to map[string][]use, file string, content []byte) {
	if !bytes.Contains(content, []byte("${")) {
		return
	}
	add := func(name string, in user, line int) {
		to[name] = append(to[name], use{in, model.Position{File: file, Line: line, EndLine: line, Precision: model.AtLine}})
	}
	lines := strings.Split(string(content), "\n")
	d := yaml.NewDecoder(bytes.NewReader(content))
	for {
		var doc yaml.Node
		err := d.Decode(&doc)
		if err != nil {
			break
		}
		var fields struct {
			Kind     string
			Metadata struct{ Name string }
		}
		if doc.Decode(&fields) == nil && fields.Kind != "" {
			noteValues(&doc, lines, 0, func(name string, line int) { add(name, user{fields.Kind, fields.Metadata.Name}, line) })
		}
	}
	// What is no object may be an input as it stands, with what looks like a comment.
	for i, text := range lines {
		for _, name := range namesIn(text) {
			if !strings.HasPrefix(strings.TrimSpace(text), "#") && !slices.ContainsFunc(to[name], func(u use) bool { return u.at.File == file }) {
				add(name, user{}, i+1)
			}
		}
	}
}

// noteValues notes the variables in the values and keys of a document, by line: comments
// are none of these.
func noteValues(n *yaml.Node, lines []string, depth int, note func(name string, line int)) {
	if depth > decode.MaxDepth {
		return
	}
	if n.Kind == yaml.ScalarNode {
		for _, name := range namesIn(n.Value) {
			for line := n.Line; line <= len(lines); line++ { // a text goes on below its key
				if slices.Contains(namesIn(lines[line-1]), name) {
					note(name, line)
					break
				}
			}
		}
	}
	for _, c := range n.Content {
		noteValues(c, lines, depth+1, note)
	}
}

// namesIn gives the variables that a text names: `$$` is a dollar.
func namesIn(text string) (out []string) {
	for i := 0; i < len(text); {
		switch {
		case strings.HasPrefix(text[i:], "$$"):
			i += 2
		case strings.HasPrefix(text[i:], "${"):
			if name := expressionName(text[i+2:]); name != "" {
				out = append(out, name)
			}
			i += 2
		default:
			i++
		}
	}
	return out
}
