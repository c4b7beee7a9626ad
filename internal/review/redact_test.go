package review

import (
	"strings"
	"testing"
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
