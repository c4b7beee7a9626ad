package source

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/engine/index"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// site is a server on the loopback that counts what it is asked.
type site struct {
	*httptest.Server
	mu     sync.Mutex
	counts map[string]int
	auth   map[string]string // the last Authorization by path
}

// reader reads indexes without the protection of a sandbox.
var reader = sandbox.InProcess(sandbox.Handlers{task.IndexKind: index.Handle})

func newSite(t *testing.T, f http.HandlerFunc) *site {
	t.Helper()
	s := &site{counts: map[string]int{}, auth: map[string]string{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.counts[r.URL.Path]++
		s.auth[r.URL.Path] = r.Header.Get("Authorization")
		s.mu.Unlock()
		f(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *site) count(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[path]
}

func (s *site) addr() string { return s.Listener.Addr().String() }
func (s *site) oci(path string) string {
	return "oci://" + s.addr() + "/" + path
}

// newFetcher may speak to these sites, and to nothing else that is not public.
func newFetcher(t *testing.T, o Options, sites ...*site) *Fetcher {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	f, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	f.guard.local = map[string]bool{}
	for _, s := range sites {
		f.guard.local[s.addr()] = true
	}
	f.wait = func(context.Context, time.Duration) error { return nil }
	return f
}

func fetchOne(t *testing.T, f *Fetcher, scope string, ref model.SourceRef) model.Artifact {
	t.Helper()
	return f.Session(reader).Fetch(t.Context(), scope, []model.SourceRef{ref})[0]
}

func wantProblem(t *testing.T, a model.Artifact, class model.Class, part string) {
	t.Helper()
	if a.Problem == nil || a.Problem.Class != class || !strings.Contains(a.Problem.Message, part) {
		t.Errorf("the problem is %v, want %s with %q", a.Problem, class, part)
	}
}

func content(t *testing.T, a model.Artifact, path string) string {
	t.Helper()
	if a.Problem != nil {
		t.Fatal(a.Problem)
	}
	b, err := a.Tree.Read(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// charts serves an index of these versions of the chart web.
func charts(versions ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/charts/index.yaml" {
			fmt.Fprint(w, "package of ", r.URL.Path)
			return
		}
		fmt.Fprintln(w, "apiVersion: v1\nentries:\n  web:")
		for _, v := range versions {
			fmt.Fprintf(w, "  - {version: %q, urls: [web-%s.tgz], digest: %s}\n", v, v, sum([]byte("package of /charts/web-"+v+".tgz")))
		}
	}
}

func TestVersions(t *testing.T) {
	all := []string{"1.0.0", "1.2.0", "2.0.0-rc.1", "1.10.0", "junk", "v3.0.0"}
	for wanted, want := range map[string]string{
		"": "v3.0.0", "*": "v3.0.0", "1.x": "1.10.0", "~1.2": "1.2.0", ">=2.0.0-0 <3": "2.0.0-rc.1", "2.x": "", "1.0.0": "1.0.0", "^1.1": "1.10.0", "3.0.0": "v3.0.0", "junk": "junk",
	} {
		got := ""
		if i, err := newest(wanted, all); err != nil {
			t.Error(err)
		} else if i >= 0 {
			got = all[i]
		}
		if got != want {
			t.Errorf("%q is %q, want %q", wanted, got, want)
		}
	}
	if _, err := newest("not a range", all); err == nil {
		t.Error("no range is taken for one")
	}
}

func TestAChart(t *testing.T) {
	s := newSite(t, charts("1.0.0", "1.1.0", "2.0.0-rc.1"))
	f := newFetcher(t, Options{}, s)
	review := f.Session(reader)
	ref := model.SourceRef{Kind: model.ChartSource, URL: s.URL + "/charts", Chart: "web", Version: "1.x"}
	exact := ref
	exact.Version = "1.0.0"
	got := review.Fetch(t.Context(), "7/own", []model.SourceRef{ref, exact})
	if c := content(t, got[0], model.ChartFile); c != "package of /charts/web-1.1.0.tgz" || !strings.HasPrefix(got[0].Revision, "1.1.0@sha256:") {
		t.Errorf("%s %q", got[0].Revision, c)
	}
	if c := content(t, got[1], model.ChartFile); c != "package of /charts/web-1.0.0.tgz" {
		t.Error(c)
	}
	if again := review.Fetch(t.Context(), "7/own", []model.SourceRef{ref}); again[0].Revision != got[0].Revision || s.count("/charts/index.yaml") != 1 {
		t.Errorf("the range was resolved %d times", s.count("/charts/index.yaml"))
	}
	fetchOne(t, f, "7/own", ref)
	if s.count("/charts/index.yaml") != 2 || s.count("/charts/web-1.1.0.tgz") != 1 {
		t.Errorf("the next review asks %v", s.counts)
	}
	missing := ref
	missing.Version = "9.x"
	wantProblem(t, fetchOne(t, f, "7/own", missing), model.ChartInvalid, "no version 9.x")
	missing.Chart = "none"
	wantProblem(t, fetchOne(t, f, "7/own", missing), model.ChartInvalid, "no chart none")
}

func TestABusyServer(t *testing.T) {
	for name, busyTimes := range map[string]int{"then not": 2, "for ever": 1000} {
		t.Run(name, func(t *testing.T) {
			serve := charts("1.0.0")
			var s *site
			s = newSite(t, func(w http.ResponseWriter, r *http.Request) {
				if s.count("/charts/index.yaml") <= busyTimes {
					w.Header().Set("Retry-After", "7")
					w.WriteHeader(http.StatusTooManyRequests)
					return
				}
				serve(w, r)
			})
			f := newFetcher(t, Options{}, s)
			var waits []time.Duration
			f.wait = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
			a := fetchOne(t, f, "7/own", model.SourceRef{Kind: model.ChartSource, URL: s.URL + "/charts", Chart: "web"})
			for _, d := range waits {
				if d < 7*time.Second || d > 8*time.Second {
					t.Errorf("it waits %s", d)
				}
			}
			if busyTimes == 2 {
				if a.Problem != nil || len(waits) != 2 {
					t.Errorf("%v after %d", a.Problem, len(waits))
				}
				return
			}
			wantProblem(t, a, model.SourceUnreachable, "too busy (it answers 429)")
			if s.count("/charts/index.yaml") != attempts {
				t.Errorf("it was asked %d times", s.count("/charts/index.yaml"))
			}
		})
	}
}

func TestALieIsRefused(t *testing.T) {
	serve := charts("1.0.0")
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".tgz") {
			fmt.Fprint(w, "something else")
			return
		}
		serve(w, r)
	})
	wantProblem(t, fetchOne(t, newFetcher(t, Options{}, s), "7/own", model.SourceRef{Kind: model.ChartSource, URL: s.URL + "/charts", Chart: "web"}),
		model.SourceRefused, "not the one whose digest")
}

