package github

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// Errors of a delivery that is not taken; StatusOf says what to answer.
var (
	ErrSignature = errors.New("the delivery's signature is not right")
	ErrTooLarge  = errors.New("the delivery is too large")
	ErrMediaType = errors.New("the delivery is neither JSON nor a form")
	ErrMalformed = errors.New("the delivery's body does not fit its event")
	ErrMethod    = errors.New("a delivery comes by POST")
)

// StatusOf is the HTTP status that answers an error of Receive.
func StatusOf(err error) int {
	switch {
	case err == nil:
		return http.StatusAccepted
	case errors.Is(err, ErrSignature):
		return http.StatusUnauthorized
	case errors.Is(err, ErrTooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, ErrMediaType):
		return http.StatusUnsupportedMediaType
	case errors.Is(err, ErrMethod):
		return http.StatusMethodNotAllowed
	}
	return http.StatusBadRequest
}

// Receiver verifies and decodes webhook deliveries.
type Receiver struct {
	AppID int64
	// Secrets are the webhook's; two while one replaces the other.
	Secrets []string
}

// Delivery is one webhook delivery. Its ID is not signed: it serves to recognise
// a repeat, and nothing else may rest on it.
type Delivery struct {
	ID    string
	Name  string // GitHub's name of the event
	Event Event  // nil for what Seaworthy has no use for; answer it with success
}

// maxDelivery is GitHub's cap; it does not send more.
const maxDelivery = 25 << 20

// deliveryID is a GUID at GitHub; the pattern keeps anything else out of the log.
var deliveryID = pattern.New(`^[A-Za-z0-9-]{1,64}$`)

// Receive reads a delivery. Nothing of the body is looked at before its
// signature is found right.
func (v *Receiver) Receive(r *http.Request) (Delivery, error) {
	if r.Method != http.MethodPost {
		return Delivery{}, ErrMethod
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" && kind != "application/x-www-form-urlencoded" {
		return Delivery{}, ErrMediaType
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxDelivery+1))
	if err != nil {
		return Delivery{}, fmt.Errorf("read delivery: %w", err)
	}
	if len(body) > maxDelivery {
		return Delivery{}, ErrTooLarge
	}
	if !v.signed(body, r.Header.Get("X-Hub-Signature-256")) {
		return Delivery{}, ErrSignature
	}
	if kind == "application/x-www-form-urlencoded" {
		form, err := url.ParseQuery(string(body))
		if err != nil || len(form["payload"]) != 1 {
			return Delivery{}, fmt.Errorf("%w: the form has no payload", ErrMalformed)
		}
		body = []byte(form.Get("payload"))
	}
	d := Delivery{ID: r.Header.Get("X-GitHub-Delivery"), Name: r.Header.Get("X-GitHub-Event")}
	if !deliveryID.MatchString(d.ID) {
		return Delivery{}, fmt.Errorf("%w: it has no id", ErrMalformed)
	}
	d.Event, err = v.decode(d.Name, body)
	return d, err
}

// signed compares in constant time, with each secret, whichever fits.
func (v *Receiver) signed(body []byte, header string) bool {
	given, err := hex.DecodeString(strings.TrimPrefix(header, "sha256="))
	if err != nil || !strings.HasPrefix(header, "sha256=") {
		return false
	}
	ok := false
	for _, secret := range v.Secrets {
		if secret == "" {
			continue // anybody can sign with nothing
		}
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		ok = hmac.Equal(mac.Sum(nil), given) || ok
	}
	return ok
}

// shapes are the keys that the body of an event has and must not have. The
// event's name is not signed: without this a signed body of one event could be
// sent again as another.
var shapes = map[string]struct{ has, lacks []string }{
	"ping":                      {has: []string{"zen", "hook_id"}},
	"pull_request":              {has: []string{"pull_request", "number"}, lacks: []string{"review", "comment", "thread", "issue", "check_run", "check_suite"}},
	"issue_comment":             {has: []string{"issue", "comment"}, lacks: []string{"pull_request", "review", "check_run", "check_suite"}},
	"merge_group":               {has: []string{"merge_group"}, lacks: []string{"issue", "comment", "pull_request", "check_run", "check_suite"}},
	"check_run":                 {has: []string{"check_run"}, lacks: []string{"issue", "comment", "pull_request"}},
	"check_suite":               {has: []string{"check_suite"}, lacks: []string{"issue", "comment", "pull_request", "check_run"}},
	"push":                      {has: []string{"ref", "repository"}, lacks: []string{"issue", "comment", "pull_request", "check_run", "check_suite", "merge_group"}},
	"repository":                {has: []string{"repository", "action"}, lacks: []string{"issue", "comment", "pull_request", "check_run", "check_suite", "merge_group", "ref"}},
	"installation":              {has: []string{"installation"}, lacks: []string{"repository", "repositories_added", "issue", "pull_request"}},
	"installation_repositories": {has: []string{"installation", "repositories_added", "repositories_removed"}, lacks: []string{"repository"}},
}

func (v *Receiver) decode(name string, body []byte) (Event, error) {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(body, &keys); err != nil {
		return nil, fmt.Errorf("%w: it is no JSON object", ErrMalformed)
	}
	shape, known := shapes[name]
	if !known {
		return nil, nil
	}
	for _, k := range shape.has {
		if len(keys[k]) == 0 || bytes.Equal(keys[k], []byte("null")) {
			return nil, fmt.Errorf("%w: %s without %s", ErrMalformed, name, k)
		}
	}
	for _, k := range shape.lacks {
		if v := keys[k]; len(v) > 0 && !bytes.Equal(v, []byte("null")) {
			return nil, fmt.Errorf("%w: %s with %s", ErrMalformed, name, k)
		}
	}
	var p payload
	if err := json.Unmarshal(body, &p); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return p.event(name, v.AppID)
}
