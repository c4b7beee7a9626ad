package review

import (
	"regexp"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// What looks like a secret in a source line: the value of a key that names a
// credential, in block or flow style, as an argument or in a URL; and
// credentials by their own form. It errs on the side of hiding.
var (
	secretName  = regexp.MustCompile(`(?i)["']?[-\w.]*(?:pass(?:word|wd|phrase)?|pwd|secret(?:[-_]?key)?|access[-_]?key|api[-_]?key|private[-_]?key|token|credentials?|webhook[-_]?url|dsn|connection[-_]?string)["']?\s*[:=]\s*`)
	secretValue = regexp.MustCompile(`AGE-SECRET-KEY-1[0-9A-Z]{20,}|gh[pousr]_[A-Za-z0-9._-]{30,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|xox[abprs]-[A-Za-z0-9-]{10,}|AKIA[0-9A-Z]{16}|eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.\S*|://[^/\s]*:[^\s]*@`)
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
	if at := secretName.FindStringIndex(line); at != nil && strings.TrimSpace(line[at[1]:]) != "" && !truth.MatchString(line[at[1]:]) {
		line = line[:at[1]] + model.RedactedText // the rest of the line: a value may hold anything
	}
	return secretValue.ReplaceAllString(line, model.RedactedText)
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