func TestWhatLeadsInside(t *testing.T) {
	var realm string
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/to/"):
			at, _ := url.PathUnescape(strings.TrimPrefix(r.URL.EscapedPath(), "/to/"))
			at = strings.TrimSuffix(at, "/index.yaml")
			http.Redirect(w, r, at, http.StatusFound)
		case strings.HasPrefix(r.URL.Path, "/v2/"):
			w.Header().Set("WWW-Authenticate", `Bearer realm="`+realm+`",service="x"`)
			w.WriteHeader(http.StatusUnauthorized)
		default:
			fmt.Fprint(w, "entries: {web: [{version: 1.0.0, urls: ['https://10.1.2.3/x.tgz?token=hush']}]}")
		}
	})
	f := newFetcher(t, Options{}, s)
	for _, at := range []string{"https://10.0.0.1/", "https://169.254.169.254/latest", "https://[::ffff:127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "http://example.com/", "https://localhost:1/", "file:///etc/passwd"} {
		a := fetchOne(t, f, "7/own", model.SourceRef{Kind: model.ChartSource, URL: s.URL + "/to/" + url.PathEscape(at), Chart: "web"})
		wantProblem(t, a, model.SourceRefused, "refused")
		realm = at
		if strings.HasPrefix(at, "https://") {
			wantProblem(t, fetchOne(t, f, "7/own", model.SourceRef{Kind: model.OCISource, URL: s.oci("acme/x")}), model.SourceRefused, "refused")
		}
	}
	a := fetchOne(t, f, "7/own", model.SourceRef{Kind: model.ChartSource, URL: s.URL, Chart: "web"})
	wantProblem(t, a, model.SourceRefused, "not public")
	if strings.Contains(a.Problem.Message, "hush") {
		t.Errorf("a query is shown: %s", a.Problem.Message)
	}
	stranger := newFetcher(t, Options{PlainHosts: []string{"127.0.0.1"}})
	wantProblem(t, fetchOne(t, stranger, "7/own", model.SourceRef{Kind: model.ChartSource, URL: s.URL, Chart: "web"}), model.SourceRefused, "not public")
	chosen := newFetcher(t, Options{Hosts: []string{"*.example.com"}}, s)
	wantProblem(t, fetchOne(t, chosen, "7/own", model.SourceRef{Kind: model.ChartSource, URL: s.URL, Chart: "web"}), model.SourceRefused, "not among the hosts")
}

