package main

import (
	"bytes"
	"context"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/store"
	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

// A newer head that one replica is told of ends the review that another has in
// work.
func TestReplicasCancelEachOther(t *testing.T) {
	w := newWorld(t)
	if w.database == "" {
		t.Skip("SQLite has one replica")
	}
	w.start()
	hangs := w.fail(standin.Fault{Hang: true}, `/acme/shop\.git/info/refs`)
	old := w.branch("topic", "main", breaks)
	number := w.pull("topic", "")
	w.wait(hangs)
	second := w.start(func(e *config.Environment) { e.DataDir = t.TempDir() })
	head := w.branch("topic", "main", scales)
	w.completed(head, 1)
	if run := w.completed(old, 1)[0]; run.Conclusion != "cancelled" {
		t.Errorf("the older head's check run is %+v", run)
	}
	expectStates(t, w.reviews(second, number), store.Superseded, store.Done)
}

// lockedBuffer is written to by many.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestTheLogHoldsNoSecret(t *testing.T) {
	w := newWorld(t)
	e := w.environment()
	e.LogLevel = "debug"
	var log lockedBuffer
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	w.ok(err)
	w.SetWebhookURL("http://" + listener.Addr().String() + "/")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- serve(ctx, e, listener, newLog(e, &log)) }()
	w.fail(standin.Fault{Status: 500, Times: 2}, `/check-runs`) // errors are logged, too
	head := w.branch("topic", "main", breaks)
	w.pull("topic", "")
	w.completed(head, 1)
	stop()
	w.ok(<-done)
	text := log.b.String()
	if strings.Count(text, `"message":"review"`) == 0 {
		t.Errorf("no review is logged:\n%s", text)
	}
	for _, secret := range []string{webhookSecret, "PRIVATE KEY", `ghs_`, `x-access-token`, `Bearer`} {
		if regexp.MustCompile(secret).MatchString(text) {
			t.Errorf("%q is in the log:\n%s", secret, text)
		}
	}
}
