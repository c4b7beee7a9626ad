package render

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/engine"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// shop is a repository of two overlays over a base, and one beside them.
var shop = map[string]string{
	"base/kustomization.yaml":       "resources: [web.yaml]\n",
	"base/web.yaml":                 "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n",
	"base/README.md":                "text",
	"prod/kustomization.yaml":       "resources: [../base]\nnamePrefix: prod-\n",
	"test/kustomization.yaml":       "resources: [../base]\nnamePrefix: test-\n",
	"other/kustomization.yaml":      "resources: [ns.yaml]\n",
	"other/ns.yaml":                 "apiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n",
	"part/kustomization.yaml":       "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n",
	"chart/Chart.yaml":              "name: c\n",
	"chart/templates/Kustomization": "{{ .Values }}\n",
}

// with gives the files with some changed; "" removes one.
func with(files, changed map[string]string) map[string]string {
	out := maps.Clone(files)
	for k, v := range changed {
		if v == "" {
			delete(out, k)
		} else {
			out[k] = v
		}
	}
	return out
}

// counting counts the builds that a runner does.
type counting struct {
	sandbox.Runner
	builds int
}

func (c *counting) Do(ctx context.Context, t sandbox.Task) (sandbox.Result, error) {
	if t.Kind == task.BuildKind {
		c.builds++
	}
	return c.Runner.Do(ctx, t)
}

func statuses(s *model.Snapshot) string {
	var out []string
	for _, t := range s.Targets {
		out = append(out, t.Target.ID+"="+string(t.Status))
	}
	return strings.Join(out, " ")
}

func TestOnlyWhatTheChangeReachesIsBuilt(t *testing.T) {
	for name, tt := range map[string]struct {
		change     map[string]string
		base, head string
		builds     int
	}{
		"a file beside the manifests": {map[string]string{"base/README.md": "more"},
			"kustomize:other=unreached kustomize:prod=unreached kustomize:test=unreached",
			"kustomize:other=unreached kustomize:prod=unreached kustomize:test=unreached", 0},
		"one overlay": {map[string]string{"prod/kustomization.yaml": "resources: [../base]\nnamePrefix: live-\n"},
			"kustomize:other=unreached kustomize:prod=rendered kustomize:test=unreached",
			"kustomize:other=unreached kustomize:prod=rendered kustomize:test=unreached", 2},
		"the base under both": {map[string]string{"base/web.yaml": strings.ReplaceAll(shop["base/web.yaml"], "80", "81")},
			"kustomize:other=unreached kustomize:prod=rendered kustomize:test=rendered",
			"kustomize:other=unreached kustomize:prod=rendered kustomize:test=rendered", 4},
		"a new overlay": {map[string]string{"dev/kustomization.yaml": "resources: [../base]\n"},
			"kustomize:dev=absent kustomize:other=unreached kustomize:prod=unreached kustomize:test=unreached",
			"kustomize:dev=rendered kustomize:other=unreached kustomize:prod=unreached kustomize:test=unreached", 1},
		"a root that becomes a base": {map[string]string{"prod/kustomization.yaml": "resources: [../base, ../other]\n"},
			"kustomize:other=unreached kustomize:prod=rendered kustomize:test=unreached",
			"kustomize:other=unreached kustomize:prod=rendered kustomize:test=unreached", 2},
		"the last overlay of a base goes": {map[string]string{"prod/kustomization.yaml": "", "test/kustomization.yaml": ""},
			"kustomize:base=unreached kustomize:other=unreached kustomize:prod=rendered kustomize:test=rendered",
			"kustomize:base=unreached kustomize:other=unreached kustomize:prod=absent kustomize:test=absent", 2},
	} {
		t.Run(name, func(t *testing.T) {
			runner := &counting{Runner: sandbox.InProcess(engine.Handlers())}
			told := 0
			out, err := New(runner, NoCache(), 1).Pair(t.Context(), Request{
				Base: modeltest.Tree(shop), Head: modeltest.Tree(with(shop, tt.change)), Scope: "test", Built: func(n int) { told = n }})
			if err != nil {
				t.Fatal(err)
			}
			if got := statuses(out.Base); got != tt.base {
				t.Errorf("base\n got  %s\n want %s", got, tt.base)
			}
			if got := statuses(out.Head); got != tt.head {
				t.Errorf("head\n got  %s\n want %s", got, tt.head)
			}
			if runner.builds != tt.builds || out.Stats.Rendered != tt.builds || told != tt.builds {
				t.Errorf("%d builds, said %d and told %d, want %d", runner.builds, out.Stats.Rendered, told, tt.builds)
			}
		})
	}
}

func TestARestartStartsWarm(t *testing.T) {
	dir := t.TempDir()
	head := with(shop, map[string]string{"base/web.yaml": strings.ReplaceAll(shop["base/web.yaml"], "80", "81")})
	pair := func(scope, build string, base, head map[string]string) int {
		cache, err := OpenCache(dir, build, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		runner := &counting{Runner: sandbox.InProcess(engine.Handlers())}
		if _, err := New(runner, cache, 1).Pair(t.Context(), Request{Base: modeltest.Tree(base), Head: modeltest.Tree(head), Scope: scope}); err != nil {
			t.Fatal(err)
		}
		return runner.builds
	}
	for _, step := range []struct {
		what, scope, build string
		head               map[string]string
		want               int
	}{
		{"nothing is known", "a", "1", head, 4},
		{"all is known", "a", "1", head, 0},
		{"a second push alters one overlay", "a", "1", with(head, map[string]string{"prod/kustomization.yaml": "resources: [../base]\n"}), 1},
		{"another tenant", "b", "1", head, 4},
		{"another build of this program", "a", "2", head, 4},
	} {
		if got := pair(step.scope, step.build, shop, step.head); got != step.want {
			t.Errorf("%s: %d builds, want %d", step.what, got, step.want)
		}
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	cache, err := OpenCache(t.TempDir(), "1", 3000)
	if err != nil {
		t.Fatal(err)
	}
	trace := sandbox.Trace{{Path: "a", Answer: "missing"}}
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		body, err := task.Built{Problem: &model.Problem{Message: strings.Repeat("x", 1000)}}.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		cache.store("s", work{target: id}, trace, body)
	}
	kept := 0 // it is trimmed while it is written
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		if cache.find("s", work{target: id, trees: []*model.Tree{modeltest.Tree(nil)}}, func([]byte) error { return nil }) != nil {
			kept++
		}
	}
	if kept == 0 || kept > 2 {
		t.Errorf("%d renders of 1 KB are kept in 3,000 bytes", kept)
	}
}

