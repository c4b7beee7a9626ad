package standin_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v4"

	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

var key = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

type site struct {
	*standin.Server
	url, work, sha string
	installation   int64
}

func newSite(t *testing.T) *site {
	t.Helper()
	s, err := standin.New(standin.Options{Dir: t.TempDir(), AppID: 7, WebhookSecret: "s", Key: key()})
	must(t, err)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	t.Cleanup(s.Close)
	w := &site{Server: s, url: server.URL, work: t.TempDir()}
	w.git(t, "init", "-q", "-b", "main")
	must(t, os.WriteFile(filepath.Join(w.work, "a"), []byte("a"), 0o600))
	w.git(t, "add", ".")
	w.git(t, "commit", "-q", "-m", "x")
	w.sha = w.git(t, "rev-parse", "HEAD")
	w.installation, err = s.AddRepository(t.Context(), standin.NewRepository{Name: "acme/shop", From: w.work})
	must(t, err)
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *site) git(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = w.work
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// answer is what the stand-in said.
type answer struct {
	status int
	header http.Header
	body   map[string]any
}

func (w *site) do(t *testing.T, method, path, auth, body string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, w.url+path, strings.NewReader(body))
	must(t, err)
	if auth != "" {
		req.Header.Set("Authorization", auth)
	}
	resp, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(req)
	must(t, err)
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	must(t, err)
	a := answer{status: resp.StatusCode, header: resp.Header}
	if bytes.HasPrefix(content, []byte("{")) {
		must(t, json.Unmarshal(content, &a.body))
	}
	return a
}

func (w *site) jwt(t *testing.T, method jwt.SigningMethod, signer any, iss string, life time.Duration) string {
	t.Helper()
	now := time.Now()
	text, err := jwt.NewWithClaims(method, jwt.RegisteredClaims{Issuer: iss,
		IssuedAt: jwt.NewNumericDate(now.Add(-time.Minute)), ExpiresAt: jwt.NewNumericDate(now.Add(life))}).SignedString(signer)
	must(t, err)
	return "Bearer " + text
}

func (w *site) token(t *testing.T, body string) string {
	t.Helper()
	a := w.do(t, "POST", fmt.Sprintf("/app/installations/%d/access_tokens", w.installation), w.jwt(t, jwt.SigningMethodRS256, key(), "7", time.Minute), body)
	if a.status != 201 {
		t.Fatalf("no token: %d %v", a.status, a.body)
	}
	return "token " + a.body["token"].(string)
}

func TestOnlyTheAppsJWTIsTaken(t *testing.T) {
	w := newSite(t)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	for name, tt := range map[string]struct {
		auth string
		want int
	}{
		"right":       {w.jwt(t, jwt.SigningMethodRS256, key(), "7", 9*time.Minute), 200},
		"too long":    {w.jwt(t, jwt.SigningMethodRS256, key(), "7", 11*time.Minute), 401},
		"expired":     {w.jwt(t, jwt.SigningMethodRS256, key(), "7", -time.Second), 401},
		"other App":   {w.jwt(t, jwt.SigningMethodRS256, key(), "8", time.Minute), 401},
		"other key":   {w.jwt(t, jwt.SigningMethodRS256, other, "7", time.Minute), 401},
		"HMAC":        {w.jwt(t, jwt.SigningMethodHS256, []byte("x"), "7", time.Minute), 401},
		"RS512":       {w.jwt(t, jwt.SigningMethodRS512, key(), "7", time.Minute), 401},
		"no JWT":      {"Bearer x", 401},
		"nothing":     {"", 401},
		"a token":     {w.token(t, ""), 401},
		"GHES's path": {w.jwt(t, jwt.SigningMethodRS256, key(), "7", time.Minute), 200},
	} {
		path := "/app"
		if name == "GHES's path" {
			path = "/api/v3/app"
		}
		if got := w.do(t, "GET", path, tt.auth, ""); got.status != tt.want {
			t.Errorf("%s: %d, want %d (%v)", name, got.status, tt.want, got.body)
		}
	}
}

func TestTokensAreNarrowedAndNeverWidened(t *testing.T) {
	w := newSite(t)
	path := fmt.Sprintf("/app/installations/%d/access_tokens", w.installation)
	for body, want := range map[string]int{
		``: 201, `null`: 201, `{}`: 201,
		`{"repositories":["shop"],"permissions":{"contents":"read"}}`: 201,
		`{"permissions":{"contents":"write"}}`:                        422,
		`{"permissions":{"administration":"read"}}`:                   422,
		`{"permissions":{"contents":"all"}}`:                          422,
		`{"repositories":["none"]}`:                                   422,
		`{"repositories":"shop"}`:                                     422,
		`[]`:                                                          400,
		`{`:                                                           400,
	} {
		if got := w.do(t, "POST", path, w.jwt(t, jwt.SigningMethodRS256, key(), "7", time.Minute), body); got.status != want {
			t.Errorf("%s: %d, want %d (%v)", body, got.status, want, got.body)
		}
	}
	token := w.token(t, `{"permissions":{"contents":"read"}}`)
	if !strings.HasPrefix(token, "token ghs_7_") || len(token) < 500 {
		t.Errorf("the token is of the old form: %s", token)
	}
	got := w.do(t, "GET", "/repos/acme/shop/pulls", token, "")
	if got.status != 403 || got.body["message"] != "Resource not accessible by integration" || got.header.Get("X-Accepted-GitHub-Permissions") != "pull_requests=read" {
		t.Errorf("without the permission: %d %v", got.status, got.body)
	}
	if got := w.do(t, "GET", "/repos/acme/none/pulls", token, ""); got.status != 404 {
		t.Errorf("another repository: %d", got.status)
	}
}

