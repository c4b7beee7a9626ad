package standin

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ClientSecret is the App's, for the sign-in of its users.
const ClientSecret = "0123456789abcdef0123456789abcdef01234567"

// ClientID is the App's.
func (s *Server) ClientID() string { return clientID(s.opts.AppID) }

func clientID(app int64) string { return fmt.Sprintf("Iv23li%014d", app) }

const (
	// codeTime is how long GitHub's code counts.
	codeTime = 10 * time.Minute
	// userTime is how long a user's token of an App counts.
	userTime = 8 * time.Hour
)

// code is what a browser brings back from the page that asks a user.
type code struct {
	login, redirect, challenge string
	expires                    time.Time
}

// userToken is a token of the App for a user.
type userToken struct {
	login   string
	expires time.Time
}

// SignInAs says who is signed in to this GitHub in the browsers that come by, and
// agrees to everything; "" is somebody who refuses. It is octocat at first.
func (s *Server) SignInAs(login string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.browser = login
}

// SetCallbackURL registers the address to which browsers are sent back; others
// are refused.
func (s *Server) SetCallbackURL(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.callback = url
}

// RevokeUserTokens makes all users' tokens so far invalid.
func (s *Server) RevokeUserTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.userTokens)
}

// authorize answers GET /login/oauth/authorize, as for a user who agreed before:
// GitHub then shows nothing.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := r.URL.Query()
	if q.Get("client_id") != s.ClientID() {
		http.NotFound(w, r)
		return
	}
	to, back := q.Get("redirect_uri"), url.Values{"state": {q.Get("state")}}
	if to == "" {
		to = s.callback
	}
	switch {
	case to != s.callback:
		to = s.callback
		back.Set("error", "redirect_uri_mismatch")
	case s.browser == "":
		back.Set("error", "access_denied")
	case q.Get("code_challenge") != "" && q.Get("code_challenge_method") != "S256":
		back.Set("error", "invalid_request")
	default:
		text := fmt.Sprintf("%020x", s.nextID())
		s.codes[text] = code{s.browser, q.Get("redirect_uri"), q.Get("code_challenge"), s.opts.Now().Add(codeTime)}
		back.Set("code", text)
	}
	http.Redirect(w, r, to+"?"+back.Encode(), http.StatusFound)
}

// accessToken answers POST /login/oauth/access_token. GitHub says what is wrong
// with the status 200.
func (s *Server) accessToken(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := s.exchange(r.PostForm)
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		writeJSON(w, r, http.StatusOK, answer)
		return
	}
	form := url.Values{}
	for k, v := range answer {
		form.Set(k, fmt.Sprint(v))
	}
	w.Header().Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	_, _ = w.Write([]byte(form.Encode()))
}

func (s *Server) exchange(form url.Values) object {
	wrong := func(code, text string) object {
		return object{"error": code, "error_description": text, "error_uri": "https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/#" + code}
	}
	if form.Get("client_id") != s.ClientID() || form.Get("client_secret") != ClientSecret {
		return wrong("incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect.")
	}
	c, ok := s.codes[form.Get("code")]
	delete(s.codes, form.Get("code"))
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	switch {
	case !ok, s.opts.Now().After(c.expires), c.challenge != "" && base64.RawURLEncoding.EncodeToString(sum[:]) != c.challenge:
		return wrong("bad_verification_code", "The code passed is incorrect or expired.")
	case form.Get("redirect_uri") != c.redirect:
		return wrong("redirect_uri_mismatch", "The redirect_uri MUST match the registered callback URL for this application.")
	}
	token := s.userToken(c.login)
	return object{"access_token": token, "expires_in": int(userTime.Seconds()), "refresh_token": "ghr_" + token[4:], "refresh_token_expires_in": 15897600,
		"scope": "", "token_type": "bearer"}
}

func (s *Server) userToken(login string) string {
	token := "ghu_" + rand.Text() + rand.Text()[:10]
	s.userTokens[token] = userToken{login, s.opts.Now().Add(userTime)}
	return token
}

// UserToken makes a token of the App for a user, as a sign-in does.
func (s *Server) UserToken(login string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.userToken(login)
}

// user finds whose token a request has; "" for none. The caller holds the lock.
func (s *Server) user(r *http.Request) string {
	_, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	t, ok := s.userTokens[text]
	if !ok || s.opts.Now().After(t.expires) {
		return ""
	}
	return t.login
}

// revokeToken answers DELETE /applications/{client}/token.
func (s *Server) revokeToken(c *call) (int, any, error) {
	id, secret, ok := c.BasicAuth()
	if !ok || id != s.ClientID() || secret != ClientSecret || c.PathValue("client") != id {
		return 0, nil, errNotFound
	}
	token, _ := c.body["access_token"].(string)
	if _, ok := s.userTokens[token]; !ok {
		return 0, nil, &apiError{status: http.StatusUnprocessableEntity, message: "Validation Failed"}
	}
	delete(s.userTokens, token)
	return http.StatusNoContent, nil, nil
}

// UserTokens counts the users' tokens that are good.
func (s *Server) UserTokens() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.userTokens)
}

// readUser answers GET /user.
func (s *Server) readUser(c *call) (int, any, error) {
	login := s.user(c.Request)
	if login == "" {
		return 0, nil, errBadCredentials
	}
	return http.StatusOK, user(login), nil
}

// ofUser answers a user's request for a repository by its id: the only one that
// users' tokens are good for here.
func (s *Server) ofUser(w http.ResponseWriter, r *http.Request, repo *repository) bool {
	_, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.HasPrefix(text, "ghu_") {
		return false
	}
	s.answer(w, r, anyone, func(c *call) (int, any, error) {
		login := s.user(r)
		switch {
		case login == "":
			return 0, nil, errBadCredentials
		case repo == nil, repo.private && repo.roles[strings.ToLower(login)] == "" && !strings.EqualFold(login, repo.owner), r.PathValue("rest") != "":
			return 0, nil, errNotFound
		}
		return http.StatusOK, repo.json(c.Host), nil
	})
	return true
}
