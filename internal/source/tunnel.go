package source

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// tunnel is a proxy on the loopback for one run of git: it connects to the one
// host that the run is for, through the guard, and to nothing else. So a
// redirect leads nowhere, and a name that resolves differently each time is
// judged by the address that is really connected to.
type tunnel struct {
	guard    *guard
	target   string
	listener net.Listener
	refused  atomic.Bool
	work     sync.WaitGroup
	mu       sync.Mutex
	open     map[net.Conn]bool
	closed   bool
}

func (g *guard) tunnel(u *url.URL) (*tunnel, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for git: %w", err)
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	t := &tunnel{guard: g, target: net.JoinHostPort(u.Hostname(), port), listener: listener, open: map[net.Conn]bool{}}
	t.work.Go(t.accept)
	return t, nil
}

func (t *tunnel) url() string      { return "http://" + t.listener.Addr().String() }
func (t *tunnel) wasRefused() bool { return t.refused.Load() }

// close ends every connection and waits for all that serve them.
func (t *tunnel) close() {
	t.listener.Close()
	t.mu.Lock()
	t.closed = true
	for c := range t.open {
		c.Close()
	}
	t.mu.Unlock()
	t.work.Wait()
}

// keep notes a connection, so that close can end it.
func (t *tunnel) keep(c net.Conn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		c.Close()
		return false
	}
	t.open[c] = true
	return true
}

func (t *tunnel) drop(c net.Conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.open, c)
	c.Close()
}

func (t *tunnel) accept() {
	for {
		c, err := t.listener.Accept()
		if err != nil {
			return
		}
		if t.keep(c) {
			t.work.Go(func() { t.serve(c) })
		}
	}
}

func (t *tunnel) serve(client net.Conn) {
	defer t.drop(client)
	_ = client.SetReadDeadline(time.Now().Add(10 * time.Second)) // only a closed one refuses
	in := bufio.NewReader(client)
	req, err := http.ReadRequest(in)
	if err != nil {
		return
	}
	if req.Method != http.MethodConnect || req.Host != t.target {
		fmt.Fprint(client, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
		return
	}
	server, err := t.guard.dialer().Dial("tcp", t.target)
	if err != nil {
		if errors.Is(err, errInside) {
			t.refused.Store(true)
		}
		fmt.Fprint(client, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
		return
	}
	if !t.keep(server) {
		return
	}
	defer t.drop(server)
	_ = client.SetReadDeadline(time.Time{})
	fmt.Fprint(client, "HTTP/1.1 200 Connection established\r\n\r\n")
	var both sync.WaitGroup
	both.Go(func() { _, _ = io.Copy(server, in); server.Close() }) // an end of either side is the end
	both.Go(func() { _, _ = io.Copy(client, server); client.Close() })
	both.Wait()
}
