package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	// eventPace is how often the store is asked how far a review is. It may run on
	// another replica, so that only the store knows.
	eventPace = 400 * time.Millisecond
	// eventTime ends a stream: the browser comes again, and is asked again who it
	// is.
	eventTime = remembered
	// maxStreams bounds the streams at once.
	maxStreams = 100
)

// step is what an event tells of a review.
type step struct {
	Text string `json:"text"`
	Done bool   `json:"done"` // the page is there
}

// stepOf says what a review waits for.
func stepOf(r Review) step {
	switch {
	case !r.Open:
		return step{Text: "Done", Done: true}
	case r.Waiting:
		return step{Text: "Waiting for a worker"}
	case r.Progress != "":
		return step{Text: r.Progress}
	}
	return step{Text: "Starting"}
}

// Stop ends the streams of events, so that the server can stop.
func (p *Pages) Stop() { p.stopOnce.Do(func() { close(p.stop) }) }

// events tells a browser how far a review is, until it is done.
func (p *Pages) events(w http.ResponseWriter, r *http.Request) {
	found, _, ok := p.admit(w, r)
	if !ok {
		return
	}
	select {
	case p.streams <- struct{}{}:
		defer func() { <-p.streams }()
	default:
		w.WriteHeader(http.StatusServiceUnavailable) // the page asks again by itself
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	if err := out.SetReadDeadline(time.Time{}); err != nil { // the server's is for requests that end
		p.Log.Debug().Err(err).Msg("a stream of events may be short")
	}
	end, tick := time.After(eventTime), time.NewTicker(eventPace)
	defer tick.Stop()
	last := step{}
	for {
		now := stepOf(found)
		if now != last {
			text, err := json.Marshal(now)
			if err == nil {
				err = out.SetWriteDeadline(time.Now().Add(10 * time.Second))
			}
			if err == nil {
				_, err = fmt.Fprintf(w, "data: %s\n\n", text)
			}
			if err != nil || out.Flush() != nil || now.Done {
				return
			}
			last = now
		}
		select {
		case <-tick.C:
		case <-end:
			return
		case <-p.stop:
			return
		case <-r.Context().Done():
			return
		}
		var err error
		if found, err = p.Reviews.Review(r.Context(), found.ID); err != nil {
			return
		}
	}
}
