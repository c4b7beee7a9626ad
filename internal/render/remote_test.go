package render

import (
	"context"
	"slices"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
)

// asked notes what is fetched, and has nothing.
type asked struct{ urls []string }

func (a *asked) Fetch(_ context.Context, _ string, refs []model.SourceRef) []model.Artifact {
	out := make([]model.Artifact, len(refs))
	for i, ref := range refs {
		a.urls = append(a.urls, ref.URL)
		out[i].Problem = &model.Problem{Class: model.SourceUnreachable, Message: "it is not there"}
	}
	return out
}

// TestAForkFetchesNoRemoteBase: what a fork's head names and its base does not is asked
// for only where that is allowed.
func TestAForkFetchesNoRemoteBase(t *testing.T) {
	names := func(entries ...string) *model.Tree {
		content := "resources:\n- c.yaml\n"
		for _, e := range entries {
			content += "- " + e + "\n"
		}
		return modeltest.Tree(map[string]string{"prod/kustomization.yaml": content, "prod/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"})
	}
	const known, evil = "https://github.com/acme/base//web?ref=v1.2.0", "https://git.example.org/evil/base//web?ref=v1.0.0"
	for name, tt := range map[string]struct {
		untrusted bool
		allowed   []string
		want      []string
	}{
		"a fork":             {true, nil, []string{"https://github.com/acme/base"}},
		"a fork, allowed":    {true, []string{"git.example.org/evil"}, []string{"https://git.example.org/evil/base", "https://github.com/acme/base"}},
		"of this repository": {false, nil, []string{"https://git.example.org/evil/base", "https://github.com/acme/base"}},
	} {
		sources := &asked{}
		_, err := newTestRenderer().Pair(t.Context(), Request{Scope: "test", Base: names(known), Head: names(known, evil), Sources: sources, Untrusted: tt.untrusted, Allowed: tt.allowed})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(sources.urls)
		if got := slices.Compact(sources.urls); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q were fetched, want %q", name, got, tt.want)
		}
	}
}

// TestParseRemote: what an entry of a kustomization names elsewhere, as Kustomize 5.8
// reads it, as far as it is pinned.
func TestParseRemote(t *testing.T) {
	const sha = "0123456789abcdef0123456789abcdef01234567"
	for entry, want := range map[string]string{
		"https://github.com/acme/base//web?ref=v1.2.0":                             "https://github.com/acme/base v1.2.0 web",
		"https://github.com/acme/base/web/prod?ref=v1.2.0&timeout=90s":             "https://github.com/acme/base v1.2.0 web/prod",
		"https://github.com/acme/base.git//web?ref=" + sha:                         "https://github.com/acme/base.git " + sha + " web",
		"https://github.com/acme/base.git/web?ref=1.4":                             "https://github.com/acme/base.git 1.4 web",
		"https://github.com/acme/base?ref=release-1.4.2":                           "https://github.com/acme/base release-1.4.2 .",
		"github.com/acme/base/web?ref=v1.2.0":                                      "https://github.com/acme/base v1.2.0 web",
		"github.com/acme/base?version=v1.2.0":                                      "https://github.com/acme/base v1.2.0 .",
		"git@github.com:acme/base.git//web?ref=v1.2.0":                             "https://github.com/acme/base.git v1.2.0 web",
		"git::https://git.example.org/acme/group/base.git//web?ref=v1.2.0":         "https://git.example.org/acme/group/base.git v1.2.0 web",
		"https://raw.githubusercontent.com/acme/base/v1.2.0/crds/a.yaml":           "https://github.com/acme/base v1.2.0 crds/a.yaml",
		"https://raw.githubusercontent.com/acme/base/refs/tags/v1.2.0/crds/a.yaml": "https://github.com/acme/base v1.2.0 crds/a.yaml",
		"https://github.com/acme/base/raw/" + sha + "/a.yaml":                      "https://github.com/acme/base " + sha + " a.yaml",
		"https://github.com/acme/base//../../web?ref=v1.2.0":                       "https://github.com/acme/base v1.2.0 web",
		"https://github.com/acme/base//web?ref=main":                               "",
		"https://github.com/acme/base//web":                                        "",
		"https://github.com/acme/base/releases/download/v1.2.0/install.yaml":       "",
		"https://raw.githubusercontent.com/acme/base/main/crds/a.yaml":             "",
		"https://user:word@git.example.org/acme/base.git//web?ref=v1.2.0":          "",
		"http://github.com/acme/base//web?ref=v1.2.0":                              "",
		"../web": "", "web.yaml": "", "": "",
	} {
		b, ok := parseRemote(entry)
		got := ""
		if ok {
			got = b.ref.URL + " " + b.ref.Tag + b.ref.Commit + " " + b.path
		}
		if got != want {
			t.Errorf("%q is %q, want %q", entry, got, want)
		}
	}
}

// TestInstead: an entry is replaced where it stands alone on a line of a list, and
// nothing else is.
func TestInstead(t *testing.T) {
	content := "resources:\n# - https://x.example/a?ref=v1\n- https://x.example/a?ref=v1.2\n  - \"https://x.example/a?ref=v1\" # ours\r\nlabels:\n- pairs: {from: https://x.example/a?ref=v1}\n"
	got, line := instead([]byte(content), "https://x.example/a?ref=v1", "../$1/a")
	want := "resources:\n# - https://x.example/a?ref=v1\n- https://x.example/a?ref=v1.2\n  - \"../$1/a\" # ours\r\nlabels:\n- pairs: {from: https://x.example/a?ref=v1}\n"
	if string(got) != want || line != 4 {
		t.Errorf("line %d of\n%s", line, got)
	}
	if _, line := instead([]byte("resources: [https://x.example/a?ref=v1]\n"), "https://x.example/a?ref=v1", "a"); line != 0 {
		t.Errorf("line %d of a list in one line", line)
	}
}
