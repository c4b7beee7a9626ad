package credential

import (
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/credential/credentialtest"
)

// TestForms: every form has a sample, is found under its own name and no other, and
// is hidden whole.
func TestForms(t *testing.T) {
	for _, f := range Forms {
		sample, ok := credentialtest.Samples[f.What]
		if !ok {
			t.Errorf("%s has no sample", f.What)
			continue
		}
		text := "before " + sample + " after"
		found := Find(text)
		if len(found) == 0 || found[0].Form.What != f.What {
			t.Errorf("%s is found as %v", f.What, found)
		}
		if hidden := Hide(text, "#"); strings.Contains(hidden, sample[len(sample)/2:]) || !strings.HasPrefix(hidden, "before") || !strings.HasSuffix(hidden, "after") {
			t.Errorf("%s is not hidden: %q", f.What, hidden)
		}
		if !Holds(text) {
			t.Errorf("%s is not seen to be held", f.What)
		}
	}
	if len(credentialtest.Samples) != len(Forms) {
		t.Errorf("%d credentialtest.Samples for %d forms", len(credentialtest.Samples), len(Forms))
	}
}

// TestInnocents: what names a credential, or stands where one goes, is none and
// stays readable.
func TestInnocents(t *testing.T) {
	for _, text := range []string{
		"postgresql://$(DB_USER):$(DB_PASSWORD)@$(DB_HOST):5432/shop", "rtsp://view:{CAMERA_PASSWORD}@porch.example.org",
		"postgres://app:${PASSWORD}@db/x", "amqp://{}:{}@queue", "https://user:<password>@example.org", "redis://:{{ .Values.password }}@redis",
		`token=$(cat /var/run/token)`, `password="$X"`, `password=$PASSWORD`, "--sops-age-secret=sops-age-keys", "token=os.getenv('TOKEN')",
		"curl -u $USER:$PASSWORD https://x", "curl -u admin:${PASSWORD} https://x", "Authorization: Bearer ${TOKEN}", "password=changeme", "api_key=your-api-key",
		"secret=<your secret>", "http://localhost:8080/x@y", "git@github.com:acme/fleet", "image@sha256:" + strings.Repeat("0a", 32),
	} {
		if found := Find(text); len(found) > 0 {
			t.Errorf("%q is taken for %s", text, found[0].Form.What)
		}
		if Holds(text) || Hide(text, "#") != text {
			t.Errorf("%q is hidden: %q", text, Hide(text, "#"))
		}
	}
	for name, value := range map[string]string{
		"secretKey": "rcon-password", "existingSecret": "db-credentials", "passwordSecretName": "db", "tokenFile": "/var/run/token", "DB_PASSWORD": "$(OTHER)",
		"automountServiceAccountToken": "false", "CLIENT_ID": "0000", "apiTokenSecretRef": "cloudflare", "API_SECRET": "my-api-secret", "accessKeyId": "s3-key-id",
	} {
		if Named(name, value) {
			t.Errorf("%s: %s is taken for a credential", name, value)
		}
	}
	for name, value := range map[string]string{
		"DB_PASSWORD": "hunter22", "api-key": "0a1b2c", "client_secret": "Zm9vYmFy", "SMTP_PASS": "x9!aa", "secretKey": "q8ZkP0aa1", "APP_SECRET": "3f2a9c", "token": "letmein",
	} {
		if !Named(name, value) {
			t.Errorf("%s: %s is not taken for a credential", name, value)
		}
	}
}
