package helm

import (
	"slices"
	"strings"
	"text/template/parse"

	chartv2 "helm.sh/helm/v4/pkg/chart/v2"
)

// held tells whether templates hold values that cannot be seen against others: such a
// value has more answers than can be tried. A value is followed by its key through
// variables, lists, pipes and templates that are called.
type held struct {
	keys  []string // of the values
	trees map[string]*parse.Tree
	gives map[string]bool // templates that print one
	given map[string]bool // templates that are called with one
	named map[string]bool // keys of a dict under which such templates are given one
	found bool
}

// holds reports whether the templates of a chart, or texts in what it is given, do so.
func holds(ch *chartv2.Chart, given map[string]any, keys []string) bool {
	h := held{keys: keys, trees: map[string]*parse.Tree{}, gives: map[string]bool{}, given: map[string]bool{}, named: map[string]bool{}}
	var add func(ch *chartv2.Chart)
	add = func(ch *chartv2.Chart) {
		for _, f := range ch.Templates {
			h.parse(ch.ChartFullPath()+"/"+f.Name, string(f.Data))
		}
		h.texts(ch.Values)
		for _, sub := range ch.Dependencies() {
			add(sub)
		}
	}
	add(ch)
	h.texts(given)
	for known := -1; known != len(h.gives)+len(h.given)+len(h.named) && !h.found; { // what is called may be given more
		known = len(h.gives) + len(h.given) + len(h.named)
		for name, tree := range h.trees {
			h.list(&walk{name, map[string]bool{}}, tree.Root, h.given[name])
		}
	}
	return h.found
}

func (h *held) parse(name, text string) {
	t := parse.New(name)
	t.Mode = parse.SkipFuncCheck
	_, _ = t.Parse(text, "", "", h.trees) // one that is no template does not render either
}

// texts adds what tpl may render.
func (h *held) texts(value any) {
	switch v := value.(type) {
	case map[string]any:
		for _, child := range v {
			h.texts(child)
		}
	case []any:
		for _, child := range v {
			h.texts(child)
		}
	case string:
		if strings.Contains(v, "{{") {
			h.parse(v, v)
		}
	}
}

// walk is a walk through one template.
type walk struct {
	name string
	vars map[string]bool // that have such a value
}

// list walks through what stands where the dot is such a value, or not.
func (h *held) list(w *walk, n *parse.ListNode, dot bool) {
	if n == nil {
		return
	}
	for _, n := range n.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			if h.pipe(w, n.Pipe, dot) && len(n.Pipe.Decl) == 0 {
				h.gives[w.name] = true
			}
		case *parse.IfNode:
			h.pipe(w, n.Pipe, dot)
			h.list(w, n.List, dot)
			h.list(w, n.ElseList, dot)
		case *parse.RangeNode:
			h.list(w, n.List, h.pipe(w, n.Pipe, dot))
			h.list(w, n.ElseList, dot)
		case *parse.WithNode:
			h.list(w, n.List, h.pipe(w, n.Pipe, dot))
			h.list(w, n.ElseList, dot)
		case *parse.TemplateNode:
			if h.pipe(w, n.Pipe, dot) {
				h.given[n.Name] = true
			}
			if h.gives[n.Name] {
				h.gives[w.name] = true
			}
		}
	}
}

// pipe reports whether a pipeline gives such a value.
func (h *held) pipe(w *walk, p *parse.PipeNode, dot bool) (gives bool) {
	if p == nil {
		return false
	}
	for i, c := range p.Cmds {
		gives = h.command(w, c, dot, i > 0, gives)
	}
	for _, v := range p.Decl {
		if gives {
			w.vars[v.Ident[0]] = true
		}
	}
	return gives
}

var (
	compares = []string{"eq", "ne", "lt", "le", "gt", "ge", "has", "mustHas", "contains", "hasPrefix", "hasSuffix", "regexMatch", "mustRegexMatch", "semverCompare"}
	looksUp  = []string{"index", "get", "hasKey", "pluck", "dig"}
	asksType = []string{"typeIs", "kindIs", "typeOf", "kindOf", "empty", "not", "fail"}
)

// aTemplate is what many look for before they render a value: what nobody sees is no
// template.
const aTemplate = "{{"

// command reports whether one gives such a value; piped is what the one before it gives,
// where there is one.
func (h *held) command(w *walk, c *parse.CommandNode, dot, after, piped bool) bool {
	function, _ := c.Args[0].(*parse.IdentifierNode)
	if function == nil {
		gives := piped
		for _, a := range c.Args {
			gives = h.argument(w, a, dot) || gives
		}
		return gives
	}
	gives, tried, keyed, several := piped, !after || piped, false, 0
	if piped {
		several++
	}
	for i, a := range c.Args[1:] {
		key, isText := a.(*parse.StringNode)
		named := isText && slices.Contains(h.keys, key.Text)
		one := h.argument(w, a, dot)
		if one {
			gives, several = true, several+1
		}
		keyed = keyed || named
		if label, ok := c.Args[i].(*parse.StringNode); ok && one && function.Ident == "dict" {
			h.named[label.Text] = true
		}
		if slices.Contains(looksUp, function.Ident) && one && i > 0 {
			h.found = true // what it is decides what is looked up
		}
		switch a.(type) {
		case *parse.BoolNode, *parse.NilNode: // there are no more
		default:
			tried = tried && (one || isText && (key.Text == aTemplate || slices.Contains(guesses, key.Text)))
		}
	}
	switch name := function.Ident; {
	case slices.Contains(compares, name):
		// What is held against one of the guesses is tried; two such values are equal or not.
		h.found = h.found || gives && (!tried || several > 1)
		return false
	case slices.Contains(looksUp, name):
		return gives || keyed
	case name == "include":
		if called, ok := c.Args[min(1, len(c.Args)-1)].(*parse.StringNode); ok {
			if gives {
				h.given[called.Text] = true
			}
			return h.gives[called.Text]
		}
	case slices.Contains(asksType, name):
		return false
	}
	return gives
}

// argument reports whether it is such a value.
func (h *held) argument(w *walk, n parse.Node, dot bool) bool {
	known := func(names []string) bool {
		if len(names) == 0 {
			return false
		}
		last := names[len(names)-1]
		return slices.Contains(h.keys, last) || h.given[w.name] && h.named[last]
	}
	switch n := n.(type) {
	case *parse.DotNode:
		return dot
	case *parse.FieldNode:
		return known(n.Ident)
	case *parse.VariableNode:
		return w.vars[n.Ident[0]] || known(n.Ident[1:])
	case *parse.ChainNode:
		return known(n.Field) || h.argument(w, n.Node, dot)
	case *parse.PipeNode:
		return h.pipe(w, n, dot)
	}
	return false
}
