package sandbox

import (
	"bufio"
	"bytes"
	"reflect"
	"testing"
)

var wireNodes = []struct {
	ask  question
	node Node
}{
	{question{Path: "apps/web.yaml"}, Node{Type: IsFile, Real: "apps/web.yaml", Content: []byte("kind: Pod\n\xff\x00")}},
	{question{Tree: 3, Path: "", List: true}, Node{Type: IsDir, Names: []string{"a", "", "ü\xff"}, Content: []byte{}}},
	{question{Tree: 1, Path: "../x"}, Node{Type: IsOutside, Content: []byte{}}},
}

func TestNodesArriveAsTheyWereSent(t *testing.T) {
	for _, want := range wireNodes {
		var wire bytes.Buffer
		if err := writeNode(&wire, want.ask, want.node); err != nil {
			t.Fatal(err)
		}
		kind, payload, err := readFrame(bufio.NewReader(&wire))
		if err != nil || kind != frameNode {
			t.Fatalf("%c %v", kind, err)
		}
		ask, node, err := parseNode(payload)
		if err != nil || ask != want.ask || !reflect.DeepEqual(node, want.node) {
			t.Errorf("%+v %+v %v, want %+v", ask, node, err, want)
		}
	}
}

// FuzzWire: what a broken child sends is an error, and takes no time or memory beyond
// its length.
func FuzzWire(f *testing.F) {
	for _, n := range wireNodes {
		var wire bytes.Buffer
		if err := writeNode(&wire, n.ask, n.node); err != nil {
			f.Fatal(err)
		}
		f.Add(wire.Bytes()[5:])
	}
	told, err := Trace{{Path: "a", Answer: "missing"}, {Tree: 2, Path: "b", List: true, Answer: "dir b"}}.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(told)
	f.Add([]byte{0, 0, 0, 5, 0, 0, 1, 0, 0xff})
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, n, err := parseNode(raw); err == nil && len(n.Names) > len(raw) {
			t.Errorf("%d names from %d bytes", len(n.Names), len(raw))
		}
		if q, err := parseQuestion(raw); err == nil {
			again, err := parseQuestion(q.append(nil))
			if err != nil || again != q {
				t.Errorf("%+v comes back as %+v (%v)", q, again, err)
			}
		}
		var told Trace
		if err := told.UnmarshalBinary(raw); err == nil && len(told) > len(raw) {
			t.Errorf("%d answers from %d bytes", len(told), len(raw))
		}
	})
}
