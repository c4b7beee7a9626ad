package model

import (
	"strings"
	"sync"
	"sync/atomic"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// ObjectID identifies a rendered object. Version is carried along but is no
// part of the identity: an apiVersion bump is a change, not a removal.
type ObjectID struct {
	Group     string `json:"group"`
	Version   string `json:"version"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
}

// Key is the identity as a comparable value: the ID without its version.
func (id ObjectID) Key() ObjectID { id.Version = ""; return id }

// String is "Kind namespace/name", as people read it.
func (id ObjectID) String() string {
	if id.Namespace == "" {
		return id.Kind + " " + id.Name
	}
	return id.Kind + " " + id.Namespace + "/" + id.Name
}

// GroupKind is "Kind.group", or "Kind" for the core group.
func (id ObjectID) GroupKind() string {
	if id.Group == "" {
		return id.Kind
	}
	return id.Kind + "." + id.Group
}

// SplitAPIVersion gives group and version of an apiVersion field.
func SplitAPIVersion(s string) (group, version string) {
	if i := strings.IndexByte(s, '/'); i >= 0 {
		return s[:i], s[i+1:]
	}
	return "", s
}

// Object is one rendered object, read-only. Many targets and both sides may
// share one. Secret values are fingerprints (see Redacted) before it is made.
type Object struct {
	ID  ObjectID
	Sum string // digest of the content: equal sums mean equal objects

	// Keys maps the JSON Pointer of a ConfigMap's or Secret's key to what is
	// known of its value.
	Keys map[string]Key

	raw    []byte
	once   sync.Once
	fields map[string]any
	asked  atomic.Int64
	made   atomic.Pointer[made]
}

// made is what Once keeps, the newest first.
type made struct {
	what any
	next *made
}

// Key describes the value of one key of a ConfigMap or Secret.
type Key struct {
	File string `json:"file,omitempty"` // the repository file whose bytes the value is
	YAML any    `json:"yaml,omitempty"` // the value parsed, when it is a YAML map or list
	// Encrypted: what the repository holds is SOPS's ciphertext.
	Encrypted bool `json:"encrypted,omitempty"`
	// Sealed: it is a file of values of which SOPS encrypted some or all, so that its keys
	// can be read.
	Sealed bool `json:"sealed,omitempty"`
	// NotBase64: it stands in a Secret's data, and is neither base64 nor to be replaced.
	NotBase64 bool `json:"notBase64,omitempty"`
	// NotText: it stands in a Secret, and is a number, a boolean or worse, or becomes one
	// when it is decrypted.
	NotText bool `json:"notText,omitempty"`
	// NotJSON: it has to be JSON in its Secret, and is none.
	NotJSON bool `json:"notJSON,omitempty"`
}

// NewObject wraps the JSON of an object; raw is not copied.
func NewObject(id ObjectID, sum string, raw []byte, keys map[string]Key) *Object {
	return &Object{ID: id, Sum: sum, raw: raw, Keys: keys}
}

// Fields is the object's content as encoding/json decodes it, with numbers as
// json.Number. Callers must not change it.
func (o *Object) Fields() map[string]any {
	o.asked.Add(1)
	o.once.Do(func() { o.fields = parseFields(o.raw) })
	return o.fields
}

// Once gives what is made of an object's content alone, made when it is first asked for and
// kept for as long as the object: one thing of each type. It counts as a look at the
// content (Asked). Callers must not change what they get.
func Once[T any](o *Object, make func() T) T {
	o.asked.Add(1)
	for m := o.made.Load(); m != nil; m = m.next {
		if kept, ok := m.what.(T); ok {
			return kept
		}
	}
	what := make()
	for { // another goroutine may have made the same: either will do
		old := o.made.Load()
		if o.made.CompareAndSwap(old, &made{what, old}) {
			return what
		}
	}
}

// Asked is how often Fields was called. Who runs a rule tells by it whether the
// rule looked at the object's content or turned it away by its kind.
func (o *Object) Asked() int64 { return o.asked.Load() }

// JSON is the object's content; callers must not change it.
func (o *Object) JSON() []byte { return o.raw }

// redactedPrefix starts a value that stands for a secret one; a keyed
// fingerprint follows, so that equal secrets compare equal. Its first letter is one that
// nobody uses, and that YAML takes wherever a chart's template puts it.
const redactedPrefix = "\uE000redacted:"

// Redact makes the value that stands for a secret with this fingerprint.
func Redact(fingerprint string) string { return redactedPrefix + fingerprint }

// RedactCredential makes the value that stands for what is certainly a
// credential; other secrets may be hidden because they could be one.
func RedactCredential(fingerprint string) string { return redactedPrefix + certainly + fingerprint }

// certainly stands before the fingerprint of a credential.
const certainly = "+"

// Credential reports whether a value stands for what is certainly a credential.
func Credential(v any) bool {
	s, ok := v.(string)
	return ok && strings.HasPrefix(s, redactedPrefix+certainly)
}

// RedactNumber makes the value that stands for a secret number: where a text must be,
// the number is refused, and that is told.
func RedactNumber(fingerprint string) string { return redactedPrefix + number + fingerprint }

// number stands before the fingerprint of a number.
const number = "#"

// RedactedNumber reports whether a text stands for a secret number.
func RedactedNumber(s string) bool { return strings.HasPrefix(s, redactedPrefix+number) }

// Redacted reports whether a value stands for a secret one.
func Redacted(v any) bool {
	s, ok := v.(string)
	return ok && strings.HasPrefix(s, redactedPrefix)
}

// RedactedName is a redacted value as it stands in names, keys and messages, where
// two must stay apart: only letters that every database and terminal takes. Other
// texts stay as they are.
func RedactedName(text string) string {
	if !strings.Contains(text, redactedPrefix) {
		return text
	}
	return redactedInText.ReplaceAllString(text, "(redacted $1)")
}

var redactedInText = pattern.New(redactedPrefix + `[+#]?` + "([0-9a-f]{0,6})[0-9a-f]*")

// RedactedText is what people see in place of a secret.
const RedactedText = "(redacted)"

// Show is a value as it may be shown: a redacted one, at any depth, becomes
// RedactedText. The value given is not changed.
func Show(v any) any {
	switch v := v.(type) {
	case string:
		if Redacted(v) {
			return RedactedText
		}
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = Show(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = Show(e)
		}
		return out
	}
	return v
}
