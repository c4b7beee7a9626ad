package model

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// parseFields is what encoding/json makes of an object's text, with numbers as
// json.Number: an empty map of what is no JSON object. A review reads tens of
// thousands of them, and encoding/json is a quarter of what it takes where nothing
// is rendered. Here all texts are parts of one copy, in one pass; what it does not
// expect of a text that encoding/json wrote is left to encoding/json.
func parseFields(raw []byte) map[string]any {
	p := parser{rest: string(raw)}
	if v, ok := p.value(0); ok && p.rest == "" {
		if fields, ok := v.(map[string]any); ok {
			return fields
		}
	}
	return decodeFields(raw)
}

func decodeFields(raw []byte) map[string]any {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var fields map[string]any
	if d.Decode(&fields) != nil || fields == nil {
		return map[string]any{}
	}
	return fields
}

// maxDepth is how deep the parser goes itself.
const maxDepth = 100

// parser reads JSON without spaces. Each method takes what it reads off the rest, and
// says false of what it does not expect.
type parser struct{ rest string }

func (p *parser) value(depth int) (any, bool) {
	if p.rest == "" || depth > maxDepth {
		return nil, false
	}
	switch p.rest[0] {
	case '{':
		return p.object(depth + 1)
	case '[':
		return p.array(depth + 1)
	case '"':
		return p.text()
	case 't':
		return true, p.skip("true")
	case 'f':
		return false, p.skip("false")
	case 'n':
		return nil, p.skip("null")
	}
	return p.number()
}

func (p *parser) skip(token string) (ok bool) {
	p.rest, ok = strings.CutPrefix(p.rest, token)
	return ok
}

func (p *parser) object(depth int) (any, bool) {
	out := map[string]any{}
	if p.skip("{}") {
		return out, true
	}
	for next := "{"; ; next = "," {
		if !p.skip(next) {
			return out, p.skip("}")
		}
		key, ok := p.text()
		if !ok || !p.skip(":") {
			return nil, false
		}
		if out[key], ok = p.value(depth); !ok {
			return nil, false
		}
	}
}

func (p *parser) array(depth int) (any, bool) {
	out := []any{}
	if p.skip("[]") {
		return out, true
	}
	for next := "["; ; next = "," {
		if !p.skip(next) {
			return out, p.skip("]")
		}
		item, ok := p.value(depth)
		if !ok {
			return nil, false
		}
		out = append(out, item)
	}
}

// text reads a string.
func (p *parser) text() (string, bool) {
	if p.rest == "" || p.rest[0] != '"' {
		return "", false
	}
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"':
			text := p.rest[1:i]
			p.rest = p.rest[i+1:]
			return text, utf8.ValidString(text)
		case c == '\\':
			return p.escaped(i)
		case c < ' ':
			return "", false
		}
	}
	return "", false
}

// escaped reads a string with a backslash at i.
func (p *parser) escaped(i int) (text string, ok bool) {
	for ; i < len(p.rest); i++ {
		switch p.rest[i] {
		case '\\':
			i++
		case '"':
			if json.Unmarshal([]byte(p.rest[:i+1]), &text) != nil {
				return "", false
			}
			p.rest = p.rest[i+1:]
			return text, true
		}
	}
	return "", false
}

// number reads a number; what is none is not taken for one.
func (p *parser) number() (any, bool) {
	if n := digits(p.rest); n > 0 && (n == 1 || p.rest[0] != '0') && n < len(p.rest) && strings.IndexByte(".eE", p.rest[n]) < 0 {
		text := p.rest[:n]
		p.rest = p.rest[n:]
		return json.Number(text), true
	}
	end := strings.IndexFunc(p.rest, func(c rune) bool { return !strings.ContainsRune("+-.0123456789Ee", c) })
	if end < 0 {
		end = len(p.rest)
	}
	text := p.rest[:end]
	if !json.Valid([]byte(text)) {
		return nil, false
	}
	p.rest = p.rest[end:]
	return json.Number(text), true
}

// digits is how many digits a text begins with.
func digits(text string) int {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return i
		}
	}
	return len(text)
}
