package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

// defaults makes acme/.github with a file of defaults.
func (w *world) defaults(content string) {
	w.t.Helper()
	dir := w.t.TempDir()
	old := w.work
	w.work = dir
	defer func() { w.work = old }()
	w.git("init", "-q", "-b", "main")
	w.ok(os.MkdirAll(filepath.Join(dir, ".github"), 0o755))
	w.commit(map[string]string{".github/seaworthy.yaml": content})
	_, err := w.AddRepository(w.t.Context(), standin.NewRepository{Name: "acme/.github", From: dir})
	w.ok(err)
}

const ownersFile = `/repos/acme/\.github/contents/`

func TestTheOrganisationsDefaultsCount(t *testing.T) {
	w := newWorld(t)
	w.git("switch", "-q", "main")
	w.commit(map[string]string{".github/seaworthy.yaml": "version: 1\ngate: report\n"})
	w.push("main")
	w.defaults("version: 1\nminimum: {gate: standard}\nrules:\n  - {id: few-replicas, kinds: [Deployment], expr: object.spec.replicas < 5, message: ask first, severity: high}\n")
	w.start()
	head := w.branch("scaled", "main", scales)
	w.pull("scaled", "")
	run := w.completed(head, 1)[0]
	if run.Conclusion != "failure" || !strings.Contains(run.Summary, "ask first") {
		t.Errorf("by the organisation's rule and gate: %+v", run)
	}
}

func TestWithoutDefaultsNoneCount(t *testing.T) {
	w := newWorld(t)
	w.start()
	head := w.branch("scaled", "main", scales)
	w.pull("scaled", "")
	if run := w.completed(head, 1)[0]; run.Conclusion != "success" {
		t.Errorf("without a .github repository: %+v", run)
	}
	w.defaults("version: 1\n")
	w.fail(standin.Fault{Status: http.StatusNotFound, Times: 2}, ownersFile)
	head = w.branch("again", "main", scales)
	w.pull("again", "")
	if run := w.completed(head, 1)[0]; run.Conclusion != "success" {
		t.Errorf("without the file: %+v", run)
	}
}

// A failure is tried again, and the review waits: it is not judged by weaker
// rules.
func TestDefaultsThatCannotBeRead(t *testing.T) {
	w := newWorld(t)
	w.defaults("version: 1\ngate: report\n")
	w.start()
	w.fail(standin.Fault{Status: http.StatusInternalServerError, Times: 3}, ownersFile)
	head := w.branch("broken", "main", breaks)
	w.pull("broken", "")
	if run := w.completed(head, 1)[0]; run.Conclusion != "neutral" {
		t.Errorf("after it failed once: %+v", run)
	}
	w.fail(standin.Fault{Status: http.StatusInternalServerError, Times: 9}, ownersFile)
	head = w.branch("scaled", "main", scales)
	w.pull("scaled", "")
	if run := w.completed(head, 1)[0]; run.Conclusion != "action_required" {
		t.Errorf("while it fails: %+v", run)
	}
}

func TestDefaultsWithMistakes(t *testing.T) {
	w := newWorld(t)
	w.defaults("version: 1\nminimum: {gate: strickt}\nchekcs: {}\n")
	w.start()
	head := w.branch("scaled", "main", scales)
	w.pull("scaled", "")
	if run := w.completed(head, 1)[0]; run.Conclusion != "success" || !strings.Contains(run.Summary, "acme/.github:.github/seaworthy.yaml, line 3") {
		t.Errorf("what is right counts, and the rest is told: %+v", run)
	}
}

func TestDefaultsOfWhichNothingCounts(t *testing.T) {
	w := newWorld(t)
	w.defaults("version: [1\n")
	w.start()
	head := w.branch("scaled", "main", scales)
	w.pull("scaled", "")
	if run := w.completed(head, 1)[0]; run.Conclusion != "action_required" || !strings.Contains(run.Summary, "acme/.github:.github/seaworthy.yaml") {
		t.Errorf("%+v", run)
	}
}
