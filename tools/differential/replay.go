package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"sort"
	"strings"

	"github.com/sourcegraph/conc/pool"
)

// review is what the review of a change says, as far as it is compared.
type review struct {
	Targets []struct {
		ID, Path, Base, Head string
		Changed              bool
	}
	Changes []struct {
		Targets []string
		Change  string
		Object  struct{ Group, Version, Kind, Namespace, Name string }
		OldName string
		Fields  []struct {
			Path          string
			Before, After json.RawMessage
		}
	}
}

// replays counts what was compared over many changes.
type replays struct {
	changes, targets, objects, fields, unreached int
	different                                    int
}

func (r replays) String() string {
	return fmt.Sprintf("%d changes: %d targets, %d changed objects, %d changed fields, %d unreached targets looked at; %d differences",
		r.changes, r.targets, r.objects, r.fields, r.unreached, r.different)
}

// unreachedLooks is how many targets that a review did not render are built on
// both sides, per change.
const unreachedLooks = 3

// replay compares every change of a range of commits, or one change.
func (t tool) replay(base, head string) (replays, error) {
	var sum replays
	pairs, err := t.pairs(base, head)
	if err != nil {
		return sum, err
	}
	dir, err := os.MkdirTemp("", "differential-")
	if err != nil {
		return sum, err
	}
	defer os.RemoveAll(dir)
	for _, side := range []string{"base", "head"} {
		if out, err := exec.Command("git", "clone", "-q", "--shared", "--no-checkout", t.repo, filepath.Join(dir, side)).CombinedOutput(); err != nil {
			return sum, fmt.Errorf("git clone: %w: %s", err, out)
		}
	}
	for _, p := range pairs {
		if err := t.change(dir, p[0], p[1], &sum); err != nil {
			fmt.Printf("%s..%s: %v\n", p[0], p[1], err)
			sum.different++
		}
	}
	return sum, nil
}

// pairs gives each commit of base..head with its first parent; head alone
// against base where it is no descendant.
func (t tool) pairs(base, head string) ([][2]string, error) {
	out, err := exec.Command("git", "-C", t.repo, "rev-list", "--first-parent", "--parents", base+".."+head).Output()
	if err != nil {
		return nil, fmt.Errorf("git rev-list: %w", err)
	}
	var pairs [][2]string
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		if f := strings.Fields(line); len(f) >= 2 {
			pairs = append(pairs, [2]string{f[1], f[0]})
		}
	}
	return pairs, nil
}

func (t tool) change(dir, base, head string, sum *replays) error {
	for side, rev := range map[string]string{"base": base, "head": head} {
		if out, err := exec.Command("git", "-C", filepath.Join(dir, side), "checkout", "-q", "--force", "--detach", rev).CombinedOutput(); err != nil {
			return fmt.Errorf("git checkout: %w: %s", err, out)
		}
	}
	cmd := exec.Command(t.seaworthy, "review", "--repo", t.repo, "--base", base, "--head", head, "--no-merge-base", "--render", "plain", "--format", "json", "--gate", "report")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("seaworthy review: %w: %s", err, stderr.String())
	}
	var r review
	if err := json.Unmarshal(out, &r); err != nil {
		return fmt.Errorf("read the review: %w", err)
	}
	said := sayings(r)
	found := make([][]string, len(r.Targets))
	looks := 0
	work := pool.New().WithMaxGoroutines(2)
	for i, target := range r.Targets {
		if !strings.HasPrefix(target.ID, "kustomize:") {
			continue
		}
		if target.Base == "unreached" {
			if looks++; looks > unreachedLooks {
				continue
			}
			sum.unreached++
		} else {
			sum.targets++
		}
		work.Go(func() {
			b := t.build(filepath.Join(dir, "base", target.Path))
			h := t.build(filepath.Join(dir, "head", target.Path))
			found[i] = compare(target.Base, target.Head, b, h, said[target.ID])
		})
	}
	work.Wait()
	sum.changes++
	for i, differences := range found {
		for _, d := range differences {
			sum.different++
			fmt.Printf("%.8s..%.8s %s: %s\n", base, head, r.Targets[i].ID, d)
		}
	}
	for _, c := range r.Changes {
		sum.objects += len(c.Targets)
		sum.fields += len(c.Targets) * len(c.Fields)
	}
	return nil
}

// said is what the review says of one object: its changed leaves, or "*" when
// it came or went.
type said map[string]map[string]bool

