package locate

import (
	"path"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// Locator answers queries about many targets of the same two trees; each file
// and each shared base is read once. It is not safe for concurrent use.
type Locator struct {
	base, head *side
}

// NewLocator makes a Locator; nothing is read before the first question.
func NewLocator(base, head Files) *Locator {
	l := &Locator{base: newSide(model.Base, base), head: newSide(model.Head, head)}
	l.base.other, l.head.other = l.head, l.base
	return l
}

// Locate answers the queries about one target, in their order. A query that
// cannot be answered has a nil Position.
func (l *Locator) Locate(t task.TargetQueries) []task.Answer {
	answers := make([]task.Answer, len(t.Queries))
	t.Dir = path.Clean(t.Dir)
	for i, q := range t.Queries {
		answers[i] = l.one(&t, q)
	}
	return answers
}

// one answers one query. The input is hostile and the code is long: what still
// goes wrong costs this answer and no other.
func (l *Locator) one(t *task.TargetQueries, q task.Query) (a task.Answer) {
	defer func() {
		if p := recover(); p != nil {
			sandbox.Note("locate", p)
			a = task.Answer{}
		}
	}()
	own := l.head
	if q.Side == model.Base && !q.Removed {
		own = l.base
	}
	s := &search{Query: q, side: own, dir: t.Dir, line: t.Of(own.name), twinLine: t.Of(own.other.name)}
	if p := s.destined(); p != nil {
		return task.Answer{Position: p}
	}
	switch {
	case q.Asker:
		s.asked = [2]*model.Lineage{s.line, s.twinLine}
		s.line, s.twinLine = parentOf(s.line), parentOf(s.twinLine)
		s.target, s.twin = own.applied(s.line).done(), own.other.applied(s.twinLine).done()
		return s.asker()
	case own.rendersChart(s.line) || own.other.rendersChart(s.twinLine):
		return s.charted()
	case q.Removed:
		s.target, s.twin = own.target(t).done(), own.other.target(t).done()
		return s.removed()
	}
	s.target, s.twin = own.target(t).done(), own.other.target(t).done()
	if s.fetched() {
		return s.charted()
	}
	return s.answer()
}

// side is one of the two trees, with what was read and built of it.
type side struct {
	name   model.Side
	from   Files
	other  *side
	files  map[string]*file
	layers map[string]*layer // of directories that others include
	lines  map[*model.Lineage]*layer
	depth  int // of lineages that lead to each other

	releases map[*model.Lineage]*release
	// inflations are entries of helmCharts, as releases.
	inflations map[*node]*release
	changes    map[[2]*model.Lineage][]difference
	inline     map[embedded][]*node
	current    *layer // the target asked about last
	key        targetKey
	differing  struct {
		parsed int // files, when it was found
		found  []*candidate
	}
	parsed int // files
	bytes  int
	nodes  int
}

type targetKey struct {
	kind model.Kind
	dir  string
}

func newSide(name model.Side, from Files) *side {
	return &side{
		name: name, from: from, files: map[string]*file{}, layers: map[string]*layer{},
		inline: map[embedded][]*node{}, lines: map[*model.Lineage]*layer{},
		releases: map[*model.Lineage]*release{}, inflations: map[*node]*release{}, changes: map[[2]*model.Lineage][]difference{},
	}
}

// target builds a target's objects; the last one is kept.
func (s *side) target(of *task.TargetQueries) *layer {
	kind, dir := of.Kind, of.Dir
	if line := of.Of(s.name); line != nil || kind == model.Flux || kind == model.Helm {
		return s.applied(line)
	}
	key := targetKey{kind, dir}
	if s.current != nil && s.key == key {
		return s.current
	}
	// Set first: a panic on hostile input is not met again for every query.
	s.key, s.current = key, &layer{}
	b := builder{side: s}
	var t *layer
	if _, ok := s.kustomization(dir); ok || kind == model.Kustomize {
		t = b.directory(dir)
	} else {
		t = b.manifests(dir, false)
	}
	s.current = t
	return t
}

// position is a place as the answer shows it.
func (s *side) position(p place, precision model.Precision) *model.Position {
	if !p.known() {
		return nil
	}
	if p.vague && precision == model.AtLine {
		precision = model.AtObject
	}
	if p.end < p.line {
		p.end = p.line
	}
	return &model.Position{File: p.file.path, Line: p.line, EndLine: p.end, Precision: precision, Side: s.name}
}
