package web

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Viewer is who is signed in. It lives in a sealed cookie alone: the service
// keeps no sessions, so that every replica knows them.
type Viewer struct {
	Login   string    `json:"login"`
	Token   string    `json:"token"` // GitHub's, of this App for this person
	Expires time.Time `json:"expires"`
}

const (
	// sessionTime is the longest that somebody stays signed in: as long as the
	// tokens that GitHub gives for an App.
	sessionTime = 8 * time.Hour
	// signInTime is how long somebody may take on GitHub's page.
	signInTime = 10 * time.Minute
)

// signIn is what a browser that was sent to GitHub must bring back.
type signIn struct {
	State    string    `json:"state"`
	Verifier string    `json:"verifier"` // of PKCE
	To       string    `json:"to"`       // where it wanted to go
	Expires  time.Time `json:"expires"`
}

// sealer encrypts cookies. The name of the cookie is part of it: none can be
// taken for another.
type sealer struct {
	aead   cipher.AEAD
	secure bool
}

func newSealer(secret string, secure bool) (*sealer, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "seaworthy: cookies of the pages", 32)
	if err != nil {
		return nil, fmt.Errorf("make the key of the cookies: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make the key of the cookies: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("make the key of the cookies: %w", err)
	}
	return &sealer{aead, secure}, nil
}

// name is a cookie's name: with https one that no other host can set.
func (s *sealer) name(of string) string {
	if s.secure {
		return "__Host-seaworthy-" + of
	}
	return "seaworthy-" + of
}

// set gives the browser a cookie, for a time.
func (s *sealer) set(w http.ResponseWriter, of string, value any, life time.Duration) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("write a cookie: %w", err)
	}
	name := s.name(of)
	nonce := make([]byte, s.aead.NonceSize())
	rand.Read(nonce) // never fails
	sealed := s.aead.Seal(nonce, nonce, text, []byte(name))
	http.SetCookie(w, &http.Cookie{Name: name, Value: base64.RawURLEncoding.EncodeToString(sealed), Path: "/", MaxAge: int(life.Seconds()),
		HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode})
	return nil
}

// clear takes a cookie back.
func (s *sealer) clear(w http.ResponseWriter, of string) {
	http.SetCookie(w, &http.Cookie{Name: s.name(of), Path: "/", MaxAge: -1, HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode})
}

var errNoCookie = errors.New("there is no such cookie of ours")

// read opens a cookie.
func (s *sealer) read(r *http.Request, of string, value any) error {
	name := s.name(of)
	c, err := r.Cookie(name)
	if err != nil {
		return errNoCookie
	}
	sealed, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || len(sealed) < s.aead.NonceSize() {
		return errNoCookie
	}
	n := s.aead.NonceSize()
	text, err := s.aead.Open(nil, sealed[:n], sealed[n:], []byte(name))
	if err != nil || json.Unmarshal(text, value) != nil {
		return errNoCookie
	}
	return nil
}

// local is an address of this service, for a redirect; anything else becomes the
// root.
func local(to string) string {
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
		return "/"
	}
	return to
}
