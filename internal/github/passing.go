package github

import (
	"net/http"
	"strings"
	"time"

	gh "github.com/google/go-github/v60/github"
)

// PassingError: what GitHub answered can become untrue by itself.
type PassingError struct {
	Within time.Duration // after which it is believed
	err    error
}

// Error is the answer's.
func (e *PassingError) Error() string { return e.err.Error() }

// Unwrap gives the answer.
func (e *PassingError) Unwrap() error { return e.err }

// answer is a refusal of GitHub's.
type answer struct {
	status  int
	message string
	token   bool // it was asked for a token
}

func answerOf(e *gh.ErrorResponse) answer {
	said := []string{e.Message}
	for _, d := range e.Errors {
		said = append(said, d.Message)
	}
	return answer{status: e.Response.StatusCode, message: strings.Join(said, "; ")}
}

// passing is a row of the table.
type passing struct {
	status int
	says   string // in the message; "" is whatever
	token  bool   // only where a token was asked for
	within time.Duration
	public string // what a pull request's author reads when it does not pass; "" where another sentence says it
}

// passings are the 4xx that pass, the first row that fits, and for how long they are not believed. A limit is
// none of them: GitHub says when it ends (RetryError). Nor is a permission, which
// somebody must grant.
var passings = []passing{
	// A pull request, a commit, a check run and a repository are there for the server
	// that sent the event and not yet for the one that is asked; so is what was renamed
	// or transferred.
	{status: http.StatusNotFound, within: 2 * time.Minute},
	// Git has the commit before the API knows it.
	{status: http.StatusUnprocessableEntity, says: "No commit found", within: 5 * time.Minute, public: "GitHub's API does not know the head commit"},
	// A repository that was just added to the installation, or made.
	{status: http.StatusUnprocessableEntity, says: "repository", token: true, within: 2 * time.Minute},
	// Somebody else writes the same thing at this moment; a repository being made.
	{status: http.StatusConflict, within: 5 * time.Minute, public: "GitHub answered 409"},
	// The App's key is being replaced, or clocks are apart.
	{status: http.StatusUnauthorized, token: true, within: 5 * time.Minute},
	// A token that was made a moment ago is not known everywhere; a new one was tried
	// at once.
	{status: http.StatusUnauthorized, within: 2 * time.Minute},
	// What is no missing permission and no limit: a repository that is being migrated
	// or unlocked, an organisation's list of addresses that is being changed.
	{status: http.StatusForbidden, within: 5 * time.Minute},
	// Replayed too early, locked, an upstream that is not ready.
	{status: http.StatusLocked, within: 5 * time.Minute, public: "GitHub answered 423"},
	{status: http.StatusTooEarly, within: time.Minute, public: "GitHub answered 425"},
}

// row finds what is known of an answer; nil for one that does not pass.
func (a answer) row() *passing {
	for i, p := range passings {
		if p.status == a.status && (a.token || !p.token) && strings.Contains(a.message, p.says) {
			return &passings[i]
		}
	}
	return nil
}

// passing notes in an error for how long it is not believed.
func (a answer) passing(err error) error {
	if p := a.row(); p != nil {
		return &PassingError{Within: p.within, err: err}
	}
	return err
}
