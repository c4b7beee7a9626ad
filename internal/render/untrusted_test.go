package render

import (
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"golang.org/x/tools/txtar"
)

// TestAForkFetchesWhatItsBaseNames: another version of a source that base names
// is fetched, a new source only once it is allowed.
func TestAForkFetchesWhatItsBaseNames(t *testing.T) {
	a, err := txtar.ParseFile("testdata/flux/outside.txtar")
	if err != nil {
		t.Fatal(err)
	}
	base, outside := map[string]string{}, remotes{t, map[string]map[string]string{}}
	for _, f := range a.Files {
		if ref, p, ok := strings.Cut(f.Name, "//"); ok {
			outside.add(ref, p, string(f.Data))
			other := strings.Replace(string(f.Data), "{name: ", "{name: other-", 1)
			outside.add(strings.Replace(ref, "@v1", "@v2", 1), p, other)
			outside.add(strings.Replace(ref, "/base@v1", "/new@v1", 1), p, other)
		} else if f.Name != "want" {
			base[f.Name] = string(f.Data)
		}
	}
	changed := func(old, new string) map[string]string {
		head := map[string]string{}
		for p, content := range base {
			head[p] = strings.Replace(content, old, new, 1)
		}
		return head
	}
	for _, c := range []struct {
		name, old, new string
		allowed        []string
		want           string
	}{
		{"another tag", "{tag: v1}", "{tag: v2}", nil, "rendered"},
		{"another repository", "acme/base", "acme/new", nil, "incomplete source-refused"},
		{"another repository, allowed", "acme/base", "acme/new", []string{"https://git.example.org/acme/"}, "rendered"},
		{"another host is not allowed", "acme/base", "acme/new", []string{"git.example.or"}, "incomplete source-refused"},
	} {
		out, err := newTestRenderer().Pair(t.Context(), Request{Scope: "test", Flux: true, Untrusted: true, Allowed: c.allowed, Sources: outside,
			Base: modeltest.Tree(base), Head: modeltest.Tree(changed(c.old, c.new))})
		if err != nil {
			t.Fatal(err)
		}
		target := out.Head.Target("flux:prod/flux-system/base")
		got := string(target.Status)
		if target.Problem != nil {
			got += " " + string(target.Problem.Class)
		}
		if got != c.want {
			t.Errorf("%s: %s (%v), want %s", c.name, got, target.Problem, c.want)
		}
		if b := out.Base.Target("flux:prod/flux-system/base"); b.Status != model.StatusRendered {
			t.Errorf("%s: base is %s", c.name, b.Status)
		}
	}
}
