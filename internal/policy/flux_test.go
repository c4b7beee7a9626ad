package policy

import "testing"

func TestNamesOfFlux(t *testing.T) {
	for text, want := range map[string]string{
		"dep.status.x == 1": "",
		"foo.status.x == 1": "names `foo` in column 1, where only `self` and `dep` are known",
		"dep.status.conditions.all(c, c.status == 'True' && d.x == 1)": "names `d` in column 52, where only `self` and `dep` are known",
		"lists.range(3) == dep.spec.list":                              "", // a library of another release
		"later(dep.spec.x)":                                            "",
		"self.metadata.?labels['a'].orValue('') == ''":                 "",
	} {
		got := ""
		if err := Names(text, "self", "dep"); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if err := Names("dep.x ==", "self", "dep"); err == nil {
		t.Error("an expression without its end has no mistake")
	}
}
