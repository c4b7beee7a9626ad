// Package redact keeps secrets in the sandbox: what leaves it holds keyed
// fingerprints in the place of secret values.
package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"unicode"

	"github.com/seaworthy-dev/seaworthy/internal/credential"
	"github.com/seaworthy-dev/seaworthy/internal/engine/decode"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"sigs.k8s.io/yaml"
)

// Redactor keeps secrets from leaving the child: their values become keyed
// fingerprints, and texts lose every secret that it has seen.
type Redactor struct {
	Key    []byte
	reveal bool
	seen   map[string]bool // secret texts, to be cut out of messages
	Whole  map[string]bool // one-line values of Secrets, to be found where they were copied to
	Fed    bool            // a Secret's value went into a build
	Decoy  bool            // builds get decoys instead
	// Of the object that is compared: whether checks judge by its fields, and
	// what stands for those that were hidden.
	Judged bool
	Veiled []string
}

// Fresh is a redactor of the same way that has met no Secret yet.
func (r *Redactor) Fresh() *Redactor {
	f := New(r.Key, r.reveal)
	f.Decoy = r.Decoy
	return f
}

// Adopt learns the Secrets that another redactor met.
func (r *Redactor) Adopt(other *Redactor) {
	maps.Copy(r.seen, other.seen)
	maps.Copy(r.Whole, other.Whole)
	r.Fed = r.Fed || other.Fed
}

// Way tells redactors that make others of a build apart.
func (r *Redactor) Way() string { return fmt.Sprintf("%x %v %v", r.Key, r.reveal, r.Decoy) }

// shortestSecret is the length from which a secret is cut out of messages: a
// shorter one would take ordinary words with it.
const shortestSecret = 6

// New makes a redactor; key is that of the fingerprints. With reveal nothing is
// hidden.
func New(key []byte, reveal bool) *Redactor {
	return &Redactor{Key: key, reveal: reveal, seen: map[string]bool{}, Whole: map[string]bool{}}
}

// Hide gives what stands for a secret text and remembers it.
func (r *Redactor) Hide(text string) string {
	if len(text) >= shortestSecret {
		r.seen[text] = true
		r.seen[base64.StdEncoding.EncodeToString([]byte(text))] = true
		for _, line := range strings.Split(text, "\n") {
			if line = strings.TrimSpace(line); len(line) >= 2*shortestSecret {
				r.seen[line] = true
			}
		}
	}
	return model.Redact(r.fingerprint(text))
}

// hideAs hides a text that is a credential for this sure; what is none stays.
func (r *Redactor) hideAs(text string, sure credential.Certainty) string {
	switch sure {
	case credential.None:
		return text
	case credential.Certain:
		r.Hide(text)
		return model.RedactCredential(r.fingerprint(text))
	}
	return r.Hide(text)
}

// Print is equal where the text is, and tells nothing of it.
func (r *Redactor) Print(text string) string { return r.fingerprint(text) }

func (r *Redactor) fingerprint(text string) string {
	mac := hmac.New(sha256.New, r.Key)
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil)[:12])
}

// Text cuts every secret that was seen out of a message.
func (r *Redactor) Text(s string) string {
	if r.reveal {
		return s
	}
	for secret := range r.seen {
		s = strings.ReplaceAll(s, secret, model.RedactedText)
	}
	return credential.Hide(s, model.RedactedText)
}

