package server

import (
	"context"
	"net/http"

	"github.com/seaworthy-dev/seaworthy/internal/github"
)

// webhook takes GitHub's deliveries.
type webhook struct {
	server *Server
	slots  chan struct{}
}

// ServeHTTP answers 202 when the delivery is stored, so that it will be done
// whatever happens to this process.
func (h *webhook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), answerTime)
	defer cancel()
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		writeText(w, http.StatusServiceUnavailable, "too much to do; deliver it again\n")
		return
	}
	d, err := h.server.Receiver.Receive(r)
	if err != nil {
		status := github.StatusOf(err)
		h.server.Queue.Metrics.Refused(status)
		h.server.Log.Warn().Err(err).Int("status", status).Msg("a delivery was refused")
		writeText(w, status, err.Error()+"\n")
		return
	}
	result, err := h.server.Queue.Accept(ctx, d)
	if err != nil {
		h.server.Log.Error().Err(err).Str("delivery", d.ID).Str("event", d.Name).Msg("a delivery could not be stored")
		writeText(w, http.StatusServiceUnavailable, "not stored; deliver it again\n")
		return
	}
	h.server.Log.Debug().Str("delivery", d.ID).Str("event", d.Name).Str("result", result).Msg("delivery")
	writeText(w, http.StatusAccepted, result+"\n")
}
