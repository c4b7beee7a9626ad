package render

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// redactor keeps secrets from leaving the child: their values become keyed
// fingerprints, and texts lose every secret that it has seen.
type redactor struct {
	key    []byte
	reveal bool
	seen   map[string]bool // secret texts, to be cut out of messages
}

// shortestSecret is the length from which a secret is cut out of messages: a
// shorter one would take ordinary words with it.
const shortestSecret = 6

var (
	// credentialKey matches the names of fields and variables that hold
	// credentials; names of references (secretName, existingSecret) do not match.
	credentialKey = regexp.MustCompile(`(?i)(^|[-_.a-z0-9])(password|passwd|passphrase|pwd|secret[-_]?key|access[-_]?key|api[-_]?key|private[-_]?key|client[-_]?secret|token|credentials?|webhook[-_]?url|dsn|connection[-_]?string)$`)
	// credentialValue matches credentials by their own form.
	credentialValue = regexp.MustCompile(`AGE-SECRET-KEY-1[0-9A-Z]{20,}|-----BEGIN [A-Z ]*PRIVATE KEY-----|gh[pousr]_[A-Za-z0-9._-]{30,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|xox[abprs]-[A-Za-z0-9-]{10,}|AKIA[0-9A-Z]{16}|sk_live_[A-Za-z0-9]{16,}|eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.|[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s:@]+@`)
)

func newRedactor(key []byte, reveal bool) *redactor {
	return &redactor{key: key, reveal: reveal, seen: map[string]bool{}}
}

// hide gives what stands for a secret text and remembers it.
func (r *redactor) hide(text string) string {
	if len(text) >= shortestSecret {
		r.seen[text] = true
		r.seen[base64.StdEncoding.EncodeToString([]byte(text))] = true
		for _, line := range strings.Split(text, "\n") {
			if line = strings.TrimSpace(line); len(line) >= 2*shortestSecret {
				r.seen[line] = true
			}
		}
	}
	mac := hmac.New(sha256.New, r.key)
	mac.Write([]byte(text))
	return model.Redact(hex.EncodeToString(mac.Sum(nil)[:12]))
}

// text cuts every secret that was seen out of a message.
func (r *redactor) text(s string) string {
	if r.reveal {
		return s
	}
	for secret := range r.seen {
		s = strings.ReplaceAll(s, secret, model.RedactedText)
	}
	return credentialValue.ReplaceAllString(s, model.RedactedText)
}

// object redacts an object in place and describes the keys of ConfigMaps and
// Secrets. read tells which file has given bytes.
func (r *redactor) object(id model.ObjectID, fields map[string]any, read func([]byte) string) map[string]model.Key {
	if id.Group != "" || id.Kind != "Secret" && id.Kind != "ConfigMap" {
		if !r.reveal {
			r.leaves(fields, "")
		}
		return nil
	}
	keys := map[string]model.Key{}
	for _, section := range []string{"data", "stringData", "binaryData"} {
		values, _ := fields[section].(map[string]any)
		for name, value := range values {
			text, ok := value.(string)
			if !ok {
				continue
			}
			plain := []byte(text)
			if section == "binaryData" || id.Kind == "Secret" && section == "data" {
				if b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text)); err == nil {
					plain = b
				}
			}
			pointer := model.Pointer([]model.Step{model.FieldStep(section), model.FieldStep(name)})
			file := read(plain)
			if k := (model.Key{File: file, YAML: r.inside(id.Kind, name, plain, file)}); k.File != "" || k.YAML != nil {
				keys[pointer] = k
			}
			if !r.reveal && (id.Kind == "Secret" || credentialKey.MatchString(name) || credentialValue.MatchString(text)) {
				values[name] = r.hide(string(plain))
			}
		}
	}
	if meta, ok := fields["metadata"].(map[string]any); ok && !r.reveal {
		r.leaves(meta, "") // last-applied annotations carry copies
	}
	return keys
}

// inside parses a key's value where it is a YAML map or list. A Secret's is
// shown only where its bytes come from a cleartext file of the repository.
func (r *redactor) inside(kind, name string, plain []byte, file string) any {
	if kind == "Secret" && (file == "" || encrypted(plain)) {
		return nil
	}
	if len(plain) > 1<<20 || !looksLikeYAML(name, plain) {
		return nil
	}
	value, err := parseYAML(plain)
	if err != nil {
		return nil
	}
	switch value.(type) {
	case map[string]any, []any:
		if !r.reveal {
			r.leaves(value, "")
		}
		return value
	}
	return nil
}

// encrypted reports whether a file is SOPS-encrypted.
func encrypted(content []byte) bool {
	s := string(content)
	return strings.Contains(s, "ENC[AES256_GCM") || strings.Contains(s, "\nsops:") || strings.Contains(s, `"sops":`)
}

func looksLikeYAML(name string, content []byte) bool {
	for _, suffix := range []string{".yaml", ".yml", ".json"} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	s := strings.TrimSpace(string(content))
	return strings.Contains(s, "\n") && (strings.Contains(s, ": ") || strings.Contains(s, ":\n")) && !strings.HasPrefix(s, "#!")
}

// leaves redacts, in place and at any depth, what looks like a credential by
// its key, by the name of its variable, or by its own form.
func (r *redactor) leaves(value any, key string) any {
	switch v := value.(type) {
	case map[string]any:
		name, _ := v["name"].(string)
		for k, child := range v {
			childKey := k
			if k == "value" && name != "" {
				childKey = name // an environment variable: {name: DB_PASSWORD, value: …}
			}
			v[k] = r.leaves(child, childKey)
		}
	case []any:
		for i, child := range v {
			v[i] = r.leaves(child, key)
		}
	case string:
		if v == "" || model.Redacted(v) {
			return v
		}
		if strings.HasPrefix(v, "ENC[AES256_GCM") || credentialValue.MatchString(v) || credentialKey.MatchString(key) && !reference(v) {
			return r.hide(v)
		}
	}
	return value
}

// reference reports whether a credential's value only names one: a variable, a
// template, a path to a file.
func reference(v string) bool {
	return strings.HasPrefix(v, "$(") || strings.HasPrefix(v, "${") && strings.HasSuffix(v, "}") ||
		strings.Contains(v, "{{") || strings.HasPrefix(v, "/")
}
