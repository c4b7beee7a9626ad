package locate

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	builds "github.com/seaworthy-dev/seaworthy/internal/engine/build"
	"github.com/seaworthy-dev/seaworthy/internal/engine/scan"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"github.com/seaworthy-dev/seaworthy/internal/render"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// applied renders what Flux would apply of two trees.
func applied(t *testing.T, base, head tree) *render.Snapshots {
	t.Helper()
	r := render.New(sandbox.InProcess(sandbox.Handlers{task.BuildKind: builds.Handle, task.ScanKind: scan.Handle}), render.NoCache(), 1)
	s, err := r.Pair(t.Context(), render.Request{Base: modeltest.Tree(base), Head: modeltest.Tree(head), Scope: "test", Flux: true, All: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// lined makes the queries about one target as a review does, and passes them
// through the form in which they travel.
func lined(t *testing.T, s *render.Snapshots, id string, queries ...task.Query) task.TargetQueries {
	t.Helper()
	head, base := s.Head.Target(id), s.Base.Target(id)
	if head == nil {
		t.Fatalf("no target %s", id)
	}
	j, err := json.Marshal(task.Batch{{Kind: head.Target.Kind, Dir: head.Target.Path, Base: base.Lineage, Head: head.Lineage, Queries: queries}})
	if err != nil {
		t.Fatal(err)
	}
	var batch task.Batch
	if err := json.Unmarshal(j, &batch); err != nil {
		t.Fatal(err)
	}
	return batch[0]
}

// TestFlux asks what the fixtures of testdata/flux ask. Their queries are those
// of the other stories, with a target's id after the side.
func TestFlux(t *testing.T) {
	stories, _ := filepath.Glob("testdata/flux/*.txtar")
	if len(stories) == 0 {
		t.Fatal("no fixtures")
	}
	for _, name := range stories {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			s := readStory(t, name)
			both := applied(t, s.base, s.head)
			l := NewLocator(s.base, s.head)
			for _, line := range s.queries {
				ask, want, _ := strings.Cut(line, " -> ")
				side, rest, _ := strings.Cut(ask, " ")
				id, object, _ := strings.Cut(rest, " ")
				want, text, _ := strings.Cut(want, " ~ ")
				q := s.query(t, side+" "+object, objectsOf(both.Base, id), objectsOf(both.Head, id))
				p := l.Locate(lined(t, both, id, q))[0].Position
				if got := show(p); got != strings.TrimSpace(want) || !strings.Contains(s.row(p), text) {
					t.Errorf("%s\n got %s ~ %s\nwant %s ~ %s", ask, got, s.row(p), want, text)
				}
			}
		})
	}
}

func objectsOf(s *model.Snapshot, id string) *rendered {
	r := &rendered{}
	if target := s.Target(id); target != nil {
		r.objects = target.Objects
	}
	return r
}

// TestFluxLinesAreTrue changes every line that Locate names for what Flux
// applies, and demands that the rendered field changes with it.
func TestFluxLinesAreTrue(t *testing.T) {
	stories, _ := filepath.Glob("testdata/flux/*.txtar")
	for _, name := range stories {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			var all tally
			all.fluxProof(t, readStory(t, name).head, 1)
			for _, slip := range all.slips {
				t.Error("not so:", slip)
			}
			for _, c := range all.coarse {
				// What a function makes is not worked out: only a change proves it.
				if !implied.MatchString(c) && !strings.Contains(c, "/annotations/upper") {
					t.Error("no line:", c)
				}
			}
			t.Log(&all)
		})
	}
}

// fluxProof locates every scalar of all that Flux applies, and changes one in
// every `every` at its line to see whether the rendered field changes.
func (t *tally) fluxProof(test *testing.T, files tree, every uint32) {
	s := applied(test, files, files)
	l := NewLocator(files, files)
	for _, target := range s.Head.Targets {
		if target.Problem != nil && !target.Problem.Class.Incomplete() {
			test.Errorf("%s: %v", target.Target.ID, target.Problem)
		}
		for i, o := range target.Objects {
			for _, leaf := range leaves(o) {
				if target.Lineage == nil {
					continue
				}
				q := task.Query{Object: o.ID, Path: leaf.path, Value: leaf.value, Side: model.Head}
				p := l.Locate(task.TargetQueries{Kind: target.Target.Kind, Dir: target.Target.Path, Base: target.Lineage, Head: target.Lineage, Queries: []task.Query{q}})[0].Position
				name := fmt.Sprintf("%s: %s %s = %.60q", target.Target.ID, o.ID, model.Pointer(leaf.path), fmt.Sprint(leaf.value))
				t.leaves++
				if p == nil || p.Precision != model.AtLine {
					t.coarse = append(t.coarse, fmt.Sprintf("%s: %+v", name, p))
					continue
				}
				t.located++
				h := fnv.New32()
				fmt.Fprint(h, name)
				if h.Sum32()%every == 0 {
					t.fluxExperiment(test, files, s, target, i, leaf, p, name)
				}
			}
		}
	}
}

