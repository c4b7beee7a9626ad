// Package source fetches what lies outside the repository: charts, OCI
// artifacts, other Git repositories. It speaks to public hosts only, tells no
// credential to a host that it is not for, and unpacks nothing but OCI
// artifacts; a chart's package is opened inside a sandboxed child.
package source

import (
	"context"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sourcegraph/conc/pool"
	"golang.org/x/sync/singleflight"

	"github.com/seaworthy-dev/seaworthy/internal/git"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// Options are the operator's.
type Options struct {
	Offline bool // nothing is fetched; every answer says so
	// Dir keeps what was fetched, each scope's apart; "" keeps nothing but the
	// mirrors of Git repositories, in a temporary directory that Close removes.
	Dir      string
	MaxBytes int64 // of Dir; 0 is 2 GiB
	// Hosts are globs of the hosts that may be asked; none is every public host.
	Hosts []string
	// PlainHosts may be asked without TLS.
	PlainHosts  []string
	Credentials []Credential
	CAFile      string // PEM certificates to trust besides the system's
	// Timeout bounds one request; 0 is a minute.
	Timeout time.Duration
}

// Limits on one review. A large repository of many clusters has some hundred
// sources.
const (
	maxRefs     = 500
	maxRequests = 5_000
	maxBytes    = 1 << 30
	parallel    = 8
	// fetchTime bounds one source, its retries included.
	fetchTime       = 3 * time.Minute
	defaultMaxBytes = 2 << 30
)

// Fetcher fetches sources for all reviews. A nil Fetcher is offline.
type Fetcher struct {
	options Options
	guard   *guard
	client  *http.Client
	timeout time.Duration
	wait    func(context.Context, time.Duration) error
	store   *store
	gitCA   string // what git trusts; "" is the system's
	mirrors *git.Mirrors
	flights singleflight.Group
}

// New makes a Fetcher. It opens no connection.
func New(o Options) (*Fetcher, error) {
	f := &Fetcher{options: o, guard: &guard{hosts: o.Hosts, plain: o.PlainHosts}, timeout: o.Timeout, wait: wait}
	if f.timeout == 0 {
		f.timeout = time.Minute
	}
	if f.options.MaxBytes == 0 {
		f.options.MaxBytes = defaultMaxBytes
	}
	f.client = f.guard.client()
	if o.CAFile != "" {
		if err := trust(f.client, o.CAFile); err != nil {
			return nil, err
		}
	}
	var err error
	if f.store, err = openStore(o.Dir, f.options.MaxBytes/2); err != nil {
		return nil, err
	}
	if o.CAFile != "" {
		if f.gitCA, err = bundle(f.store.dir, o.CAFile); err != nil {
			return nil, err
		}
	}
	f.mirrors = &git.Mirrors{Dir: filepath.Join(f.store.dir, "git"), MaxBytes: f.options.MaxBytes / 2, MaxFetch: maxGitFetch}
	return f, nil
}

// Close lets go of idle connections, and of what was kept for this process only.
func (f *Fetcher) Close() {
	if f != nil {
		f.client.CloseIdleConnections()
		f.store.close()
	}
}

// Forget removes the mirrors of a tenant's neighbours, of one repository or of all where
// that is "", and reports whether they are gone: one that is in use stays.
func (f *Fetcher) Forget(tenant, repository string) bool {
	return f == nil || f.mirrors.Forget(tenant, repository)
}

// Session is one review's use of a Fetcher: each name is resolved once, and both
// sides get the same answer.
type Session struct {
	neighbours Neighbours
	fetcher    *Fetcher
	runner     sandbox.Runner
	requests   atomic.Int64
	bytes      atomic.Int64

	mu      sync.Mutex
	answers map[question]*answer
	indexes map[question]*indexAnswer
	tokens  map[string]string
}

// question is a source as one scope sees it.
type question struct {
	scope string
	ref   model.SourceRef
}

type answer struct {
	once sync.Once
	got  model.Artifact
}

// Session begins one review; the runner reads what strangers' servers answer.
func (f *Fetcher) Session(runner sandbox.Runner) *Session {
	return &Session{fetcher: f, runner: runner, answers: map[question]*answer{}, indexes: map[question]*indexAnswer{}, tokens: map[string]string{}}
}

// Neighbour is a repository of the GitHub host that a review may read with the
// installation's own token.
type Neighbour struct {
	Tenant, Repository string // what its mirror is kept by
	URL                string // https, without credentials
	Token, CAFile      string
}

// Neighbours tells whether a Git source is such a repository. Nil without an
// error means that it is none, and is read as anybody would read it; an error
// that is a *model.Problem says why it may not be read.
type Neighbours func(ctx context.Context, ref model.SourceRef) (*Neighbour, error)

// With makes a Session read neighbours. The GitHub host alone is exempt from the
// egress policy.
func (s *Session) With(n Neighbours) *Session {
	s.neighbours = n
	return s
}

// Fetch gives what the refs lead to, in their order, all at once. A failure is
// an Artifact with a Problem. scope is tenant and trust: nothing is shared
// between two.
func (s *Session) Fetch(ctx context.Context, scope string, refs []model.SourceRef) []model.Artifact {
	out := make([]model.Artifact, len(refs))
	p := pool.New().WithMaxGoroutines(parallel)
	for i, ref := range refs {
		p.Go(func() { out[i] = s.one(ctx, scope, ref) })
	}
	p.Wait()
	return out
}

func (s *Session) one(ctx context.Context, scope string, ref model.SourceRef) model.Artifact {
	if s.fetcher == nil || s.fetcher.options.Offline {
		return model.Artifact{Problem: unreachable("%s is not fetched: offline", describe(ref))}
	}
	q := question{scope, ref}
	s.mu.Lock()
	a, known := s.answers[q]
	if !known && len(s.answers) >= maxRefs {
		s.mu.Unlock()
		return model.Artifact{Problem: &model.Problem{Class: model.SourceRefused, Message: "this review names more sources than are fetched for one"}}
	}
	if !known {
		a = &answer{}
		s.answers[q] = a
	}
	s.mu.Unlock()
	a.once.Do(func() { a.got = s.fly(ctx, q) })
	return a.got
}

// fly fetches one source; reviews that want the same at the same time wait for
// one download. It goes on when one of them gives up.
func (s *Session) fly(ctx context.Context, q question) model.Artifact {
	key := q.scope + "\x00" + key(q.ref)
	done := s.fetcher.flights.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), fetchTime, errSlow)
		defer cancel()
		return s.fetch(ctx, q), nil
	})
	select {
	case r := <-done:
		a, _ := r.Val.(model.Artifact)
		return a
	case <-ctx.Done():
		return model.Artifact{Problem: unreachable("%s is not fetched: the review ended before it came", describe(q.ref))}
	}
}

func (s *Session) fetch(ctx context.Context, q question) (out model.Artifact) {
	var err error
	switch q.ref.Kind {
	case model.ChartSource:
		out, err = s.chart(ctx, q)
	case model.OCISource:
		out, err = s.artifact(ctx, q)
	case model.GitSource:
		out, err = s.repository(ctx, q)
	default:
		return model.Artifact{Problem: &model.Problem{Class: model.UnsupportedSource, Message: "this kind of source is not fetched"}}
	}
	if err != nil {
		return model.Artifact{Problem: problem(q.ref, err)}
	}
	return out
}
