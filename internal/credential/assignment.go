package credential

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// endings are how the names of credentials end.
var endings = []string{"password", "passwd", "passphrase", "pwd", "pass", "secret", "token", "key", "bearer", "credential", "credentials"}

// assignments adds the values that stand beside a name that ends like a
// credential's: in a shell, a file of variables, a flag, a query, a program, a
// file of settings, a connection string.
func assignments(l *looked, out []Match) []Match {
	if l.first(0, endingHints) < 0 {
		return out
	}
	text, lower := l.text, l.lower
	for i := 1; i < len(text)-1; i++ {
		if text[i] != '=' && text[i] != ':' {
			continue
		}
		a, at, ok := assignedAt(text, lower, i)
		if !ok {
			continue
		}
		end := at + len(a.value)
		if a.quoted() {
			at, end = at+1, end-1
		}
		if sure := a.certainty(); sure != None && at < end {
			out = append(out, Match{What: BesideItsName, Start: at, End: end, Certainty: sure})
			i = end - 1
		}
	}
	return out
}

var endingHints = hintsOf("~" + strings.Join(endings, "|"))

// assignedAt reads what stands to both sides of a sign, and where the value
// begins.
func assignedAt(text, lower string, sign int) (a assigned, at int, ok bool) {
	end := len(strings.TrimRight(text[max(0, sign-4):sign], " \t")) + max(0, sign-4)
	before := end
	if end > 0 && (text[end-1] == '"' || text[end-1] == '\'') {
		end--
		if end > 0 && text[end-1] == '\\' { // JSON within a string
			end--
		}
	}
	start := end
	for start > 0 && end-start <= longestKey && named[text[start-1]] {
		start--
	}
	if !endsLike(lower[start:end]) {
		return a, 0, false
	}
	at = sign + 1
	if two := text[sign:min(len(text), sign+2)]; two == ":=" || two == "=>" {
		at++
	} else if two == "==" {
		return a, 0, false
	}
	for at < len(text) && (text[at] == ' ' || text[at] == '\t') {
		at++
	}
	if at+1 < len(text) && text[at] == '\\' && text[at+1] == '"' {
		at++
		a.value = escapedAt(text[at:])
	} else {
		a.value = valueAt(text[at:])
	}
	a = assigned{key: text[start:end], sign: text[before:at], value: a.value}
	a.rest = text[at+len(a.value):]
	return a, at, a.value != ""
}

func endsLike(key string) bool {
	for _, e := range endings {
		if strings.HasSuffix(key, e) {
			return true
		}
	}
	return false
}

// escapedAt is a quoted text within a quoted text, with what ends it.
func escapedAt(text string) string {
	if i := strings.IndexAny(text[1:], "\\\"\n"); i >= 0 && text[1+i] != '\n' {
		return text[:i+2]
	}
	return ""
}

// valueAt is the quoted text that a text begins with, or else its first word.
func valueAt(text string) string {
	if text == "" {
		return ""
	}
	if quote := text[0]; quote == '"' || quote == '\'' {
		for i := 1; i < len(text) && text[i] != '\n'; i++ {
			switch {
			case text[i] == '\\' && quote == '"':
				i++
			case text[i] == quote:
				return text[:i+1]
			}
		}
		return ""
	}
	if i := strings.IndexAny(text, " \t\r\n\"',;&|(){}[]<>`"); i >= 0 {
		return text[:i]
	}
	return text
}

// named holds the letters of names.
var named = func() (out [256]bool) {
	for _, c := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-" {
		out[c] = true
	}
	return out
}()

type assigned struct {
	key, sign, value, rest string
}

// identifier matches what a program calls its own variables and fields.
var identifier = pattern.New(`^[A-Za-z_]+(?:[_.][A-Za-z_]+)*$`)

func (a assigned) quoted() bool { return a.value[0] == '"' || a.value[0] == '\'' }

func (a assigned) certainty() Certainty {
	quoted := a.quoted()
	value := strings.Trim(a.value, `"'\`)
	c := classOf(a.key)
	if c == unnamed || len(value) < 3 || StandIn(a.value) || names(value, c.names()) || strings.HasPrefix(value, "//") {
		return None
	}
	next := byte('\n')
	if a.rest != "" {
		next = a.rest[0]
	}
	if !quoted && (next == '(' || next == '[' || next == '<' || next == '{') {
		if strings.HasSuffix(value, "$") && letters(value) >= shortest {
			return Likely // what stands before an expansion
		}
		return None // a call, an index
	}
	tight := strings.TrimSpace(a.sign) == a.sign && strings.HasSuffix(a.sign, "=")
	switch {
	case c == faint || c == keyed && word.MatchString(value) || expands(value) || len(value) < shortest:
		return Likely
	case quoted && !strings.ContainsAny(value, " \t"):
		return Certain
	case quoted:
		return Likely // a sentence
	case tight && (!identifier.MatchString(value) || !strings.ContainsAny(value, "_.") && value == strings.ToLower(value)):
		return Certain
	case tight:
		return Likely
	case identifier.MatchString(value) || !turns(value):
		return Likely // prose, a variable
	case endsLine(a.rest):
		return Certain
	}
	return Likely
}

// endsLine reports whether nothing but what closes a value follows on its line.
func endsLine(rest string) bool {
	line, _, _ := strings.Cut(rest, "\n")
	line = strings.TrimSpace(line)
	return line == "" || strings.HasPrefix(line, "#") || strings.Trim(line, `,;)}]"'`) == ""
}
