package credential

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

var (
	// plainly matches names of fields, variables and flags that hold a credential
	// and nothing else, in words with "_" between.
	plainly = pattern.New(`(?:password|passwd|passphrase|pwd)$|(?:^|_)(?:pass|bearer)$|(?:api|private|secret_access|secretaccess)_?key$|(?:^|_|[a-z0-9])token$`)
	// perhaps matches those that as often hold the name of one, or of an object
	// that holds it: the value tells which.
	perhaps = pattern.New(`(?:^|_|[a-z0-9])secret$|^azure_[a-z_]*key$|^oci_cli_key_content$`)
	// keys match names of keys, which are words where they name one of a Secret.
	keys = pattern.New(`secret_?key$|access_?key$|(?:account|storage|app|application|licen[cs]e|encryption|signing|master|admin|auth|session|root)_key$`)
	// faintly matches those whose value is hidden, and told of by its own form alone.
	faintly = pattern.New(`(?:^|_|[a-z0-9])credentials?$|webhook_?url$|(?:^|_)dsn$|connection_?string$`)
	// settings match names that end so and hold a number or a choice, or name a
	// key of a Secret.
	settings = pattern.New(`(?:^|_)(?:automount|enabled?|disabled?|uses?|requires?|required|allow|allowed|has|skip|random|rotate|with|is|existing)(?:_[a-z0-9]+)*_(?:password|pass|token|api_?key|secret_?key|secret|credentials?)$|^existing|(?:^|_)(?:kube|k8s|kubernetes|tls|pull|ca|cert|certificate)_secret$|(?:^|_)(?:max|min|num|limit|count|length|timeout|ttl)(?:_[a-z0-9]+)*_tokens?$|(?:^|_)(?:public|partition|sort|primary|foreign|cache|next|page|continue|cancellation)_(?:key|token)$`)
	// harmless match keys of Secrets that hold none by themselves.
	harmless     = pattern.New(`(?:^|_)(?:client|tenant|subscription|app|application|project|account|organi[sz]ation|org|zone|directory|user|key|principal|team)_?id$|(?:^|_)(?:user|username|host|hostname|port|region|end_?point|bucket|email|database|dbname|db|[a-z]*name|role|kind|cipher|pbkdf|key_(?:hash|size|provider)|ssl_?mode|driver|protocol|scheme|version|time_?zone|tz|locale|log_?level|mode|enabled)$`)
	harmlessKeys = []string{"url", "type", "name", "namespace", "project", "ca.crt", "tls.crt", "ca", "enableoci", "server", "insecure", "account", "login", "realm", "scope", "known_hosts", "sops.yaml", "issuer", "audience", "schema", "driver", "engine"}
)

// inWords is a name in lower case with "_" between its words.
func inWords(key string) string {
	var b strings.Builder
	b.Grow(len(key) + 4)
	for i := 0; i < len(key); i++ {
		c := key[i]
		switch {
		case c >= 'A' && c <= 'Z':
			if i > 0 && (isLower(key[i-1]) || i+1 < len(key) && isLower(key[i+1]) && isUpper(key[i-1])) {
				b.WriteByte('_')
			}
			b.WriteByte(c + 'a' - 'A')
		case c == '-' || c == '.' || c == ' ' || c == '/':
			b.WriteByte('_')
		default:
			b.WriteByte(c)
		}
	}
	return strings.Trim(b.String(), "_")
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }
func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

// longestKey is the longest text that is taken for a name, in bytes.
const longestKey = 200

// KeyNames reports whether a field, variable or flag of this name holds a
// credential, or is as good as told to. Names of things (secretName,
// existingSecret, passwordKey) do not.
func KeyNames(key string) bool { return classOf(key) != unnamed }

// Harmless reports whether a Secret's key of this name holds no secret: a user,
// a client's or tenant's id, an address.
func Harmless(key string) bool {
	return slices.Contains(harmlessKeys, strings.ToLower(key)) || harmless.MatchString(inWords(key))
}

type class int

const (
	unnamed class = iota
	faint
	keyed  // a key, or the name of one
	either // a credential, or the name of one
	plain
)

