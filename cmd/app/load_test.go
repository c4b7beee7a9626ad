package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

// githubPatience is how long GitHub waits for an answer to a delivery.
const githubPatience = 10 * time.Second

// TestAThousandDeliveriesAtOnce sends a thousand events in one moment: all are
// answered in time, and every pull request has one review and one verdict.
func TestAThousandDeliveriesAtOnce(t *testing.T) {
	const deliveries, pulls = 1000, 50
	w := newWorld(t, func(o *standin.Options) { o.NoLimits = true })
	branches := w.manyBranches(pulls)
	opened, err := w.OpenPulls(t.Context(), "acme/shop", branches)
	w.ok(err)
	a := w.start()
	start := time.Now()
	sent := pool.New().WithErrors()
	for i := range deliveries {
		sent.Go(func() error { return w.again(opened[i%pulls], fmt.Sprintf("%s-%d", opened[i%pulls].ID, i)) })
	}
	w.ok(sent.Wait())
	took := time.Since(start)
	if took > githubPatience {
		t.Errorf("the deliveries were answered after %s", took)
	}
	for _, branch := range branches {
		w.completed(w.git("rev-parse", branch), 1)
	}
	t.Logf("%d deliveries answered in %s, %d reviews done in %s", deliveries, took, pulls, time.Since(start))
	for number := range pulls {
		if all := w.reviews(a, number+1); len(all) != 1 {
			t.Errorf("pull request %d was reviewed %d times", number+1, len(all))
		}
	}
}

// again sends an event under another delivery id and gives an error unless it is
// accepted.
func (w *world) again(d standin.Delivery, id string) error {
	d.ID = id
	status, err := w.Replay(w.t.Context(), d)
	if err == nil && status != http.StatusAccepted {
		err = fmt.Errorf("delivery %s was answered with %d", id, status)
	}
	return err
}

// manyBranches makes branches from main that each scale prod otherwise.
func (w *world) manyBranches(n int) []string {
	w.t.Helper()
	var in bytes.Buffer
	var names []string
	for i := range n {
		content := fmt.Sprintf("namespace: shop\nresources:\n  - ../base\nreplicas:\n  - {name: web, count: %d}\n", i+3)
		name := "many-" + strconv.Itoa(i)
		names = append(names, name)
		fmt.Fprintf(&in, "commit refs/heads/%s\ncommitter a <a@example.com> 1700000000 +0000\ndata 1\nx\nfrom refs/heads/main\n"+
			"M 100644 inline prod/kustomization.yaml\ndata %d\n%s\n", name, len(content), content)
	}
	for _, dir := range []string{w.work, w.gitDir()} {
		cmd := exec.Command("git", "-C", dir, "fast-import", "--quiet", "--force")
		cmd.Stdin = bytes.NewReader(in.Bytes())
		if out, err := cmd.CombinedOutput(); err != nil {
			w.t.Fatalf("git fast-import: %v\n%s", err, out)
		}
	}
	return names
}

func (w *world) gitDir() string {
	w.t.Helper()
	dir, err := w.GitDir("acme/shop")
	w.ok(err)
	return dir
}
