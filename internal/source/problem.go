package source

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/git"
	"github.com/seaworthy-dev/seaworthy/internal/model"
)

func unreachable(format string, args ...any) *model.Problem {
	return &model.Problem{Class: model.SourceUnreachable, Message: fmt.Sprintf(format, args...)}
}

// hostOf is what may be shown of a URL: no user, no path, no query.
func hostOf(raw string) string {
	if u, err := url.Parse(raw); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return "a host that cannot be read"
}

// describe names a source for people.
func describe(ref model.SourceRef) string {
	switch ref.Kind {
	case model.ChartSource:
		return strings.TrimSpace(fmt.Sprintf("the chart %s %s", ref.Chart, ref.Version)) + " of " + hostOf(ref.URL)
	case model.OCISource:
		return "the OCI artifact " + name(ref.URL)
	case model.GitSource:
		return "the Git repository " + name(ref.URL)
	}
	return "a source of " + hostOf(ref.URL)
}

// name is a URL's host and path.
func name(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" {
		return "with a URL that cannot be read"
	}
	return u.Hostname() + u.EscapedPath()
}

// problem classes a failure. What the policy or a check of the bytes refuses is
// source-refused; what the author asked for and does not exist is theirs where
// the whole index was seen; the rest could not be reached.
func problem(ref model.SourceRef, err error) *model.Problem {
	what := describe(ref)
	var own *model.Problem
	var refused *refusal
	var status *statusError
	var lookup *net.DNSError
	var moved *git.MovedError
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &refused):
		return &model.Problem{Class: model.SourceRefused, Message: fmt.Sprintf("%s is refused: %s", what, refused.text)}
	case errors.Is(err, errInside):
		return &model.Problem{Class: model.SourceRefused, Message: what + " is refused: its host, or one that it leads to, has an address that is not public"}
	case errors.Is(err, git.ErrTooLarge):
		return &model.Problem{Class: model.SourceRefused, Message: what + " is refused: it is too large"}
	case errors.As(err, &status):
		return unreachable("%s", statusText(what, status))
	case errors.Is(err, git.ErrNotVisible):
		return unreachable("%s cannot be read: it does not exist, or %s", what, fmt.Sprintf(askOperator, hostOf(ref.URL)))
	case errors.As(err, &moved):
		return unreachable("%s has no %s", what, strings.TrimPrefix(strings.TrimPrefix(moved.Ref, "refs/heads/"), "refs/tags/"))
	case errors.Is(err, git.ErrRenamed):
		return &model.Problem{Class: model.SourceRefused, Message: what + " is refused: it redirects, and redirects are not followed"}
	case errors.Is(err, errSlow):
		return unreachable("%s did not come in time", what)
	case errors.As(err, &lookup):
		return unreachable("%s cannot be reached: its host's name does not resolve", what)
	}
	return unreachable("%s cannot be reached", what)
}

// askOperator says how to mend a missing credential.
const askOperator = "%s asks for credentials: the operator can add them to SEAWORTHY_SOURCE_CREDENTIALS_FILE"

func statusText(what string, e *statusError) string {
	switch {
	case e.status == http.StatusUnauthorized, e.status == http.StatusForbidden:
		return fmt.Sprintf("%s cannot be read: ", what) + fmt.Sprintf(askOperator, e.host)
	case e.status == http.StatusNotFound:
		return what + " does not exist there, or is private"
	case busy(e.status):
		return fmt.Sprintf("%s cannot be reached: %s is too busy (it answers %d), %d times in a row", what, e.host, e.status, attempts)
	}
	return fmt.Sprintf("%s cannot be reached: %s answers %d", what, e.host, e.status)
}
