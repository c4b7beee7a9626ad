package locate

import (
	"encoding/json"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// search answers one query.
type search struct {
	task.Query
	side   *side
	target *layer
	twin   *layer // the same target on the other side
	found  *object
	dir    string // of a target that is one

	line, twinLine *model.Lineage // how the target came to be, nil for a mere directory

	asked [2]*model.Lineage // of a question about what asks for the target: the target's own, and the twin's
}

// answer finds the place of something that stands in the queried side.
func (s *search) answer() task.Answer {
	if s.target.absent != nil {
		return task.Answer{Position: s.broughtIn()}
	}
	o := s.target.object(s.Object)
	if c := s.target.chartOf(s.Object); c != nil && (o == nil || o.outside) {
		return task.Answer{Position: s.inflated(c)}
	}
	if o == nil {
		return task.Answer{Position: s.unknownObject()}
	}
	s.found = o
	if len(s.Gone) > 0 {
		return task.Answer{Position: s.missing(o)}
	}
	if len(s.Path) == 0 {
		return task.Answer{Position: s.side.position(o.decl, model.AtLine)}
	}
	n := s.walk(o.content(), s.Path)
	if p := s.prove(o, n); p.known() {
		return task.Answer{Position: s.side.position(p, model.AtLine), Trials: s.trials(n, p)}
	}
	return task.Answer{Position: s.coarse(o), Trials: s.trials(n, place{})}
}

// unknownObject answers for an object that no file of the repository declares:
// the one entry that leads out of it, if there is but one, else what asks for the target.
func (s *search) unknownObject() *model.Position {
	if len(s.target.unseen) == 1 {
		return s.side.position(s.target.unseen[0], model.AtObject)
	}
	if s.File != "" {
		if f := s.side.read(s.File); f != nil {
			return s.side.position(place{file: f, line: 1}, model.AtFile)
		}
	}
	if len(s.target.unseen) > 1 {
		return s.side.position(place{file: s.target.unseen[0].file, line: 1}, model.AtFile)
	}
	if by := s.side.askedBy(s.line); by != nil {
		return s.side.position(by.decl, model.AtObject)
	}
	return nil
}

// coarse is the answer where no line is proven.
func (s *search) coarse(o *object) *model.Position {
	if s.File != "" && len(s.Path) > 1 {
		if f := s.side.read(s.File); f != nil {
			return s.side.position(place{file: f, line: 1}, model.AtFile)
		}
	}
	return s.side.position(o.decl, model.AtObject)
}

// object finds the object that was rendered under this identity.
func (l *layer) object(id model.ObjectID) *object {
	want := identOfModel(id)
	var loose []*object
	for _, o := range l.calledFinally(want.group, want.kind, want.name) {
		if o.id.ns == want.ns || o.id.effectiveNS() == want.effectiveNS() {
			return o
		}
		loose = append(loose, o)
	}
	if len(loose) == 1 {
		return loose[0]
	}
	return nil
}

// calledFinally reports whether a rendered name can be the object's.
func (o *object) calledFinally(name string) bool {
	return o.id.name == name || o.hash && hashed(o.id.name, name)
}

// hashLength is that of the suffix and the hyphen before it.
const hashLength = 11

// hashed reports whether name is stem with the suffix that Kustomize makes of
// the content.
func hashed(stem, name string) bool {
	suffix, ok := strings.CutPrefix(name, stem+"-")
	return ok && len(suffix) == hashLength-1 && strings.Trim(suffix, "bcdfghkmt2456789") == ""
}

// walk follows steps through an object; nil when they lead nowhere.
func (s *search) walk(n *node, steps []model.Step) *node {
	for _, step := range steps {
		if n == nil {
			return nil
		}
		if step.Inside {
			if n.kind != scalar {
				return nil
			}
			docs := s.side.inner(n)
			if len(docs) == 0 {
				return nil
			}
			n = docs[0]
		}
		n = child(n, step)
	}
	return n
}

func child(n *node, step model.Step) *node {
	if !step.Item() {
		return n.get(step.Field)
	}
	if n.kind != sequence {
		return nil
	}
	at := func(i int) *node {
		if i >= 0 && i < len(n.vals) {
			return n.vals[i]
		}
		return nil
	}
	if step.Key == "" {
		return at(step.Index)
	}
	named := func(c *node) bool { return c.str(step.Key) == step.Value }
	if c := at(step.Index); c != nil && named(c) {
		return c
	}
	if i := slices.IndexFunc(n.vals, named); i >= 0 {
		return n.vals[i]
	}
	return at(step.Index)
}

// prove gives the line that made the field what it is, when its source leads to
// the rendered value.
func (s *search) prove(o *object, n *node) place {
	if n != nil && n.x != nil && n.x.open && s.Value != nil && n.text != s.Value {
		if p := changedPart(n, s.counterpart()); p.known() {
			return p
		}
	}
	if n != nil && (s.Value == nil || model.Redacted(s.Value) || n.is(s.Value)) {
		return s.writer(n)
	}
	if p := s.composed(o, n); p.known() {
		return p
	}
	if n != nil && n.x != nil {
		for _, old := range slices.Backward(n.x.prior) {
			if old.is(s.Value) {
				return s.writer(old)
			}
		}
	}
	if n := s.elsewhere(o); n != nil {
		return s.writer(n)
	}
	return place{}
}

func (s *search) namePath() bool {
	return len(s.Path) == 2 && s.Path[0].Field == "metadata" && s.Path[1].Field == "name"
}

// elsewhere looks for the value in the other items of the lists on the way: it
// is the one if no other item holds it.
func (s *search) elsewhere(o *object) *node {
	for i := len(s.Path) - 1; i >= 0; i-- {
		if !s.Path[i].Item() || s.Path[i].Inside {
			continue
		}
		list := s.walk(o.content(), s.Path[:i])
		if list == nil || list.kind != sequence {
			continue
		}
		var found []*node
		for _, item := range list.vals {
			if n := s.walk(item, s.Path[i+1:]); n != nil && n.kind == scalar && n.is(s.Value) {
				found = append(found, n)
			}
		}
		if len(found) == 1 {
			return found[0]
		}
	}
	return nil
}

// is reports whether a scalar renders as v.
func (n *node) is(v any) bool {
	switch v := v.(type) {
	case string:
		if n.tag == tagBinary {
			return strings.ReplaceAll(v, "\n", "") == strings.ReplaceAll(n.text, "\n", "")
		}
		return n.kind == scalar && (n.text == v || refolded(n, v) || filledIn(n.text, v))
	case bool:
		return n.kind == scalar && isBool(n.text, v)
	case json.Number:
		return n.kind == scalar && sameNumber(n.text, v.String())
	case float64:
		return n.kind == scalar && sameNumber(n.text, strconv.FormatFloat(v, 'g', -1, 64))
	case int:
		return n.kind == scalar && sameNumber(n.text, strconv.Itoa(v))
	case nil:
		return n.null()
	}
	return false
}

// refolded reports whether a folded scalar of many lines came out with other
// white space, as it does when Kustomize writes it again.
func refolded(n *node, v string) bool {
	return n.at.end > n.at.line && n.body == 0 && strings.Contains(v, "\n") &&
		slices.Equal(strings.Fields(n.text), strings.Fields(v))
}

// filledIn reports whether v is the text with its ${VARIABLES} replaced, as Flux
// does after the build. A text that is little else than a variable says nothing.
func filledIn(text, v string) bool {
	if !strings.Contains(text, "${") || len(text) > 1024 {
		return false
	}
	literal, pattern := 0, "^"
	for text != "" {
		before, rest, found := strings.Cut(text, "${")
		literal += len(before)
		pattern += regexp.QuoteMeta(before)
		if !found {
			break
		}
		end := strings.IndexByte(rest, '}')
		if end < 0 {
			return false
		}
		pattern += "(?s:.*)"
		text = rest[end+1:]
	}
	re, err := regexp.Compile(pattern + "$")
	return err == nil && literal >= 3 && re.MatchString(v)
}

func isBool(text string, want bool) bool {
	switch strings.ToLower(text) {
	case "true", "yes", "on", "y":
		return want
	case "false", "no", "off", "n":
		return !want
	}
	return false
}

// sameNumber compares numbers as YAML and JSON write them.
func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	number := func(s string) (*big.Float, bool) {
		s = strings.ReplaceAll(strings.TrimPrefix(s, "+"), "_", "")
		if len(s) > 64 || strings.ContainsAny(s, "eE") && len(s) > 24 && !strings.HasPrefix(s, "0x") {
			return nil, false
		}
		if i, err := strconv.ParseInt(s, 0, 64); err == nil {
			return new(big.Float).SetInt64(i), true
		}
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || f != f {
			return nil, false
		}
		return big.NewFloat(f), true
	}
	x, ok := number(a)
	y, ok2 := number(b)
	return ok && ok2 && x.Cmp(y) == 0
}
