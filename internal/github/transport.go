package github

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

const (
	// requestTime bounds one request with its answer.
	requestTime = 30 * time.Second
	// maxAnswer bounds an answer's size; a page of 100 pull requests is under 3 MB.
	maxAnswer = 32 << 20
	// maxRedirects is what a renamed repository needs, and one more.
	maxRedirects = 2
)

// newTransport trusts the system's certificates and those of the file. Proxies
// of the environment are not used.
func newTransport(caFile string) (http.RoundTripper, error) {
	t := &http.Transport{
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: requestTime,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if caFile != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		content, err := os.ReadFile(caFile)
		if err != nil {
			return nil, fmt.Errorf("read CA file: %w", err)
		}
		if !pool.AppendCertsFromPEM(content) {
			return nil, fmt.Errorf("read CA file: %s holds no certificate", caFile)
		}
		t.TLSClientConfig.RootCAs = pool
	}
	return boundedAnswers{t}, nil
}

// errRedirect: GitHub, or somebody in its place, sends us to another host.
var errRedirect = errors.New("redirected to another host")

// sameHost follows redirects of renamed repositories and no others: the
// transport would send the token wherever a redirect leads.
func sameHost(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return errors.New("too many redirects")
	}
	first := via[0].URL
	if req.URL.Host != first.Host || req.URL.Scheme != first.Scheme {
		return errRedirect
	}
	return nil
}

// observed tells of every request's answer.
type observed struct {
	next http.RoundTripper
	tell func(status, points int)
}

func (t observed) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		t.tell(0, pointsOf(r))
		return nil, err
	}
	points := pointsOf(r)
	if resp.StatusCode == http.StatusNotModified {
		points = 0
	}
	t.tell(resp.StatusCode, points)
	return resp, nil
}

// boundedAnswers fails answers that are larger than any that we ask for.
type boundedAnswers struct{ next http.RoundTripper }

func (t boundedAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = &boundedBody{ReadCloser: resp.Body, left: maxAnswer}
	return resp, nil
}

type boundedBody struct {
	io.ReadCloser
	left int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("the answer is over %d bytes", maxAnswer)
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	return n, err
}
