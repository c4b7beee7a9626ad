package redact

import (
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

func TestAMessageHoldsNoSecret(t *testing.T) {
	r := New([]byte("key"), false)
	r.Hide("correct-horse-battery")
	for _, said := range []string{"bad value correct-horse-battery here", "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5", "token ghp_0123456789012345678901234567890123456789"} {
		if got := r.Text(said); !strings.Contains(got, model.RedactedText) || strings.Contains(got, "horse") || strings.Contains(got, "0123") {
			t.Errorf("%q became %q", said, got)
		}
	}
}

func TestEqualSecretsCompareEqual(t *testing.T) {
	a, b := New([]byte("key"), false), New([]byte("other"), false)
	if first, again := a.Hide("x"), a.Hide("x"); first != again || first == a.Hide("y") {
		t.Error("fingerprints do not tell equal from different")
	}
	if a.Hide("x") == b.Hide("x") {
		t.Error("the fingerprint does not depend on the key")
	}
}
