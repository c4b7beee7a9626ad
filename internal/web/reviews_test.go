package web

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/report"
)

// read gives what an address answers.
func read(t testing.TB, url string) (status int, body string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestAPage(t *testing.T) {
	at := serve(t, sample(t))
	_, page := read(t, at)
	for _, want := range []string{
		"1 blocker · 7 objects change in 2 clusters · 1 thing not visible", "<code>https://example.org/base</code> is fetched from elsewhere",
		"<td><code>registry.example.com/web:1.0.0</code></td><td><code>registry.example.com/web:latest</code></td>",
		"and 2 alike", "HelmRelease shop/web will be upgraded", "1 target without a change", "Searched: <code>**/*.yaml</code>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("it does not show %q", want)
		}
	}
	for i := range sample(t).Changes {
		_, body := read(t, fmt.Sprintf("%s?object=%d", at, i))
		for _, never := range []string{hidden, "<script>alert", "<b>x</b>", "<i>", "redacted:"} {
			if strings.Contains(body, never) {
				t.Errorf("the page of object %d holds %q", i, never)
			}
		}
	}
	if _, body := read(t, at+"?object=2"); strings.Count(body, "(redacted)") != 2 || !strings.Contains(body, `<span class="cause">changed</span>`) {
		t.Error("that a secret changed is not shown")
	}
	for _, odd := range []string{"?object=99999999999999999999", "?object=-1&page=-5", "?page=4711", "?severity=%00&q=%ff", "?cluster=none"} {
		if status, _ := read(t, at+odd); status != http.StatusOK {
			t.Errorf("%s: %d", odd, status)
		}
	}
}

func TestWhoAsksTooMuch(t *testing.T) {
	at := serve(t, sample(t))
	status := http.StatusOK
	for range 10 * burst {
		if status, _ = read(t, at+"?part=list"); status != http.StatusOK {
			break
		}
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("after %d requests the answer is %d", 10*burst, status)
	}
}

func TestLocal(t *testing.T) {
	for to, want := range map[string]string{"/reviews/1?q=a": "/reviews/1?q=a", "//evil.example": "/", "https://evil.example": "/", `/\evil.example`: "/", "": "/", "/a\nb": "/"} {
		if got := local(to); got != want {
			t.Errorf("local(%q) is %q, want %q", to, got, want)
		}
	}
}

func TestCookies(t *testing.T) {
	s, err := newSealer("secret", true)
	if err != nil {
		t.Fatal(err)
	}
	other, err := newSealer("another", true)
	if err != nil {
		t.Fatal(err)
	}
	w := recorder{http.Header{}}
	if err := s.set(w, "session", Viewer{Login: "me", Token: "ghu_1"}, sessionTime); err != nil {
		t.Fatal(err)
	}
	cookie, err := http.ParseSetCookie(w.Header().Get("Set-Cookie"))
	if err != nil {
		t.Fatal(err)
	}
	if !cookie.HttpOnly || !cookie.Secure || !strings.HasPrefix(cookie.Name, "__Host-") || strings.Contains(cookie.Value, "ghu_1") {
		t.Errorf("the cookie is %+v", cookie)
	}
	request := func(name, value string) *http.Request {
		return &http.Request{Header: http.Header{"Cookie": {name + "=" + value}}}
	}
	var v Viewer
	if err := s.read(request(cookie.Name, cookie.Value), "session", &v); err != nil || v.Login != "me" {
		t.Errorf("it was read as %+v, %v", v, err)
	}
	for name, err := range map[string]error{
		"of another name": s.read(request(s.name("signin"), cookie.Value), "signin", &v),
		"of another key":  other.read(request(cookie.Name, cookie.Value), "session", &v),
		"changed":         s.read(request(cookie.Name, "AAAA"+cookie.Value[4:]), "session", &v),
		"short":           s.read(request(cookie.Name, "AA"), "session", &v),
	} {
		if err == nil {
			t.Errorf("a cookie %s was taken", name)
		}
	}
}

// ask makes a request without a network, each of another's.
func ask(p *Pages, at string) int {
	r := httptest.NewRequest(http.MethodGet, at, nil)
	r.RemoteAddr = rand.Text() + ":1"
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Code
}

// recorder takes headers.
type recorder struct{ header http.Header }

func (r recorder) Header() http.Header         { return r.header }
func (r recorder) Write(b []byte) (int, error) { return len(b), nil }
func (r recorder) WriteHeader(int)             {}

// BenchmarkLarge is a review of 5,000 changed objects: its page from what is kept,
// again from what is in memory, and the diff of another object each time.
func BenchmarkLarge(b *testing.B) {
	r := large()
	for name, part := range map[string]string{"again": "", "object": "part=object&"} {
		b.Run(name, func(b *testing.B) {
			p, id := prepared(b, r)
			n := 0
			for b.Loop() {
				n++
				if status := ask(p, fmt.Sprintf("/reviews/%d?%sobject=%d", id, part, n%5000)); status != http.StatusOK {
					b.Fatal(status)
				}
			}
		})
	}
	b.Run("first", func(b *testing.B) {
		p, id := prepared(b, r)
		for b.Loop() {
			p.opened = cache[int64, *report.Page]{most: openedSize}
			if status := ask(p, fmt.Sprintf("/reviews/%d", id)); status != http.StatusOK {
				b.Fatal(status)
			}
		}
	})
}

// What a review of 5,000 changed objects takes in the server while it is looked at.
func TestMemoryOfALargeReview(t *testing.T) {
	p, id := prepared(t, large())
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for n := range 100 {
		if status := ask(p, fmt.Sprintf("/reviews/%d?part=object&object=%d", id, n*50)); status != http.StatusOK {
			t.Fatal(status)
		}
	}
	const most = 80 << 20
	if more := int64(heap()) - int64(before); more > most {
		t.Errorf("it takes %d MB", more>>20)
	} else {
		t.Logf("it takes %d MB", more>>20)
	}
	runtime.KeepAlive(p)
}
