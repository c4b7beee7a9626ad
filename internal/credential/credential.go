// Package credential says what a credential looks like, once: for the redactor in
// the sandbox, for excerpts of source lines, for the checks and for the log. It
// errs in two ways: Hide takes out what may be one, Find tells only what is one.
package credential

import (
	"regexp"
	"strings"
)

// Form is a credential that is known by its own form.
type Form struct {
	What    string // for people: "a GitHub token"
	Pattern *regexp.Regexp
	// Secret is the group of the pattern that holds the secret part, by which a
	// stand-in is told; 0 is all.
	Secret int
}

// Match is a credential in a text.
type Match struct {
	Form       Form
	Start, End int // bytes
}

// Find gives the credentials in a text: what has the form of one and is no
// stand-in, in their order, the first form of each place.
func Find(text string) []Match {
	var out []Match
	for _, f := range Forms {
		for _, at := range f.Pattern.FindAllStringSubmatchIndex(text, -1) {
			secret := text[at[2*f.Secret]:at[2*f.Secret+1]]
			if !StandIn(secret) && !overlaps(out, at[0], at[1]) {
				out = append(out, Match{Form: f, Start: at[0], End: at[1]})
			}
		}
	}
	return out
}

func overlaps(list []Match, start, end int) bool {
	for _, m := range list {
		if start < m.End && m.Start < end {
			return true
		}
	}
	return false
}

// Hide puts a word in the place of everything that is, or may be, a credential.
func Hide(text, with string) string {
	for _, f := range Forms {
		text = replace(f, text, with, func(at []int) bool { return !StandIn(text[at[2*f.Secret]:at[2*f.Secret+1]]) })
	}
	return replace(assigned, text, with, func(at []int) bool { return givenTo(text, at) })
}

// givenTo reports whether an assignment gives a credential to a name.
func givenTo(text string, at []int) bool {
	return Named(text[at[2]:at[3]], strings.TrimRight(text[at[4]:at[5]], `"',;)`))
}

func replace(f Form, text, with string, accept func(at []int) bool) string {
	var b strings.Builder
	last := 0
	for _, at := range f.Pattern.FindAllStringSubmatchIndex(text, -1) {
		if !accept(at) {
			continue
		}
		b.WriteString(text[last:at[0]])
		b.WriteString(with)
		last = at[1]
	}
	if last == 0 {
		return text
	}
	b.WriteString(text[last:])
	return b.String()
}

// Holds reports whether a text holds a credential, or what may be one.
func Holds(text string) bool {
	if len(Find(text)) > 0 {
		return true
	}
	for _, at := range assigned.Pattern.FindAllStringSubmatchIndex(text, -1) {
		if givenTo(text, at) {
			return true
		}
	}
	return false
}

// assigned is a value that is given to a name: password=…, in a command or an
// address. It is hidden, and told as a credential where the name and the value say
// so (Named).
var assigned = Form{What: "a password", Secret: 2,
	Pattern: regexp.MustCompile(`((?i)[-_.a-z0-9]*(?:password|passwd|passphrase|pwd|secret|token|api[-_]?key|access[-_]?key|secret[-_]?key))=([^\s&"']{3,})`)}

// keyName matches the names of fields and variables that hold a credential; names
// of references (secretName, existingSecret) do not match.
var keyName = regexp.MustCompile(`(?i)(^|[-_.a-z0-9])(password|passwd|passphrase|pwd|secret[-_]?key|access[-_]?key|secret[-_]?access[-_]?key|api[-_]?key|private[-_]?key|client[-_]?secret|token|credentials?|webhook[-_]?url|dsn|connection[-_]?string)$|(^|[-_.])(pass|bearer)$`)

// ambiguousName matches names that hold a credential as often as the name of
// something that does: the value tells which.
var ambiguousName = regexp.MustCompile(`(?i)(^|[-_.])secret$|^AZURE_[A-Z_]*KEY$|^OCI_CLI_KEY_CONTENT$`)

// keyInSecret matches names that hold a credential, or say under which key of a
// Secret it stands: there one word can be a key.
var keyInSecret = regexp.MustCompile(`(?i)(^|[-_.a-z0-9])(secret[-_]?key|access[-_]?key[-_]?id)$`)

// nameOfName matches names that say where a credential is, and hold none.
var nameOfName = regexp.MustCompile(`(?i)^existing|(secret|config|token|credentials?|key)[-_]?(name|ref|file|path)$|^(automount|enable|disable|use|require|allow|has|skip|random|rotate|with|is)[-_a-z]*(password|token|key|credentials?)$`)

// KeyName reports whether a field or variable of this name holds a credential.
func KeyName(name string) bool {
	return (keyName.MatchString(name) || ambiguousName.MatchString(name) || keyInSecret.MatchString(name)) && !nameOfName.MatchString(name)
}

// Named reports whether the name of a field or variable says that its value is a
// credential, and the value does not merely name one.
func Named(name, value string) bool {
	return !StandIn(value) && Hidden(name, value)
}

// Hidden is Named, and holds for what stands for a credential in words, too: what
// leaves this program shows no password, not even one that says that it is none.
func Hidden(name, value string) bool {
	switch {
	case !KeyName(name) || Reference(value) || publicDSN.MatchString(value):
		return false
	case keyInSecret.MatchString(name) && oneWord.MatchString(value):
		return false
	case keyInSecret.MatchString(name) || ambiguousName.MatchString(name):
		return !objectName.MatchString(value) || uuid.MatchString(value)
	}
	return true
}

var (
	// objectName matches what Kubernetes calls an object, or a chart a key: words
	// with hyphens.
	objectName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*([-_.][A-Za-z0-9]+)+$`)
	oneWord    = regexp.MustCompile(`^[a-z]+$`)
	uuid       = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	// publicDSN matches the address that a client of Sentry reports to. It is meant to
	// be seen, and holds a public key alone
	// (https://docs.sentry.io/concepts/key-terms/dsn-explainer/).
	publicDSN = regexp.MustCompile(`^https?://[0-9a-f]{32}@[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9_-]+)*/[0-9]+\s*$`)
)

// reference matches what is written where a credential goes and says where it is: an
// expansion of Kubernetes, of a shell, of a template or of a program, or a path.
var reference = regexp.MustCompile(`(?i)` +
	`^\$\(.*\)?$|^\$\{.*\}?$|^\$[A-Za-z_]|^%[({].*|^\{\{|\{\{.*\}\}|^\{[A-Za-z_][A-Za-z0-9_.]*\}$|^\{\d*\}$|^<[^<>]*>?$|^\$__|^__[A-Z_]+__$` +
	`|^(os\.(getenv|environ)|env\(|getenv\(|process\.env|System\.getenv|ENV\[|lookup\(|var\.|local\.|data\.|secrets?\.|!|@@?[A-Za-z_])` +
	`|^(op|vault|ref\+[a-z]+|awssm|gcpsm|file)://|^(vault:|<path:|AVP|ENC\[)|^/[a-z]`)

// word matches words that say that they are the reader's to replace.
var word = regexp.MustCompile(`(?i)^(your|my)[-_]|change[-_]?me|placeholder|^(redacted|\(redacted\))$|^[x*.…]{3,}$`)

// Reference reports whether a value says where a credential is, or is nothing.
func Reference(value string) bool {
	v := bare(value)
	return v == "" || reference.MatchString(v)
}

func bare(value string) string { return strings.Trim(strings.TrimSpace(value), `"'`+"`") }

// StandIn reports whether a value stands for a credential and is none.
func StandIn(value string) bool {
	return Reference(value) || word.MatchString(bare(value))
}
