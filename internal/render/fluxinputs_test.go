package render

import (
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Who reads a Secret of nothing but ciphertext need not build it again.
func TestACiphertextIsHandedOn(t *testing.T) {
	cipher, plain := model.Key{Encrypted: true}, model.Key{}
	for _, tt := range []struct {
		name   string
		fields string
		keys   map[string]model.Key
		data   string // of key a; "" where the Secret is an input
	}{
		{"all is encrypted", `{"data":{"a":"x"},"stringData":{"b":"y"}}`, map[string]model.Key{"/data/a": cipher, "/stringData/b": cipher}, "x"},
		{"one key is not", `{"data":{"a":"x","b":"y"}}`, map[string]model.Key{"/data/a": cipher, "/data/b": plain}, ""},
		{"nothing is known of it", `{"data":{"a":"x"}}`, nil, ""},
		{"its data is no map", `{"data":"x"}`, nil, ""},
	} {
		u := &unit{work: work{}}
		in := newInputs(&u.work.task, &u.work)
		h := held{&unit{}, model.NewObject(model.ObjectID{Kind: "Secret", Name: "s-1234"}, "", []byte(tt.fields), tt.keys)}
		v := in.values(objectRef{Kind: "Secret", Name: "s"}, "flux-system", h, true)
		if v.Data["a"] != tt.data || (v.Input == nil) != (tt.data != "") || v.Name != "s-1234" {
			t.Errorf("%s: %+v", tt.name, v)
		}
	}
}