func TestAddresses(t *testing.T) {
	for _, tt := range []struct {
		address string
		public  bool
	}{
		{"1.1.1.1", true}, {"2606:4700::1111", true}, {"64:ff9b::808:808", true},
		{"127.0.0.1", false}, {"10.0.0.1", false}, {"172.16.0.1", false}, {"192.168.1.1", false}, {"169.254.169.254", false}, {"100.64.0.1", false},
		{"0.0.0.0", false}, {"224.0.0.1", false}, {"255.255.255.255", false}, {"198.18.0.1", false}, {"::1", false}, {"::", false}, {"fe80::1", false},
		{"fd00::1", false}, {"ff02::1", false}, {"::ffff:10.0.0.1", false}, {"64:ff9b::a00:1", false}, {"2002:a00:1::", false}, {"fe80::1%eth0", false}, {"::7f00:1", false}, {"fd00:ec2::254", false},
	} {
		if got := public(netip.MustParseAddr(tt.address)); got != tt.public {
			t.Errorf("%s is public: %v", tt.address, got)
		}
	}
}

func TestWhatIsTooMuch(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/huge/index.yaml":
			block := bytes.Repeat([]byte("#"), 1<<20)
			for range maxIndex>>20 + 2 {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		case "/slow/index.yaml":
			fmt.Fprint(w, "entries:")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}
	})
	f := newFetcher(t, Options{}, s)
	wantProblem(t, fetchOne(t, f, "7/own", model.SourceRef{Kind: model.ChartSource, URL: s.URL + "/huge", Chart: "web"}), model.SourceRefused, "sends more than 32 MiB")
	hasty := newFetcher(t, Options{Timeout: 50 * time.Millisecond}, s)
	wantProblem(t, fetchOne(t, hasty, "7/own", model.SourceRef{Kind: model.ChartSource, URL: s.URL + "/slow", Chart: "web"}), model.SourceUnreachable, "in time")
}

// signalling tells when somebody waits for the context.
type signalling struct {
	context.Context
	once *sync.Once
	seen chan struct{}
}

func (s signalling) Done() <-chan struct{} {
	s.once.Do(func() { close(s.seen) })
	return s.Context.Done()
}

func TestTwoWaitForOneDownload(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	serve := charts("1.0.0")
	var once sync.Once
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		once.Do(func() { close(entered) })
		<-release
		serve(w, r)
	})
	f := newFetcher(t, Options{}, s)
	ref := model.SourceRef{Kind: model.ChartSource, URL: s.URL + "/charts", Chart: "web"}
	results := make(chan model.Artifact, 2)
	go func() { results <- f.Session(reader).Fetch(t.Context(), "7/own", []model.SourceRef{ref})[0] }()
	<-entered
	second := signalling{t.Context(), &sync.Once{}, make(chan struct{})}
	go func() { results <- f.Session(reader).Fetch(second, "7/own", []model.SourceRef{ref})[0] }()
	<-second.seen
	close(release)
	for range 2 {
		if a := <-results; a.Problem != nil {
			t.Error(a.Problem)
		}
	}
	if s.count("/charts/index.yaml") != 1 || s.count("/charts/web-1.0.0.tgz") != 1 {
		t.Errorf("it was asked %v", s.counts)
	}
}

