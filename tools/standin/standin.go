// Package standin is a stand-in for GitHub, for tests and for the demo: an
// http.Handler that speaks the part of the REST API, of git over HTTP and of
// webhooks that a GitHub App needs, and that is as strict as the real one about
// authentication, permissions, limits and the shape of requests. It keeps its
// state in memory and its repositories in a directory; it is no server for
// anybody's real data.
package standin

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// Options say what kind of GitHub it is. Only Dir must be given.
type Options struct {
	Dir           string // where repositories are kept; must exist
	AppID         int64  // default 1
	Slug          string // the App's name in URLs; default "seaworthy"
	WebhookURL    string // where events go; "" keeps them in Deliveries
	WebhookSecret string
	NoLimits      bool             // no limits of requests, as GitHub Enterprise Server is by default
	Browse        bool             // answer GitHub's own pages, to everybody
	WebhookForm   bool             // send application/x-www-form-urlencoded
	Now           func() time.Time // default time.Now
	Key           *rsa.PrivateKey  // the App's; default a new one
}

// Server is the stand-in. All of its methods are safe for concurrent use.
type Server struct {
	opts   Options
	key    *rsa.PrivateKey
	api    *http.ServeMux
	closed chan struct{}
	once   sync.Once

	mu            sync.Mutex
	webhookURL    string
	lastID        int64
	installations map[int64]*installation
	repositories  map[int64]*repository
	grants        map[string]*grant
	manifests     map[string]bool
	codes         map[string]code
	userTokens    map[string]userToken
	browser       string // who is signed in where browsers come by
	callback      string
	limits        limits
	faults        []*Fault
	chaos         func(method, path string) *Fault
	requests      []Request
	deliveries    []*Delivery
	answered      chan struct{}
}

// New makes an empty GitHub with one App, whose key is PrivateKeyPEM.
func New(opts Options) (*Server, error) {
	if info, err := os.Stat(opts.Dir); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("standin: %q is no directory", opts.Dir)
	}
	if opts.AppID == 0 {
		opts.AppID = 1
	}
	if opts.Slug == "" {
		opts.Slug = "seaworthy"
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Key == nil {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, fmt.Errorf("make the App's key: %w", err)
		}
		opts.Key = key
	}
	s := &Server{
		opts: opts, key: opts.Key, closed: make(chan struct{}), webhookURL: opts.WebhookURL, lastID: 1000,
		installations: map[int64]*installation{}, repositories: map[int64]*repository{},
		grants: map[string]*grant{}, manifests: map[string]bool{}, codes: map[string]code{}, userTokens: map[string]userToken{}, browser: "octocat",
		limits: newLimits(), answered: make(chan struct{}),
	}
	s.api = s.routes()
	return s, nil
}

// Close lets go of the requests that hang.
func (s *Server) Close() { s.once.Do(func() { close(s.closed) }) }

// PrivateKeyPEM is the App's key, as GitHub lets it be downloaded.
func (s *Server) PrivateKeyPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(s.key)})
}

// AppID is the App's id.
func (s *Server) AppID() int64 { return s.opts.AppID }

// SetWebhookURL sets where events go from now on.
func (s *Server) SetWebhookURL(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.webhookURL = url
}

// nextID numbers everything; the caller holds the lock.
func (s *Server) nextID() int64 {
	s.lastID++
	return s.lastID
}

// ServeHTTP answers the API at / and at /api/v3/, and git at /owner/name.git.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/api/v3")
	record := s.record(r.Method, path, written(r, path))
	if f := s.faultFor(r.Method, path); f != nil {
		s.fail(f, w, r, path, record)
		return
	}
	s.serve(w, r, path, record)
}

// maxWritten bounds what is kept of a request's body; GitHub takes less of any.
const maxWritten = 4 << 20

// written reads what a request of the API writes, and leaves it to be read again.
func written(r *http.Request, path string) string {
	if _, _, git := gitPath(path); git || r.Body == nil || r.Method == http.MethodGet {
		return ""
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxWritten))
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{err}, r.Body))
	return string(body)
}

// failing reads as a body that ended with an error, or not at all.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, path string, record func(int)) {
	sw := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	defer func() { record(sw.status) }()
	if repo, service, ok := gitPath(path); ok {
		s.serveGit(sw, r, repo, service)
		return
	}
	if s.browse(sw, r) {
		return
	}
	r2 := r.Clone(r.Context())
	// http.ServeMux cannot tell /issues/comments/{id} from /issues/{number}/comments.
	r2.URL.Path, r2.URL.RawPath = issueComments.ReplaceAllString(path, "$1/issue-comments/"), ""
	s.api.ServeHTTP(sw, r2)
}

var issueComments = pattern.New(`^(/repos/[^/]+/[^/]+|/repositories/[0-9]+)/issues/comments/`)

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController flush and hijack.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

var errNoRepository = errors.New("standin: no such repository")

// repo finds a repository by "owner/name"; the caller holds the lock.
func (s *Server) repo(fullName string) (*repository, error) {
	for _, r := range s.repositories {
		if strings.EqualFold(r.fullName(), fullName) {
			return r, nil
		}
	}
	return nil, fmt.Errorf("%w: %s", errNoRepository, fullName)
}

// moved finds a repository by a name that it had before it was renamed.
func (s *Server) moved(fullName string) *repository {
	for _, r := range s.repositories {
		if r.oldNames[strings.ToLower(fullName)] {
			return r
		}
	}
	return nil
}
