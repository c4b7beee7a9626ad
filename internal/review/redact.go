package review

import (
	"regexp"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// secretLine matches the value of a source line whose key looks like a
// credential's, and credentials by their own form.
var (
	secretLine  = regexp.MustCompile(`(?i)^(\s*(?:-\s+)?["']?[-\w.]*(?:password|passwd|passphrase|pwd|secret[-_]?key|access[-_]?key|api[-_]?key|private[-_]?key|client[-_]?secret|token|credentials?|webhook[-_]?url|dsn)["']?\s*[:=]\s*)(\S.*)$`)
	secretValue = regexp.MustCompile(`AGE-SECRET-KEY-1[0-9A-Z]{20,}|gh[pousr]_[A-Za-z0-9._-]{30,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|xox[abprs]-[A-Za-z0-9-]{10,}|AKIA[0-9A-Z]{16}|eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.\S*|:\/\/[^/\s:@]+:[^/\s:@]+@`)
)

// RedactLine is a source line as it may be quoted: what looks like a secret,
// by its key or its own form, is replaced. It errs on the side of hiding.
func RedactLine(line string) string {
	line = secretLine.ReplaceAllString(line, "${1}"+model.RedactedText)
	return secretValue.ReplaceAllString(line, model.RedactedText)
}
