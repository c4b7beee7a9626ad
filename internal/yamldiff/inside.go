package yamldiff

import (
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// inside gives the pointers of the lines of a text: of one that is YAML, as far as
// its indentation tells, those of the fields that the lines set; else the text's
// own. It reads keys only, and believes nothing that the parsed content does not
// bear out.
func (d *differ) inside(n node, side int, lines []string) []string {
	out := make([]string, len(lines))
	for i := range out {
		out[i] = n.at
	}
	content := d.keys[side][n.at].YAML
	if n.absent || content == nil {
		return out
	}
	o := outline{at: n.at + "/"}
	for i, l := range lines {
		if at := o.read(l); at != "" && has(content, strings.TrimPrefix(at, n.at+"/")) {
			out[i] = at
		} else if i > 0 {
			out[i] = out[i-1] // a comment, a line of a text
		}
	}
	return out
}

// level is a map or a list around a line of YAML.
type level struct {
	indent int
	at     string
	items  int // of a list so far; -1 for a map's field
}

// outline follows the keys of block YAML by their indentation.
type outline struct {
	at    string
	stack []level
}

// read gives the pointer of what a line sets; "" when it sets nothing.
func (o *outline) read(line string) (at string) {
	body := strings.TrimLeft(line, " ")
	indent := len(line) - len(body)
	for strings.HasPrefix(body, "- ") || body == "-" {
		at = o.item(indent)
		trimmed := strings.TrimLeft(body[1:], " ")
		indent += len(body) - len(trimmed)
		body = trimmed
	}
	key, _, found := strings.Cut(body, ":")
	if !found || key == "" || strings.HasPrefix(key, "#") {
		return at
	}
	o.pop(indent)
	at = o.parent() + model.Pointer([]model.Step{model.FieldStep(strings.Trim(key, `"'`))})
	o.stack = append(o.stack, level{indent: indent, at: at, items: -1})
	return at
}

// item begins a list's next item.
func (o *outline) item(indent int) string {
	for len(o.stack) > 0 {
		top := o.stack[len(o.stack)-1]
		if top.indent < indent || top.indent == indent && top.items < 0 { // a list may stand right below its key
			break
		}
		if top.indent == indent {
			top.items++
			o.stack[len(o.stack)-1] = top
			return top.at + "/" + strconv.Itoa(top.items-1)
		}
		o.stack = o.stack[:len(o.stack)-1]
	}
	at := o.parent()
	o.stack = append(o.stack, level{indent: indent, at: at, items: 1})
	return at + "/0"
}

// pop leaves what a key at an indentation is not part of.
func (o *outline) pop(indent int) {
	for len(o.stack) > 0 && o.stack[len(o.stack)-1].indent >= indent {
		o.stack = o.stack[:len(o.stack)-1]
	}
}

func (o *outline) parent() string {
	if len(o.stack) == 0 {
		return o.at
	}
	top := o.stack[len(o.stack)-1]
	if top.items > 0 {
		return top.at + "/" + strconv.Itoa(top.items-1)
	}
	return top.at
}

// has reports whether a value holds something at a JSON Pointer.
func has(value any, pointer string) bool {
	for _, token := range strings.Split(pointer, "/")[1:] {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		switch v := value.(type) {
		case map[string]any:
			next, ok := v[token]
			if !ok {
				return false
			}
			value = next
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i >= len(v) {
				return false
			}
			value = v[i]
		default:
			return false
		}
	}
	return true
}
