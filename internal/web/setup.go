// Package web holds the pages that people see in a browser. It knows no GitHub:
// what a page needs from there it is handed as a function.
package web

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"embed"
	"html/template"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// Credentials are what a new App is configured with.
type Credentials struct {
	AppID         int64
	Name, URL     string
	PrivateKey    string // PEM
	WebhookSecret string
	ClientID      string // of the sign-in to the pages
	ClientSecret  string
}

// Setup is the page that makes a GitHub App from the manifest. Whoever has the
// token of the log can use it, once: it shows the App's credentials and is gone.
// It stores nothing.
type Setup struct {
	Token    string // of the log
	Action   string // GitHub's address for new Apps
	Origin   string // of Action, for the browser's policy
	Manifest string // JSON; "" when PublicURL is missing
	Secure   bool   // the page is reached by https
	Exchange func(ctx context.Context, code string) (Credentials, error)
	Log      zerolog.Logger

	mu      sync.Mutex
	states  map[string]time.Time // given to GitHub, and until when they count
	over    bool
	handler http.Handler
	once    sync.Once
}

const (
	// stateTime is for how long GitHub's code counts.
	stateTime = time.Hour
	// maxStates bounds how often the page can be asked for at once.
	maxStates = 50
	cookie    = "seaworthy_setup"
)

//go:embed *.tmpl
var files embed.FS

// pages are all templates, parsed when the first page is asked for.
var pages = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(functions).ParseFS(files, "*.tmpl"))
})

// ServeHTTP answers /setup and /setup/done.
func (s *Setup) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.once.Do(func() {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /setup", func(w http.ResponseWriter, r *http.Request) { s.show(w, http.StatusOK, page{Ask: true}) })
		mux.HandleFunc("POST /setup", s.begin)
		mux.HandleFunc("GET /setup/done", s.finish)
		s.handler = mux
	})
	if s.isOver() {
		http.NotFound(w, r)
		return
	}
	s.handler.ServeHTTP(w, r)
}

func (s *Setup) isOver() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over
}

// page is what the template shows: one of its parts.
type page struct {
	Nonce string

	Ask     bool   // for the token
	Problem string // in a sentence

	Action, Manifest string // the form that goes to GitHub

	Credentials *Credentials
	Environment string
	Secret      string // a Kubernetes manifest
}

// begin checks the token and shows the form with the manifest.
func (s *Setup) begin(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	if subtle.ConstantTimeCompare([]byte(strings.TrimSpace(r.PostFormValue("token"))), []byte(s.Token)) != 1 {
		s.show(w, http.StatusForbidden, page{Ask: true, Problem: "That is not the token: it stands in the log, at the start."})
		return
	}
	if s.Manifest == "" {
		s.show(w, http.StatusOK, page{Problem: "Set SEAWORTHY_PUBLIC_URL to where GitHub can reach this service, such as https://seaworthy.example.com, and start again."})
		return
	}
	state := rand.Text()
	s.mu.Lock()
	if s.states == nil || len(s.states) >= maxStates {
		s.states = map[string]time.Time{}
	}
	s.states[state] = time.Now().Add(stateTime)
	s.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: cookie, Value: state, Path: "/setup", MaxAge: int(stateTime.Seconds()),
		HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode})
	s.show(w, http.StatusOK, page{Action: s.Action + "?state=" + state, Manifest: s.Manifest})
}

// finish is where GitHub sends the browser back. The state must be one that this
// very browser was given: else somebody could be made to install another's App.
func (s *Setup) finish(w http.ResponseWriter, r *http.Request) {
	state := r.URL.Query().Get("state")
	given, err := r.Cookie(cookie)
	if err != nil || subtle.ConstantTimeCompare([]byte(given.Value), []byte(state)) != 1 || !s.spend(state) {
		s.show(w, http.StatusForbidden, page{Ask: true, Problem: "This is not the answer to a question of this browser's. Begin again."})
		return
	}
	made, err := s.Exchange(r.Context(), r.URL.Query().Get("code"))
	if err != nil {
		s.Log.Error().Err(err).Msg("GitHub did not hand over the new App")
		s.show(w, http.StatusBadGateway, page{Ask: true, Problem: "GitHub did not hand over the new App; the log says why. Delete it on GitHub and begin again."})
		return
	}
	s.mu.Lock()
	s.over = true
	s.mu.Unlock()
	s.Log.Info().Int64("app", made.AppID).Str("name", made.Name).Msg("an App was made; configure it and start again")
	s.show(w, http.StatusOK, page{Credentials: &made, Environment: environment(made), Secret: secret(made)})
}

// spend uses a state up.
func (s *Setup) spend(state string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	until, ok := s.states[state]
	delete(s.states, state)
	return ok && time.Now().Before(until)
}

func (s *Setup) show(w http.ResponseWriter, status int, p page) {
	p.Nonce = rand.Text()
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+p.Nonce+"'; form-action 'self' "+s.Origin+"; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	if err := pages().ExecuteTemplate(w, "setup.tmpl", p); err != nil {
		s.Log.Warn().Err(err).Msg("the setup page was not sent whole")
	}
}
