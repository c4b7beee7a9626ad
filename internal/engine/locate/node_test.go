package locate

import (
	"fmt"
	"testing"
)

// TestIndexOfMany: a mapping that remembers where its keys are finds those that came,
// moved or went since.
func TestIndexOfMany(t *testing.T) {
	n := &node{kind: mapping}
	for i := range 2 * manyKeys {
		n.keys, n.vals = append(n.keys, fmt.Sprint(i)), append(n.vals, newScalar("", tagString, place{}))
	}
	is := func(key string, want int) {
		t.Helper()
		if got := n.index(key); got != want {
			t.Errorf("%s is at %d, want %d", key, got, want)
		}
	}
	is("7", 7)
	n.keys, n.vals = append(n.keys, "new"), append(n.vals, newScalar("", tagString, place{}))
	is("new", 2*manyKeys)
	n.drop("3", place{})
	is("3", -1)
	is("7", 6)
	is("2", 2)
	c := n.clone()
	c.drop("2", place{})
	is("7", 6)
	n.put("later", newScalar("", tagString, place{}))
	is("later", len(n.keys)-1)
	for _, v := range n.vals[:5] {
		v.tag = tagNull
	}
	n.strip()
	is("0", -1)
	is("7", 1)
}
