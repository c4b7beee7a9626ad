package render

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"golang.org/x/tools/txtar"
)

// TestFlux renders the archives of testdata/flux. Files of an archive are the
// repository's; <url>@<ref>/<path> are those of another repository, and want
// lists, per target, its status and the values that its objects must have:
//
//	flux:prod/flux-system/apps rendered
//	  ConfigMap shop/settings /data/level = "info"
//	  ConfigMap shop/gone absent
func TestFlux(t *testing.T) {
	files, err := filepath.Glob("testdata/flux/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives (%v)", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			head, want, outside := map[string]string{}, "", remotes{t, map[string]map[string]string{}}
			for _, f := range a.Files {
				if f.Name == "want" {
					want = string(f.Data)
				} else if ref, p, ok := strings.Cut(f.Name, "//"); ok {
					outside.add(ref, p, string(f.Data))
				} else {
					head[f.Name] = string(f.Data)
				}
			}
			out, err := newTestRenderer().Pair(t.Context(), Request{Scope: "test", Flux: true, All: true, Head: modeltest.Tree(head), Sources: outside})
			if err != nil {
				t.Fatal(err)
			}
			compareFlux(t, out.Head, want)
		})
	}
}

// remotes are other repositories, by "url@ref", and charts, by "url/name@version".
type remotes struct {
	t  *testing.T
	at map[string]map[string]string
}

func (r remotes) add(ref, p, content string) {
	if r.at[ref] == nil {
		r.at[ref] = map[string]string{}
	}
	r.at[ref][p] = content
}

func (r remotes) Fetch(_ context.Context, _ string, refs []model.SourceRef) []model.Artifact {
	out := make([]model.Artifact, len(refs))
	for i, ref := range refs {
		name := strings.TrimPrefix(ref.URL, "https://") + "@" + ref.Tag + ref.Branch
		if ref.Kind == model.ChartSource {
			name = strings.TrimPrefix(ref.URL, "https://") + "/" + ref.Chart + "@" + ref.Version
		}
		files, ok := r.at[name]
		if !ok {
			out[i].Problem = &model.Problem{Class: model.SourceUnreachable, Message: "there is no " + name}
			continue
		}
		if ref.Kind == model.ChartSource {
			inside := map[string]string{}
			for p, content := range files {
				inside[ref.Chart+"/"+p] = content
			}
			files = map[string]string{model.ChartFile: string(modeltest.Packed(r.t, inside))}
		}
		out[i] = model.Artifact{Tree: modeltest.Tree(files), Revision: ref.Tag, Digest: name}
	}
	return out
}

func compareFlux(t *testing.T, s *model.Snapshot, want string) {
	t.Helper()
	listed := map[string]bool{}
	var at *model.Rendered
	for _, line := range strings.Split(strings.TrimRight(want, "\n"), "\n") {
		if !strings.HasPrefix(line, "  ") {
			id, rest, _ := strings.Cut(line, " ")
			listed[id] = true
			if at = s.Target(id); at == nil {
				t.Errorf("there is no target %s", id)
				at = &model.Rendered{}
				continue
			}
			got := string(at.Status)
			if at.Problem != nil {
				got += " " + string(at.Problem.Class)
				if at.Problem.Location != nil {
					got += fmt.Sprintf(" %s:%d", at.Problem.Location.File, at.Problem.Location.Line)
				}
			}
			if !strings.HasPrefix(got, rest) {
				t.Errorf("%s is %s, want %s: %v", id, got, rest, at.Problem)
			}
			continue
		}
		compareObject(t, at, strings.TrimSpace(line))
	}
	for _, target := range s.Targets {
		if !listed[target.Target.ID] {
			t.Errorf("surplus target %s (%s)", target.Target.ID, target.Status)
		}
	}
}

func compareObject(t *testing.T, at *model.Rendered, line string) {
	t.Helper()
	words := strings.SplitN(line, " ", 5)
	name := words[0] + " " + words[1]
	for _, o := range at.Objects {
		if o.ID.String() != name {
			continue
		}
		if words[2] == "absent" {
			t.Errorf("%s is in %s", name, at.Target.ID)
			return
		}
		if words[2] == "present" {
			return
		}
		var got any = o.Fields()
		for _, key := range strings.Split(strings.TrimPrefix(words[2], "/"), "/") {
			key = strings.ReplaceAll(key, "~1", "/")
			switch v := got.(type) {
			case map[string]any:
				got = v[key]
			case []any:
				var i int
				if _, err := fmt.Sscan(key, &i); err != nil || i >= len(v) {
					t.Errorf("%s has no %s", name, words[2])
					return
				}
				got = v[i]
			default:
				got = nil
			}
		}
		if fmt.Sprint(model.Show(got)) != words[4] {
			t.Errorf("%s %s is %v, want %s", name, words[2], model.Show(got), words[4])
		}
		return
	}
	if words[2] != "absent" {
		var have []string
		for _, o := range at.Objects {
			have = append(have, o.ID.String())
		}
		t.Errorf("%s has no %s, but %s", at.Target.ID, name, strings.Join(have, ", "))
	}
}
