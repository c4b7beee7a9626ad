package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// request is one GET.
type request struct {
	url           *url.URL
	accept        string
	authorization string
	limit         int64 // bytes of the body
}

// statusError is an answer that is no success.
type statusError struct {
	host   string
	status int
	header http.Header
}

func (e *statusError) Error() string { return fmt.Sprintf("%s answers %d", e.host, e.status) }

const (
	attempts   = 4
	longestGap = 20 * time.Second // between attempts, whatever Retry-After says
)

// get asks, and asks again where the answer is that it is too busy. The body is
// read whole, up to the limit.
func (s *Session) get(ctx context.Context, q request) ([]byte, http.Header, error) {
	for attempt := 1; ; attempt++ {
		body, header, err := s.once(ctx, q)
		var status *statusError
		if err == nil || attempt == attempts || !errors.As(err, &status) || !busy(status.status) {
			return body, header, err
		}
		if err := s.fetcher.wait(ctx, gap(attempt, status.header)); err != nil {
			return nil, nil, err
		}
	}
}

func busy(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable || status == http.StatusBadGateway || status == http.StatusGatewayTimeout
}

// gap is how long to wait: what the server asks for, else longer each time; with
// jitter, so that many who were refused do not come back as one.
func gap(attempt int, h http.Header) time.Duration {
	d := 500 * time.Millisecond << (attempt - 1)
	if text := h.Get("Retry-After"); text != "" {
		if n, err := strconv.Atoi(text); err == nil && n >= 0 {
			d = time.Duration(min(n, 3600)) * time.Second
		} else if at, err := http.ParseTime(text); err == nil {
			d = max(time.Until(at), 0)
		}
	}
	return min(d, longestGap) + rand.N(250*time.Millisecond)
}

// wait is the default Options.Wait.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

func (s *Session) once(ctx context.Context, q request) ([]byte, http.Header, error) {
	if err := s.fetcher.guard.check(q.url); err != nil {
		return nil, nil, err
	}
	if s.requests.Add(1) > maxRequests {
		return nil, nil, refuse("the sources of this review take more than %d requests", maxRequests)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.fetcher.timeout, errSlow)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, q.url.String(), nil)
	if err != nil {
		return nil, nil, refuse("a URL on %s cannot be read", q.url.Hostname())
	}
	req.Header.Set("User-Agent", "seaworthy")
	if q.accept != "" {
		req.Header.Set("Accept", q.accept)
	}
	if q.authorization != "" {
		req.Header.Set("Authorization", q.authorization)
	}
	res, err := s.fetcher.client.Do(req)
	if err != nil {
		return nil, nil, cause(ctx, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, nil, &statusError{req.URL.Hostname(), res.StatusCode, res.Header}
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, q.limit+1))
	if err != nil {
		return nil, nil, cause(ctx, err)
	}
	if int64(len(body)) > q.limit {
		return nil, nil, refuse("%s sends more than %d MiB", q.url.Hostname(), q.limit>>20)
	}
	if s.bytes.Add(int64(len(body))) > maxBytes {
		return nil, nil, refuse("the sources of this review are larger than %d MiB", maxBytes>>20)
	}
	return body, res.Header, nil
}

var errSlow = errors.New("it takes too long")

// cause is why a request failed, without the URL that Go's error quotes.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
