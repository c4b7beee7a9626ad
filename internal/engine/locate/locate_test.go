package locate

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// story is one fixture: two trees, the target, and lines of
//
//	side object pointer -> file:line[-endLine] [precision] [(side)]
//
// where side is head, base or removed, and an object is Kind/namespace/name
// with "-" for no namespace. A pointer to what is not there asks for what is
// missing. Lines may be given as file:line~text: text is what the line holds,
// so that the fixture can be read by itself.
type story struct {
	base, head tree
	kind       model.Kind
	dir        string
	queries    []string
}

func readStory(t *testing.T, name string) story {
	t.Helper()
	a, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	s := story{base: tree{}, head: tree{}, kind: model.Kustomize, dir: "app"}
	for line := range strings.Lines(string(a.Comment)) {
		if v, ok := strings.CutPrefix(line, "target: "); ok {
			kind, dir, _ := strings.Cut(strings.TrimSpace(v), ":")
			s.kind, s.dir = model.Kind(kind), dir
		}
	}
	for _, f := range a.Files {
		side, rest, _ := strings.Cut(f.Name, "/")
		switch side {
		case "both":
			s.base[rest], s.head[rest] = string(f.Data), string(f.Data)
		case "base":
			s.base[rest] = string(f.Data)
		case "head":
			s.head[rest] = string(f.Data)
		case "queries":
			s.queries = strings.Split(strings.TrimSpace(string(f.Data)), "\n")
		}
	}
	return s
}

func (s story) render(t *testing.T, files tree) *rendered {
	t.Helper()
	if s.kind == model.Manifests {
		with := tree{s.dir + "/kustomization.yaml": files.generated(s.dir)}
		for p, c := range files {
			with[p] = c
		}
		files = with
	}
	r, err := build(files.disk(), s.dir)
	if err != nil {
		if len(files.List(s.dir)) == 0 {
			return &rendered{}
		}
		t.Fatalf("Kustomize itself: %v", err)
	}
	return r
}

// query makes a Query of a fixture's line from what Kustomize renders.
func (s story) query(t *testing.T, text string, base, head *rendered) task.Query {
	t.Helper()
	f := strings.Fields(text)
	q := task.Query{Side: model.Head, Removed: f[0] == "removed"}
	from := head
	if f[0] != "head" {
		from = base
	}
	if f[0] == "base" {
		q.Side = model.Base
	}
	o := from.find(f[1])
	if o == nil {
		t.Fatalf("%s: nothing of that name is rendered: %v", text, ids(from))
	}
	q.Object = o.ID
	if len(f) < 3 || q.Removed {
		return q
	}
	steps, value, ok := o.Walk(f[2], keyOf)
	q.Path = steps
	if !ok {
		rest := strings.TrimPrefix(f[2], model.Pointer(steps))
		for _, token := range tokens(strings.TrimPrefix(rest, "/")) {
			q.Gone = append(q.Gone, model.FieldStep(token))
		}
		return q
	}
	switch value.(type) {
	case map[string]any, []any:
	default:
		q.Value = value
	}
	return q
}

func ids(r *rendered) (out []string) {
	for _, o := range r.objects {
		out = append(out, o.ID.String())
	}
	return out
}

func show(p *model.Position) string {
	if p == nil {
		return "nothing"
	}
	s := fmt.Sprintf("%s:%d", p.File, p.Line)
	if p.EndLine != p.Line {
		s += fmt.Sprintf("-%d", p.EndLine)
	}
	if p.Precision != model.AtLine {
		s += " " + string(p.Precision)
	}
	if p.Side == model.Base {
		s += " (base)"
	}
	return s
}

func TestLocate(t *testing.T) {
	stories, _ := filepath.Glob("testdata/*.txtar")
	if len(stories) == 0 {
		t.Fatal("no fixtures")
	}
	for _, name := range stories {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			s := readStory(t, name)
			base, head := s.render(t, s.base), s.render(t, s.head)
			if len(s.queries) == 0 {
				t.Fatal("the fixture asks nothing")
			}
			for _, line := range s.queries {
				ask, want, ok := strings.Cut(line, " -> ")
				if !ok {
					t.Fatalf("query without an answer: %q", line)
				}
				want, text, _ := strings.Cut(want, " ~ ")
				q := s.query(t, ask, base, head)
				p := Locate(s.base, s.head, s.kind, s.dir, []task.Query{q})[0].Position
				if got := show(p); got != strings.TrimSpace(want) {
					t.Errorf("%s\n got %s ~ %s\nwant %s ~ %s", ask, got, s.row(p), want, text)
				} else if !strings.Contains(s.row(p), text) {
					t.Errorf("%s -> %s holds %q, not %q", ask, got, s.row(p), text)
				}
			}
		})
	}
}

func (s story) row(p *model.Position) string {
	if p == nil {
		return ""
	}
	files := s.head
	if p.Side == model.Base {
		files = s.base
	}
	f := file{content: []byte(files[p.File])}
	return strings.TrimSpace(f.row(p.Line))
}

// implied are the fields of a generated object that no line says.
var implied = regexp.MustCompile(`(ConfigMap|Secret) \S+ /(apiVersion|kind|type) =`)

// TestLinesAreTrue changes every line that Locate names in the fixtures, and
// demands that the rendered field changes with it.
func TestLinesAreTrue(t *testing.T) {
	stories, _ := filepath.Glob("testdata/*.txtar")
	for _, name := range stories {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			s := readStory(t, name)
			if s.kind == model.Manifests || len(s.head.List(s.dir)) == 0 {
				t.Skip("rendered from a kustomization that the test makes up")
			}
			var all tally
			if err := all.proof(NewLocator(s.head, s.head), s.head, s.head.disk(), s.kind, s.dir, 1); err != nil {
				t.Fatal(err)
			}
			for _, slip := range all.slips {
				t.Error("changing the line changes nothing:", slip)
			}
			for _, c := range all.coarse {
				if !implied.MatchString(c) {
					t.Error("no line:", c)
				}
			}
		})
	}
}
