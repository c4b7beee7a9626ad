package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/store"
)

// preflight looks at all that the process needs before anything starts, and
// keeps the port. What is wrong is told all at once: each a sentence that begins
// with the variable and says what to do.
func preflight(ctx context.Context, environ []string) (config.Environment, net.Listener, config.Mistakes) {
	e, wrong := readEnvironment(environ)
	if !wrong.About("SEAWORTHY_DATA_DIR") && !wrong.About("SEAWORTHY_DATABASE_URL") {
		if sentence := storeWrong(e, probeStore(ctx, e)); sentence != "" {
			wrong = append(wrong, sentence)
		}
	}
	if wrong.About("SEAWORTHY_LISTEN") {
		return e, nil, wrong
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", e.Listen)
	if err != nil {
		wrong = append(wrong, portWrong(e.Listen, err))
	}
	if len(wrong) > 0 && listener != nil {
		listener.Close()
		listener = nil
	}
	return e, listener, wrong
}

func readEnvironment(environ []string) (config.Environment, config.Mistakes) {
	e, err := config.ReadEnvironment(environ)
	var wrong config.Mistakes
	errors.As(err, &wrong)
	return e, wrong
}

// probeStore asks for a few seconds: a database that does not answer by then is
// as good as none.
func probeStore(ctx context.Context, e config.Environment) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return store.Probe(ctx, store.Options{Dir: e.DataDir, URL: e.DatabaseURL})
}

// storeWrong is the sentence for a store that cannot be opened, "" for none.
func storeWrong(e config.Environment, err error) string {
	var newer *store.NewerError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &newer) && e.DatabaseURL != "":
		return fmt.Sprintf("SEAWORTHY_DATABASE_URL: %s", newer)
	case errors.As(err, &newer):
		return fmt.Sprintf("SEAWORTHY_DATA_DIR: %s", newer)
	case errors.Is(err, store.ErrLocked):
		return fmt.Sprintf("SEAWORTHY_DATA_DIR: another Seaworthy uses %s: stop it, or give this one a directory of its own", e.DataDir)
	case errors.Is(err, store.ErrDirectory):
		return fmt.Sprintf("SEAWORTHY_DATA_DIR: %s: name a directory that this process (user %d) can write to", oneLine(err), os.Getuid())
	case e.DatabaseURL != "":
		return fmt.Sprintf("SEAWORTHY_DATABASE_URL: %s: name a PostgreSQL that answers and lets this user make tables", oneLine(err))
	}
	return fmt.Sprintf("SEAWORTHY_DATA_DIR: %s: restore %s from a backup, or name another directory", oneLine(err), e.DataDir)
}

// portWrong is the sentence for an address that cannot be listened on.
func portWrong(address string, err error) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Sprintf("SEAWORTHY_LISTEN: another program listens on %s: stop it, or choose another port, such as :8081", address)
	case errors.Is(err, syscall.EACCES):
		return fmt.Sprintf("SEAWORTHY_LISTEN: this user may not listen on %s: choose a port above 1023, such as :8080", address)
	}
	return fmt.Sprintf("SEAWORTHY_LISTEN: %s: choose an address of this machine, such as :8080", oneLine(err))
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// portIs is what the doctor says: a port that Seaworthy itself answers is well.
func portIs(ctx context.Context, e config.Environment) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", e.Listen)
	if err == nil {
		listener.Close()
		return e.Listen + " is free", nil
	}
	if errors.Is(err, syscall.EADDRINUSE) && answers(ctx, e.Listen) {
		return e.Listen + " is answered by a running Seaworthy", nil
	}
	return "", errors.New(portWrong(e.Listen, err))
}

// answers asks whoever listens on an address for the sign of life.
func answers(ctx context.Context, address string) bool {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return false
	}
	answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 16))
	return err == nil && string(body) == "ok\n"
}
