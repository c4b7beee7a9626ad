package yamldiff

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// keyed is a value after its key; a list's item has none.
func keyed(key, value string) string {
	if key == "" {
		return value
	}
	return key + " " + value
}

// one is a value that takes one line, and whether that hides a secret.
func one(v any) (word string, secret bool) {
	switch shown := model.Show(v).(type) {
	case flow:
		return model.RedactedName(shown.shown), shown.content != shown.shown
	case nil:
		return "null", false
	case string:
		return quoted(model.RedactedName(shown)), model.Redacted(v)
	case map[string]any:
		return "{}", false
	case []any:
		return "[]", false
	case float64: // of YAML inside a key
		j, _ := json.Marshal(shown) // JSON writes 1000000 where Go writes 1e+06
		return string(j), false
	default:
		return fmt.Sprint(shown), false
	}
}

// isBlock reports whether a text is shown as a block of lines.
func isBlock(s string) bool {
	if model.Redacted(s) || !strings.Contains(strings.TrimRight(s, "\n"), "\n") {
		return false
	}
	return utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool {
		return r != '\n' && r != '\t' && !printable(r)
	}) < 0
}

// printable reports whether YAML and a reader take a letter as it is. What turns
// the direction of a text around is neither.
func printable(r rune) bool {
	return unicode.IsPrint(r) && r != 0x2028 && r != 0x2029 && r != 0xfeff
}

// block gives the header of a literal block, and its lines.
func block(s string) (header string, lines []string) {
	s = model.RedactedName(s)
	header = "|"
	if s[0] == ' ' || s[0] == '\n' || s[0] == '\t' {
		header = "|2" // else its first line would tell the indentation
	}
	body := strings.TrimRight(s, "\n")
	switch len(s) - len(body) {
	case 0:
		header += "-"
	case 1:
	default:
		header += "+"
		body = s[:len(s)-1]
	}
	return header, strings.Split(body, "\n")
}

// Texts that YAML, of either version, reads as something else.
var (
	number = pattern.New(`(?i)^[-+]?(0[xob])?[.0-9][0-9a-f_.]*(e[-+]?[0-9]+)?$|^[-+]?[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?$|^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|^[-+]?\.(inf|nan)$`)
	word   = map[string]bool{"y": true, "n": true, "yes": true, "no": true, "on": true, "off": true, "true": true, "false": true, "null": true, "~": true, "": true, "=": true, "<<": true}
)

// quoted is a text as a YAML scalar of one line.
func quoted(s string) string {
	odd := strings.IndexFunc(s, func(r rune) bool { return !printable(r) }) >= 0 || !utf8.ValidString(s)
	switch {
	case odd:
		return escaped(s)
	case !plain(s) && strings.Contains(s, `"`):
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	case !plain(s):
		return escaped(s)
	}
	return s
}

// plain reports whether a printable text needs no quotes.
func plain(s string) bool {
	switch {
	case word[strings.ToLower(s)], number.MatchString(s), strings.TrimSpace(s) != s:
		return false
	case strings.Contains(s, ": "), strings.Contains(s, " #"), strings.HasSuffix(s, ":"):
		return false
	case strings.HasPrefix(s, "---"), strings.HasPrefix(s, "..."):
		return false
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return false
	}
	switch s[0] {
	case '-', '?', ':':
		return len(s) > 1 && s[1] != ' '
	}
	return !strings.ContainsRune(",[]{}#&*!|>'\"%@`", rune(s[0]))
}

// escaped is a text in double quotes, as JSON has it, which is YAML too. What
// JSON leaves as it is and a reader cannot see is written by its number.
func escaped(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil {
		return `""`
	}
	var out strings.Builder
	for _, r := range strings.TrimSuffix(b.String(), "\n") {
		switch {
		case printable(r):
			out.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&out, `\U%08x`, r)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.String()
}
