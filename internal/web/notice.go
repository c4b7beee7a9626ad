package web

import (
	"bytes"
	"net/http"
)

// notice is a page of one sentence.
type notice struct {
	Status         int
	Title, Text    string
	Link, LinkText string
	Refresh        int    // seconds after which a browser without script asks again; 0 is never
	Events, Step   string // where a browser hears how far it is, and how far
	Assets         assetNames
}

func (p *Pages) say(w http.ResponseWriter, r *http.Request, n notice) {
	n.Assets = assets.names
	var b bytes.Buffer
	if err := pages().ExecuteTemplate(&b, "notice.tmpl", n); err != nil {
		p.Log.Error().Err(err).Msg("a page could not be written")
		http.Error(w, n.Title, n.Status)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(n.Status)
	_, _ = w.Write(b.Bytes()) // the reader may be gone
}

// show sends a template. It is made before it is sent, so that what fails is not
// half a page.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, name string, v *reviewView) {
	var b bytes.Buffer
	if err := pages().ExecuteTemplate(&b, name, v); err != nil {
		p.broken(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(b.Bytes()) // the reader may be gone
}

// broken is for what is nobody's fault but ours; the cause is for the log.
func (p *Pages) broken(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return
	}
	p.Log.Error().Err(err).Str("path", r.URL.Path).Msg("a page could not be shown")
	p.say(w, r, notice{Status: http.StatusInternalServerError, Title: "This page could not be shown", Text: "Whoever runs Seaworthy finds the reason in its log."})
}
