package web

import (
	"crypto/rand"
	"net/http"

	"github.com/rs/zerolog"
)

// Home is the page at /: what this service is, and where to go. It tells nothing
// of what it reviews.
type Home struct {
	Version string
	Setup   bool   // no App is configured: the page leads to /setup
	GitHub  string // where GitHub is
	Log     zerolog.Logger
}

// ServeHTTP shows the page.
func (h *Home) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	shown := struct {
		*Home
		Nonce string
	}{h, rand.Text()}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+shown.Nonce+"'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	if err := pages().ExecuteTemplate(w, "home.tmpl", shown); err != nil {
		h.Log.Warn().Err(err).Msg("the first page was not sent whole")
	}
}
