package job

import (
	"bytes"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/rs/zerolog"

	"github.com/seaworthy-dev/seaworthy/internal/credential/credentialtest"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// TestPanicsAreCountedAndLoggedOnce: each counts, the first of a kind is in the
// log with its stack, and no credential is.
func TestPanicsAreCountedAndLoggedOnce(t *testing.T) {
	registry := prometheus.NewRegistry()
	var log bytes.Buffer
	p := NewPanics(NewMetrics(registry, nil), zerolog.New(&log))
	secret := credentialtest.Certain()[0].Text
	for range 3 {
		p.Note(sandbox.Recovered{Where: "locate", Value: "odd " + secret, Stack: "goroutine 1 of " + secret})
	}
	p.report(&review.Report{Broken: []review.Broken{{Check: "a-check", Panic: "odd"}}, Recovered: []review.Recovered{{Where: "schema", Panic: "odd"}}})
	var none *Panics
	none.Note(sandbox.Recovered{})
	for where, want := range map[string]float64{"locate": 3, "check": 1, "schema": 1} {
		if got := counted(t, p.metrics.panics.WithLabelValues(where)); got != want {
			t.Errorf("%s is counted %v times, want %v", where, got, want)
		}
	}
	if lines := strings.Count(log.String(), "\n"); lines != 3 || !strings.Contains(log.String(), "goroutine 1") || strings.Contains(log.String(), secret) {
		t.Errorf("%d lines: %s", lines, log.String())
	}
}

func counted(t *testing.T, c prometheus.Counter) float64 {
	t.Helper()
	var m dto.Metric
	if err := c.Write(&m); err != nil {
		t.Fatal(err)
	}
	return m.GetCounter().GetValue()
}
