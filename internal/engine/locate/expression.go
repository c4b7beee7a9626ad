package locate

import (
	"strings"
)

// filled is a text with its expressions worked out.
type filled struct {
	text string
	used []part
	open bool // it holds expressions that are not worked out here
}

// maxNested bounds expressions within the defaults of others.
const maxNested = 8

// Bounds of one text with its variables put in.
const (
	maxFilled = 1 << 20
	maxUsed   = 1 << 10
)

// eval works out the expressions of a text as Flux does. Of those with functions
// it says only that they are there.
func (v *variables) eval(text string, depth int) filled {
	var out strings.Builder
	f := filled{}
	for i := 0; i < len(text); {
		if out.Len() > maxFilled || len(f.used) > maxUsed {
			return filled{text: text, open: true}
		}
		switch {
		case depth == 0 && strings.HasPrefix(text[i:], "$$"): // a default keeps both
			out.WriteByte('$')
			i += 2
		case strings.HasPrefix(text[i:], "${"):
			end := closing(text, i+2)
			if end >= len(text) {
				out.WriteString(text[i:])
				f.open, i = true, len(text)
				continue
			}
			one := v.expression(text[i+2:end], depth)
			if one.open {
				one.text = text[i : end+1]
			}
			out.WriteString(one.text)
			f.open, f.used = f.open || one.open, append(f.used, one.used...)
			i = end + 1
		default:
			out.WriteByte(text[i])
			i++
		}
	}
	f.text = out.String()
	return f
}

// expression works out what stands between the braces.
func (v *variables) expression(inside string, depth int) filled {
	name := inside[:len(inside)-len(strings.TrimLeft(inside, nameLetters))]
	rest := inside[len(name):]
	length := strings.HasPrefix(inside, "#")
	if length {
		name = inside[1:]
	}
	value, set := v.known[name]
	var out filled
	if v.opaque(name) || v.maybe && !set && rest == "" || name == "" || depth > maxNested {
		return filled{open: true}
	}
	if set {
		out.text = value.text
		out.used = []part{{role: "${" + name + "}", text: value.text, at: value.at}}
		if value.x != nil && len(value.x.parts) > 0 { // it was made of variables itself
			out.used[0].text = value.x.parts[0].text
			out.used = append(out.used, value.x.parts[1:]...)
		}
	}
	fallback, plain := rest, rest == ""
	for _, op := range []string{":=", ":-", "=", ":+", ":?"} { // all the same to Flux
		if after, ok := strings.CutPrefix(rest, op); ok && !plain {
			fallback, plain = after, true
		}
	}
	if length || !plain {
		out.open = true
		return out
	}
	if out.text == "" {
		made := v.eval(fallback, depth+1)
		made.used = append(out.used, made.used...)
		return made
	}
	return out
}

const nameLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

// closing finds the brace that ends an expression which begins before from; the
// text's length where none does.
func closing(text string, from int) int {
	depth := 0
	for i := from; i < len(text); i++ {
		switch {
		case strings.HasPrefix(text[i:], "${"):
			depth++
			i++
		case text[i] == '}' && depth == 0:
			return i
		case text[i] == '}':
			depth--
		}
	}
	return len(text)
}
