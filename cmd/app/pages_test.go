package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/web/webtest"
	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

// withPages gives Seaworthy's reviews pages.
func (w *world) withPages(e *config.Environment) {
	e.PublicURL, e.ClientID, e.ClientSecret = w.app, w.ClientID(), standin.ClientSecret
	w.SetCallbackURL(w.app + "/signin/done")
}

// browser is somebody's, with cookies.
type browser struct {
	*http.Client
	t *testing.T
}

func newBrowser(t *testing.T) browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return browser{&http.Client{Jar: jar}, t}
}

// get follows all redirects.
func (b browser) get(url string) (status int, at, body string) {
	b.t.Helper()
	resp, err := b.Get(url)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if resp.StatusCode == http.StatusOK && !strings.Contains(resp.Header.Get("Content-Security-Policy"), "default-src 'none'") {
		b.t.Errorf("%s has no policy of its content", url)
	}
	return resp.StatusCode, resp.Request.URL.String(), string(text)
}

// The details of a check run lead to the review's page, after a sign-in at
// GitHub.
func TestDetailsLeadToThePage(t *testing.T) {
	w := newWorld(t)
	w.start(w.withPages)
	w.ok(w.SetRole("acme/shop", "octocat", "read"))
	head := w.branch("scaled", "main", scales)
	w.pull("scaled", "")
	run := w.completed(head, 1)[0]
	if !strings.HasPrefix(run.DetailsURL, w.app+"/reviews/") {
		t.Fatalf("the details are at %q", run.DetailsURL)
	}
	b := newBrowser(t)
	status, at, page := b.get(run.DetailsURL)
	if status != http.StatusOK || at != run.DetailsURL {
		t.Fatalf("it led to %s, %d:\n%s", at, status, page)
	}
	for _, want := range []string{run.Title, "octocat", "acme/shop", "Deployment shop/web", `<mark><span class="m">5</span></mark>`, "/blob/" + head + "/prod/kustomization.yaml#L5"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	if _, _, list := b.get(run.DetailsURL + "?part=list&kind=Service"); !strings.Contains(list, "Nothing that is asked for changes") {
		t.Errorf("of no kind that changes it lists %s", list)
	}
	if _, _, object := b.get(run.DetailsURL + "?part=object&object=0"); !strings.HasPrefix(object, "<section") {
		t.Errorf("an object is %.100s", object)
	}
}

// Who cannot read the repository is not told whether there is a page.
func TestStrangersSeeNoPage(t *testing.T) {
	w := newWorld(t)
	w.start(w.withPages)
	head := w.branch("scaled", "main", scales)
	w.pull("scaled", "")
	page := w.completed(head, 1)[0].DetailsURL
	w.SignInAs("stranger")
	b := newBrowser(t)
	status, _, said := b.get(page)
	nowhere, _, same := b.get(w.app + "/reviews/4711")
	if status != http.StatusNotFound || nowhere != status || said != same {
		t.Errorf("of a review: %d %q\nof none: %d %q", status, said, nowhere, same)
	}
	w.ok(w.SetRole("acme/shop", "stranger", "read"))
	if status, _, _ := b.get(page); status != http.StatusNotFound {
		t.Errorf("what GitHub said is not remembered: %d", status)
	}
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	b.Jar = nil
	for _, at := range []string{page, w.app + "/reviews/4711", w.app + "/reviews/x"} {
		if status, _, _ := b.get(at); status != http.StatusSeeOther {
			t.Errorf("who is not signed in got %d from %s", status, at)
		}
	}
}

func TestTheSignIn(t *testing.T) {
	w := newWorld(t)
	w.start(w.withPages)
	w.ok(w.SetRole("acme/shop", "octocat", "read"))
	head := w.branch("scaled", "main", scales)
	w.pull("scaled", "")
	page := w.completed(head, 1)[0].DetailsURL
	b := newBrowser(t)
	if status, _, _ := b.get(page); status != http.StatusOK {
		t.Fatalf("the page: %d", status)
	}
	w.RevokeUserTokens()
	if status, at, _ := b.get(page + "?x"); status != http.StatusOK || at != page+"?x" {
		t.Errorf("what GitHub said before is not remembered: %d", status)
	}
	w.SignInAs("") // who refuses
	if status, _, said := newBrowser(t).get(page); status != http.StatusForbidden || !strings.Contains(said, "Not signed in") {
		t.Errorf("who refuses got %d %s", status, said)
	}
	for _, bad := range []string{"/signin/done?code=1&state=2", "/signin/done?code=1"} {
		if status, _, _ := newBrowser(t).get(w.app + bad); status != http.StatusForbidden {
			t.Errorf("%s: %d", bad, status)
		}
	}
	// Another site cannot sign anybody out.
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.app+"/signout", nil)
	w.ok(err)
	request.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err := b.Do(request)
	w.ok(err)
	resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("another site signed somebody out: %d", resp.StatusCode)
	}
	if status, _, _ := b.get(page); status != http.StatusOK {
		t.Errorf("after that: %d", status)
	}
	resp, err = b.Post(w.app+"/signout", "", nil)
	w.ok(err)
	resp.Body.Close()
	w.SignInAs("")
	if status, _, _ := b.get(page); status != http.StatusForbidden {
		t.Errorf("who signed out is still known: %d", status)
	}
}

