package text

import "testing"

func TestWords(t *testing.T) {
	for _, c := range []struct{ name, got, want string }{
		{"nothing", And(nil), ""},
		{"one", And([]string{"a"}), "a"},
		{"three", And([]string{"a", "b", "c"}), "a, b and c"},
		{"four are all told", Some([]string{"a", "b", "c", "d"}), "a, b, c and d"},
		{"more are counted", Some([]string{"a", "b", "c", "d", "e", "f"}), "a, b, c, d and 2 more"},
		{"one pod", Plural(1, "pod"), "1 pod"},
		{"no pods", Plural(0, "pod"), "0 pods"},
		{"labels are sorted", Labels(map[string]string{"b": "2", "a": "1"}), "a=1,b=2"},
		{"unset", Show(OrNil("")), "unset"},
		{"a value", Show(OrNil("x")), "`x`"},
		{"goes on", LowerFirst("It waits."), "it waits."},
		{"goes on with nothing", LowerFirst(""), ""},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
}
