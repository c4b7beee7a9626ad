package standin

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
)

// Fault makes requests fail. Without Status, Hang or Drop the matching requests
// are only counted down.
type Fault struct {
	Method string         // "" matches any
	Path   *regexp.Regexp // on the path without /api/v3; nil matches any
	Times  int            // how many requests; 0 is one
	Status int            // answer this status
	Body   string         // with this body; default is GitHub's for the status
	Header http.Header    // and these headers
	// Hang answers nothing until the client goes away or the Server is closed.
	// HangAfter first does what was asked.
	Hang, HangAfter bool
	// Wait answers as usual, but not before it is closed, and not if the client is
	// gone by then.
	Wait <-chan struct{}
	// Drop cuts the connection. DropAfter first does what was asked, so that only
	// the answer is lost.
	Drop, DropAfter bool

	hit chan struct{}
}

// Fail makes the next matching requests fail. The channel gets a value for each
// that does.
func (s *Server) Fail(f Fault) <-chan struct{} {
	if f.Times == 0 {
		f.Times = 1
	}
	f.hit = make(chan struct{}, f.Times)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
	return f.hit
}

// Chaos makes any request fail for which it gives a fault; nil ends that. It is asked
// after the faults that were set by Fail, one request at a time.
func (s *Server) Chaos(f func(method, path string) *Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chaos = f
}

func (s *Server) faultFor(method, path string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.Method != "" && f.Method != method || f.Path != nil && !f.Path.MatchString(path) {
			continue
		}
		f.Times--
		if f.Times == 0 {
			s.faults = slices.Delete(s.faults, i, i+1)
		}
		return f
	}
	if s.chaos == nil {
		return nil
	}
	f := s.chaos(method, path)
	if f != nil {
		f.hit = make(chan struct{}, 1)
	}
	return f
}

func (s *Server) fail(f *Fault, w http.ResponseWriter, r *http.Request, path string, record func(int)) {
	if f.HangAfter {
		s.serve(httptest.NewRecorder(), r, path, record)
	}
	f.hit <- struct{}{}
	switch {
	case f.Hang, f.HangAfter:
		record(0)
		select {
		case <-r.Context().Done():
		case <-s.closed:
		}
		panic(http.ErrAbortHandler)
	case f.Wait != nil:
		select {
		case <-f.Wait:
			if r.Context().Err() == nil {
				s.serve(w, r, path, record)
			}
		case <-r.Context().Done():
		case <-s.closed:
		}
	case f.Drop:
		record(0)
		panic(http.ErrAbortHandler)
	case f.DropAfter:
		s.serve(httptest.NewRecorder(), r, path, record)
		panic(http.ErrAbortHandler)
	case f.Status != 0:
		record(f.Status)
		for k, v := range f.Header {
			w.Header()[k] = v
		}
		if f.Body == "" {
			writeJSON(w, r, f.Status, map[string]any{"message": http.StatusText(f.Status)})
			return
		}
		w.WriteHeader(f.Status)
		// The client may be gone; that is its right.
		_, _ = w.Write([]byte(f.Body))
	default:
		s.serve(w, r, path, record)
	}
}

// Request is one request that arrived.
type Request struct {
	Method string
	Path   string // without /api/v3
	Body   string // of what was written by the API
	Status int    // 0 when it was not answered
}

// record notes a request; the function it gives notes the answer.
func (s *Server) record(method, path, body string) func(int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := len(s.requests)
	s.requests = append(s.requests, Request{Method: method, Path: path, Body: body})
	return func(status int) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if i < len(s.requests) {
			s.requests[i].Status = status
		}
		close(s.answered)
		s.answered = make(chan struct{})
	}
}

// Answered is closed when the next request has been dealt with: tests wait for
// a state by looking at it again then.
func (s *Server) Answered() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.answered
}

// Requests are all requests since the start or the last Forget, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Count counts the requests of a method ("" for any) whose path matches the
// regular expression.
func (s *Server) Count(method, path string) int {
	re := regexp.MustCompile(path)
	n := 0
	for _, r := range s.Requests() {
		if (method == "" || r.Method == method) && re.MatchString(r.Path) {
			n++
		}
	}
	return n
}

// Forget empties Requests. Call it only while none is under way.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}