func TestADamagedRenderIsNotTaken(t *testing.T) {
	cache, err := OpenCache(t.TempDir(), "1", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	w := work{target: "a", trees: []*model.Tree{modeltest.Tree(map[string]string{"f": "x"})}}
	file, _ := w.trees[0].Lookup("f")
	cache.store("s", w, sandbox.Trace{{Path: "f", Answer: "file f " + file.ID}}, []byte("built"))
	found := func() bool { return cache.find("s", w, func([]byte) error { return nil }) != nil }
	if !found() {
		t.Fatal("a sound one is not found")
	}
	name := cache.kept.files(task.Sum("s", "a"))[0]
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)-1] ^= 1
	if err := os.WriteFile(name, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if found() {
		t.Error("one with another last byte is taken for what was built")
	}
}

func TestOfATargetTheRendersLastUsedAreKept(t *testing.T) {
	dir := t.TempDir()
	open := func() *Cache {
		cache, err := OpenCache(dir, "1", 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		return cache
	}
	seen := func(content string) work {
		return work{target: "a", trees: []*model.Tree{modeltest.Tree(map[string]string{"f": content})}}
	}
	keep := func(c *Cache, content string) {
		w := seen(content)
		file, _ := w.trees[0].Lookup("f")
		c.store("s", w, sandbox.Trace{{Path: "f", Answer: "file f " + file.ID}}, []byte("built of "+content))
	}
	found := func(c *Cache, content string) bool {
		var body string
		c.find("s", seen(content), func(b []byte) error { body = string(b); return nil })
		return body == "built of "+content
	}
	cache := open()
	for i := range perTarget {
		keep(cache, fmt.Sprint(i))
		for _, file := range cache.kept.files(task.Sum("s", "a"))[:1] {
			written := time.Now().Add(time.Duration(i-perTarget) * time.Hour)
			if err := os.Chtimes(file, written, written); err != nil {
				t.Fatal(err)
			}
		}
	}
	if cache = open(); !found(cache, "0") { // the first written is the last used
		t.Fatal("another process does not find it")
	}
	keep(cache, "new")
	for content, want := range map[string]bool{"0": true, "new": true} {
		if found(cache, content) != want || found(open(), content) != want {
			t.Errorf("what was built of %s is kept: %v", content, !want)
		}
	}
	kept := 0
	for i := range perTarget {
		if found(open(), fmt.Sprint(i)) {
			kept++
		}
	}
	if kept != perTarget-1 {
		t.Errorf("%d of the older ones are kept, want %d", kept, perTarget-1)
	}
}

func TestCachesOfOlderBuildsGo(t *testing.T) {
	dir := t.TempDir()
	for _, build := range []string{"old", "recent"} {
		if _, err := OpenCache(dir, build, 1000); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * olderBuilds)
	if err := os.Chtimes(filepath.Join(dir, task.Sum("old")), long, long); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenCache(dir, "new", 1000); err != nil {
		t.Fatal(err)
	}
	for build, kept := range map[string]bool{"old": false, "recent": true, "new": true} {
		if _, err := os.Stat(filepath.Join(dir, task.Sum(build))); (err == nil) != kept {
			t.Errorf("the cache of the build %q: %v", build, err)
		}
	}
}

func TestBooksOfManyScopesAreNotAllHeld(t *testing.T) {
	cache, err := OpenCache(t.TempDir(), "1", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 * maxBooks {
		cache.rememberMention(fmt.Sprint("scope ", i), "blob", true)
	}
	if len(cache.books) > maxBooks {
		t.Errorf("%d books are held", len(cache.books))
	}
	if hit, known := cache.mentions("scope 0", "blob"); !hit || !known {
		t.Error("what was known of a scope is lost with its book")
	}
}

func TestWhatKustomizeWouldRead(t *testing.T) {
	out, err := newTestRenderer().Pair(t.Context(), Request{Scope: "test", Head: modeltest.Tree(map[string]string{
		"app/kustomization.yaml": "resources: [../shared/ns.yaml, linked]\n", // a file above, a directory behind a symlink
		"app/linked":             "-> ../real",
		"real/kustomization.yml": "configMapGenerator:\n- name: c\n  files: [v=../files/v.txt]\n",
		"files/v.txt":            "value",
		"shared/ns.yaml":         "apiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n",
	})})
	if err != nil {
		t.Fatal(err)
	}
	if got := statuses(out.Head); got != "kustomize:app=rendered" {
		t.Fatalf("%s: %v", got, out.Head.Targets[0].Problem)
	}
	var names []string
	for _, o := range out.Head.Targets[0].Objects {
		names = append(names, o.ID.String())
	}
	if got := strings.Join(names, ", "); !strings.HasPrefix(got, "Namespace n, ConfigMap c-") {
		t.Errorf("rendered %s", got)
	}
}