func TestTenantsDoNotMeet(t *testing.T) {
	const password = "hush-hush-hush"
	other := newSite(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "from elsewhere") })
	serve := charts("1.0.0")
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if _, p, _ := r.BasicAuth(); p != password {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if r.URL.Path == "/moved/index.yaml" {
			http.Redirect(w, r, other.URL+"/index.yaml", http.StatusFound)
			return
		}
		serve(w, r)
	})
	f := newFetcher(t, Options{Credentials: []Credential{{Host: s.addr(), User: "robot", Password: password, Scopes: []string{"7/own"}}}}, s, other)
	ref := model.SourceRef{Kind: model.ChartSource, URL: s.URL + "/charts", Chart: "web", By: "flux-system/registry"}
	if a := fetchOne(t, f, "7/own", ref); a.Problem != nil {
		t.Fatal(a.Problem)
	}
	for _, scope := range []string{"8/own", "7/fork"} {
		a := fetchOne(t, f, scope, ref)
		wantProblem(t, a, model.SourceUnreachable, "SEAWORTHY_SOURCE_CREDENTIALS_FILE")
		if strings.Contains(a.Problem.Message, password) {
			t.Error(a.Problem.Message)
		}
	}
	moved := ref
	moved.URL = s.URL + "/moved"
	fetchOne(t, f, "7/own", moved)
	if other.count("/index.yaml") != 1 || other.auth["/index.yaml"] != "" {
		t.Errorf("another host got %q", other.auth["/index.yaml"])
	}
}

