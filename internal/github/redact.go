package github

import (
	"regexp"

	"github.com/seaworthy-dev/seaworthy/internal/credential"
)

// credentials are the further forms in which secrets turn up in what GitHub says: its
// tokens of every kind (those since 2026 hold dots), JSON web tokens, basic
// authentication in headers and URLs, and private keys.
var credentials = regexp.MustCompile(
	`gh[pousr]_[A-Za-z0-9._-]{20,}` +
		`|github_pat_[A-Za-z0-9_]{20,}` +
		`|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*` +
		`|x-access-token:[^@\s"']+` +
		`|(?i:basic|bearer|token) [A-Za-z0-9+/._~-]{20,}=*` +
		`|(?s:-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$))`)

// Redact takes credentials out of a text.
func Redact(s string) string {
	return credential.Hide(credentials.ReplaceAllString(s, "(redacted)"), "(redacted)")
}
