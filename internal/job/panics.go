package job

import (
	"sync"

	"github.com/rs/zerolog"

	"github.com/seaworthy-dev/seaworthy/internal/credential"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// Panics counts every panic that was recovered from, and writes each kind to the
// log once, with its stack. It is safe for concurrent use.
type Panics struct {
	metrics *Metrics
	log     zerolog.Logger

	mu     sync.Mutex
	logged map[string]bool
}

// NewPanics counts in the metrics and writes to the log.
func NewPanics(m *Metrics, log zerolog.Logger) *Panics {
	return &Panics{metrics: m, log: log, logged: map[string]bool{}}
}

// maxLogged bounds the kinds of panics that are told apart.
const maxLogged = 1000

// Note takes a panic. A nil Panics takes none.
func (p *Panics) Note(r sandbox.Recovered) {
	if p == nil {
		return
	}
	p.metrics.panics.WithLabelValues(r.Where).Inc()
	kind := r.Where + " " + r.Value
	p.mu.Lock()
	again := p.logged[kind] || len(p.logged) >= maxLogged
	if !again {
		p.logged[kind] = true
	}
	p.mu.Unlock()
	if !again {
		p.log.Error().Str("where", r.Where).Str("panic", credential.Hide(r.Value, "(redacted)")).
			Str("stack", credential.Hide(r.Stack, "(redacted)")).Msg("panic")
	}
}

// report takes those of a review.
func (p *Panics) report(r *review.Report) {
	for _, b := range r.Broken {
		p.Note(sandbox.Recovered{Where: "check", Value: b.Check + ": " + b.Panic, Stack: b.Stack})
	}
	for _, b := range r.Recovered {
		p.Note(sandbox.Recovered{Where: b.Where, Value: b.Panic, Stack: b.Stack})
	}
}
