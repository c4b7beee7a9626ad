package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

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
	if !strings.Contains(run.Summary, "]("+run.DetailsURL+")") {
		t.Errorf("the summary does not lead there:\n%s", run.Summary)
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
	w.SignInAs("octocat")
	if status, at, said := newBrowser(t).get(w.app + "/signin"); status != http.StatusOK || at != w.app+"/" || !strings.Contains(said, "<h1>Seaworthy</h1>") {
		t.Errorf("who signs in without a page got %d at %s: %s", status, at, said)
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
	again := newBrowser(t)
	again.get(page)
	if n := w.UserTokens(); n == 0 {
		t.Error("nobody is signed in")
	} else if resp, err = again.Post(w.app+"/signout", "", nil); err != nil || resp.Body.Close() != nil || w.UserTokens() != n-1 {
		t.Errorf("who signed out has a token that is good: %v", err)
	}
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

// audited is a GitHub on which acme/shop has a waiver, two open pull requests that
// were reviewed, and an audit; with the repository's id.
func audited(t *testing.T) (*world, int64) {
	t.Helper()
	w := newWorld(t)
	w.git("switch", "-q", "main")
	w.commit(map[string]string{".github/seaworthy.yaml": "version: 1\nwaivers:\n  - {check: image-not-digest-pinned, reason: \"the registry keeps tags\", owner: \"@acme/edge\", expires: 2020-01-31}\n"})
	w.push("main")
	w.ok(w.SetRole("acme/shop", "octocat", "read"))
	w.firstAudit = time.Millisecond
	a := w.start(w.withPages)
	w.completed(w.branch("scaled", "main", scales), w.opened("scaled"))
	w.completed(w.branch("broken", "main", breaks), w.opened("broken"))
	id, err := w.RepositoryID("acme/shop")
	w.ok(err)
	late := time.After(patience)
	for audits := 0; audits == 0; {
		all, err := a.store.Audits(t.Context(), id)
		w.ok(err)
		audits = len(all)
		select {
		case <-late:
			t.Fatal("no audit was kept")
		case <-time.After(10 * time.Millisecond): // it tells nobody
		}
	}
	return w, id
}

// The pages of a repository, of its account and of an audit show what reviews and
// audits found, to those who can read the repository.
func TestPagesOfARepository(t *testing.T) {
	w, id := audited(t)
	b := newBrowser(t)
	page := fmt.Sprintf("%s/repositories/%d", w.app, id)
	_, _, text := b.get(page)
	for _, want := range []string{"1 blocked · 1 ready", `href="/reviews/1"`, "Does not build: prod", "The latest audit", "the registry keeps tags", "ended", "of 5 stars"} {
		if !strings.Contains(text, want) {
			t.Errorf("the repository's page does not show %q", want)
		}
	}
	_, _, text = b.get(w.app + "/organisations/acme")
	for _, want := range []string{"1 repository that you can read", "render-failed", fmt.Sprintf("/repositories/%d", id)} {
		if !strings.Contains(text, want) {
			t.Errorf("the account's page does not show %q:\n%s", want, text)
		}
	}
	if _, _, table := b.get(w.app + "/organisations/acme?format=csv"); !strings.HasPrefix(table, "repository,open,blocked,") || !strings.Contains(table, "\nacme/shop,2,1,0,1,0,") {
		t.Errorf("the table is %s", table)
	}
	_, _, text = b.get(w.app + "/audits/1")
	for _, want := range []string{"What blocks it: ", "Areas", "Every check", "acme/shop/blob/"} {
		if !strings.Contains(text, want) {
			t.Errorf("the audit's page does not show %q", want)
		}
	}
	token := w.UserToken("octocat")
	for at, want := range map[string]string{
		"/api/reviews/1": `"state":"done"`, "/api/reviews/1/objects/0": `{"op":"+","head":7,"text":"  replicas: 5","pointer":"/spec/replicas"}`,
		fmt.Sprintf("/api/repositories/%d", id): `"digest":{"state":"blocked"`, "/api/organisations/acme": `"states":{"blocked":1,"ready":1}`, "/api/audits/1": `"schema":"seaworthy/audit/v1"`,
	} {
		for name, bearer := range map[string]string{"the token": token, "another": "ghu_other", "none": ""} {
			status, body := w.json(at, bearer)
			if bearer == token && (status != http.StatusOK || !strings.Contains(body, want)) {
				t.Errorf("%s gave %d and not %s: %.1500s", at, status, want, body)
			} else if bearer != token && status != http.StatusUnauthorized {
				t.Errorf("%s with %s: %d", at, name, status)
			}
		}
	}
	for _, at := range []string{"/api/reviews/4711", "/api/reviews/1/objects/1000", "/api/reviews/1/objects/-1", "/api/organisations/none"} {
		if status, _ := w.json(at, token); status != http.StatusNotFound {
			t.Errorf("%s: %d", at, status)
		}
	}
	if _, _, text := b.get(w.app + "/checks/"); !strings.Contains(text, `<a href="/checks/render-failed">`) {
		t.Errorf("the checks are listed so: %.2000s", text)
	}
	if _, _, text := b.get(w.app + "/checks/render-failed"); !strings.Contains(text, "<strong>What to do</strong>") {
		t.Errorf("a check is explained so: %s", text)
	}
	if _, _, text := b.get(w.app + "/reviews/2"); !strings.Contains(text, `<a href="/checks/render-failed">`) {
		t.Error("a finding does not lead to its check")
	}
	w.SignInAs("stranger")
	strange := newBrowser(t)
	for _, at := range []string{page, w.app + "/audits/1", w.app + "/organisations/acme", w.app + "/organisations/none", w.app + "/repositories/1"} {
		if status, _, _ := strange.get(at); status != http.StatusNotFound {
			t.Errorf("a stranger got %d from %s", status, at)
		}
	}
}

// An audit that a comment asks for has its page, which is none of the default
// branch's.
func TestPageOfAnAuditByComment(t *testing.T) {
	w := newWorld(t)
	w.team()
	w.ok(w.SetRole("acme/shop", "octocat", "read"))
	a := w.start(w.withPages)
	sha := w.branch("scaled", "main", scales)
	number := w.pull("scaled", "")
	w.completed(sha, 1)
	id := w.says(number, "writer", "/audit prod")
	answer := w.answered(number, id, "The whole report")
	_, at, _ := strings.Cut(answer, "[The whole report]("+w.app)
	at, _, _ = strings.Cut(at, ")")
	_, _, text := newBrowser(t).get(w.app + at)
	for _, want := range []string{"of <code>prod</code> alone", fmt.Sprintf("/acme/shop/pull/%d", number), sha[:7]} {
		if !strings.Contains(text, want) {
			t.Errorf("the page at %s does not show %q", at, want)
		}
	}
	repository, err := w.RepositoryID("acme/shop")
	w.ok(err)
	if all, err := a.store.Audits(t.Context(), repository); err != nil || len(all) != 0 {
		t.Errorf("the default branch has the audits %+v, %v", all, err)
	}
}

// opened opens a pull request of a branch; it gives how many check runs its head
// will have.
func (w *world) opened(branch string) int { w.pull(branch, ""); return 1 }

func TestPagesOfARepositoryInABrowser(t *testing.T) {
	b := webtest.Start(t, 1400, 1000)
	w, id := audited(t)
	for name, at := range map[string]string{"check": "/checks/image-tag-mutable", "repository": fmt.Sprintf("/repositories/%d", id), "organisation": "/organisations/acme", "audit": "/audits/1"} {
		b.Open(w.app + at)
		b.Shot(name)
		b.Accessible("the page of the " + name)
		b.Resize(390, 800)
		webtest.Is(b, `document.documentElement.scrollWidth <= innerWidth`, true)
		b.Resize(1400, 1000)
	}
}

// json asks as a program does.
func (w *world) json(at, token string) (status int, body string) {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.app+at, nil)
	w.ok(err)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(request)
	w.ok(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	w.ok(err)
	return resp.StatusCode, string(text)
}

// A program that speaks the Model Context Protocol reads what its token may read.
func TestToolsForAgents(t *testing.T) {
	w, _ := audited(t)
	connect := func(token string) (*mcp.ClientSession, error) {
		c := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
		return c.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: w.app + "/mcp", DisableStandaloneSSE: true,
			HTTPClient: &http.Client{Transport: authorized(token)}}, nil)
	}
	call := func(token, name string, in any) (string, bool) {
		t.Helper()
		s, err := connect(token)
		w.ok(err)
		defer s.Close()
		out, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: name, Arguments: in})
		w.ok(err)
		return out.Content[0].(*mcp.TextContent).Text, out.IsError
	}
	token := w.UserToken("octocat")
	for _, ask := range []struct {
		tool string
		in   any
		want string
	}{
		{"reviews", map[string]any{"repository": "acme/shop"}, `"title":"Does not build: prod"`},
		{"review", map[string]any{"review": 1}, `"name":"Deployment shop/web"`},
		{"findings", map[string]any{"review": 2}, `"check":"render-failed"`},
		{"findings", map[string]any{"review": 2, "status": "fixed"}, `"findings":[]`},
		{"diff", map[string]any{"review": 1, "object": 0}, "-  replicas: 2\n+  replicas: 5\n"},
		{"diff", map[string]any{"review": 1, "object": 0}, "/spec/replicas is made so by prod/kustomization.yaml:5\n"},
		{"explain_check", map[string]any{"check": "image-tag-mutable"}, "**What to do**"},
	} {
		if text, failed := call(token, ask.tool, ask.in); failed || !strings.Contains(text, ask.want) {
			t.Errorf("%s %v gave %v, %.800s", ask.tool, ask.in, failed, text)
		}
	}
	stranger := w.UserToken("stranger")
	for tool, in := range map[string]any{"reviews": map[string]any{"repository": "acme/shop"}, "review": map[string]any{"review": 1},
		"findings": map[string]any{"review": 2}, "diff": map[string]any{"review": 1, "object": 0}} {
		if text, failed := call(stranger, tool, in); !failed || !strings.Contains(text, "there is no such thing") {
			t.Errorf("a stranger's %s gave %s", tool, text)
		}
	}
	if _, err := connect(""); err == nil {
		t.Error("without a token it connects")
	}
}