func TestOffline(t *testing.T) {
	offline, err := New(Options{Offline: true, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []*Fetcher{nil, offline} {
		a := fetchOne(t, f, "local", model.SourceRef{Kind: model.ChartSource, URL: "https://charts.example.com/x?token=hush", Chart: "web", Version: "1.x"})
		wantProblem(t, a, model.SourceUnreachable, "the chart web 1.x of charts.example.com is not fetched: offline")
	}
}

// tarball makes a layer.
func tarball(t *testing.T, headers ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, h := range headers {
		body := []byte(h.PAXRecords["body"])
		h.PAXRecords = nil
		if h.Size == 0 {
			h.Size = int64(len(body))
		} else {
			body = make([]byte, h.Size)
		}
		h.Mode = 0o644
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func file(name, body string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeReg, PAXRecords: map[string]string{"body": body}}
}

// ociSite serves one repository: tags to layers, all of one media type.
func ociSite(t *testing.T, mediaType string, tags map[string][]byte) *site {
	manifests, blobs := map[string][]byte{}, map[string][]byte{}
	for tag, layer := range tags {
		d := "sha256:" + sum(layer)
		m, _ := json.Marshal(map[string]any{"schemaVersion": 2, "layers": []descriptor{{mediaType, d, int64(len(layer))}}})
		manifests[tag], manifests["sha256:"+sum(m)], blobs[d] = m, m, layer
	}
	names := slices.Sorted(maps.Keys(tags))
	return newSite(t, func(w http.ResponseWriter, r *http.Request) {
		last := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		switch {
		case r.URL.Path == "/token":
			fmt.Fprint(w, `{"token": "given"}`)
		case r.Header.Get("Authorization") != "Bearer given":
			w.Header().Set("WWW-Authenticate", `Bearer realm="http://`+r.Host+`/token",service="test"`)
			w.WriteHeader(http.StatusUnauthorized)
		case strings.HasSuffix(r.URL.Path, "/tags/list") && r.URL.Query().Get("last") == "":
			w.Header().Set("Link", `<`+r.URL.Path+`?last=x>; rel="next"`)
			_ = json.NewEncoder(w).Encode(map[string]any{"tags": names[:1]})
		case strings.HasSuffix(r.URL.Path, "/tags/list"):
			_ = json.NewEncoder(w).Encode(map[string]any{"tags": names[1:]})
		case strings.Contains(r.URL.Path, "/manifests/") && manifests[last] != nil:
			_, _ = w.Write(manifests[last])
		case strings.Contains(r.URL.Path, "/blobs/") && blobs[last] != nil:
			_, _ = w.Write(blobs[last])
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
}

func TestAnOCIArtifact(t *testing.T) {
	layer := func(v string) []byte {
		return tarball(t, file("./apps/a.yaml", v), tar.Header{Name: "link", Typeflag: tar.TypeSymlink, Linkname: "apps/a.yaml"}, tar.Header{Name: "apps/", Typeflag: tar.TypeDir})
	}
	s := ociSite(t, "application/vnd.cncf.flux.content.v1.tar+gzip", map[string][]byte{"latest": layer("latest"), "1.0.0": layer("one"), "1.5.0": layer("five"), "1.6.0-rc.1": layer("rc"), "prod-1": layer("prod")})
	f := newFetcher(t, Options{}, s)
	for want, ref := range map[string]model.SourceRef{"latest": {}, "one": {Tag: "1.0.0"}, "five": {SemVer: "1.x"}, "rc": {SemVer: ">=1.0.0-0", SemVerFilter: "rc"}} {
		ref.Kind, ref.URL = model.OCISource, s.oci("acme/apps")
		a := fetchOne(t, f, "7/own", ref)
		if got := content(t, a, "link"); got != want {
			t.Errorf("%+v is %q", ref, got)
		}
		byDigest := model.SourceRef{Kind: model.OCISource, URL: ref.URL, Tag: "ignored", Digest: a.Revision[strings.Index(a.Revision, "sha256:"):]}
		if got := content(t, fetchOne(t, f, "7/own", byDigest), "apps/a.yaml"); got != want {
			t.Errorf("by digest it is %q", got)
		}
	}
	a := fetchOne(t, f, "7/own", model.SourceRef{Kind: model.OCISource, URL: s.oci("acme/apps"), LayerOperation: "copy"})
	if got := content(t, a, model.ChartFile); got != string(layer("latest")) {
		t.Error("a copied layer is not what it was")
	}
	wantProblem(t, fetchOne(t, f, "7/own", model.SourceRef{Kind: model.OCISource, URL: s.oci("acme/apps"), Tag: "none"}), model.SourceUnreachable, "does not exist")
	wantProblem(t, fetchOne(t, f, "7/own", model.SourceRef{Kind: model.OCISource, URL: s.oci("acme/apps"), LayerMediaType: "x/y"}), model.SourceUnreachable, "layerSelector")
}

func TestAChartOfARegistry(t *testing.T) {
	s := ociSite(t, helmLayer, map[string][]byte{"1.0.0": []byte("one"), "1.1.0_build": []byte("two")})
	f := newFetcher(t, Options{}, s)
	for version, want := range map[string]string{"1.0.0": "one", "1.x": "two", "1.1.0+build": "two"} {
		a := fetchOne(t, f, "7/own", model.SourceRef{Kind: model.ChartSource, URL: s.oci("acme/charts"), Chart: "web", Version: version})
		if got := content(t, a, model.ChartFile); got != want {
			t.Errorf("%s is %q", version, got)
		}
	}
	if n := s.count("/v2/acme/charts/web/tags/list"); n != 2 && n != 3 {
		t.Errorf("an exact version needs no list; it was asked for %d times", n)
	}
	plain := ociSite(t, "text/plain", map[string][]byte{"1.0.0": []byte("one"), "x": []byte("x")})
	wantProblem(t, fetchOne(t, newFetcher(t, Options{}, plain), "7/own", model.SourceRef{Kind: model.ChartSource, URL: plain.oci("a"), Chart: "web", Version: "1.0.0"}), model.ChartInvalid, "no Helm chart")
}

func TestHostileLayers(t *testing.T) {
	many := make([]tar.Header, maxEntries+1)
	for i := range many {
		many[i] = file(fmt.Sprint(i), "")
	}
	for name, layer := range map[string][]byte{
		"bomb": tarball(t, tar.Header{Name: "x", Typeflag: tar.TypeReg, Size: maxUnpacked + 1}), "many": tarball(t, many...),
		"climbs": tarball(t, file("../x", "x")), "absolute": tarball(t, file("/etc/x", "x")), "no gzip": []byte("x"), "both": tarball(t, file("a", "x"), file("a/b", "x")),
	} {
		t.Run(name, func(t *testing.T) {
			s := ociSite(t, "x", map[string][]byte{"latest": layer, "other": layer})
			wantProblem(t, fetchOne(t, newFetcher(t, Options{}, s), "7/own", model.SourceRef{Kind: model.OCISource, URL: s.oci("acme/x")}), model.SourceRefused, "its layer")
		})
	}
}

func TestTheStoreIsTrimmed(t *testing.T) {
	s, err := openStore(t.TempDir(), 2000)
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	for i := range 10 {
		s.put("a", bytes.Repeat([]byte{byte(i)}, 500))
	}
	for i := range 10 {
		if s.get("a", sum(bytes.Repeat([]byte{byte(i)}, 500))) != nil {
			kept++
		}
	}
	if kept == 0 || kept > 4 {
		t.Errorf("%d are kept", kept)
	}
	if s.get("b", sum(bytes.Repeat([]byte{9}, 500))) != nil {
		t.Error("another owner is served")
	}
}
