package github_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/fault"
	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func head(t *testing.T, w *world) string {
	t.Helper()
	return w.git(t, "rev-parse", "main")
}

func status(t *testing.T, url, token string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	must(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	resp.Body.Close()
	return resp.StatusCode
}

// finished is a check run with n annotations.
func finished(sha string, n int) github.CheckRun {
	run := github.CheckRun{Name: "seaworthy", HeadSHA: sha, ExternalID: "acme/shop/1", Status: github.Completed, Conclusion: github.Failure,
		Title: "3 findings", Summary: "summary", Text: "text", DetailsURL: "https://seaworthy.example.com/r/1"}
	for i := range n {
		run.Annotations = append(run.Annotations, github.Annotation{Path: "a.yaml", StartLine: i + 1, EndLine: i + 1,
			Level: github.LevelFailure, Title: "title", Message: fmt.Sprint("note ", i)})
	}
	return run
}

// holds checks that GitHub has exactly this check run, each annotation once and
// in order.
func (w *world) holds(t *testing.T, want github.CheckRun) {
	t.Helper()
	runs := w.runs(t, want.HeadSHA)
	if len(runs) != 1 {
		t.Fatalf("%d check runs, want 1", len(runs))
	}
	got := runs[0]
	if got.Status != want.Status || got.Conclusion != want.Conclusion || got.ExternalID != want.ExternalID || got.Title != want.Title {
		t.Errorf("check run is %s/%s %q %q", got.Status, got.Conclusion, got.ExternalID, got.Title)
	}
	if len(got.Annotations) != len(want.Annotations) {
		t.Fatalf("%d annotations, want %d", len(got.Annotations), len(want.Annotations))
	}
	for i, a := range got.Annotations {
		if a.Message != want.Annotations[i].Message {
			t.Fatalf("annotation %d is %q, want %q", i, a.Message, want.Annotations[i].Message)
		}
	}
}

func TestPublishSendsFiftyAnnotationsARequest(t *testing.T) {
	for n, patches := range map[int]int{0: 0, 1: 0, 50: 0, 51: 1, 100: 1, 143: 2} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			w := newWorld(t)
			run := finished(head(t, w), n)
			_, err := w.client.Publish(t.Context(), run, github.Standing{})
			must(t, err)
			w.holds(t, run)
			if got := w.Count("PATCH", "/check-runs/"); got != patches || w.Count("POST", "/check-runs$") != 1 {
				t.Errorf("%d PATCH and %d POST requests, want %d and 1", got, w.Count("POST", "/check-runs$"), patches)
			}
			w.Forget()
			_, err = w.client.Publish(t.Context(), run, github.Standing{})
			must(t, err)
			w.holds(t, run)
			if got := w.Count("", "/check-runs"); got != 1 { // the search
				t.Errorf("publishing it again took %d requests, want 1", got)
			}
		})
	}
}

func TestPublishGoesOnFromProgress(t *testing.T) {
	w := newWorld(t)
	run := finished(head(t, w), 60)
	begun := run
	begun.Status, begun.Conclusion, begun.Annotations, begun.Title = github.InProgress, "", nil, "Reviewing"
	first, err := w.client.Publish(t.Context(), begun, github.Standing{})
	must(t, err)
	w.holds(t, begun)
	second, err := w.client.Publish(t.Context(), run, github.Standing{})
	must(t, err)
	if first.ID != second.ID {
		t.Errorf("the check run's id changed from %d to %d", first.ID, second.ID)
	}
	w.holds(t, run)
}

// Whatever request is lost, on its way there or back, Publish ends with one
// check run and each annotation once.
func TestPublishSurvivesLostRequests(t *testing.T) {
	for _, path := range []string{"/check-runs$", "/check-runs/"} {
		for _, method := range []string{"GET", "POST", "PATCH"} {
			for name, f := range map[string]standin.Fault{
				"answer lost":  {DropAfter: true},
				"request lost": {Drop: true},
				"502":          {Status: 502},
			} {
				t.Run(method+path+" "+name, func(t *testing.T) {
					w := newWorld(t)
					run := finished(head(t, w), 143)
					f.Method = method
					w.fail(f, path)
					_, err := w.client.Publish(t.Context(), run, github.Standing{})
					must(t, err)
					w.holds(t, run)
				})
			}
		}
	}
}

