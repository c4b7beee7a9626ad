package github

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/bradleyfalzon/ghinstallation/v2"
	gh "github.com/google/go-github/v60/github"
)

// purpose is what a token is for: each has the least permissions that suffice.
type purpose int

const (
	forReview  purpose = iota // read pull requests, write check runs
	forGit                    // fetch; the only one that leaves this process
	forContent                // read files by the API
	forComment                // answer on pull requests, ask for a user's role
	forIssue                  // keep an issue up to date
	forLook                   // list pull requests, of any repository of the installation: a token for each would cost more than the look
)

// permissions of a purpose; metadata: read always comes along.
func (p purpose) permissions() *gh.InstallationPermissions {
	switch p {
	case forReview:
		return &gh.InstallationPermissions{Checks: gh.String("write"), PullRequests: gh.String("read")}
	case forIssue:
		return &gh.InstallationPermissions{Issues: gh.String("write")}
	case forLook:
		return &gh.InstallationPermissions{PullRequests: gh.String("read")}
	case forComment:
		return &gh.InstallationPermissions{PullRequests: gh.String("write")}
	}
	return &gh.InstallationPermissions{Contents: gh.String("read")}
}

// needs names a purpose's permissions as GitHub does.
func (p purpose) needs() string {
	asked := p.permissions()
	var out []string
	for name, level := range map[string]*string{"checks": asked.Checks, "contents": asked.Contents, "issues": asked.Issues, "pull_requests": asked.PullRequests} {
		if level != nil {
			out = append(out, name+"="+*level)
		}
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

// sourceKey names a token: one installation, one repository, one purpose.
type sourceKey struct {
	installation int64
	repo         string
	id           int64
	purpose      purpose
}

// maxSources bounds the tokens kept. One costs a request to make anew.
const maxSources = 1000

// source finds or makes the source of a token.
func (a *App) source(k sourceKey) *tokenSource {
	a.mu.Lock()
	defer a.mu.Unlock()
	if s := a.sources[k]; s != nil {
		return s
	}
	if len(a.sources) >= maxSources {
		for old := range a.sources { // any: those in use stay with their users
			delete(a.sources, old)
			break
		}
	}
	s := &tokenSource{app: a, key: k}
	a.sources[k] = s
	return s
}

// tokenSource authenticates requests, and renews a token that GitHub refuses
// before its time: ghinstallation goes by the clock alone.
type tokenSource struct {
	app *App
	key sourceKey

	mu      sync.Mutex
	current *ghinstallation.Transport
}

func (s *tokenSource) transport() *ghinstallation.Transport {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		s.current = ghinstallation.NewFromAppsTransport(s.app.jwt(), s.key.installation)
		narrow := &gh.InstallationTokenOptions{Permissions: s.key.purpose.permissions()}
		switch {
		case s.key.purpose == forLook:
		case s.key.id != 0:
			narrow.RepositoryIDs = []int64{s.key.id}
		default:
			narrow.Repositories = []string{s.key.repo}
		}
		s.current.InstallationTokenOptions = narrow
	}
	return s.current
}

// drop forgets a token, unless another was made already.
func (s *tokenSource) drop(refused *ghinstallation.Transport) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == refused {
		s.current = nil
	}
}

// RoundTrip sends a request, and once more with a new token after a 401.
func (s *tokenSource) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := s.app.await(r.Context(), s.key.installation, pointsOf(r)); err != nil {
		return nil, err
	}
	t := s.transport()
	resp, err := t.RoundTrip(r)
	err = refusedFor(s.key.purpose, err)
	if err == nil {
		s.app.heard(s.key.installation, resp)
	}
	if err != nil || resp.StatusCode != http.StatusUnauthorized || r.Body != nil && r.GetBody == nil {
		return resp, err
	}
	s.drop(t)
	again := r.Clone(r.Context())
	if r.GetBody != nil {
		if again.Body, err = r.GetBody(); err != nil {
			return resp, nil
		}
	}
	resp.Body.Close()
	resp, err = s.transport().RoundTrip(again)
	return resp, refusedFor(s.key.purpose, err)
}

// Token gives a token for git: contents: read on this repository alone.
func (c *Client) Token(ctx context.Context) (string, error) {
	s := c.app.source(c.key(forGit))
	return call(ctx, c.app, c.request("make a token for "+c.String(), true), func(ctx context.Context) (string, *gh.Response, error) {
		token, err := s.transport().Token(ctx)
		return token, nil, refusedFor(forGit, err)
	})
}

// NewToken gives a token other than the one that git found to be refused.
func (c *Client) NewToken(ctx context.Context) (string, error) {
	s := c.app.source(c.key(forGit))
	s.drop(s.transport())
	return c.Token(ctx)
}
