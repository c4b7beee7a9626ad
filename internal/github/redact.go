package github

import "github.com/seaworthy-dev/seaworthy/internal/credential"

// Redact takes credentials out of a text.
func Redact(s string) string { return credential.Hide(s, "(redacted)") }
