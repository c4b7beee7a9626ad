package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/store"
	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

// A service goes on from a backup that was made while it worked: what was in work is
// done once more, and makes no second check run.
func TestAServiceGoesOnFromABackup(t *testing.T) {
	w := newWorld(t)
	p := w.spawn()
	w.SetWebhookURL(p.url + "/webhook")
	first := w.branch("first", "main", scales)
	w.pull("first", "")
	w.completed(first, 1)
	hangs := w.fail(standin.Fault{Hang: true}, `/acme/shop\.git/info/refs`)
	head := w.branch("topic", "main", breaks)
	number := w.pull("topic", "")
	w.wait(hangs)
	file := filepath.Join(t.TempDir(), "backup")
	n, err := backup(t.Context(), store.Options{Dir: w.data, URL: w.database}, file)
	if err != nil || n == 0 {
		t.Fatalf("%d rows, %v", n, err)
	}
	p.kill()
	in, err := os.Open(file)
	w.ok(err)
	defer in.Close()
	w.data, w.database = t.TempDir(), "" // into SQLite, from whichever
	if _, err := store.Restore(t.Context(), store.Options{Dir: w.data}, in); err != nil {
		t.Fatal(err)
	}
	b := w.start()
	if run := w.completed(head, 1)[0]; run.Conclusion != "failure" || len(run.Annotations) != 1 {
		t.Errorf("the check run is %+v", run)
	}
	expectStates(t, w.reviews(b, number), store.Done)
}
