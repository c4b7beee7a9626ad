// Package server is the App's side towards the network: it takes webhook
// deliveries, answers the probes, and shows the metrics. It answers a delivery
// when the delivery is stored, and does no other work on it.
package server

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/zerolog"

	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/job"
)

// Server is what its endpoints need. Without a Queue no App is configured: only
// Setup and the probes are there.
type Server struct {
	Receiver *github.Receiver
	Queue    *job.Queue
	Registry *prometheus.Registry
	Setup    http.Handler // nil when there is nothing to set up
	Pages    http.Handler // of reviews; nil for none
	Home     http.Handler // the page at /; nil is none
	Log      zerolog.Logger

	// Ready says what is not ready, by name; nil values are ready.
	Ready func(ctx context.Context) map[string]error
}

const (
	// readTime bounds a request's arrival; GitHub gives up after ten seconds.
	readTime = 15 * time.Second
	// answerTime leaves GitHub's ten seconds some room.
	answerTime = 9 * time.Second
	// bodyLimit is GitHub's 25 MiB for a delivery, and some.
	bodyLimit = 26 << 20
	// parallel bounds the deliveries that are in memory at once.
	parallel = 32
)

// HTTP is the server with its time limits, for the caller to listen with.
func (s *Server) HTTP() *http.Server {
	return &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: readTime,
		WriteTimeout: 2 * readTime, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
}

// Handler answers all paths.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, "ok\n") })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.Registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	if s.Queue != nil {
		hook := &webhook{server: s, slots: make(chan struct{}, parallel)}
		mux.Handle("POST /webhook", hook)
		mux.Handle("POST /{$}", hook)
	}
	if s.Home != nil {
		mux.Handle("GET /{$}", s.Home)
	}
	if s.Setup != nil {
		mux.Handle("/setup", s.Setup)
		mux.Handle("/setup/", s.Setup)
	}
	if s.Pages != nil {
		for _, path := range []string{"/reviews/", "/repositories/", "/organisations/", "/audits/", "/checks/", "/api/", "/mcp", "/assets/", "/signin", "/signin/", "/signout"} {
			mux.Handle(path, s.Pages)
		}
	}
	return http.MaxBytesHandler(mux, bodyLimit)
}

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	status := http.StatusOK
	out := map[string]string{}
	for name, err := range s.Ready(ctx) {
		out[name] = "ok"
		if err != nil {
			// The cause is for the log: whoever can reach the port can read this.
			s.Log.Warn().Err(err).Str("check", name).Msg("not ready")
			out[name], status = "not ready", http.StatusServiceUnavailable
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// A probe that went away needs no answer.
	_ = json.NewEncoder(w).Encode(out)
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // the client may be gone
}
