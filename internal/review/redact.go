package review

import (
	"regexp"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/credential"
	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// What may not be quoted of a source line beside credentials by their own form:
// the value of a key that names one, in block or flow style or as an argument. It
// errs on the side of hiding.
var (
	// field is a key, flag or variable, and what stands between it and its value.
	field = regexp.MustCompile(`["']?([-\w.]+)["']?\s*[:=]\s*`)
	// truth is no credential: automountServiceAccountToken: false.
	truth = regexp.MustCompile(`^(?:true|false)[\s,}\]]*$`)
	// named is the name of a variable, {name: DB_PASSWORD, value: …}, or where a JSON
	// patch puts a value.
	named = regexp.MustCompile(`(?i)(?:name|path)["']?:\s*["']?[-\w./~]*(?:pass(?:word|wd|phrase)?|pwd|secret|key|token|credentials?|dsn|url)["']?\s*(?:,|}|#|$)`)
	value = regexp.MustCompile(`(value["']?:\s*)([^,}]+)`)
	// ofSecret is where a JSON patch may put a value into a Secret.
	ofSecret = regexp.MustCompile(`path["']?:\s*["']?/data\b`)
	// literal is an entry of a generator that names no file.
	literal  = regexp.MustCompile(`^(\s*-\s+["']?(?:[\w.-]+=)?)[^:/]+$`)
	fileName = regexp.MustCompile(`\.(?:ya?ml|json|env|txt|properties|conf|ini|toml)["']?\s*$`)
)

// Excerpt gives source lines as they may be quoted. Files that hold Secrets or
// private keys are not quoted at all: nil.
func Excerpt(content []byte, from, to int) []string { return quotableOf(content).excerpt(from, to) }

// Quotes gives source lines of files as Excerpt does, for many findings one after the
// other: of a file that is asked for again it splits and reads nothing anew.
type Quotes struct {
	Read func(side model.Side, file string) []byte // nil for no file

	side model.Side
	file string
	last *quotable
}

// Of gives lines of a file; nil where it is not quoted, or not there.
func (q *Quotes) Of(side model.Side, file string, from, to int) []string {
	if q.Read == nil {
		return nil
	}
	if q.last == nil || q.side != side || q.file != file {
		q.side, q.file, q.last = side, file, &quotable{}
		if content := q.Read(side, file); content != nil {
			q.last = quotableOf(content)
		}
	}
	return q.last.excerpt(from, to)
}

// quotable is a file whose lines may be quoted; without lines it is none.
type quotable struct {
	lines    []string
	literals bool // of a generator of Secrets
}

func quotableOf(content []byte) *quotable {
	text := string(content)
	for _, sign := range []string{"kind: Secret", "stringData", "PRIVATE KEY", `"kind":"Secret"`, `"Secret"`} {
		if strings.Contains(text, sign) {
			return &quotable{}
		}
	}
	if strings.Contains(text, "op") && strings.Contains(text, "/data") && ofSecret.MatchString(text) {
		return &quotable{}
	}
	return &quotable{lines: strings.Split(text, "\n"), literals: strings.Contains(text, "secretGenerator")}
}

func (q *quotable) excerpt(from, to int) []string {
	lines := q.lines
	if lines == nil {
		return nil
	}
	out := make([]string, 0, to-from+1)
	for n := from; n <= to && n <= len(lines); n++ {
		line := lines[n-1]
		if named.MatchString(line) || n >= 2 && named.MatchString(lines[n-2]) || n < len(lines) && strings.Contains(lines[n], "path") && named.MatchString(lines[n]) {
			line = redactValue(line)
		}
		if q.literals && !fileName.MatchString(line) {
			line = literal.ReplaceAllString(line, "${1}"+model.RedactedText)
		}
		out = append(out, redactLine(line))
	}
	return out
}

// redactValue hides the value of a variable whose name says that it may be a
// credential.
func redactValue(line string) string {
	return value.ReplaceAllStringFunc(line, func(found string) string {
		m := value.FindStringSubmatch(found)
		if credential.StandIn(m[2]) {
			return found
		}
		return m[1] + model.RedactedText
	})
}

func redactLine(line string) string {
	for _, m := range field.FindAllStringSubmatchIndex(line, -1) {
		key, rest := line[m[2]:m[3]], line[m[1]:]
		if strings.TrimSpace(rest) == "" || truth.MatchString(rest) || !credential.KeyNames(key) {
			continue
		}
		alone, _, _ := strings.Cut(strings.TrimSuffix(rest, "}"), ", ")
		if strings.HasPrefix(rest, "ENC[") || holds(key, alone) || holds(key, rest) && !credential.StandIn(alone) {
			line = line[:m[1]] + model.RedactedText // the rest of the line: a value may hold anything
			break
		}
	}
	return credential.Hide(line, model.RedactedText)
}

func holds(key, value string) bool {
	return credential.Setting{Key: key, Value: strings.Trim(value, `"'`)}.Certainty() != credential.None
}

// Quotable is a foreign text as a message may have it between backticks.
func Quotable(text string) string {
	text = credential.Hide(text, model.RedactedText)
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == '`' || r == '\u007f' {
			return '?'
		}
		return r
	}, model.RedactedName(text))
}