// ends are the last letters of all names that the expressions match: most names
// have others, and cost no more than a look.
var ends = []string{"password", "passwd", "phrase", "pwd", "pass", "bearer", "key", "token", "secret", "content", "credential", "credentials", "url", "dsn", "string"}

func mayName(key string) bool {
	for _, e := range ends {
		if len(key) >= len(e) && strings.EqualFold(key[len(key)-len(e):], e) {
			return true
		}
	}
	return false
}

func classOf(key string) class {
	if len(key) < 3 || len(key) > longestKey || !mayName(key) {
		return unnamed
	}
	words := inWords(strings.TrimLeft(key, "-"))
	switch {
	case settings.MatchString(words):
		return unnamed
	case plainly.MatchString(words):
		return plain
	case perhaps.MatchString(words):
		return either
	case keys.MatchString(words):
		return keyed
	case faintly.MatchString(words):
		return faint
	}
	return unnamed
}

// names reports whether a value under such a key may be the name of an object.
func (c class) names() bool { return c == either || c == keyed }

// word matches a value that may be the name of a key in a Secret.
var word = pattern.New(`^[A-Za-z]{1,16}$`)

// name matches what a Secret may be called that is one word.
var name = pattern.New(`^[a-z]{1,20}$`)

// Setting is a value where it stands.
type Setting struct {
	Key, Value string
	// Beside is what stands around it, as JSON decodes it: the map that it is a
	// value of, or the list of variables that it is one of. nil is not known.
	Beside any
}

// Certainty is how sure it is that the value is a credential, by its key and by
// its own form.
func (s Setting) Certainty() Certainty {
	if s.Value == "" {
		return None
	}
	sure := None
	for _, m := range Find(s.Value) {
		if m.What == accessKey && s.besideReference() {
			m.Certainty = Likely
		}
		sure = max(sure, m.Certainty)
	}
	if sure == Certain {
		return Certain
	}
	return max(sure, s.named())
}

// accessKey is half a credential: it names the account, and signs nothing.
const accessKey = "an AWS access key"

func (s Setting) named() Certainty {
	c := classOf(s.Key)
	if strings.EqualFold(s.Value, s.Key) {
		return None // the name of the key in a Secret, or a stand-in
	}
	if stem, ok := strings.CutSuffix(strings.ToLower(s.Key), "_secret"); ok && s.Value == strings.ReplaceAll(stem, "_", "-") {
		return None // the name of the Secret itself: OPERATOR_SECRET=operator
	}
	if c == unnamed || StandIn(s.Value) || names(s.Value, c.names()) {
		return None
	}
	if c.names() && s.besideReference() {
		return None // a key of the Secret that is named beside it
	}
	if inWords(s.Key) == "secret" && name.MatchString(s.Value) {
		return Likely // of the Secret
	}
	if c == faint || c == keyed && word.MatchString(s.Value) || len(s.Value) < 4 || expands(s.Value) || strings.Contains(s.Value, "\n") {
		return Likely
	}
	return Certain
}

// besideReference reports whether a Secret is named beside the value, from which
// the credential comes.
func (s Setting) besideReference() bool {
	switch around := s.Beside.(type) {
	case map[string]any:
		for key, value := range around {
			if key != s.Key && refers(key, value) {
				return true
			}
		}
	case []any:
		for _, item := range around {
			variable, _ := item.(map[string]any)
			name, _ := variable["name"].(string)
			if from, ok := variable["valueFrom"].(map[string]any); ok && from["secretKeyRef"] != nil && KeyNames(name) {
				return true
			}
		}
	}
	return false
}

var reference = pattern.New(`^existing_?(?:secret|credential)|secret_?(?:name|(?:key_?)?ref|key_?selector)|(?:credential|auth)s?_?secret(?:_?ref|_?name)?$|^secret_?ref`)

// refers reports whether a key of this name and value names a Secret.
func refers(key string, value any) bool {
	if value == nil || value == "" {
		return false
	}
	return reference.MatchString(inWords(key))
}
