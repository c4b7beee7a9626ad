package github

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	gh "github.com/google/go-github/v60/github"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/seaworthy-dev/seaworthy/internal/fault"
)

// Client speaks for one installation about one repository. Its tokens open
// nothing else, but for that of OpenPulls.
type Client struct {
	app          *App
	installation int64
	owner, repo  string
	id           int64 // 0 where it is not known
}

// Repository gives the client of one repository. Of at it needs the
// installation, the owner, the name and, where it is known, the ID: with it
// tokens can still be made when the repository was renamed.
func (a *App) Repository(at Repository) *Client {
	return &Client{app: a, installation: at.Installation, owner: at.Owner, repo: at.Name, id: at.ID}
}

// String is the repository's owner/name.
func (c *Client) String() string { return c.owner + "/" + c.repo }

func (c *Client) key(p purpose) sourceKey {
	return sourceKey{installation: c.installation, repo: c.repo, id: c.id, purpose: p}
}

func (c *Client) api(p purpose) *gh.Client {
	return c.app.client(&http.Client{Transport: c.app.source(c.key(p))})
}

func (c *Client) request(what string, repeat bool) request {
	return request{what: what, repeat: repeat, installation: c.installation}
}

// tracer makes a span of each call.
var tracer = otel.Tracer("github.com/seaworthy-dev/seaworthy/internal/github")

// request is one call's name and manner.
type request struct {
	what         string
	installation int64
	repeat       bool // it may be sent again when its answer is lost
	there        bool // it is of something that should be there: 404 is asked again
}

const (
	// attempts bounds how often a call that may be repeated is sent.
	attempts = 3
	// firstWait is the middle of the first wait between them; it doubles.
	firstWait = 250 * time.Millisecond
)

// call makes one request: it keeps still while GitHub wants no requests, repeats
// what may be repeated, and translates errors.
func call[T any](ctx context.Context, a *App, r request, do func(context.Context) (T, *gh.Response, error)) (T, error) {
	var none T
	ctx, span := tracer.Start(ctx, "GitHub", trace.WithAttributes(attribute.String("seaworthy.request", r.what)))
	defer span.End()
	if until := a.pausedUntil(r.installation); !until.IsZero() {
		return none, limited(r.what, until, nil)
	}
	for n := 1; ; n++ {
		got, _, err := do(ctx)
		if err == nil {
			return got, nil
		}
		err = translate(ctx, r.what, err)
		var retry *RetryError
		if errors.As(err, &retry) {
			a.pause(r.installation, retry.At)
			return none, err
		}
		if n == attempts || ctx.Err() != nil || !r.again(err) {
			return none, err
		}
		wait := firstWait << (n - 1)
		select {
		case <-ctx.Done():
			return none, err
		case <-time.After(wait/2 + rand.N(wait)):
		}
	}
}

// again reports whether a request that failed is sent again at once. What GitHub
// refused it did not do, so that a refusal that passes is no lost answer.
func (r request) again(err error) bool {
	var passes *PassingError
	if errors.As(err, &passes) {
		return r.there || !errors.Is(err, ErrGone)
	}
	return r.repeat && fault.OwnerOf(err) == fault.GitHub
}

// pausedUntil is zero when requests may be made. The App's own requests have
// installation 0.
func (a *App) pausedUntil(installation int64) time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	until := a.paused[installation]
	if time.Now().Before(until) {
		return until
	}
	delete(a.paused, installation)
	return time.Time{}
}

// maxPause bounds what GitHub can make us wait: the primary limit's hour, and
// some.
const maxPause = 65 * time.Minute

func (a *App) pause(installation int64, until time.Time) {
	if most := time.Now().Add(maxPause); until.After(most) {
		until = most
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if until.After(a.paused[installation]) {
		a.paused[installation] = until
	}
}