func (t *tally) fluxExperiment(test *testing.T, files tree, s *render.Snapshots, target model.Rendered, i int, leaf leaf, p *model.Position, name string) {
	changed, ok := mutate(files[p.File], p, leaf.value)
	if !ok || leaf.value == nil {
		t.void++
		return
	}
	other := maps.Clone(files)
	other[p.File] = changed
	both := applied(test, files, other)
	t.fluxBlame(NewLocator(files, other), both, p)
	after := both.Head.Target(target.Target.ID)
	if after == nil || len(after.Objects) != len(target.Objects) {
		t.void++
		return
	}
	t.tried++
	now := after.Objects[i]
	j := slices.IndexFunc(after.Objects, func(o *model.Object) bool { return o.ID == target.Objects[i].ID })
	switch {
	case j >= 0:
		now = after.Objects[j]
	case strings.Contains("apiVersion kind name namespace", leaf.path[len(leaf.path)-1].Field):
		return // it is called otherwise now, and stands elsewhere
	}
	if fmt.Sprint(at(now, leaf.path)) == fmt.Sprint(leaf.value) {
		t.wrong++
		t.slips = append(t.slips, fmt.Sprintf("%s: %s:%d", name, p.File, p.Line))
	}
}

// fluxBlame asks for every field that differs between the two sides, of which
// the line at p is known to be the only cause.
func (t *tally) fluxBlame(l *Locator, both *render.Snapshots, p *model.Position) {
	for i, target := range both.Head.Targets {
		base := both.Base.Targets[i]
		if target.Lineage == nil || base.Lineage == nil {
			continue
		}
		for _, o := range target.Objects {
			j := slices.IndexFunc(base.Objects, func(b *model.Object) bool { return b.ID == o.ID })
			if j < 0 || string(base.Objects[j].JSON()) == string(o.JSON()) {
				continue
			}
			for _, leaf := range leaves(o) {
				if fmt.Sprint(at(base.Objects[j], leaf.path)) == fmt.Sprint(leaf.value) {
					continue
				}
				q := task.Query{Object: o.ID, Path: leaf.path, Value: leaf.value, Side: model.Head}
				a := l.Locate(task.TargetQueries{Kind: target.Target.Kind, Dir: target.Target.Path, Base: base.Lineage, Head: target.Lineage, Queries: []task.Query{q}})[0]
				got := a.Position
				offered := slices.ContainsFunc(a.Trials, func(t task.Trial) bool { return t.Position.File == p.File && t.Position.Line == p.Line })
				switch {
				case got == nil || got.Precision != model.AtLine:
				case got.File == p.File && got.Line <= p.EndLine && got.EndLine >= p.Line:
					t.blamed++
				case offered:
				default:
					t.misled++
					t.slips = append(t.slips, fmt.Sprintf("%s: %s %s = %.60q: changed by %s, located at %s",
						target.Target.ID, o.ID, model.Pointer(leaf.path), fmt.Sprint(leaf.value), show(p), show(got)))
				}
			}
		}
	}
}

// TestFluxRepositories measures Locate over what Flux applies of the checked-out
// repositories below CAUSE_REPOSITORIES; it is not part of the usual run.
func TestFluxRepositories(t *testing.T) {
	root := os.Getenv("CAUSE_REPOSITORIES")
	if root == "" {
		t.Skip("CAUSE_REPOSITORIES is not set")
	}
	dirs, _ := os.ReadDir(root)
	for _, d := range dirs {
		t.Run(d.Name(), func(t *testing.T) {
			var all tally
			all.fluxProof(t, readTree(t, filepath.Join(root, d.Name())), sampling())
			t.Log(&all)
			for _, s := range all.slips {
				t.Log("WRONG", s)
			}
			for i, s := range all.coarse {
				if i%max(1, len(all.coarse)/25) == 0 {
					t.Log("COARSE", s)
				}
			}
		})
	}
}
