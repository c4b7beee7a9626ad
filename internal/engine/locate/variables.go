package locate

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// variables are what a Flux Kustomization puts into the texts of its objects,
// each with the place of its value.
type variables struct {
	side  *side
	known map[string]*node
	// hidden ones are encrypted, or may come from a provider that nobody renders:
	// the expressions that name them stay as they are.
	hidden  map[string]bool
	missing bool
	pinned  map[string]bool // set after the last missing provider
	maybe   bool            // an optional provider that nobody renders may set what is set nowhere
}

// variablesOf collects the variables in kustomize-controller's order: each
// provider overrides those before it, inline ones override all. nil where
// nothing is substituted.
func (s *side) variablesOf(line *model.Lineage, spec *node) *variables {
	post := spec.get("postBuild")
	if post == nil {
		return nil
	}
	v := &variables{side: s, known: map[string]*node{}, hidden: map[string]bool{}, pinned: map[string]bool{}}
	for _, ref := range post.list("substituteFrom") {
		o := s.provider(line, ref)
		if o == nil {
			if v.maybe = v.maybe || ref.str("optional") == "true"; ref.str("optional") != "true" {
				v.missing, v.pinned = true, map[string]bool{}
			}
			continue
		}
		for key, value := range plainKeys(o) {
			v.set(key, value)
		}
	}
	if inline := post.get("substitute"); inline != nil && inline.kind == mapping {
		for i, key := range inline.keys {
			v.set(key, inline.vals[i])
		}
	}
	if len(v.known)+len(v.hidden) == 0 && !v.missing && !v.maybe && post.str("substituteStrategy") != "Always" {
		return nil
	}
	return v
}

// provider is the ConfigMap or Secret that an entry of substituteFrom names.
func (s *side) provider(line *model.Lineage, ref *node) *object {
	for _, read := range line.Reads {
		if read.Object.Kind == ref.str("kind") && read.Object.Name == ref.str("name") && read.In != nil {
			return s.applied(read.In).object(read.Object)
		}
	}
	return nil
}

// plainKeys gives a ConfigMap's or Secret's values, decoded.
func plainKeys(o *object) map[string]*node {
	out := map[string]*node{}
	for _, section := range []string{"data", "stringData"} {
		m := o.content().get(section)
		if m == nil || m.kind != mapping {
			continue
		}
		for i, key := range m.keys {
			v := m.vals[i]
			if v.kind != scalar {
				continue
			}
			if o.id.kind == "Secret" && section == "data" {
				if plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(v.text)); err == nil {
					v = newScalar(string(plain), tagString, v.at)
					v.body = m.vals[i].body
				}
			}
			out[key] = v
		}
	}
	return out
}

func (v *variables) set(name string, value *node) {
	if value.kind != scalar {
		return
	}
	v.pinned[name] = true
	v.hidden[name] = strings.HasPrefix(value.text, "ENC[AES256_GCM")
	v.known[name] = newScalar(strings.ReplaceAll(value.text, "\n", ""), value.tag, value.at)
	if value.x != nil {
		v.known[name].hist().parts = value.x.parts
	}
}

func (v *variables) opaque(name string) bool {
	return v.hidden[name] || v.missing && !v.pinned[name]
}

// filling is what was put into a text: enough to do it again for the YAML that
// the text holds.
type filling struct {
	by   *variables
	raw  *node
	docs []*node
	done bool
}

// textRole is the part of a substituted value that names the variables.
const textRole = "text"

// lead is the part that made a composed value what it is, where none of them
// changed: the last writer, but a text that is a variable and no more counts
// less than the variable.
func (h *history) lead() part {
	if p := h.parts[0]; p.role != textRole || len(h.parts) != 2 || !loneExpression(p.text) {
		return p
	}
	return h.parts[1]
}

// lostVariable answers for a text that is the same on both sides, but of which
// the other side's variable is set no more: where that would stand, if the
// Kustomization itself set it, else about the text.
func (s *search) lostVariable(n, other *node) place {
	if other.x == nil || n.text == other.text && !n.x.open {
		return place{}
	}
	for _, old := range other.x.parts {
		name, ok := strings.CutPrefix(old.role, "${")
		if !ok || slices.ContainsFunc(n.x.parts, func(p part) bool { return p.role == old.role }) {
			continue
		}
		inline := []string{"postBuild", "substitute"}
		if s.side.other.specOf(s.twinLine).get(append(inline, strings.TrimSuffix(name, "}"))...) != nil {
			for i := len(inline); i > 0; i-- {
				if up := s.side.specOf(s.line).get(inline[:i]...); up != nil {
					return up.at.head()
				}
			}
		}
		at := n.x.parts[0].at
		at.vague = true
		return at
	}
	return place{}
}

func loneExpression(text string) bool {
	return strings.HasPrefix(text, "${") && closing(text, 2) == len(text)-1
}

// fill puts the variables into all texts of a node, which is changed.
func (v *variables) fill(n *node) {
	for i, key := range n.keys {
		if strings.Contains(key, "$") {
			n.keys[i], n.places = v.eval(key, 0).text, nil
		}
	}
	for _, c := range n.vals {
		v.fill(c)
	}
	if n.kind == scalar && strings.Contains(n.text, "$") {
		v.fillText(n)
	}
}

func (v *variables) fillText(n *node) {
	got := v.eval(n.text, 0)
	if got.text == n.text && len(got.used) == 0 && !got.open {
		return
	}
	raw := n.clone()
	h := n.hist()
	h.parts = append(n.asParts(textRole), got.used...)
	h.filled, h.open = &filling{by: v, raw: raw}, got.open
	n.text = got.text
	if loneExpression(raw.text) && !got.open {
		v.retype(n, got)
	}
}

// retype gives a text that was a variable alone the meaning that its value has
// as YAML: a list, a map, or a text in quotes.
func (v *variables) retype(n *node, got filled) {
	at := n.at
	if len(got.used) > 0 {
		at = got.used[0].at
	}
	switch text := strings.TrimSpace(n.text); {
	case text == "", text == "null", text == "~":
		n.tag = tagNull
	case strings.ContainsAny(text[:1], `[{"'`):
		docs, broken := v.side.parse([]byte(text), func(int) place { return at })
		if broken || len(docs) != 1 {
			return
		}
		if docs[0].kind == scalar {
			n.text = docs[0].text
			return
		}
		n.kind, n.keys, n.vals, n.text, n.places = docs[0].kind, docs[0].keys, docs[0].vals, "", nil
	}
}

// inner fills the YAML that a substituted text holds.
func (f *filling) inner(s *side) []*node {
	if !f.done {
		f.done = true
		for _, doc := range s.inner(f.raw) {
			c := doc.clone()
			f.by.fill(c)
			f.docs = append(f.docs, c)
		}
	}
	return f.docs
}