// Object redacts an object in place and describes the keys of ConfigMaps and
// Secrets. read tells which file has given bytes.
func (r *Redactor) Object(id model.ObjectID, fields map[string]any, read func([]byte) string) map[string]model.Key {
	if id.Group != "" || id.Kind != "Secret" && id.Kind != "ConfigMap" {
		if !r.reveal {
			r.Leaves(fields, "")
		}
		return nil
	}
	keys := map[string]model.Key{}
	for _, section := range []string{"data", "stringData", "binaryData"} {
		values, ok := fields[section].(map[string]any)
		if !ok {
			if !r.reveal && id.Kind == "Secret" && fields[section] != nil {
				fields[section] = r.all(fields[section])
			}
			continue
		}
		for name, value := range values {
			text, ok := value.(string)
			if !ok {
				if id.Kind == "Secret" && value != nil {
					keys[model.Pointer([]model.Step{model.FieldStep(section), model.FieldStep(name)})] = model.Key{NotText: true}
				}
				switch {
				case r.reveal:
				case id.Kind == "Secret":
					values[name] = r.all(noText{value})
				default:
					values[name] = r.number(name, value, values)
				}
				continue
			}
			plain, encoded := []byte(text), true
			if section == "binaryData" || id.Kind == "Secret" && section == "data" {
				b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
				if err == nil {
					plain = b
				}
				encoded = err == nil && strings.Trim(text, "\r\n") == strings.TrimSpace(text) // others than line ends are refused
			}
			pointer := model.Pointer([]model.Step{model.FieldStep(section), model.FieldStep(name)})
			file := read(plain)
			k := model.Key{File: file, Encrypted: IsEncrypted(string(plain))}
			k.NotBase64 = !encoded && id.Kind == "Secret" && !k.Encrypted && !strings.ContainsAny(text, "$<{") && !strings.Contains(text, "://") && !strings.HasPrefix(text, "__")
			if id.Kind == "Secret" {
				k.Sealed = k.Encrypted && SealedValues(string(plain)) != nil
				k.NotText = section != "binaryData" && becomesNumber.MatchString(text)
				k.NotJSON = needsJSON[name] && !k.Encrypted && !k.NotBase64 && notJSON(plain)
			}
			var sure credential.Certainty
			k.YAML, sure = r.inside(id.Kind, name, plain, file)
			if k.File != "" || k.YAML != nil || k.Encrypted || k.NotBase64 || k.NotJSON {
				keys[pointer] = k
			}
			if id.Kind == "Secret" && Telling(string(plain)) {
				r.Whole[string(plain)], r.Whole[base64.StdEncoding.EncodeToString(plain)] = true, true
			}
			switch {
			case r.reveal:
			case k.NotBase64: // another value than the same text, encoded
				values[name] = r.Hide("not base64 " + text)
			case id.Kind == "Secret" || secretManifest(k.YAML):
				values[name] = r.Hide(string(plain))
			default:
				sure = max(sure, credential.Setting{Key: name, Value: string(plain), Beside: values}.Certainty())
				if hidden := r.hideAs(string(plain), sure); sure != credential.None {
					values[name] = hidden
				}
			}
		}
	}
	if meta, ok := fields["metadata"].(map[string]any); ok && !r.reveal {
		if annotations, ok := meta["annotations"].(map[string]any); ok && id.Kind == "Secret" {
			if last, ok := annotations[lastApplied]; ok {
				annotations[lastApplied] = r.all(last) // a copy of the whole object
			}
		}
		r.Leaves(meta, "")
	}
	return keys
}

// becomesNumber matches what SOPS decrypts to a number or a boolean, which no Secret takes
// as a text (sops v3.10, aes.Cipher).
var becomesNumber = pattern.New(`^ENC\[AES256_GCM,.*,type:(int|float|bool)\]$`)

// needsJSON are the keys whose values the API server reads as JSON in Secrets of their type.
var needsJSON = map[string]bool{".dockerconfigjson": true, ".dockercfg": true}

// notJSON reports whether a text is no JSON map, and nothing fills it in before it is read.
func notJSON(text []byte) bool {
	var m map[string]any
	return json.Unmarshal(text, &m) != nil && !strings.ContainsAny(string(text), "$<") && !strings.Contains(string(text), "{{") &&
		!strings.Contains(string(text), "://") && !strings.HasPrefix(string(text), "__")
}

