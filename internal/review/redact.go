package review

import (
	"regexp"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/credential"
	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// What looks like a secret in a source line, besides the forms that package
// credential knows: the value of a key that names a credential, in block or flow
// style, or as an argument. It errs on the side of hiding.
var (
	// given is a key or a variable and what it is given: key: value, KEY=value.
	given = regexp.MustCompile(`["']?([-\w.]+)["']?\s*[:=]\s*`)
	// truth is no credential: automountServiceAccountToken: false.
	truth = regexp.MustCompile(`^(?:true|false)[\s,}\]]*$`)
	// named is the name of a variable: {name: DB_PASSWORD, value: …}.
	named = regexp.MustCompile(`(?i)name:\s*["']?[-\w.]*(?:pass(?:word|wd|phrase)?|pwd|secret|key|token|credentials?|dsn|url)["']?\s*(?:,|}|#|$)`)
	value = regexp.MustCompile(`(value:\s*)([^,}]+)`)
	// literal is an entry of a generator that names no file.
	literal  = regexp.MustCompile(`^(\s*-\s+["']?(?:[\w.-]+=)?)[^:/]+$`)
	fileName = regexp.MustCompile(`\.(?:ya?ml|json|env|txt|properties|conf|ini|toml)["']?\s*$`)
)

// Excerpt gives source lines as they may be quoted. Files that hold Secrets or
// private keys are not quoted at all: nil.
func Excerpt(content []byte, from, to int) []string {
	text := string(content)
	for _, sign := range []string{"kind: Secret", "PRIVATE KEY", `"kind":"Secret"`, `"Secret"`} {
		if strings.Contains(text, sign) {
			return nil
		}
	}
	lines := strings.Split(text, "\n")
	literals := strings.Contains(text, "secretGenerator")
	out := make([]string, 0, to-from+1)
	for n := from; n <= to && n <= len(lines); n++ {
		line := lines[n-1]
		if named.MatchString(line) || n >= 2 && named.MatchString(lines[n-2]) {
			line = value.ReplaceAllString(line, "${1}"+model.RedactedText)
		}
		if literals && !fileName.MatchString(line) {
			line = literal.ReplaceAllString(line, "${1}"+model.RedactedText)
		}
		out = append(out, redactLine(line))
	}
	return out
}

func redactLine(line string) string {
	for _, at := range given.FindAllStringSubmatchIndex(line, -1) {
		value := line[at[1]:]
		first, _, _ := strings.Cut(strings.TrimSpace(value), " ")
		if strings.TrimSpace(value) != "" && !truth.MatchString(value) && credential.Named(line[at[2]:at[3]], strings.Trim(first, `"',}])`)) {
			line = line[:at[1]] + model.RedactedText // the rest of the line: a value may hold anything
			break
		}
	}
	return credential.Hide(line, model.RedactedText)
}

// Quotable is a foreign text as a message may have it between backticks.
func Quotable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == '`' || r == '\u007f' {
			return '?'
		}
		return r
	}, model.RedactedName(text))
}
