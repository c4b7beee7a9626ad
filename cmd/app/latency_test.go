package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

// TestLatency measures, where SEAWORTHY_TEST_LATENCY is a number of pull requests: from
// a delivery to the completed check run when nothing else is to be done, for a hundred
// of them at most, and how long another account's review and command take in a flood of
// them all. It asserts nothing
// about time: docs/operate.md has what was measured.
func TestLatency(t *testing.T) {
	pulls, err := strconv.Atoi(os.Getenv("SEAWORTHY_TEST_LATENCY"))
	if err != nil {
		t.Skip("SEAWORTHY_TEST_LATENCY is no number of pull requests")
	}
	w := newWorld(t, func(o *standin.Options) { o.NoLimits = true })
	_, err = w.AddRepository(t.Context(), standin.NewRepository{Name: "other/shop", From: w.work})
	w.ok(err)
	w.ok(w.SetRole("other/shop", "writer", "write"))
	alone := min(pulls, 100)
	branches := w.manyBranches(alone + pulls)
	opened, err := w.OpenPulls(t.Context(), "acme/shop", branches)
	w.ok(err)
	w.start() // it does not look for what was missed: that would be all of it
	heads := make([]string, len(branches))
	for i, b := range branches {
		heads[i] = w.git("rev-parse", b)
	}
	var took []time.Duration
	for i := range alone {
		start := time.Now()
		w.ok(w.again(opened[i], fmt.Sprint("alone-", i)))
		w.completed(heads[i], 1)
		took = append(took, time.Since(start))
	}
	slices.Sort(took[5:]) // the first warm it
	took = took[5:]
	t.Logf("alone: median %s, 95%% %s, worst %s", took[len(took)/2], took[len(took)*95/100], took[len(took)-1])

	for i := alone; i < len(branches); i++ {
		w.ok(w.again(opened[i], fmt.Sprint("flood-", i)))
	}
	w.git("switch", "-q", "-C", "theirs", "main")
	head := w.commit(scales)
	w.ok(w.Push(t.Context(), "other/shop", "theirs", w.work, "theirs"))
	start := time.Now()
	number, err := w.OpenPull(t.Context(), standin.NewPull{Repo: "other/shop", Title: "theirs", Head: "theirs", From: w.work})
	w.ok(err)
	w.until("the other account's review is done", func() bool {
		runs, err := w.CheckRuns("other/shop", head)
		w.ok(err)
		return len(runs) == 1 && runs[0].Status == "completed"
	})
	t.Logf("in a flood of %d: another account's review took %s", pulls, time.Since(start))
	start = time.Now()
	_, err = w.Comment(t.Context(), "other/shop", number, "writer", "/audit help")
	w.ok(err)
	w.until("the other account's command is answered", func() bool {
		all, err := w.Comments("other/shop", number)
		w.ok(err)
		return len(all) > 1
	})
	t.Logf("and its command %s; %d reviews of the flood were done by then", time.Since(start), w.Count("PATCH", `acme/shop/check-runs/`)-alone)
}
