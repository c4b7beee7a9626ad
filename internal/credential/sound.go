package credential

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"unicode"
)

// fromBase64 decodes base64 of either alphabet, padded or not; what does not
// fill its last group is left.
func fromBase64(text string) string {
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	if len(text)%4 == 1 {
		text = text[:len(text)-1]
	}
	b, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return ""
	}
	return string(b)
}

// decodesTo holds for base64 of what has this part.
func decodesTo(part string) func(string, int, int) bool {
	return func(text string, at, end int) bool { return strings.Contains(fromBase64(text[at:end]), part) }
}

// privateJWT leaves out tokens that are meant to be seen: a Supabase project's
// anonymous one (https://supabase.com/docs/guides/api/api-keys), and jwt.io's
// example.
func privateJWT(text string, at, end int) bool {
	parts := strings.Split(text[at:end], ".")
	var header, claims map[string]any
	if json.Unmarshal([]byte(fromBase64(parts[0])), &header) != nil || json.Unmarshal([]byte(fromBase64(parts[1])), &claims) != nil {
		return true // whatever it is, it has the form
	}
	return claims["role"] != "anon" && claims["name"] != "John Doe"
}

// mixed holds for what has letters of both cases and digits: words have not.
func mixed(text string, at, end int) bool {
	s := text[at:end]
	return strings.ContainsFunc(s, unicode.IsUpper) && strings.ContainsFunc(s, unicode.IsLower) && strings.ContainsFunc(s, unicode.IsDigit)
}

// digits holds for what has a digit.
func digits(text string, at, end int) bool {
	return strings.ContainsFunc(text[at:end], unicode.IsDigit)
}

// opaque holds for what is no word and no name: letters and digits in turn.
func opaque(text string, at, end int) bool { return turns(text[at:end]) }

// pair holds for base64 of user:password.
func pair(text string, at, end int) bool {
	user, pass, ok := strings.Cut(fromBase64(text[at:end]), ":")
	if !ok || user == "" || len(pass) < 3 || StandIn(pass) {
		return false
	}
	return !strings.ContainsFunc(user+pass, func(r rune) bool { return r < ' ' || r > '~' })
}

// password holds for a password within an address or a command. An address of an
// image may have a tag and a digest, which look alike.
func password(text string, at, end int) bool {
	rest := text[end:]
	if strings.HasPrefix(rest, "@sha256:") || strings.HasPrefix(rest, "@sha512:") {
		return false
	}
	return !StandIn(text[at:end]) && !expands(text[at:end]) && !local(rest)
}

func likelyPassword(text string, at, end int) bool {
	rest := text[end:]
	return !strings.HasPrefix(rest, "@sha256:") && !strings.HasPrefix(rest, "@sha512:") && !StandIn(text[at:end])
}

// local holds for an address of the machine itself: what is behind it is
// nobody else's.
func local(rest string) bool {
	for _, host := range []string{"@localhost", "@127.0.0.1", "@[::1]"} {
		if strings.HasPrefix(rest, host) {
			return true
		}
	}
	return false
}
