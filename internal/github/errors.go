package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bradleyfalzon/ghinstallation/v2"
	gh "github.com/google/go-github/v60/github"

	"github.com/seaworthy-dev/seaworthy/internal/fault"
)

// ErrGone: the repository, or what was asked for in it, is not there, or is
// outside of the installation; GitHub does not say which.
var ErrGone = errors.New("not found on GitHub")

// ErrOutside: the repository is not in the installation, or not there; with ErrGone.
var ErrOutside = errors.New("not in the installation")

// RetryError: GitHub wants no requests for a while.
type RetryError struct {
	At time.Time // when to try again
}

// Error says when to try again.
func (e *RetryError) Error() string {
	return "GitHub wants no requests until " + e.At.UTC().Format(time.RFC3339)
}

// PermissionError: the installation does not grant what a request needs.
type PermissionError struct {
	Needs string // as GitHub says it: "checks=write"; "" when nobody knows
}

// Error names the permission as the App's settings on GitHub do.
func (e *PermissionError) Error() string {
	if e.Needs == "" {
		return "the installation lacks a permission"
	}
	return "the installation lacks the permission " + PermissionWords(e.Needs)
}

// ErrSuspended: the installation is suspended.
var ErrSuspended = errors.New("the App's installation is suspended")

// NotGranted reports whether an error goes away when an owner of the account grants
// something: a permission, or the installation as a whole.
func NotGranted(err error) bool {
	var lacks *PermissionError
	return errors.As(err, &lacks) || errors.Is(err, ErrSuspended)
}

// cause is an error whose text holds no token, whatever it was made of.
type cause struct {
	text string
	err  error
}

func (c *cause) Error() string { return c.text }
func (c *cause) Unwrap() error { return c.err }

func wrap(what string, err error) error {
	return &cause{text: Redact(what + ": " + err.Error()), err: err}
}

// translate turns the client library's errors into whose fault it is. It is the
// only place that knows them.
func translate(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil {
		return wrap(what, errors.Join(context.Cause(ctx), ctx.Err()))
	}
	var paced *RetryError
	var primary *gh.RateLimitError
	var secondary *gh.AbuseRateLimitError
	var token *tokenRefusal
	var answer *gh.ErrorResponse
	switch {
	case errors.Is(err, ErrUnchanged):
		return err
	case errors.As(err, &paced):
		return limited(what, paced.At, nil)
	case errors.As(err, &primary):
		return limited(what, primary.Rate.Reset.Time, err)
	case errors.As(err, &secondary):
		wait := time.Minute // GitHub's advice where it names no time
		if secondary.RetryAfter != nil {
			wait = *secondary.RetryAfter
		}
		return limited(what, time.Now().Add(wait), err)
	case errors.As(err, &token):
		return token.translate(what)
	case errors.As(err, &answer) && answer.Response != nil:
		return answerError(what, answerOf(answer), answer.Response.Header, err)
	case errors.Is(err, errRedirect):
		return fault.New(fault.Operator, "GitHub's address leads to another host; is the API's URL configured right?", wrap(what, err))
	}
	return fault.New(fault.GitHub, "GitHub did not answer", wrap(what, err))
}

func limited(what string, at time.Time, err error) error {
	if !at.After(time.Now()) {
		at = time.Now().Add(time.Second) // clocks differ
	}
	hint := error(&RetryError{At: at})
	if err != nil {
		hint = errors.Join(hint, err)
	}
	return fault.New(fault.GitHub, "GitHub limits Seaworthy's requests for the moment", wrap(what, hint))
}

// tokenRefusal is a failure to get an installation token, with what the token was to
// be for.
type tokenRefusal struct {
	purpose purpose
	http    *ghinstallation.HTTPError
}

func (e *tokenRefusal) Error() string { return e.http.Error() }
func (e *tokenRefusal) Unwrap() error { return e.http }

// refusedFor notes in an error of ghinstallation what the token was to be for.
func refusedFor(p purpose, err error) error {
	var h *ghinstallation.HTTPError
	if errors.As(err, &h) {
		return &tokenRefusal{p, h}
	}
	return err
}

