package main

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"syscall"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// A receiver of traces gets one of a review, from the delivery to the conclusion, and
// no token in it.
func TestTraces(t *testing.T) {
	w := newWorld(t)
	var mu sync.Mutex
	names := map[string][]string{} // by trace
	receiver := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		var body io.Reader = r.Body
		if r.Header.Get("Content-Encoding") == "gzip" {
			body, _ = gzip.NewReader(r.Body)
		}
		content, err := io.ReadAll(body)
		var got collector.ExportTraceServiceRequest
		if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(content, &got) != nil {
			t.Errorf("%s: %v", r.URL, err)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, resource := range got.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				for _, s := range scope.Spans {
					names[string(s.TraceId)] = append(names[string(s.TraceId)], s.Name)
				}
			}
		}
	}))
	defer receiver.Close()
	p := w.spawn("OTEL_EXPORTER_OTLP_ENDPOINT=" + receiver.URL)
	w.SetWebhookURL(p.url + "/webhook")
	head := w.branch("topic", "main", breaks)
	w.pull("topic", "")
	w.completed(head, 1)
	w.ok(p.cmd.Process.Signal(syscall.SIGTERM))
	_ = p.cmd.Wait() // how it ended is another test's
	mu.Lock()
	defer mu.Unlock()
	for _, spans := range names {
		if !slices.Contains(spans, "review") {
			continue
		}
		for _, want := range []string{"delivery", "fetch", "judge", "GitHub"} {
			if !slices.Contains(spans, want) {
				t.Errorf("the trace of the review lacks %s: %v", want, spans)
			}
		}
		return
	}
	t.Errorf("no review is in the traces %v", names)
}
