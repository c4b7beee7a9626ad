// Package github is the App's side of GitHub: it decodes webhooks, reads pull
// requests and writes check runs and comments, in the domain's own words. It is
// the only importer of a GitHub client. It keeps nothing but tokens, in memory,
// and decides nothing about reviews.
package github

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/bradleyfalzon/ghinstallation/v2"
	gh "github.com/google/go-github/v60/github"
)

// Config is what the operator says about the App and its GitHub.
type Config struct {
	AppID      int64
	PrivateKey []byte // PEM, PKCS #1 or #8
	APIURL     string // "" is https://api.github.com; for GHES https://HOST/api/v3
	WebURL     string // where git and pages are; "" derives it from APIURL
	CAFile     string // PEM certificates trusted besides the system's; "" for none

	// Observe is told of every request to the API: the status of its answer, 0
	// when there was none, and what it cost in points. It may be nil.
	Observe func(status, points int)
}

// App is the GitHub App. It is safe for concurrent use.
type App struct {
	id     int64
	key    *rsa.PrivateKey
	api    *url.URL // with a trailing slash
	web    *url.URL // without one
	caFile string
	http   http.RoundTripper
	pacer  pacer

	mu      sync.Mutex
	sources map[sourceKey]*tokenSource
	granted map[int64]grants
	paused  map[int64]time.Time // installations that GitHub wants left alone, and until when
}

// DefaultAPIURL is github.com's.
const DefaultAPIURL = "https://api.github.com"

// New makes an App. It speaks to nobody yet: see Identity.
func New(c Config) (*App, error) {
	if c.AppID <= 0 {
		return nil, errors.New("the App's id is missing")
	}
	key, err := parseKey(c.PrivateKey)
	if err != nil {
		return nil, fmt.Errorf("read the App's private key: %w", err)
	}
	if c.APIURL == "" {
		c.APIURL = DefaultAPIURL
	}
	api, err := parseBase(c.APIURL)
	if err != nil {
		return nil, fmt.Errorf("read the API's URL: %w", err)
	}
	web := webOf(api)
	if c.WebURL != "" {
		if web, err = parseBase(c.WebURL); err != nil {
			return nil, fmt.Errorf("read GitHub's URL: %w", err)
		}
	}
	transport, err := newTransport(c.CAFile)
	if err != nil {
		return nil, err
	}
	if c.Observe != nil {
		transport = observed{transport, c.Observe}
	}
	api.Path += "/"
	return &App{
		id: c.AppID, key: key, api: api, web: web, caFile: c.CAFile, http: transport,
		sources: map[sourceKey]*tokenSource{}, paused: map[int64]time.Time{}, granted: map[int64]grants{},
	}, nil
}

func parseKey(text []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("it is no PEM file")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	// The parsers' errors say nothing that helps an operator.
	any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := any.(*rsa.PrivateKey)
	if err != nil || !ok {
		return nil, errors.New("it is no RSA key")
	}
	return key, nil
}

// parseBase accepts https, and http on this machine alone: tokens go there.
func parseBase(raw string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(raw, "/"))
	if err != nil {
		return nil, errors.New("it is no URL")
	}
	ip := net.ParseIP(u.Hostname())
	loopback := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback) {
		return nil, fmt.Errorf("%q does not begin with https://", raw)
	}
	if u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%q must be a scheme, a host and a path", u.Redacted())
	}
	return u, nil
}

// webOf knows github.com, GHE.com (api.NAME.ghe.com) and GHES (/api/v3).
func webOf(api *url.URL) *url.URL {
	web := *api
	web.Host = strings.TrimPrefix(web.Host, "api.")
	web.Path = strings.TrimSuffix(web.Path, "/api/v3")
	return &web
}

// CloneURL is where git fetches a repository, without credentials.
func (a *App) CloneURL(owner, repo string) string {
	return a.web.JoinPath(owner, repo+".git").String()
}

// RepositoryNamed gives owner and name of a repository of this GitHub from a URL
// that git understands: https, ssh, or user@host:path.
func (a *App) RepositoryNamed(raw string) (owner, name string, ok bool) {
	if !strings.Contains(raw, "://") {
		host, rest, found := strings.Cut(raw, ":")
		if !found || strings.Contains(host, "/") {
			return "", "", false
		}
		raw = "ssh://" + host + "/" + strings.TrimPrefix(rest, "/")
	}
	u, err := url.Parse(raw)
	if err != nil || !strings.EqualFold(u.Hostname(), a.web.Hostname()) || u.Scheme == "https" && u.Host != a.web.Host {
		return "", "", false
	}
	owner, name, ok = strings.Cut(strings.Trim(u.Path, "/"), "/")
	name = strings.TrimSuffix(name, ".git")
	return owner, name, ok && owner != "" && name != "" && !strings.Contains(name, "/")
}

// CAFile is the configured file of certificates, for git.
func (a *App) CAFile() string { return a.caFile }

// ID is the App's id.
func (a *App) ID() int64 { return a.id }

// Identity is what GitHub knows of the App.
type Identity struct {
	Slug        string
	Name        string
	Events      []string          // webhook events that it is subscribed to
	Permissions map[string]string // what it asks of installations
}

// Identity asks GitHub who the App is: a test of its id, key and URL.
func (a *App) Identity(ctx context.Context) (Identity, error) {
	client := a.client(&http.Client{Transport: a.jwt()})
	return call(ctx, a, request{what: "read the App", repeat: true}, func(ctx context.Context) (Identity, *gh.Response, error) {
		// go-github's App has its permissions in a struct, which lacks newer ones.
		var app struct {
			Slug        string            `json:"slug"`
			Name        string            `json:"name"`
			Events      []string          `json:"events"`
			Permissions map[string]string `json:"permissions"`
		}
		req, err := client.NewRequest(http.MethodGet, "app", nil)
		if err != nil {
			return Identity{}, nil, err
		}
		resp, err := client.Do(ctx, req, &app)
		return Identity(app), resp, err
	})
}

// InstallationOf asks which installation covers a repository; ErrGone when none
// does.
func (a *App) InstallationOf(ctx context.Context, owner, repo string) (int64, error) {
	client := a.client(&http.Client{Transport: a.jwt()})
	found, err := call(ctx, a, request{what: "find the installation of " + owner + "/" + repo, repeat: true},
		func(ctx context.Context) (*gh.Installation, *gh.Response, error) {
			return client.Apps.FindRepositoryInstallation(ctx, owner, repo)
		})
	if err != nil {
		return 0, err
	}
	return found.GetID(), nil
}

// jwt authenticates as the App itself. ghinstallation writes to this transport
// when it renews a token, so that each installation has its own.
func (a *App) jwt() *ghinstallation.AppsTransport {
	t := ghinstallation.NewAppsTransportFromPrivateKey(a.http, a.id, a.key)
	t.BaseURL = strings.TrimRight(a.api.String(), "/")
	return t
}

func (a *App) client(c *http.Client) *gh.Client {
	c.Timeout = requestTime
	c.CheckRedirect = sameHost
	client := gh.NewClient(c)
	base := *a.api
	client.BaseURL = &base
	client.UserAgent = "seaworthy"
	return client
}
