package job

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// verb is what a command asks for.
type verb string

const (
	auditVerb   verb = "audit"
	deltaVerb   verb = "delta"
	explainVerb verb = "explain"
	waiveVerb   verb = "waive"
	allowVerb   verb = "allow"
	waiversVerb verb = "waivers"
	helpVerb    verb = "help"
)

// command is a line of a comment, read.
type command struct {
	verb   verb
	arg    string // a check, a source, or the part to audit
	object string
	until  time.Time
	reason string
}

// maxLine bounds a command, in bytes: what is longer is none.
const maxLine = 1000

// commandLine gives the first line of a comment that is a command; "" for none.
// Quotes, code and what a reader does not see are no commands.
func commandLine(body string) string {
	fence, hidden, pre := "", false, false
	for _, line := range strings.Split(strings.ReplaceAll(body, "\r\n", "\n"), "\n") {
		if hidden || strings.Contains(line, "<!--") {
			hidden = !strings.Contains(line[max(0, strings.LastIndex(line, "<!--")):], "-->")
			continue
		}
		if m := preLine.FindStringSubmatch(line); m != nil && fence == "" {
			pre = !strings.Contains(strings.ToLower(line), "</"+strings.ToLower(m[1])+">")
			continue
		}
		if pre {
			pre = !preEnd.MatchString(line)
			continue
		}
		if m := fenceLine.FindStringSubmatch(line); m != nil {
			info := strings.TrimLeft(m[1], m[1][:1])
			switch marks := strings.TrimSuffix(m[1], info); {
			case fence == "":
				fence = marks
			case strings.HasPrefix(marks, fence) && strings.TrimSpace(info) == "":
				fence = ""
			}
			continue
		}
		if fence != "" || len(line) > maxLine {
			continue
		}
		if line == "/audit" || strings.HasPrefix(line, "/audit ") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

var (
	// fenceLine opens or ends a block of code; with a further backtick after them,
	// backticks open none.
	fenceLine = pattern.New("^ {0,3}(```+[^`]*$|~~~+.*$)")
	// preLine and preEnd are code in HTML.
	preLine = pattern.New(`(?i)^ {0,3}<(pre|code|script|style|textarea)\b`)
	preEnd  = pattern.New(`(?i)</(?:pre|code|script|style|textarea)>`)
)

// parseCommand reads a command; the error says what is wrong with it, for who
// wrote it.
func parseCommand(line string) (command, error) {
	words, err := splitWords(strings.TrimPrefix(line, "/audit"))
	if err != nil {
		return command{}, err
	}
	if len(words) == 0 {
		return command{verb: auditVerb}, nil
	}
	rest := words[1:]
	switch v := verb(words[0]); v {
	case deltaVerb, waiversVerb, helpVerb:
		if len(rest) > 0 {
			return command{}, fmt.Errorf("`/audit %s` takes nothing after it", v)
		}
		return command{verb: v}, nil
	case explainVerb, allowVerb:
		if len(rest) != 1 {
			return command{}, fmt.Errorf("write `/audit %s`, and one name", v)
		}
		return command{verb: v, arg: rest[0]}, nil
	case waiveVerb:
		return parseWaive(rest)
	}
	if len(rest) > 0 {
		return command{}, fmt.Errorf("`%s` is no command", printable(words[0]))
	}
	return command{verb: auditVerb, arg: words[0]}, nil
}

// maxReason bounds a waiver's reason, in bytes.
const maxReason = 300

func parseWaive(words []string) (command, error) {
	c := command{verb: waiveVerb}
	for _, w := range words {
		key, value, named := strings.Cut(w, "=")
		switch {
		case named && key == "until":
			day, err := time.Parse(time.DateOnly, value)
			if err != nil {
				return c, fmt.Errorf("`until=%s` is no day: write until=YYYY-MM-DD", printable(value))
			}
			c.until = day
		case named && key == "reason":
			c.reason = printable(value)
		case c.arg == "":
			c.arg = w
		case c.object == "":
			c.object = w
		default:
			return c, fmt.Errorf("`%s` is one word too many; a reason stands in quotes: reason=\"…\"", printable(w))
		}
	}
	switch {
	case c.arg == "":
		return c, fmt.Errorf("say which check")
	case c.until.IsZero():
		return c, fmt.Errorf("say until when: until=YYYY-MM-DD")
	case strings.TrimSpace(c.reason) == "":
		return c, fmt.Errorf("say why: reason=\"…\"")
	case len(c.reason) > maxReason:
		return c, fmt.Errorf("the reason is too long: %d bytes at most", maxReason)
	}
	return c, nil
}

// splitWords splits at spaces outside quotes. Curly quotes count as quotes:
// telephones write them.
func splitWords(text string) ([]string, error) {
	var out []string
	var word strings.Builder
	quoted, any := false, false
	for _, r := range text {
		switch {
		case r == '"' || r == '“' || r == '”':
			quoted, any = !quoted, true
		case unicode.IsSpace(r) && !quoted:
			if any {
				out = append(out, word.String())
			}
			word.Reset()
			any = false
		default:
			word.WriteRune(r)
			any = true
		}
	}
	if quoted {
		return nil, fmt.Errorf("a quote is not closed")
	}
	if any {
		out = append(out, word.String())
	}
	return out, nil
}

// printable is foreign text as it may stand in an answer: one line that mentions
// nobody and ends no code.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	return firstRunes(strings.NewReplacer("`", "'", "@", "@\u200b", "<", "‹", ">", "›").Replace(s), maxReason)
}

// needs is the least role that may give a command.
func (c command) needs() string {
	switch c.verb {
	case waiveVerb, allowVerb:
		return "maintain"
	case auditVerb, deltaVerb:
		return "write"
	}
	return "read"
}

// roleRank orders GitHub's roles.
var roleRank = map[string]int{"read": 1, "triage": 2, "write": 3, "maintain": 4, "admin": 5}

// may reports whether a role suffices. A role that is not known is none.
func (c command) may(role string) bool { return roleRank[role] >= roleRank[c.needs()] }

// heavy reports whether a line of a command asks for something long. What is not
// understood is answered at once.
func heavy(line string) bool {
	c, err := parseCommand(line)
	return err == nil && (c.verb == auditVerb || c.verb == deltaVerb)
}
