package flux

import (
	"fmt"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

func TestTheFirstUseOfAVariable(t *testing.T) {
	uses := map[string]*model.Position{}
	noteUses(uses, "a.yaml", []byte("# ${commented}\nx: $${escaped}\ny: ${one}${two:=3}\nz: ${#three}${one} ${} ${-} ${\n"))
	noteUses(uses, "b.yaml", []byte("x: ${one} ${commented}\ny: ${last"))
	for name, want := range map[string]string{"one": "a.yaml:3", "two": "a.yaml:3", "three": "a.yaml:4", "commented": "b.yaml:1", "last": "b.yaml:2", "escaped": "", "": ""} {
		got := ""
		if p := uses[name]; p != nil {
			got = fmt.Sprint(p.File, ":", p.Line)
		}
		if got != want {
			t.Errorf("%s is first named at %q, want %q", name, got, want)
		}
	}
}