func annotation(change string) string {
	return `{"path":"a","start_line":1,"end_line":1,"annotation_level":"notice","message":"m"` + change + `}`
}

func TestCheckRunsAreValidated(t *testing.T) {
	w := newSite(t)
	token := w.token(t, "")
	output := func(s string) string { return `,"output":{"title":"t","summary":"s",` + s + `}` }
	notes := func(n int) string {
		return output(`"annotations":[` + strings.TrimSuffix(strings.Repeat(annotation("")+",", n), ",") + `]`)
	}
	for name, tt := range map[string]struct {
		rest string
		want int
		says string
	}{
		"plain":                {"", 201, ""},
		"50 annotations":       {notes(50), 201, ""},
		"143 annotations":      {notes(143), 422, "Invalid request.\n\nNo more than 50 items are allowed; 143 were supplied."},
		"no summary":           {`,"output":{"title":"t"}`, 422, "\"summary\" wasn't supplied."},
		"summary of 65535":     {`,"output":{"title":"t","summary":"` + strings.Repeat("x", 65535) + `"}`, 201, ""},
		"summary of 65536":     {`,"output":{"title":"t","summary":"` + strings.Repeat("x", 65536) + `"}`, 422, "Only 65535 characters are allowed; 65536 were supplied."},
		"summary in bytes":     {`,"output":{"title":"t","summary":"` + strings.Repeat("é", 40000) + `"}`, 422, "summary exceeds a maximum bytesize of 65535"},
		"line 0":               {output(`"annotations":[` + annotation(`,"start_line":0`) + `]`), 422, `"annotations"`},
		"null path":            {output(`"annotations":[` + annotation(`,"path":null`) + `]`), 422, "nil is not a string"},
		"one column":           {output(`"annotations":[` + annotation(`,"start_column":1`) + `]`), 422, `"annotations"`},
		"columns":              {output(`"annotations":[` + annotation(`,"start_column":1,"end_column":2`) + `]`), 201, ""},
		"columns of two lines": {output(`"annotations":[` + annotation(`,"end_line":2,"start_column":1,"end_column":2`) + `]`), 422, `"annotations"`},
		"level":                {output(`"annotations":[` + annotation(`,"annotation_level":"error"`) + `]`), 422, "is not a member of"},
		"completed":            {`,"status":"completed"`, 422, "conclusion"},
		"stale":                {`,"conclusion":"stale"`, 422, "conclusion"},
		"four actions":         {`,"actions":[` + strings.TrimSuffix(strings.Repeat(`{"label":"a","description":"b","identifier":"c"},`, 4), ",") + `]`, 422, "No more than 3 items"},
		"long label":           {`,"actions":[{"label":"` + strings.Repeat("a", 21) + `","description":"b","identifier":"c"}]`, 422, "Only 20 characters"},
	} {
		got := w.do(t, "POST", "/repos/acme/shop/check-runs", token, `{"name":"n","head_sha":"`+w.sha+`"`+tt.rest+`}`)
		text, err := json.Marshal(got.body)
		must(t, err)
		says, err := json.Marshal(tt.says)
		must(t, err)
		plain := strings.Trim(string(says), `"`)
		if got.status != tt.want || !strings.Contains(string(text), plain) && !strings.Contains(string(text), tt.says) {
			t.Errorf("%s: %d %.300s; want %d, %q", name, got.status, text, tt.want, tt.says)
		}
	}
	if got := w.do(t, "POST", "/repos/acme/shop/check-runs", token, `{"name":"n","head_sha":"`+strings.Repeat("1", 40)+`"}`); got.status != 422 {
		t.Errorf("an unknown commit: %d", got.status)
	}
}

func TestAnnotationsAreAppended(t *testing.T) {
	w := newSite(t)
	token := w.token(t, "")
	body := `{"name":"n","head_sha":"` + w.sha + `","output":{"title":"t","summary":"s","annotations":[` + annotation("") + `]}}`
	made := w.do(t, "POST", "/repos/acme/shop/check-runs", token, body)
	path := fmt.Sprintf("/repos/acme/shop/check-runs/%.0f", made.body["id"])
	w.do(t, "PATCH", path, token, `{"output":{"summary":"s","annotations":[`+annotation("")+`]}}`)
	// A request that is refused changes nothing.
	w.do(t, "PATCH", path, token, `{"name":"other","output":{"summary":"s","annotations":[`+annotation("")+","+annotation(`,"start_line":0`)+`]}}`)
	runs, err := w.CheckRuns("acme/shop", w.sha)
	must(t, err)
	if len(runs) != 1 || len(runs[0].Annotations) != 2 || runs[0].Name != "n" || runs[0].Updates != 1 {
		t.Errorf("check runs are %+v", runs)
	}
}

