package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// GitHub is what the pages ask of it.
type GitHub struct {
	// SignIn is the address at which people agree that this App may know who they
	// are. challenge is PKCE's, of the method S256.
	SignIn func(state, challenge, callback string) string
	// Exchange makes a viewer of the code that GitHub sends a browser back with.
	Exchange func(ctx context.Context, code, verifier, callback string) (Viewer, error)
	// MayRead reports whether a viewer's token can read a repository. ErrSignedOut
	// where GitHub does not take the token any more.
	MayRead func(ctx context.Context, token string, repository int64) (bool, error)
	// Forget ends a viewer's token.
	Forget func(ctx context.Context, token string) error
	// Lacks names what an installation does not grant and should; nil asks nobody.
	Lacks func(ctx context.Context, tenant int64) ([]string, error)
	// Public reports whether everybody can read a review's repository; nil where
	// only those who are signed in see anything.
	Public func(ctx context.Context, r Review) (bool, error)
}

// ErrSignedOut: GitHub does not take a viewer's token any more.
var ErrSignedOut = errors.New("GitHub does not take the token any more")

const (
	// remembered is how long an answer of GitHub's about who may read counts.
	remembered = 5 * time.Minute
	// maxRemembered bounds the answers.
	maxRemembered = 20_000
)

// answers remembers what GitHub said of who may read what.
type answers struct {
	mu  sync.Mutex
	all map[answerKey]answer
}

type answerKey struct {
	token      [32]byte // its digest; zero for everybody
	repository int64
}

type answer struct {
	may   bool
	until time.Time
}

func (a *answers) get(key answerKey) (may, known bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	got, ok := a.all[key]
	return got.may, ok && time.Now().Before(got.until)
}

func (a *answers) put(key answerKey, may bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all == nil || len(a.all) >= maxRemembered {
		a.all = map[answerKey]answer{}
	}
	a.all[key] = answer{may, time.Now().Add(remembered)}
}

// viewer is who a browser is signed in as; nil for nobody.
func (p *Pages) viewer(r *http.Request) *Viewer {
	var v Viewer
	if p.sealer.read(r, "session", &v) != nil || !time.Now().Before(v.Expires) || v.Token == "" {
		return nil
	}
	return &v
}

// mayRead reports whether a viewer, or everybody, may see a review.
func (p *Pages) mayRead(ctx context.Context, v *Viewer, of Review) (bool, error) {
	if p.GitHub.Public != nil {
		may, err := p.ask(answerKey{repository: of.Repository}, func() (bool, error) { return p.GitHub.Public(ctx, of) })
		if may && err == nil {
			return true, nil
		}
		if v == nil {
			return false, err
		}
	}
	if v == nil {
		return false, nil
	}
	return p.ask(answerKey{sha256.Sum256([]byte(v.Token)), of.Repository}, func() (bool, error) { return p.GitHub.MayRead(ctx, v.Token, of.Repository) })
}

func (p *Pages) ask(key answerKey, question func() (bool, error)) (bool, error) {
	if may, known := p.answers.get(key); known {
		return may, nil
	}
	may, err := question()
	if err == nil {
		p.answers.put(key, may)
	}
	return may, err
}

// signIn sends a browser to GitHub.
func (p *Pages) signIn(w http.ResponseWriter, r *http.Request) {
	verifier := rand.Text() + rand.Text()
	challenge := sha256.Sum256([]byte(verifier))
	s := signIn{State: rand.Text(), Verifier: verifier, To: local(r.URL.Query().Get("to")), Expires: time.Now().Add(signInTime)}
	if err := p.sealer.set(w, "signin", s, signInTime); err != nil {
		p.broken(w, r, err)
		return
	}
	http.Redirect(w, r, p.GitHub.SignIn(s.State, base64.RawURLEncoding.EncodeToString(challenge[:]), p.callback()), http.StatusFound)
}

// SignedIn is where GitHub sends browsers back, below the service's address.
const SignedIn = "/signin/done"

func (p *Pages) callback() string { return p.URL + SignedIn }

// signedIn is where GitHub sends the browser back. It must be the one that was
// sent: else somebody could be made to look at pages as another.
func (p *Pages) signedIn(w http.ResponseWriter, r *http.Request) {
	var s signIn
	q := r.URL.Query()
	err := p.sealer.read(r, "signin", &s)
	p.sealer.clear(w, "signin")
	if err != nil || time.Now().After(s.Expires) || subtle.ConstantTimeCompare([]byte(s.State), []byte(q.Get("state"))) != 1 {
		p.say(w, r, notice{Status: http.StatusForbidden, Title: "Not signed in", Text: "This is not the answer to a question of this browser's, or it took too long.", Link: "/signin", LinkText: "Sign in again"})
		return
	}
	if q.Get("error") != "" || q.Get("code") == "" {
		p.say(w, r, notice{Status: http.StatusForbidden, Title: "Not signed in", Text: "GitHub was told not to say who you are. Without that nobody can tell what you may see.", Link: "/signin?to=" + url.QueryEscape(s.To), LinkText: "Sign in"})
		return
	}
	v, err := p.GitHub.Exchange(r.Context(), q.Get("code"), s.Verifier, p.callback())
	if err != nil {
		p.Log.Warn().Err(err).Msg("GitHub did not say who somebody is")
		p.say(w, r, notice{Status: http.StatusBadGateway, Title: "Not signed in", Text: "GitHub did not say who you are; the log says why.", Link: "/signin?to=" + url.QueryEscape(s.To), LinkText: "Sign in again"})
		return
	}
	if latest := time.Now().Add(sessionTime); v.Expires.IsZero() || v.Expires.After(latest) {
		v.Expires = latest
	}
	if err := p.sealer.set(w, "session", v, time.Until(v.Expires)); err != nil {
		p.broken(w, r, err)
		return
	}
	// A redirect that GitHub began brings no cookie of SameSite=Strict along, and
	// ours is Lax: it comes.
	http.Redirect(w, r, local(s.To), http.StatusSeeOther)
}

// signOut forgets who somebody is, here and at GitHub.
func (p *Pages) signOut(w http.ResponseWriter, r *http.Request) {
	if v := p.viewer(r); v != nil && p.GitHub.Forget != nil {
		if err := p.GitHub.Forget(r.Context(), v.Token); err != nil {
			p.Log.Warn().Err(err).Msg("a viewer's token was not ended; it ends by itself")
		}
	}
	p.sealer.clear(w, "session")
	p.say(w, r, notice{Status: http.StatusOK, Title: "Signed out", Text: "This browser has forgotten who you are.", Link: "/signin", LinkText: "Sign in"})
}

// limits hold everybody to a pace.
type limits struct {
	mu  sync.Mutex
	all map[string]*rate.Limiter
}

const (
	// A person who types into the filter asks a few times a second.
	pace, burst = 20, 100
	// maxLimited bounds whom is kept count of.
	maxLimited = 10_000
)

// allow reports whether whoever asks may go on.
func (l *limits) allow(who string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil || len(l.all) >= maxLimited {
		l.all = map[string]*rate.Limiter{}
	}
	if l.all[who] == nil {
		l.all[who] = rate.NewLimiter(pace, burst)
	}
	return l.all[who].Allow()
}

// whoAsks is a viewer, or the address of nobody's request.
func whoAsks(v *Viewer, r *http.Request) string {
	if v != nil {
		return "@" + v.Login
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
