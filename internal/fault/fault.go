// Package fault says whose an error is, so that it is told to the one who can
// mend it. It is a leaf: it knows no other package of this program.
package fault

import "errors"

// Owner is who can mend an error. The zero Owner is us.
type Owner int

const (
	// Us: a defect of this program.
	Us Owner = iota
	// Author: something in the pull request or the repository.
	Author
	// Operator: the installation's configuration or environment.
	Operator
	// GitHub: the service answered wrongly, slowly or not at all.
	GitHub
)

// String names the owner for logs.
func (o Owner) String() string {
	return [...]string{"us", "author", "operator", "github"}[o]
}

// Error carries what may be shown (Public) apart from what is for the log (Err).
type Error struct {
	Owner  Owner
	Public string // one sentence, safe to show to anyone who can see the pull request
	Err    error  // the cause; may be nil
}

// New makes an Error; public must hold nothing secret.
func New(owner Owner, public string, err error) *Error {
	return &Error{Owner: owner, Public: public, Err: err}
}

// Error gives the public sentence and, for the log, its cause.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Public
	}
	return e.Public + ": " + e.Err.Error()
}

// Unwrap gives the cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Err }

// OwnerOf is the owner of the outermost Error in err's chain, else Us.
func OwnerOf(err error) Owner {
	var e *Error
	if errors.As(err, &e) {
		return e.Owner
	}
	return Us
}

// PublicOf is the sentence of err that may be shown; an error without one gets
// a sentence that says nothing of its cause.
func PublicOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Public
	}
	return "something went wrong inside Seaworthy; the log has the details"
}