// authorized sends a token along.
type authorized string

func (a authorized) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if a != "" {
		r.Header.Set("Authorization", "Bearer "+string(a))
	}
	return http.DefaultTransport.RoundTrip(r)
}

// The account's page says what the installation does not grant, until it does.
func TestTheAccountsPageSaysWhatIsNotGranted(t *testing.T) {
	w := newWorld(t)
	p := standin.DefaultPermissions()
	delete(p, "contents")
	w.setPermissions(p)
	w.start(w.withPages)
	w.ok(w.SetRole("acme/shop", "octocat", "read"))
	head := w.branch("scaled", "main", scales)
	w.pull("scaled", "")
	w.completed(head, 1)
	b := newBrowser(t)
	if status, _, text := b.get(w.app + "/organisations/acme"); status != http.StatusOK || !strings.Contains(text, "not granted</span> Contents: read-only.") {
		t.Errorf("the page, %d, does not say what is not granted:\n%s", status, text)
	}
	id, err := w.InstallationID("acme")
	w.ok(err)
	w.ok(w.Accept(t.Context(), id, standin.DefaultPermissions()))
	w.completed(head, 2)
	if _, _, text := b.get(w.app + "/organisations/acme"); strings.Contains(text, "not granted") || !strings.Contains(text, "1 repository that you can read") {
		t.Errorf("the page still says so:\n%s", text)
	}
}
