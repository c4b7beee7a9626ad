package main

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/web"
	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

func unconfigured(e *config.Environment) {
	e.AppID, e.PrivateKey, e.WebhookSecret, e.PublicURL = 0, "", "", "https://seaworthy.example.com"
}

func TestTheSetupPageMakesAnApp(t *testing.T) {
	w := newWorld(t)
	a := w.start(unconfigured)
	setup := a.server.Setup.(*web.Setup)
	jar, err := cookiejar.New(nil)
	w.ok(err)
	setup.Secure = false // the test comes by http
	browser := &http.Client{Jar: jar}
	get := func(do func() (*http.Response, error), status int) string {
		t.Helper()
		resp, err := do()
		w.ok(err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		w.ok(err)
		if resp.StatusCode != status {
			t.Fatalf("the answer is %d, want %d:\n%s", resp.StatusCode, status, body)
		}
		if strings.Contains(resp.Header.Get("Content-Type"), "html") && !strings.Contains(resp.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Error("there is no policy for the browser")
		}
		return string(body)
	}
	post := func(token string) func() (*http.Response, error) {
		return func() (*http.Response, error) { return browser.PostForm(a.url+"/setup", url.Values{"token": {token}}) }
	}
	open := func(path string) func() (*http.Response, error) {
		return func() (*http.Response, error) { return browser.Get(a.url + path) }
	}

	if ready := get(open("/readyz"), http.StatusOK); !strings.Contains(ready, "setup") {
		t.Errorf("the page's service says %s", ready)
	}
	get(open("/setup"), http.StatusOK)
	get(post("wrong"), http.StatusForbidden)
	page := get(post(setup.Token), http.StatusOK)
	var manifest struct {
		Hook  struct{ URL string } `json:"hook_attributes"`
		Perms map[string]string    `json:"default_permissions"`
	}
	w.ok(json.Unmarshal([]byte(html.UnescapeString(find(t, page, `name="manifest" value="([^"]*)"`))), &manifest))
	if manifest.Hook.URL != "https://seaworthy.example.com/webhook" || manifest.Perms["checks"] != "write" {
		t.Errorf("the manifest is %+v", manifest)
	}
	find(t, page, `settings/apps/new\?state=(\w+)`)

	w.AddManifestCode("code1")
	get(open("/setup/done?code=code1&state=forged"), http.StatusForbidden)
	page = get(post(setup.Token), http.StatusOK) // a state is used up by any answer
	state := find(t, page, `settings/apps/new\?state=(\w+)`)
	done := get(open("/setup/done?code=code1&state="+state), http.StatusOK)
	for _, want := range []string{"SEAWORTHY_APP_ID=42", "SEAWORTHY_WEBHOOK_SECRET=" + webhookSecret, "kind: Secret", "BEGIN RSA PRIVATE KEY"} {
		if !strings.Contains(html.UnescapeString(done), want) {
			t.Errorf("the last page lacks %q", want)
		}
	}
	get(open("/setup"), http.StatusNotFound)
}

func TestTheSetupPageIsGoneOnceConfigured(t *testing.T) {
	w := newWorld(t)
	a := w.start()
	for path, want := range map[string]int{"/setup": 404, "/healthz": 200, "/readyz": 200, "/metrics": 200, "/webhook": 405} {
		resp, err := http.Get(a.url + path)
		w.ok(err)
		body, err := io.ReadAll(resp.Body)
		w.ok(err)
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s answers %d, want %d: %s", path, resp.StatusCode, want, body)
		}
	}
}

func find(t *testing.T, in, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(in)
	if m == nil {
		t.Fatalf("there is no %s in:\n%s", pattern, in)
	}
	return m[1]
}

// app.yml must ask for what the requests need, and for nothing else.
func TestTheManifestIsWhatIsUsed(t *testing.T) {
	m, err := readManifest()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(m.Events, []string{"pull_request", "check_run", "check_suite", "merge_group", "push", "repository"}) {
		t.Errorf("the events are %v", m.Events)
	}
	w := newWorld(t)
	w.setPermissions(m.Permissions) // no more than the manifest asks for
	w.start()
	head := w.branch("topic", "main", breaks)
	number := w.pull("topic", "")
	run := w.completed(head, 1)[0]
	w.ok(w.Rerequest(t.Context(), "acme/shop", run.ID, "author"))
	for _, run := range w.completed(head, 2) {
		if run.Conclusion != "failure" {
			t.Errorf("with the manifest's permissions the check run is %+v", run)
		}
	}
	group := w.enqueue(number)
	if run := w.completed(group.HeadSHA, 1)[0]; run.Conclusion != "failure" {
		t.Errorf("with the manifest's permissions the merge group's check run is %+v", run)
	}
	for name := range m.Permissions {
		if name == "metadata" || name == "merge_queues" {
			continue // every App has the one, and the other is for an event alone
		}
		less := standin.Permissions{}
		for n, l := range m.Permissions {
			less[n] = l
		}
		delete(less, name)
		other := newWorld(t)
		other.setPermissions(less)
		a := other.start()
		head := other.branch("topic", "main", breaks)
		other.pull("topic", "")
		other.until("a request is refused", func() bool {
			for _, r := range other.Requests() {
				if r.Status == http.StatusUnprocessableEntity || r.Status == http.StatusForbidden {
					return true
				}
			}
			return false
		})
		a.end()
		for _, run := range other.runs(head) {
			if run.Conclusion == "failure" {
				t.Errorf("a review is done without %s: the manifest asks for too much", name)
			}
		}
	}
}
