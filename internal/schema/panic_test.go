package schema

import (
	"strings"
	"testing"

	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// odd is a validator that cannot validate.
type odd struct{ validation.SchemaValidator }

// TestAPanicIsData: what a library panics over is a problem with the panic in it.
func TestAPanicIsData(t *testing.T) {
	o := model.NewObject(model.ObjectID{Kind: "Widget", Name: "a"}, "sum", []byte(`{"kind":"Widget","spec":{}}`), nil)
	c := &compiled{shape: FromCustom(map[string]any{"type": "object"}), structural: &structural.Structural{}, validator: odd{}}
	found, _ := c.validate(o, 1000)
	if len(found) != 1 || found[0].Sort != Unasked || found[0].Panic == nil {
		t.Fatalf("found %+v", found)
	}
	if p := found[0].Panic; p.Value == "" || !strings.Contains(p.Stack, "validate.go") {
		t.Errorf("the panic is %q", p.Value)
	}
}
