package main

import (
	"cmp"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

// A second push to a pull request renders what it moved and nothing else: of four
// overlays that the first push reached, on both sides, one.
func TestASecondPushRendersWhatItMoved(t *testing.T) {
	w := newWorld(t)
	files := map[string]string{}
	for _, name := range []string{"a", "b", "c"} {
		files[name+"/kustomization.yaml"] = "namePrefix: " + name + "-\nresources:\n  - ../base\n"
	}
	w.commit(files)
	w.push("main")
	a := w.start()
	all := map[string]string{"base/web.yaml": strings.Replace(shop["base/web.yaml"], "web:1.0.0", "web:1.1.0", 1)}
	head := w.branch("topic", "main", all)
	w.pull("topic", "")
	w.completed(head, 1)
	one := map[string]string{"b/kustomization.yaml": files["b/kustomization.yaml"] + "namespace: b\n"}
	head = w.branch("topic", "topic", one)
	w.completed(head, 1)
	a.end() // what is counted is counted by then
	if said := a.metrics(); !strings.Contains(said, `seaworthy_targets_total{how="rendered"} 9`+"\n") || !strings.Contains(said, `seaworthy_targets_total{how="reused"} 7`+"\n") {
		t.Errorf("the two reviews did other builds than 4 of base, 4 of head and one of what moved:\n%s", said)
	}
}

// What a review needed is given back: after many, the heap is what it was after a few.
// How many is SEAWORTHY_TEST_REVIEWS.
func TestMemoryStaysFlatOverReviews(t *testing.T) {
	const some = 20
	many, err := strconv.Atoi(cmp.Or(os.Getenv("SEAWORTHY_TEST_REVIEWS"), "60"))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(o *standin.Options) { o.NoLimits = true })
	branches := w.manyBranches(many)
	opened, err := w.OpenPulls(t.Context(), "acme/shop", branches)
	w.ok(err)
	w.start()
	done := 0
	reviewed := func(n int) uint64 {
		for ; done < n; done++ {
			w.ok(w.again(opened[done], fmt.Sprint("delivery-", done)))
			w.completed(w.git("rev-parse", branches[done]), 1)
		}
		runtime.GC()
		runtime.GC() // what had finalizers
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		t.Logf("%d KB of heap after %d reviews", m.HeapAlloc>>10, n)
		return m.HeapAlloc
	}
	before := reviewed(some)
	after := uint64(0)
	for n := some; n < many; {
		n = min(many, max(2*n, n+many/8))
		after = reviewed(n)
	}
	// The stand-in for GitHub lives here too, and keeps every check run.
	if after > before && (after-before)/uint64(many-some) > 100<<10 {
		t.Errorf("each review leaves %d KB", (after-before)/uint64(many-some)>>10)
	}
}
