package locate

import (
	"fmt"
	"hash/fnv"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// tally counts what became of the leaves of rendered objects.
type tally struct {
	leaves, located int // at line precision
	tried, wrong    int // mutated, and the field did not change
	void            int // mutated, and nothing can be said: it no longer builds
	blamed, misled  int // fields that one changed line changed: located there, or on another line
	slips           []string
	coarse          []string
}

func (t *tally) String() string {
	return fmt.Sprintf("%d leaves, %.2f%% located; %d proven by experiment, %d wrong (%.2f%%), %d void; of what one line changed %d located there, %d elsewhere",
		t.leaves, 100*float64(t.located)/float64(max(1, t.leaves)), t.tried, t.wrong,
		100*float64(t.wrong)/float64(max(1, t.tried)), t.void, t.blamed, t.misled)
}

// proof locates every scalar of a target and changes one in every `every` at
// its line, to see whether the rendered field changes.
func (t *tally) proof(l *Locator, files tree, disk filesys.FileSystem, kind model.Kind, dir string, every uint32) error {
	r, err := build(disk, dir)
	if err != nil {
		return err
	}
	for i, o := range r.objects {
		for _, leaf := range leaves(o) {
			q := task.Query{Object: o.ID, Path: leaf.path, Value: leaf.value, Side: model.Head}
			a := l.Locate(task.TargetQueries{Kind: kind, Dir: dir, Queries: []task.Query{q}})[0]
			name := fmt.Sprintf("%s: %s %s", dir, o.ID, model.Pointer(leaf.path))
			t.leaves++
			if a.Position == nil || a.Position.Precision != model.AtLine {
				t.coarse = append(t.coarse, fmt.Sprintf("%s = %.60q: %+v", name, fmt.Sprint(leaf.value), a.Position))
				continue
			}
			t.located++
			h := fnv.New32()
			fmt.Fprint(h, name)
			if h.Sum32()%every == 0 {
				t.experiment(files, disk, dir, i, r, leaf, a.Position, name)
			}
		}
	}
	return nil
}

func (t *tally) experiment(files tree, disk filesys.FileSystem, dir string, i int, r *rendered, leaf leaf, p *model.Position, name string) {
	changed, ok := mutate(files[p.File], p, leaf.value)
	if !ok || leaf.value == nil { // gone and null look the same
		t.void++
		return
	}
	defer disk.WriteFile("/"+p.File, []byte(files[p.File]))
	disk.WriteFile("/"+p.File, []byte(changed))
	after, err := build(disk, dir)
	if err != nil || len(after.objects) != len(r.objects) {
		t.void++
		return
	}
	t.tried++
	if fmt.Sprint(at(after.objects[i], leaf.path)) == fmt.Sprint(leaf.value) {
		t.wrong++
		t.slips = append(t.slips, fmt.Sprintf("%s = %.60q: %s:%d", name, fmt.Sprint(leaf.value), p.File, p.Line))
		return
	}
	// A changed name makes another object or list item: nothing then pairs.
	if last := leaf.path[len(leaf.path)-1].Field; last == "name" || last == "kind" || last == "apiVersion" {
		return
	}
	head := maps.Clone(files)
	head[p.File] = changed
	t.blame(NewLocator(files, head), dir, r, after, p)
}

// blame asks for every field that differs between two renders, of which the
// line at p is known to be the only cause.
func (t *tally) blame(l *Locator, dir string, before, after *rendered, p *model.Position) {
	for i, o := range after.objects {
		if was := before.objects[i].ID; was != o.ID && !strings.Contains("ConfigMap Secret", o.ID.Kind) || string(before.objects[i].JSON()) == string(o.JSON()) {
			continue
		}
		for _, leaf := range leaves(o) {
			if fmt.Sprint(at(before.objects[i], leaf.path)) == fmt.Sprint(leaf.value) {
				continue
			}
			q := task.Query{Object: o.ID, Path: leaf.path, Value: leaf.value, Side: model.Head}
			a := l.Locate(task.TargetQueries{Kind: model.Kustomize, Dir: dir, Queries: []task.Query{q}})[0]
			got := a.Position
			offered := slices.ContainsFunc(a.Trials, func(t task.Trial) bool { return t.Position.File == p.File && t.Position.Line == p.Line })
			switch {
			case offered || got == nil || got.Precision != model.AtLine:
			case got.File == p.File && got.Line <= p.EndLine && got.EndLine >= p.Line:
				t.blamed++
			default:
				t.misled++
				t.slips = append(t.slips, fmt.Sprintf("%s: %s %s = %.40q: changed by %s, located at %s",
					dir, o.ID, model.Pointer(leaf.path), fmt.Sprint(leaf.value), show(p), show(got)))
			}
		}
	}
}

// remote finds the kustomizations that cannot be built here.
var remote = regexp.MustCompile(`(?m)^\s*- .*(://|github\.com)|^helmCharts:`)

var plainName = regexp.MustCompile(`^[\w./@+=:-]+$`)

// TestRepositories measures Locate over the checked-out repositories below
// CAUSE_REPOSITORIES; it is not part of the usual run.
func TestRepositories(t *testing.T) {
	root := os.Getenv("CAUSE_REPOSITORIES")
	if root == "" {
		t.Skip("CAUSE_REPOSITORIES is not set")
	}
	dirs, _ := os.ReadDir(root)
	for _, d := range dirs {
		t.Run(d.Name(), func(t *testing.T) {
			files := readTree(t, filepath.Join(root, d.Name()))
			disk, l := files.disk(), NewLocator(files, files)
			var all tally
			built, failed := 0, 0
			for p := range files {
				if path.Base(p) != "kustomization.yaml" || strings.Contains(files[p], "kind: Component") || remote.MatchString(files[p]) {
					continue
				}
				if err := all.proof(l, files, disk, model.Kustomize, path.Dir(p), sampling()); err != nil {
					failed++
					continue
				}
				built++
			}
			t.Logf("%d built, %d not: %s", built, failed, &all)
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

func sampling() uint32 {
	var n uint32 = 200
	fmt.Sscan(os.Getenv("CAUSE_EVERY"), &n)
	return n
}

func readTree(t *testing.T, root string) tree {
	files := tree{}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if info, err := d.Info(); err != nil || info.Size() > 4<<20 {
			return err
		}
		content, err := os.ReadFile(p)
		// Kustomize's file system in memory takes no other names.
		if rel, _ := filepath.Rel(root, p); plainName.MatchString(rel) {
			files[rel] = string(content)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
