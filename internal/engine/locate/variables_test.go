package locate

import (
	"math/rand/v2"
	"testing"

	"github.com/fluxcd/pkg/envsubst"
	"github.com/seaworthy-dev/seaworthy/internal/model"
)

func someVariables() *variables {
	v := &variables{side: newSide(model.Head, tree{}), hidden: map[string]bool{"SECRET": true}, known: map[string]*node{}}
	for name, value := range map[string]string{"A": "one", "E": "", "B_2": "two words", "SECRET": "x"} {
		v.known[name] = newScalar(value, tagString, place{})
	}
	return v
}

// TestEval holds what is worked out here against what Flux makes of it.
func TestEval(t *testing.T) {
	v := someVariables()
	pieces := []string{"${A}", "${E}", "${N}", "${N:=two}", "${E:-x y}", "${A:=no}", "${N=two}", "${N:+z}", "${N:?z}", "${N:=${A}-x}", "${N:=a$$b}",
		"${B_2}", "$$", "$", "$A", "$${A}", "{", "}", "text", " ", "-", ":"}
	r := rand.New(rand.NewPCG(1, 2))
	told := 0
	for range 20000 {
		text := ""
		for range 1 + r.IntN(5) {
			text += pieces[r.IntN(len(pieces))]
		}
		want, err := envsubst.Eval(text, func(name string) (string, bool) { return v.known[name].str(), true })
		got := v.eval(text, 0)
		if err != nil || got.open {
			continue
		}
		told++
		if got.text != want {
			t.Fatalf("%q became %q, Flux makes it %q", text, got.text, want)
		}
	}
	if told < 15000 {
		t.Errorf("only %d texts were worked out", told)
	}
}

// Functions and what is hidden are not worked out: the text stays.
func TestEvalLeavesOpen(t *testing.T) {
	for _, text := range []string{"${A^^}", "${A,}", "${#A}", "${A:0:1}", "${A/o/i}", "${A%e}", "${SECRET:=x}", "${A", "${}", "${A-z}"} {
		if got := someVariables().eval(text, 0); !got.open || got.text != text {
			t.Errorf("%s became %q", text, got.text)
		}
	}
}
