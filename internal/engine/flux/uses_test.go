package flux

import (
	"fmt"
	"testing"
)

func TestTheFirstUseOfAVariable(t *testing.T) {
	v := &variables{uses: map[string][]use{}}
	noteUses(v.uses, "a.yaml", []byte("# ${commented}\nx: $${escaped}\ny: ${one}${two:=3}\nz: ${#three}${one} ${} ${-} ${\n"))
	noteUses(v.uses, "b.yaml", []byte("x: ${one} ${commented}\ny: ${last"))
	noteUses(v.uses, "c.yaml", []byte(`kind: A
metadata: {name: left} # ${behind}
data:
  v: $$${dollars} $$$${none}
  w: |
    # ${script}
    ${deep}
---
kind: A
metadata: {name: out}
data: {v: "${both}"}
---
kind: A
metadata: {name: a}
data:
  v: x # ${both}
  ${key}: "${behind}
    ${both}"
---
kind: B
metadata: {name: b}
data: {v: "${both}"}
`))
	here := map[user]bool{{"A", "prefix-a"}: true, {"A", "left"}: true}
	for name, want := range map[string]string{
		"one": "a.yaml:3", "two": "a.yaml:3", "three": "a.yaml:4", "commented": "b.yaml:1", "last": "b.yaml:2", "escaped": "", "": "",
		"behind": "c.yaml:17", "dollars": "c.yaml:4", "none": "", "script": "c.yaml:6", "deep": "c.yaml:7", "both": "c.yaml:18", "key": "c.yaml:17",
	} {
		got := ""
		if p := v.firstUse(nil, name, here); p != nil {
			got = fmt.Sprint(p.File, ":", p.Line)
		}
		if got != want {
			t.Errorf("%s is first named at %q, want %q", name, got, want)
		}
	}
	if p := v.firstUse(nil, "both", map[user]bool{{"B", "b"}: true}); p == nil || p.Line != 22 {
		t.Errorf("what B has is named at %v", p)
	}
}
