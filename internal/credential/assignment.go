package credential

import (
	"regexp"
	"strings"
)

// assignment matches a value beside a name that ends like a credential's: in a
// shell, a file of variables, a flag, a query, a program, a file of settings, a
// connection string. What follows the value tells a call from a word.
var assignment = regexp.MustCompile(`(?i)([\w.-]*(?:password|passwd|passphrase|pwd|pass|secret|token|key|bearer|credentials?))(["']?[ \t]*(?:=>|:=|=|:)[ \t]*)("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s"',;&|(){}\[\]<>` + "`" + `]+)`)

// hints are texts one of which every assignment holds, in any case.
var hints = []string{"pass", "pwd", "secret", "token", "key", "bearer", "credential", "PASS", "PWD", "SECRET", "TOKEN", "KEY", "BEARER", "CREDENTIAL",
	"Pass", "Pwd", "Secret", "Token", "Key", "Bearer", "Credential"}

func assignments(text string, out []Match) []Match {
	if !strings.ContainsAny(text, "=:") || !anyOf(text, hints) {
		return out
	}
	for from := 0; ; {
		m := assignment.FindStringSubmatchIndex(text[from:])
		if m == nil {
			return out
		}
		at, end := from+m[6], from+m[7]
		a := assigned{key: text[from+m[2] : from+m[3]], sign: text[from+m[4] : from+m[5]], value: text[at:end], rest: text[end:]}
		from = at + 1 // what is no credential may hold one: key: "PASSWORD=…"
		if a.value[0] == '"' || a.value[0] == '\'' {
			at, end = at+1, end-1
		}
		if sure := a.certainty(); sure != None && at < end {
			out = append(out, Match{What: "a credential beside its name", Start: at, End: end, Certainty: sure})
			from = end
		}
	}
}

func anyOf(text string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(text, p) {
			return true
		}
	}
	return false
}

type assigned struct {
	key, sign, value, rest string
}

// identifier matches what a program calls its own variables and fields.
var identifier = regexp.MustCompile(`^[A-Za-z_]+(?:[_.][A-Za-z_]+)*$`)

func (a assigned) certainty() Certainty {
	quoted := a.value[0] == '"' || a.value[0] == '\''
	value := strings.Trim(a.value, `"'`)
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