// sayings gives, per target, what the review says of its objects.
func sayings(r review) map[string]said {
	out := map[string]said{}
	for _, c := range r.Changes {
		leaves := map[string]bool{}
		if c.Change != "modified" {
			leaves["*"+c.Change] = true
		}
		for _, f := range c.Fields {
			path, _, _ := strings.Cut(f.Path, "//") // inside a key: the key changed
			leaves[path] = true
		}
		o := c.Object
		key := strings.Join([]string{o.Group, o.Kind, o.Namespace, stem(o.Name)}, " ")
		for _, id := range c.Targets {
			if out[id] == nil {
				out[id] = said{}
			}
			if out[id][key] == nil {
				out[id][key] = map[string]bool{}
			}
			for l := range leaves {
				out[id][key][l] = true
			}
		}
	}
	return out
}

var hash = regexp.MustCompile(`-[2456789bcdfghkmt]{10}$`)

// stem is a name without Kustomize's content hash.
func stem(name string) string { return hash.ReplaceAllString(name, "") }

// compare holds the review's word for one target against the two builds.
func compare(baseStatus, headStatus string, base, head map[string]any, said said) []string {
	var out []string
	for _, side := range []struct {
		name, status string
		built        map[string]any
	}{{"base", baseStatus, base}, {"head", headStatus, head}} {
		switch {
		case side.status == "rendered" && side.built == nil:
			out = append(out, side.name+" is said to render and does not")
		case (side.status == "failed" || side.status == "incomplete") && side.built != nil:
			out = append(out, side.name+" renders and is said not to")
		}
	}
	if base == nil && baseStatus != "absent" || head == nil && headStatus != "absent" {
		return out
	}
	b, h := byIdentity(base), byIdentity(head)
	keys := map[string]bool{}
	for _, m := range []map[string]map[string]any{b, h} {
		for k := range m {
			keys[k] = true
		}
	}
	for k := range said {
		keys[k] = true
	}
	sorted := make([]string, 0, len(keys))
	for k := range keys {
		sorted = append(sorted, k)
	}
	sort.Strings(sorted)
	for _, k := range sorted {
		if d := object(b[k], h[k], said[k]); d != "" {
			out = append(out, k+": "+d)
		}
	}
	return out
}

func byIdentity(objects map[string]any) map[string]map[string]any {
	out := map[string]map[string]any{}
	for _, v := range objects {
		o, ok := v.(map[string]any)
		if !ok {
			continue
		}
		group, _, ok := strings.Cut(fmt.Sprint(o["apiVersion"]), "/")
		if !ok {
			group = ""
		}
		meta, _ := o["metadata"].(map[string]any)
		text := func(k string) string { s, _ := meta[k].(string); return s }
		key := strings.Join([]string{group, fmt.Sprint(o["kind"]), text("namespace"), stem(text("name"))}, " ")
		out[key] = o
	}
	return out
}

// object compares one object; "" means that the review is right.
func object(base, head map[string]any, said map[string]bool) string {
	switch {
	case base == nil && head == nil:
		return "the review speaks of an object that is on neither side"
	case base == nil:
		return expect(said, "*added")
	case head == nil:
		return expect(said, "*removed")
	}
	want := map[string]bool{}
	leaves(base, head, "", want)
	if bm, ok := base["metadata"].(map[string]any); ok {
		hm, _ := head["metadata"].(map[string]any)
		if bn, hn := fmt.Sprint(bm["name"]), fmt.Sprint(hm["name"]); bn != hn && stem(bn) == stem(hn) {
			delete(want, "/metadata/name")
		}
	}
	for k := range embeddedEqual(base, head) {
		delete(want, k)
	}
	if len(said) == 1 && (said["*added"] || said["*removed"]) || said["*added"] && said["*removed"] && len(said) == 2 {
		return "" // a stem that several share: told as one gone and one new
	}
	if !reflect.DeepEqual(normal(want), normal(said)) {
		return fmt.Sprintf("builds differ at %v, the review says %v", names(want), names(said))
	}
	return ""
}

func expect(said map[string]bool, what string) string {
	if said[what] {
		return ""
	}
	return fmt.Sprintf("is %s, the review says %v", what[1:], names(said))
}

func names(m map[string]bool) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out[:min(len(out), 8)]
}

var index = regexp.MustCompile(`/\d+(/|$)`)

// normal leaves the indexes of list items out of paths: which of two equal
// items is the one that changed is not a difference.
func normal(m map[string]bool) map[string]bool {
	out := map[string]bool{}
	for k := range m {
		for index.MatchString(k) {
			k = index.ReplaceAllString(k, "/#$1")
		}
		out[strings.TrimSuffix(k, "/#order")] = true
	}
	return out
}