// Everybody sees what is public, where the operator wants it so.
func TestPagesOfPublicRepositories(t *testing.T) {
	for _, public := range []bool{true, false} {
		t.Run(fmt.Sprint(public), func(t *testing.T) {
			w := newWorld(t)
			w.ok(w.SetPublic("acme/shop", public))
			w.start(w.withPages, func(e *config.Environment) { e.PagesPublic = true })
			head := w.branch("scaled", "main", scales)
			w.pull("scaled", "")
			page := w.completed(head, 1)[0].DetailsURL
			b := newBrowser(t)
			b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			want := map[bool]int{true: http.StatusOK, false: http.StatusSeeOther}[public]
			if status, _, _ := b.get(page); status != want {
				t.Errorf("nobody in particular got %d, want %d", status, want)
			}
		})
	}
}

// In a browser: from the check run's details over GitHub's sign-in to the page,
// and nothing for a stranger.
func TestTheSignInInABrowser(t *testing.T) {
	b := webtest.Start(t, 1400, 900)
	w := newWorld(t)
	w.start(w.withPages)
	w.ok(w.SetRole("acme/shop", "octocat", "read"))
	head := w.branch("scaled", "main", scales)
	w.pull("scaled", "")
	run := w.completed(head, 1)[0]
	b.Open(run.DetailsURL)
	webtest.Is(b, `location.href`, run.DetailsURL)
	webtest.Is(b, `document.querySelector("h1").textContent`, run.Title)
	webtest.Is(b, `document.querySelector("#object ins mark").textContent`, "5")
	webtest.Is(b, `document.cookie`, "") // no script reads it
	b.Do(chromedp.Click(chromedp.CSS(".top button")))
	b.Until(`document.querySelector("h1")?.textContent === "Signed out"`)
	w.SignInAs("stranger")
	b.Open(run.DetailsURL)
	webtest.Is(b, `document.querySelector("h1").textContent`, "There is no such page")
	b.Accessible("the page of what is not there")
	b.Forgive() // the browser tells of the 404
}

// The page of a review that runs says what it does, and becomes the review's when
// it is done, by itself.
func TestAPageThatFills(t *testing.T) {
	b := webtest.Start(t, 1400, 900)
	w := newWorld(t)
	w.start(w.withPages)
	w.ok(w.SetRole("acme/shop", "octocat", "read"))
	release := make(chan struct{})
	hit := w.fail(standin.Fault{Method: "POST", Wait: release}, `/check-runs$`)
	w.branch("scaled", "main", scales)
	w.pull("scaled", "")
	w.wait(hit)
	page := w.app + "/reviews/1"
	b.Open(page)
	b.Until(`document.querySelector("h1").textContent === "Being reviewed"`)
	b.Until(`document.querySelector("#step").textContent !== ""`)
	b.Accessible("the page of a review that runs")
	close(release)
	b.Until(`document.querySelector("#object ins mark")?.textContent === "5"`)
}
