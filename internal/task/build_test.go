package task

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

var built = Built{
	Objects: []BuiltObject{
		{ID: model.ObjectID{Version: "v1", Kind: "ConfigMap", Namespace: "shop", Name: "a"}, Sum: "1", Fields: json.RawMessage(`{"data":{"k":"v\n"}}`),
			Keys: map[string]model.Key{"/data/k": {File: "k.yaml", YAML: map[string]any{"a": "b"}}}},
		{ID: model.ObjectID{Group: "apps", Version: "v1", Kind: "Deployment", Name: "\n"}, Sum: "2", Fields: json.RawMessage(`{}`)},
	},
	Problem: &model.Problem{Class: model.RemoteBase, Message: "there is\nmore"}, Hole: true,
}

func TestWhatIsBuiltComesThroughWhole(t *testing.T) {
	for _, want := range []Built{built, {}, {Notes: []string{"none"}}} {
		b, err := want.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var got Built
		if err := got.UnmarshalBinary(b); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v comes through as %+v (%v)", want, got, err)
		}
		for n := range b { // the cache may be cut short, and a child may say anything
			if n > 0 && got.UnmarshalBinary(b[:n]) == nil {
				t.Errorf("the first %d of %d bytes are read as a whole", n, len(b))
			}
		}
		if got.UnmarshalBinary(append(b, '{')) == nil {
			t.Error("bytes that are left over are let go")
		}
	}
}

func TestNamesAreText(t *testing.T) {
	b, err := Built{Objects: []BuiltObject{{ID: model.ObjectID{Kind: "A", Name: "\xff"}, Fields: json.RawMessage(`{}`)}}}.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var got Built
	if err := got.UnmarshalBinary(b); err != nil || got.Objects[0].ID.Name != "\uFFFD" {
		t.Errorf("%q comes through (%v)", got.Objects[0].ID.Name, err)
	}
}

func FuzzBuilt(f *testing.F) {
	b, err := built.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, data []byte) {
		var got Built
		if got.UnmarshalBinary(data) != nil {
			return
		}
		size := 0
		for _, o := range got.Objects {
			size += len(o.Fields)
		}
		if size > len(data) {
			t.Errorf("%d bytes hold %d", len(data), size)
		}
	})
}