func TestGitOverHTTP(t *testing.T) {
	w := newSite(t)
	w.git(t, "switch", "-q", "-c", "feature")
	w.git(t, "commit", "-q", "--allow-empty", "-m", "feature")
	n, err := w.OpenPull(t.Context(), standin.NewPull{Repo: "acme/shop", Head: "feature", Fork: "stranger/shop", From: w.work})
	must(t, err)
	basic := func(token string) string {
		return "http.extraHeader=Authorization: Basic " + jsonBase64("x-access-token:"+strings.TrimPrefix(token, "token "))
	}
	out := w.git(t, "-c", basic(w.token(t, "")), "ls-remote", w.url+"/acme/shop.git")
	for _, ref := range []string{"refs/heads/main", fmt.Sprintf("refs/pull/%d/head", n), fmt.Sprintf("refs/pull/%d/merge", n)} {
		if !strings.Contains(out, ref) {
			t.Errorf("%s is missing from\n%s", ref, out)
		}
	}
	if strings.Contains(out, "refs/heads/feature") {
		t.Error("a fork's branch is in the base repository")
	}
	for name, tt := range map[string]struct {
		auth string
		want int
	}{
		"nothing":           {"", 401},
		"a wrong token":     {"Basic " + jsonBase64("x-access-token:ghs_x"), 401},
		"without contents":  {"Basic " + jsonBase64("x-access-token:"+strings.TrimPrefix(w.token(t, `{"permissions":{"checks":"write"}}`), "token ")), 403},
		"as another's user": {"Basic " + jsonBase64("git:"+strings.TrimPrefix(w.token(t, ""), "token ")), 401},
	} {
		if got := w.do(t, "GET", "/acme/shop.git/info/refs?service=git-upload-pack", tt.auth, ""); got.status != tt.want {
			t.Errorf("%s: %d, want %d", name, got.status, tt.want)
		}
	}
	if got := w.do(t, "GET", "/acme/shop.git/info/refs?service=git-receive-pack", "Basic "+jsonBase64("x-access-token:"+strings.TrimPrefix(w.token(t, ""), "token ")), ""); got.status != 403 {
		t.Errorf("a push: %d", got.status)
	}
}

func jsonBase64(s string) string {
	b, err := json.Marshal([]byte(s)) // JSON writes bytes in base64
	if err != nil {
		panic(err)
	}
	return strings.Trim(string(b), `"`)
}

func TestLimits(t *testing.T) {
	w := newSite(t)
	token := w.token(t, "")
	w.ExhaustPrimary(time.Minute)
	if got := w.do(t, "GET", "/repos/acme/shop", token, ""); got.status != 403 || got.header.Get("X-RateLimit-Remaining") != "0" {
		t.Errorf("primary: %d %v", got.status, got.header)
	}
	w.LiftLimits()
	w.TriggerSecondary(time.Minute)
	if got := w.do(t, "GET", "/repos/acme/shop", token, ""); got.status != 403 || got.header.Get("Retry-After") != "60" {
		t.Errorf("secondary: %d %v", got.status, got.header)
	}
	w.LiftLimits()
	refused := 0
	for range 910 {
		if w.do(t, "GET", "/repos/acme/shop", token, "").status != 200 {
			refused++
		}
	}
	if refused == 0 || refused > 20 {
		t.Errorf("%d of 910 requests in a moment were refused, want those over 900 points", refused)
	}
}

func TestFaults(t *testing.T) {
	w := newSite(t)
	token := w.token(t, "")
	hit := w.Fail(standin.Fault{Method: "GET", Path: regexp.MustCompile("^/repos/"), Status: 502, Times: 2})
	for _, want := range []int{502, 502, 200} {
		if got := w.do(t, "GET", "/repos/acme/shop", token, ""); got.status != want {
			t.Errorf("GET answered %d, want %d", got.status, want)
		}
	}
	if len(hit) != 2 || w.Count("GET", "^/repos/acme/shop$") != 3 {
		t.Errorf("%d faults, %d requests", len(hit), w.Count("GET", "^/repos/acme/shop$"))
	}
}

func TestManifestCodesAreUsedOnce(t *testing.T) {
	w := newSite(t)
	w.AddManifestCode("c0de")
	if got := w.do(t, "POST", "/app-manifests/c0de/conversions", "", ""); got.status != 201 || got.body["pem"] == "" {
		t.Errorf("first: %d", got.status)
	}
	if got := w.do(t, "POST", "/app-manifests/c0de/conversions", "", ""); got.status != 404 {
		t.Errorf("second: %d", got.status)
	}
}
