package locate

import "slices"

// index finds a layer's objects by what they are called, for those who ask about
// thousands of them. It is of a layer that is done: nothing is renamed any more.
type index struct {
	final    map[called][]int
	original map[ident][]int
	count    int
}

// called is what an object is called in its namespace.
type called struct{ group, kind, name string }

// done is the layer with its index.
func (l *layer) done() *layer {
	if l == nil || l.index != nil && l.index.count == len(l.objects) {
		return l
	}
	x := &index{final: map[called][]int{}, original: map[ident][]int{}, count: len(l.objects)}
	for i, o := range l.objects {
		final := called{o.id.group, o.id.kind, o.id.name}
		x.final[final] = append(x.final[final], i)
		x.original[o.original()] = append(x.original[o.original()], i)
	}
	l.index = x
	return l
}

// calledFinally gives the objects that may be rendered under this name, in their order.
func (l *layer) calledFinally(group, kind, name string) []*object {
	if l.index == nil || l.index.count != len(l.objects) {
		return slices.DeleteFunc(slices.Clone(l.objects), func(o *object) bool {
			return o.id.kind != kind || o.id.group != group || !o.calledFinally(name)
		})
	}
	at := slices.Clone(l.index.final[called{group, kind, name}])
	if stem := len(name) - hashLength; stem > 0 {
		for _, i := range l.index.final[called{group, kind, name[:stem]}] {
			if l.objects[i].calledFinally(name) {
				at = append(at, i)
			}
		}
	}
	slices.Sort(at)
	out := make([]*object, len(at))
	for i, place := range at {
		out[i] = l.objects[place]
	}
	return out
}

// originally gives the objects that were first called so, in their order.
func (l *layer) originally(id ident) []*object {
	if l.index == nil || l.index.count != len(l.objects) {
		return slices.DeleteFunc(slices.Clone(l.objects), func(o *object) bool { return o.original() != id })
	}
	var out []*object
	for _, i := range l.index.original[id] {
		out = append(out, l.objects[i])
	}
	return out
}
