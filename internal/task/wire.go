package task

import (
	"encoding/json"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Lineages share their parents and may lead to each other, so a batch travels
// as a table of them.
type (
	wireBatch struct {
		Lines   []wireLine
		Targets []wireTarget
	}
	wireTarget struct {
		Kind       model.Kind
		Dir        string
		Base, Head int // index of the line and one; 0 is none
		Queries    []Query
	}
	wireLine struct {
		Kind        model.Kind
		Dir, File   string                     `json:",omitempty"`
		Dirs        []string                   `json:",omitempty"`
		Application string                     `json:",omitempty"`
		Generators  []string                   `json:",omitempty"`
		Options     map[string]json.RawMessage `json:",omitempty"`
		Plain       []string                   `json:",omitempty"`
		Params      []string                   `json:",omitempty"`
		Elsewhere   bool                       `json:",omitempty"`
		Values      []string                   `json:",omitempty"`
		Given       []string                   `json:",omitempty"` // Lineage.Values
		By          *model.ObjectID
		Parent      int
		Reads       []wireRead `json:",omitempty"`
		Source      *wireRead  `json:",omitempty"`
	}
	wireRead struct {
		Object    model.ObjectID
		In        int
		Key, Path string `json:",omitempty"`
	}
)

// MarshalJSON writes each lineage once.
func (b Batch) MarshalJSON() ([]byte, error) {
	t := lineTable{at: map[*model.Lineage]int{}}
	targets := make([]wireTarget, len(b))
	for i, of := range b {
		targets[i] = wireTarget{Kind: of.Kind, Dir: of.Dir, Base: t.index(of.Base), Head: t.index(of.Head), Queries: of.Queries}
	}
	lines := make([]wireLine, 0, len(t.lines))
	for i := 0; i < len(t.lines); i++ { // grows on the way
		lines = append(lines, t.wire(t.lines[i]))
	}
	return json.Marshal(wireBatch{Lines: lines, Targets: targets})
}

type lineTable struct {
	at    map[*model.Lineage]int
	lines []*model.Lineage
}

func (t *lineTable) index(l *model.Lineage) int {
	if l == nil {
		return 0
	}
	if _, ok := t.at[l]; !ok {
		t.lines = append(t.lines, l)
		t.at[l] = len(t.lines)
	}
	return t.at[l]
}

func (t *lineTable) wire(l *model.Lineage) wireLine {
	w := wireLine{Kind: l.Kind, Dir: l.Dir, Dirs: l.Dirs, Plain: l.Plain, Params: l.Parameters, Generators: l.Generators, Application: l.Application, Options: l.Options, Elsewhere: l.Elsewhere, Values: l.ValueFiles, Given: l.Values, File: l.File, By: l.By, Parent: t.index(l.Parent)}
	for _, r := range l.Reads {
		w.Reads = append(w.Reads, t.read(r))
	}
	if l.Source != nil {
		r := t.read(*l.Source)
		w.Source = &r
	}
	return w
}

func (t *lineTable) read(r model.Read) wireRead {
	return wireRead{Object: r.Object, In: t.index(r.In), Key: r.Key, Path: r.Path}
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (b *Batch) UnmarshalJSON(j []byte) error {
	var w wireBatch
	if err := decodeNumbers(j, &w); err != nil {
		return err
	}
	lines := make([]model.Lineage, len(w.Lines))
	line := func(i int) *model.Lineage {
		if i < 1 || i > len(lines) {
			return nil
		}
		return &lines[i-1]
	}
	read := func(r wireRead) model.Read {
		return model.Read{Object: r.Object, In: line(r.In), Key: r.Key, Path: r.Path}
	}
	for i, l := range w.Lines {
		lines[i] = model.Lineage{Kind: l.Kind, Dir: l.Dir, Dirs: l.Dirs, Plain: l.Plain, Parameters: l.Params, Generators: l.Generators, Application: l.Application, Options: l.Options, Elsewhere: l.Elsewhere, ValueFiles: l.Values, Values: l.Given, File: l.File, By: l.By, Parent: line(l.Parent)}
		for _, r := range l.Reads {
			lines[i].Reads = append(lines[i].Reads, read(r))
		}
		if l.Source != nil {
			r := read(*l.Source)
			lines[i].Source = &r
		}
	}
	*b = make(Batch, len(w.Targets))
	for i, t := range w.Targets {
		(*b)[i] = TargetQueries{Kind: t.Kind, Dir: t.Dir, Base: line(t.Base), Head: line(t.Head), Queries: t.Queries}
	}
	return nil
}
