package helm

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"text/template/parse"

	"helm.sh/helm/v4/pkg/chart/common"
	chartv2 "helm.sh/helm/v4/pkg/chart/v2"
)

// reads is what templates read of values: every path that they name, and those that they
// take as a whole, so that what lies below may be read too. A path leads from any chart
// of the tree, since a template may be called for another chart than its own.
type reads struct {
	named, whole map[string]bool
	// unknown: there is a template that cannot be followed.
	unknown bool
}

// readsOf reads the templates of a chart and of those that it depends on, and the texts
// that they may render in turn. Many releases may be of one chart: the last are kept.
func readsOf(ch *chartv2.Chart) *reads {
	like := filesOf(ch, nil)
	lately.Lock()
	for _, k := range lately.kept {
		if slices.Equal(k.files, like) {
			lately.Unlock()
			return k.reads
		}
	}
	lately.Unlock()
	r := &reads{named: map[string]bool{}, whole: map[string]bool{}}
	r.chart(ch)
	lately.Lock()
	defer lately.Unlock()
	lately.kept = append(lately.kept[max(0, len(lately.kept)+1-keptCharts):], kept{like, r})
	return r
}

// lately are the charts that were read last, by the files that they were loaded into:
// copies of a chart share them.
var lately struct {
	sync.Mutex
	kept []kept
}

type kept struct {
	files []*common.File
	reads *reads
}

func filesOf(ch *chartv2.Chart, to []*common.File) []*common.File {
	to = append(append(append(to, nil), ch.Templates...), ch.Files...) // nil parts the charts
	for _, sub := range ch.Dependencies() {
		to = filesOf(sub, to)
	}
	return to
}

// beside adds what the texts in values read.
func (r *reads) beside(values map[string]any) *reads {
	out := &reads{named: maps.Clone(r.named), whole: maps.Clone(r.whole), unknown: r.unknown}
	out.texts(values)
	return out
}

// pathKey is a path as a key; no name in a chart holds the separator.
func pathKey(path []string) string { return strings.Join(path, "\x00") }

func (r *reads) chart(ch *chartv2.Chart) {
	for _, f := range ch.Templates {
		if !r.template(string(f.Data)) {
			r.unknown = true
		}
	}
	for _, f := range ch.Files { // they may be given to tpl, which takes whole templates only
		if !describes(f.Name) {
			r.text(string(f.Data))
		}
	}
	r.texts(ch.Values)
	r.note([]string{"tags"}, false)
	for _, d := range ch.Metadata.Dependencies {
		if d == nil {
			continue
		}
		if len(d.ImportValues) > 0 {
			r.unknown = true // values of one chart are another's
		}
		for _, condition := range strings.Split(d.Condition, ",") {
			r.note(strings.Split(strings.TrimSpace(condition), "."), true)
		}
	}
	for _, sub := range ch.Dependencies() {
		r.chart(sub)
	}
}

// describes reports whether a file tells people about the chart: it shows templates that
// nothing renders.
func describes(name string) bool {
	return !strings.Contains(name, "/") && strings.HasSuffix(strings.TrimSuffix(name, ".gotmpl"), ".md")
}

// texts reads what stands in values: a template may render it.
func (r *reads) texts(value any) {
	switch v := value.(type) {
	case map[string]any:
		for _, child := range v {
			r.texts(child)
		}
	case []any:
		for _, child := range v {
			r.texts(child)
		}
	case string:
		r.text(v)
	}
}

// text reads a text that may be a template, or one of another program; false where it is
// no whole one.
func (r *reads) text(s string) bool {
	return !strings.Contains(s, "{{") || !strings.Contains(s, "Values") || r.template(s)
}

// template reads one; false where it is none.
func (r *reads) template(text string) bool {
	trees := map[string]*parse.Tree{}
	t := parse.New("")
	t.Mode = parse.SkipFuncCheck
	if _, err := t.Parse(text, "", "", trees); err != nil {
		return false
	}
	for _, tree := range trees {
		r.node(tree.Root)
	}
	return true
}

