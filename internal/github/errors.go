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
	Needs string // as GitHub says it: "checks=write"; "" when it does not
}

// Error names the permission.
func (e *PermissionError) Error() string {
	if e.Needs == "" {
		return "the installation lacks a permission"
	}
	return "the installation lacks the permission " + e.Needs
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
	var primary *gh.RateLimitError
	var secondary *gh.AbuseRateLimitError
	var token *ghinstallation.HTTPError
	var answer *gh.ErrorResponse
	switch {
	case errors.As(err, &primary):
		return limited(what, primary.Rate.Reset.Time, err)
	case errors.As(err, &secondary):
		wait := time.Minute // GitHub's advice where it names no time
		if secondary.RetryAfter != nil {
			wait = *secondary.RetryAfter
		}
		return limited(what, time.Now().Add(wait), err)
	case errors.As(err, &token):
		return tokenError(what, token)
	case errors.As(err, &answer) && answer.Response != nil:
		return answerError(what, answer.Response.StatusCode, answer.Message, answer.Response.Header, err)
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

// tokenError is a failure to get an installation token. ghinstallation leaves
// the body to its caller.
func tokenError(what string, e *ghinstallation.HTTPError) error {
	if e.Response == nil {
		return fault.New(fault.GitHub, "GitHub did not answer", wrap(what, e))
	}
	defer e.Response.Body.Close()
	var body struct {
		Message string `json:"message"`
	}
	content, _ := io.ReadAll(io.LimitReader(e.Response.Body, 64<<10))
	// A proxy's page is no JSON; then the status has to do.
	_ = json.Unmarshal(content, &body)
	err := fmt.Errorf("%w: %s", e, body.Message)
	switch status := e.Response.StatusCode; {
	case status == http.StatusUnauthorized:
		return fault.New(fault.Operator, "GitHub does not accept the App's id and private key", wrap(what, err))
	case status == http.StatusUnprocessableEntity && strings.Contains(body.Message, "repository"):
		return gone(what, err)
	case status == http.StatusUnprocessableEntity:
		return denied(what, "", err)
	default:
		return answerError(what, status, body.Message, e.Response.Header, err)
	}
}

// acceptedPermissions is where GitHub says what would have sufficed.
const acceptedPermissions = "X-Accepted-Github-Permissions"

func answerError(what string, status int, message string, h http.Header, err error) error {
	switch {
	case status == http.StatusTooManyRequests,
		status == http.StatusForbidden && (h.Get("Retry-After") != "" || strings.Contains(message, "rate limit")):
		return limited(what, retryAt(h), err)
	case status == http.StatusForbidden && strings.Contains(message, "suspended"):
		return fault.New(fault.Operator, "the App's installation is suspended", wrap(what, err))
	case status == http.StatusForbidden:
		return denied(what, h.Get(acceptedPermissions), err)
	case status == http.StatusNotFound, status == http.StatusGone:
		return gone(what, err)
	case status == http.StatusUnauthorized:
		return fault.New(fault.Operator, "GitHub does not accept the App's credentials", wrap(what, err))
	case status >= 500, status == http.StatusRequestTimeout:
		return fault.New(fault.GitHub, fmt.Sprintf("GitHub answered %d", status), wrap(what, err))
	}
	return fault.New(fault.Us, fmt.Sprintf("GitHub did not accept a request of Seaworthy's (%d)", status), wrap(what, err))
}

func gone(what string, err error) error {
	return fault.New(fault.Operator, "GitHub does not show this to Seaworthy; was the App removed from the repository?",
		wrap(what, fmt.Errorf("%w: %w", ErrGone, err)))
}

func denied(what, needs string, err error) error {
	p := &PermissionError{Needs: needs}
	return fault.New(fault.Operator, p.Error()+"; an owner of the organisation can grant it in the App's settings",
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
