package review

import (
	"slices"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

func TestExcerptsShowNoSecret(t *testing.T) {
	const secret = "hunter2-hunter2"
	for _, line := range []string{
		"password: " + secret,
		"  - {name: DB_PASSWORD, value: " + secret + "}",
		"- name: API_TOKEN\n  value: " + secret,
		"DB_PASS: " + secret,
		"- {name: SMTP_PASS, value: " + secret + "}",
		"{apiToken: " + secret + ", x: 1}",
		"url: redis://:" + secret + "@host/0",
		"url: https://user:pa@" + secret + "@host/0",
		"url: https://host/x?token=" + secret,
		"args: [--password=" + secret + "]",
		"{automountServiceAccountToken: false, password: " + secret + "}",
		"token: false" + secret,
		"secretGenerator:\n- literals:\n  - p=" + secret,
		"secretGenerator:\n- literals:\n  - " + secret,
		"kind: Secret\nstringData: {x: " + secret + "}",
		"-----BEGIN RSA PRIVATE KEY-----\n" + secret,
		"- op: add\n  path: /stringData/x\n  value: " + secret,
		"- op: add\n  path: /data/x\n  value: " + secret,
		"- op: add\n  value: " + secret + "\n  path: /spec/values/auth/password",
		`[{"op": "add", "path": "/spec/values/password", "value": "` + secret + `"}]`,
	} {
		if got := strings.Join(Excerpt([]byte(line), 1, 9), "\n"); strings.Contains(got, secret) {
			t.Errorf("%q is quoted as %q", line, got)
		}
	}
	plain := "image: nginx@sha256:0123456789abcdef\nreplicas: 3\npath: applications/base/services\nautomountServiceAccountToken: false\n{automountServiceAccountToken: true}"
	if got := strings.Join(Excerpt([]byte(plain), 1, 5), "\n"); got != plain {
		t.Errorf("%q is quoted as %q", plain, got)
	}
}

// TestQuotesReadAFileOnce: findings one after the other in a file take one reading, and
// are quoted as each by itself would be.
func TestQuotesReadAFileOnce(t *testing.T) {
	files := map[string]string{"a.yaml": "kind: ConfigMap\ndata:\n  password: hunter22\n  b: c\n", "s.yaml": "kind: Secret\ndata:\n  a: b\n"}
	reads := 0
	q := Quotes{Read: func(_ model.Side, file string) []byte {
		reads++
		if content, ok := files[file]; ok {
			return []byte(content)
		}
		return nil
	}}
	for _, file := range []string{"a.yaml", "s.yaml", "gone.yaml"} {
		for line := 1; line < 6; line++ {
			want := []string(nil)
			if content, ok := files[file]; ok {
				want = Excerpt([]byte(content), line, line+1)
			}
			if got := q.Of(model.Head, file, line, line+1); !slices.Equal(got, want) || (got == nil) != (want == nil) {
				t.Errorf("%s:%d: %q, want %q", file, line, got, want)
			}
		}
	}
	if reads != 3 {
		t.Errorf("%d reads", reads)
	}
}