// translate says whose fault it is that there is no token. ghinstallation leaves the
// body to its caller.
func (e *tokenRefusal) translate(what string) error {
	if e.http.Response == nil {
		return fault.New(fault.GitHub, "GitHub did not answer", wrap(what, e))
	}
	defer e.http.Response.Body.Close()
	var body struct {
		Message string `json:"message"`
	}
	content, _ := io.ReadAll(io.LimitReader(e.http.Response.Body, 64<<10))
	// A proxy's page is no JSON; then the status has to do.
	_ = json.Unmarshal(content, &body)
	err := fmt.Errorf("%w: %s", e, body.Message)
	a := answer{status: e.http.Response.StatusCode, message: body.Message, token: true}
	switch {
	case a.status == http.StatusUnauthorized:
		return fault.New(fault.Operator, "GitHub does not accept the App's id and private key", wrap(what, a.passing(err)))
	case a.status == http.StatusUnprocessableEntity && strings.Contains(body.Message, "repository"):
		return gone(what, fmt.Errorf("%w: %w", ErrOutside, a.passing(err)))
	case a.status == http.StatusUnprocessableEntity:
		return denied(what, e.purpose.needs(), err)
	default:
		return answerError(what, a, e.http.Response.Header, err)
	}
}

// acceptedPermissions is where GitHub says what would have sufficed.
const acceptedPermissions = "X-Accepted-Github-Permissions"

func answerError(what string, a answer, h http.Header, err error) error {
	switch status, message := a.status, a.message; {
	case status == http.StatusTooManyRequests,
		status == http.StatusForbidden && (h.Get("Retry-After") != "" || strings.Contains(message, "rate limit") || strings.Contains(message, "abuse detection")):
		return limited(what, retryAt(h), err)
	case status == http.StatusForbidden && strings.Contains(message, "suspended"):
		return fault.New(fault.Operator, ErrSuspended.Error()+"; an owner of the account can end that in the installation's settings", wrap(what, fmt.Errorf("%w: %w", ErrSuspended, err)))
	case status == http.StatusForbidden && strings.Contains(message, notAccessible):
		return denied(what, h.Get(acceptedPermissions), err)
	case status == http.StatusForbidden:
		return fault.New(fault.Operator, "GitHub refuses a request: "+firstRunes(fit(message, maxRefusal), maxRefusal), wrap(what, a.passing(err)))
	case status == http.StatusNotFound:
		return gone(what, a.passing(err))
	case status == http.StatusGone:
		return gone(what, err)
	case status == http.StatusUnauthorized:
		return fault.New(fault.Operator, "GitHub does not accept the App's credentials", wrap(what, a.passing(err)))
	case status >= 500, status == http.StatusRequestTimeout:
		return fault.New(fault.GitHub, fmt.Sprintf("GitHub answered %d", status), wrap(what, err))
	}
	if p := a.row(); p != nil {
		return fault.New(fault.GitHub, p.public, wrap(what, a.passing(err)))
	}
	return fault.New(fault.Us, fmt.Sprintf("GitHub did not accept a request of Seaworthy's (%d)", a.status), wrap(what, err))
}

// notAccessible is how GitHub says that a permission is missing.
const notAccessible = "not accessible by integration"

// maxRefusal bounds, in characters, what is quoted of GitHub's reason.
const maxRefusal = 120

func gone(what string, err error) error {
	return fault.New(fault.Operator, "GitHub does not show this to Seaworthy; was the App removed from the repository?",
		wrap(what, fmt.Errorf("%w: %w", ErrGone, err)))
}

func denied(what, needs string, err error) error {
	p := &PermissionError{Needs: needs}
	return fault.New(fault.Operator, p.Error()+"; an owner of the account can grant it in the installation's settings",
		wrap(what, fmt.Errorf("%w: %w", p, err)))
}

// retryAt reads the headers of a limit; a minute is GitHub's advice where there
// is none.
func retryAt(h http.Header) time.Time {
	if n, err := strconv.Atoi(h.Get("Retry-After")); err == nil && n >= 0 {
		return time.Now().Add(time.Duration(n) * time.Second)
	}
	if n, err := strconv.ParseInt(h.Get("X-Ratelimit-Reset"), 10, 64); err == nil && h.Get("X-Ratelimit-Remaining") == "0" {
		return time.Unix(n, 0)
	}
	return time.Now().Add(time.Minute)
}