// lastApplied is the annotation in which kubectl keeps a copy of an object.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// all redacts every value at any depth, whatever its type.
func (r *Redactor) all(value any) any {
	switch v := value.(type) {
	case nil:
		return nil
	case map[string]any:
		for k, child := range v {
			v[k] = r.all(child)
		}
		return v
	case []any:
		for i, child := range v {
			v[i] = r.all(child)
		}
		return v
	case string:
		return r.Hide(v)
	case noText:
		return r.Hide("no text " + fmt.Sprint(v.value))
	}
	return r.Hide(fmt.Sprint(value))
}

// noText is a value of a Secret that is no text: another one than the text of the same
// characters, and refused.
type noText struct{ value any }

// secretManifest reports whether a parsed value is a Secret, or holds one.
func secretManifest(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		if v["kind"] == "Secret" && (v["data"] != nil || v["stringData"] != nil) {
			return true
		}
		for _, child := range v {
			if secretManifest(child) {
				return true
			}
		}
	case []any:
		for _, child := range v {
			if secretManifest(child) {
				return true
			}
		}
	}
	return false
}

// Copies hides, in other objects, what a replacement or a var copied out of a
// Secret. Only texts that can hardly stand for anything else count: long ones,
// and those of letters and digits.
func (r *Redactor) Copies(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for k, child := range v {
			v[k] = r.Copies(child)
		}
	case []any:
		for i, child := range v {
			v[i] = r.Copies(child)
		}
	case string:
		if model.Redacted(v) {
			return v
		}
		for secret := range r.Whole {
			if strings.Contains(v, secret) {
				return r.Hide(v)
			}
		}
	}
	return value
}

// Telling reports whether a secret is no ordinary word.
func Telling(secret string) bool {
	if strings.Contains(secret, "\n") {
		return false
	}
	return len(secret) >= 8 && strings.ContainsAny(secret, "0123456789") && strings.ContainsFunc(secret, unicode.IsLetter) ||
		len(secret) >= 20 && !strings.Contains(secret, " ")
}

// inside parses a key's value where it is a YAML map or list, and says how sure
// it is that there is a credential in it. A Secret's is shown only where its bytes
// come from a cleartext file of the repository.
func (r *Redactor) inside(kind, name string, plain []byte, file string) (any, credential.Certainty) {
	if kind == "Secret" && (file == "" || encrypted(plain)) {
		return nil, credential.None
	}
	if len(plain) > 1<<20 || !looksLikeYAML(name, plain) {
		return nil, credential.None
	}
	value, err := decode.YAML(plain)
	if err != nil {
		return nil, credential.None
	}
	switch value.(type) {
	case map[string]any, []any:
		if r.reveal {
			return value, credential.None
		}
		w := walk{redactor: r}
		w.leaves(value, "", nil)
		return value, w.sure
	}
	return nil, credential.None
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

// SealedValues reads a file of values of which SOPS encrypted some or all: they stand for
// themselves. It is nil for any other text.
func SealedValues(text string) map[string]any {
	var values map[string]any
	if !strings.Contains(text, "sops") || yaml.Unmarshal([]byte(text), &values) != nil {
		return nil
	}
	if about, ok := values["sops"].(map[string]any); !ok || about["mac"] == nil {
		return nil
	}
	delete(values, "sops")
	return values
}

// IsEncrypted reports whether a value is SOPS's.
func IsEncrypted(text string) bool {
	return strings.HasPrefix(text, "ENC[AES256_GCM") || encrypted([]byte(text))
}

// Learn remembers every text of a Secret's values, so that no message and no
// Object shows it.
func (r *Redactor) Learn(value any) {
	switch v := value.(type) {
	case map[string]any:
		for _, child := range v {
			r.Learn(child)
		}
	case []any:
		for _, child := range v {
			r.Learn(child)
		}
	case string:
		r.Hide(v)
		if Telling(v) {
			r.Whole[v], r.Whole[base64.StdEncoding.EncodeToString([]byte(v))] = true, true
		}
	}
}
