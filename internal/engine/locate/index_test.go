package locate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestIndexOfALayer: with its index a layer answers what it answers without, in the
// same order.
func TestIndexOfALayer(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	for range 200 {
		l := &layer{}
		for range r.IntN(12) {
			o := &object{id: ident{group: pick("", "apps"), kind: pick("ConfigMap", "Secret"), ns: pick("", "n"), name: pick("a", "b", "a-bcdfghkmtm")}, hash: r.IntN(2) == 0}
			if r.IntN(3) == 0 {
				o.rename(ident{group: o.id.group, kind: o.id.kind, ns: pick("", "n"), name: pick("a", "b")})
			}
			l.objects = append(l.objects, o)
		}
		indexed := (&layer{objects: l.objects}).done()
		for _, name := range []string{"a", "b", "a-bcdfghkmtm", "b-2456789bcd", "c"} {
			for _, group := range []string{"", "apps"} {
				if got, want := indexed.calledFinally(group, "ConfigMap", name), l.calledFinally(group, "ConfigMap", name); !slices.Equal(got, want) {
					t.Fatalf("%s: %d objects, want %d", name, len(got), len(want))
				}
				id := ident{group: group, kind: "Secret", name: name}
				if got, want := indexed.originally(id), l.originally(id); !slices.Equal(got, want) {
					t.Fatalf("%v: %d objects, want %d", id, len(got), len(want))
				}
			}
		}
	}
}

// TestContentIsEqualForTheSame: two ways to say that nodes are the same agree.
func TestContentIsEqualForTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var random func(depth int) *node
	random = func(depth int) *node {
		n := &node{kind: nodeKind(r.IntN(3)), text: fmt.Sprint(r.IntN(2)), tag: []string{tagString, tagNull, tagInt}[r.IntN(3)]}
		if depth == 0 || n.kind == scalar {
			n.kind = scalar
			return n
		}
		n.text = ""
		for i := range r.IntN(3) {
			n.vals = append(n.vals, random(depth-1))
			if n.kind == mapping {
				n.keys = append(n.keys, []string{"x]", "y"}[(i+depth)%2])
			}
		}
		if n.kind == mapping && len(n.vals) == 2 && r.IntN(2) == 0 {
			slices.Reverse(n.keys)
			slices.Reverse(n.vals)
		}
		return n
	}
	equal := 0
	for range 20_000 {
		a, b := random(2), random(2)
		if same(a, b) != (content(a) == content(b)) {
			t.Fatalf("same: %v, by content: %s and %s", same(a, b), content(a), content(b))
		}
		if same(a, b) && a.kind != scalar {
			equal++
		}
	}
	if equal < 100 {
		t.Errorf("only %d pairs were the same", equal)
	}
}