func (r *reads) node(n parse.Node) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, child := range n.Nodes {
			r.node(child)
		}
	case *parse.ActionNode:
		r.pipe(n.Pipe, false)
	case *parse.IfNode:
		r.pipe(n.Pipe, true)
		r.node(n.List)
		r.node(n.ElseList)
	case *parse.RangeNode:
		r.pipe(n.Pipe, false)
		r.node(n.List)
		r.node(n.ElseList)
	case *parse.WithNode:
		r.pipe(n.Pipe, false)
		r.node(n.List)
		r.node(n.ElseList)
	case *parse.TemplateNode:
		r.pipe(n.Pipe, false)
	}
}

// pipe reads a pipeline; asked says that only whether there is something matters.
func (r *reads) pipe(p *parse.PipeNode, asked bool) {
	if p == nil {
		return
	}
	for _, c := range p.Cmds {
		r.command(c, asked && len(p.Cmds) == 1 && len(p.Decl) == 0)
	}
}

func (r *reads) command(c *parse.CommandNode, asked bool) {
	function, _ := c.Args[0].(*parse.IdentifierNode)
	if function == nil {
		for _, a := range c.Args {
			r.argument(a, asked && len(c.Args) == 1)
		}
		return
	}
	args := c.Args[1:]
	switch function.Ident {
	case "and", "or":
	case "not":
		asked = true
	case "dict":
		for i := 0; i+1 < len(args); i += 2 {
			key, _ := args[i].(*parse.StringNode)
			if path, ok := belowValues(args[i+1]); ok && len(path) == 0 && key != nil && key.Text == "Values" {
				continue // they are handed on under their own name
			}
			r.argument(args[i+1], false)
		}
		return
	case "index", "get", "hasKey":
		if path, ok := literally(args); ok {
			r.note(path, asked || function.Ident == "hasKey")
			return
		}
		asked = false
	default:
		asked = false
	}
	for _, a := range args {
		r.argument(a, asked)
	}
}

// literally gives the path that a call leads to whose keys are all written down.
func literally(args []parse.Node) ([]string, bool) {
	if len(args) < 2 {
		return nil, false
	}
	path, ok := belowValues(args[0])
	for _, a := range args[1:] {
		key, text := a.(*parse.StringNode)
		if !text {
			return nil, false
		}
		path = append(slices.Clone(path), key.Text)
	}
	return path, ok
}

func (r *reads) argument(n parse.Node, asked bool) {
	switch n := n.(type) {
	case *parse.PipeNode:
		r.pipe(n, asked)
	case *parse.ChainNode:
		r.argument(n.Node, false)
	case *parse.StringNode:
		if n.Text == "Values" { // a key by which they may be taken
			r.note(nil, false)
		}
		if !r.text(n.Text) { // a part of one
			r.unknown = true
		}
	}
	if path, ok := belowValues(n); ok {
		r.note(path, asked)
	}
}

// belowValues gives the path that a node leads to, from the values of a chart.
func belowValues(n parse.Node) ([]string, bool) {
	var names []string
	switch n := n.(type) {
	case *parse.FieldNode:
		names = n.Ident
	case *parse.VariableNode:
		names = n.Ident
	case *parse.ChainNode:
		names = n.Field
	}
	i := slices.Index(names, "Values")
	if i < 0 {
		return nil, false
	}
	return names[i+1:], true
}

// methods are what values have beside their keys.
var methods = []string{"AsMap", "Encode", "PathValue", "Table", "YAML"}

// note notes that a path is read; asked: not what lies below it.
func (r *reads) note(path []string, asked bool) {
	if len(path) > 0 && slices.Contains(methods, path[0]) {
		path = nil
	}
	for i := range path {
		r.named[pathKey(path[:i+1])] = true
	}
	if !asked {
		r.whole[pathKey(path)] = true
	}
}

// mayRead reports whether a template may read a path, or something below it.
func (r *reads) mayRead(path []string) bool {
	if r.unknown || r.named[pathKey(path)] {
		return true
	}
	for i := range path {
		if r.whole[pathKey(path[:i])] {
			return true
		}
	}
	return false
}