func TestPublishIsTakenUpByAnother(t *testing.T) {
	w := newWorld(t)
	run := finished(head(t, w), 143)
	w.fail(standin.Fault{Method: "PATCH", DropAfter: true}, "/check-runs/")
	w.fail(standin.Fault{Method: "PATCH", Drop: true, Times: 2}, "/check-runs/")
	if _, err := w.client.Publish(t.Context(), run, github.Standing{}); fault.OwnerOf(err) != fault.GitHub {
		t.Fatalf("Publish while GitHub fails: %v", err)
	}
	if got := w.runs(t, run.HeadSHA)[0]; len(got.Annotations) != 100 || got.Status != github.InProgress {
		t.Fatalf("the first left %d annotations, %s", len(got.Annotations), got.Status)
	}
	_, err := w.newApp(t, w.url).Repository(github.Repository{Installation: w.installation, Owner: "acme", Name: "shop"}).Publish(t.Context(), run, github.Standing{})
	must(t, err)
	w.holds(t, run)
}

// Until all annotations are there a required check must not be judged by what
// is there.
func TestPublishEndsTheCheckRunLast(t *testing.T) {
	w := newWorld(t)
	run := finished(head(t, w), 101)
	run.Conclusion = github.Success
	w.fail(standin.Fault{Method: "PATCH", Status: 422}, "/check-runs/")
	if _, err := w.client.Publish(t.Context(), run, github.Standing{}); fault.OwnerOf(err) != fault.Us {
		t.Errorf("Publish after a 422: %v", err)
	}
	if got := w.runs(t, run.HeadSHA)[0]; got.Status != github.InProgress || got.Conclusion != "" {
		t.Errorf("a half published check run is %s/%s", got.Status, got.Conclusion)
	}
}

func TestPublishFitsWhatGitHubAccepts(t *testing.T) {
	w := newWorld(t)
	run := finished(head(t, w), 0)
	run.Summary = strings.Repeat("é", 40000) // 40,000 characters, 80,000 bytes
	run.Text = strings.Repeat("x", 70000) + "\x00\xff"
	run.Annotations = []github.Annotation{
		{Path: "a.yaml", StartLine: 0, EndLine: -1, Level: github.LevelNotice, Message: "at the file", Title: strings.Repeat("é", 300)},
		{Path: "a.yaml", StartLine: 9, EndLine: 3, Level: github.LevelWarning, Message: strings.Repeat("y", 70000)},
		{Path: "", StartLine: 1, EndLine: 1, Level: github.LevelWarning, Message: "without a file"},
	}
	_, err := w.client.Publish(t.Context(), run, github.Standing{})
	must(t, err)
	got := w.runs(t, run.HeadSHA)[0]
	if len(got.Annotations) != 2 || got.Annotations[0].StartLine != 1 || got.Annotations[1].EndLine != 9 {
		t.Errorf("annotations are %.300v", got.Annotations)
	}
	if len(got.Summary) > 65535 || !strings.HasSuffix(got.Summary, "(cut)") {
		t.Errorf("the summary has %d bytes", len(got.Summary))
	}
}

func TestPublishAttemptsHaveTheirOwnCheckRuns(t *testing.T) {
	w := newWorld(t)
	run := finished(head(t, w), 0)
	first, err := w.client.Publish(t.Context(), run, github.Standing{})
	must(t, err)
	run.ExternalID = "acme/shop/2"
	second, err := w.client.Publish(t.Context(), run, github.Standing{})
	must(t, err)
	if first.ID == second.ID || len(w.runs(t, run.HeadSHA)) != 2 {
		t.Errorf("two attempts share the check run %d", first.ID)
	}
}

func TestPublishOnACommitThatIsNotThere(t *testing.T) {
	w := newWorld(t)
	run := finished(strings.Repeat("1", 40), 0)
	if _, err := w.client.Publish(t.Context(), run, github.Standing{}); fault.OwnerOf(err) != fault.GitHub || !errors.As(err, new(*github.PassingError)) || len(w.runs(t, "")) != 0 {
		t.Errorf("Publish: %v", err)
	}
}
