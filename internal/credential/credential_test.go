package credential_test

import (
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/credential"
	"github.com/seaworthy-dev/seaworthy/internal/credential/credentialtest"
)

// surroundings are texts that a credential may stand in.
var surroundings = []func(string) string{
	func(s string) string { return s },
	func(s string) string { return "before " + s + " after" },
	func(s string) string { return "key: \"" + s + "\"\n" },
	func(s string) string { return "a: b\nvalue: " + s + "\nc: d\n" },
}

func TestEveryFormIsFoundAndHidden(t *testing.T) {
	for _, s := range credentialtest.Certain() {
		for i, around := range surroundings {
			text := around(s.Text)
			var what []string
			found := false
			for _, m := range credential.Find(text) {
				what = append(what, m.What)
				found = found || m.Certainty == credential.Certain && (m.What == s.What || i > 0)
			}
			if !found {
				t.Errorf("in %q, %s is not found: %v", text, s.What, what)
			}
			if hidden := credential.Hide(text, "(redacted)"); strings.Contains(hidden, s.Secret) {
				t.Errorf("%s is seen in %q", s.What, hidden)
			}
		}
	}
}

// TestEveryFormHasASample: a form without one is tested by nothing.
func TestEveryFormHasASample(t *testing.T) {
	sampled := map[string]bool{}
	for _, s := range append(credentialtest.Certain(), credentialtest.Likely()...) {
		sampled[s.What] = true
	}
	for _, what := range credential.Forms() {
		if !sampled[what] {
			t.Errorf("no sample of %s", what)
		}
	}
}

func TestWhatIsLikelyIsHiddenAndNotTold(t *testing.T) {
	for _, s := range credentialtest.Likely() {
		if got := credential.Of(s.Text); got != credential.Likely {
			t.Errorf("%s in %q is %d", s.What, s.Text, got)
		}
		if hidden := credential.Hide(s.Text, "(redacted)"); strings.Contains(hidden, s.Secret) {
			t.Errorf("%s is seen in %q", s.What, hidden)
		}
	}
}

func TestInnocentTextsHoldNone(t *testing.T) {
	for _, text := range credentialtest.Innocent() {
		for _, m := range credential.Find(text) {
			if m.Certainty == credential.Certain {
				t.Errorf("%q is said to hold %s: %q", text, m.What, text[m.Start:m.End])
			} else {
				t.Logf("%q: %q is hidden", text, text[m.Start:m.End])
			}
		}
	}
}

func TestSettings(t *testing.T) {
	for _, c := range []struct {
		key, value string
		want       credential.Certainty
	}{
		{"password", "hunter2hunter2", credential.Certain},
		{"rootPassword", "Harbor12345", credential.Certain},
		{"REDIS_PASSWORD", "hunter2", credential.Certain},
		{"USER_PASSWORD", "hunter2", credential.Certain},
		{"SMTP_PASS", "hunter3hunter3", credential.Certain},
		{"API_TOKEN", "s3cr3t-t0ken-value", credential.Certain},
		{"SESSION_SECRET", "squirrel", credential.Certain},
		{"AZURE_BATCH_KEY", "squirrel", credential.Certain},
		{"SIGNING_SECRET", "0d4bd1de-5fc3-4d19-8b22-9c1f04f33d01", credential.Certain},
		{"SECRET_KEY", "k3j4h5k3j4h5kj345", credential.Certain},
		{"secretAccessKey", "abc/def+ghi1", credential.Certain},
		{"apikey", "0123456789abcdef", credential.Certain},
		{"password", "pw${SUFFIX}pw1234", credential.Likely},
		{"webhookURL", "http://hooks.shop.svc/x", credential.Likely},
		{"token", "abc", credential.Likely},
		{"password", "${DB_PASSWORD}", credential.None},
		{"password", "$(DB_PASSWORD)", credential.None},
		{"password", "", credential.None},
		{"password", "CHANGEME", credential.None},
		{"OPENAI_API_KEY", "not-needed", credential.None},
		{"SMTP_PASS", "mail@yourdomain.com", credential.None},
		{"model_token", "pvc://granite-vision/granite-3.3", credential.None},
		{"password", "# add a user with\n# htpasswd -n admin\n", credential.None},
		{"api_key", "sk-no-key-required", credential.None},
		{"token", "unused", credential.None},
		{"password", "not-needed-1", credential.Certain},
		{"password", "no-password-is-safe", credential.Certain},
		{"DB_PASSWORD_FILE", "/run/secrets/db", credential.None},
		{"TLS_SECRET", "web-tls", credential.None},
		{"ENABLE_API_KEY", "true", credential.None},
		{"USE_PASSWORD", "never", credential.None},
		{"secretKey", "rcon-password", credential.None},
		{"secretKey", "password", credential.None},
		{"passwordKey", "admin-password", credential.None},
		{"token", "github-token", credential.None},
		{"key", "hunter2hunter2", credential.None},
		{"clientID", "0d4bd1de-5fc3-4d19-8b22-9c1f04f33d01", credential.None},
		{"existingSecretPassword", "shop-db-1a2b3c4d", credential.None},
		{"publicKey", "0123456789abcdef0123456789abcdef", credential.None},
		{"cnpg.io/pluginClientSecret", "barman-cloud-client-tls", credential.None},
		{"clientSecret", "k3j4h5k3j4h5kj345", credential.Certain},
		{"accesskeysecret", "accesskeysecret", credential.None},
		{"TS_KUBE_SECRET", "tailscale", credential.None},
		{"OPERATOR_SECRET", "operator", credential.None},
		{"OPERATOR_SECRET", "operator1", credential.Certain},
		{"MONITORING_DSN", "https://0123456789abcdef0123456789abcdef@o1.ingest.example.org/45", credential.None},
	} {
		if got := (credential.Setting{Key: c.key, Value: c.value}).Certainty(); got != c.want {
			t.Errorf("%s: %s is %d, want %d", c.key, c.value, got, c.want)
		}
	}
}

func TestAnAccessKeyBesideAReference(t *testing.T) {
	var id string
	for _, s := range credentialtest.Certain() {
		if s.What == "an AWS access key" {
			id = s.Text
		}
	}
	for name, c := range map[string]struct {
		beside any
		want   credential.Certainty
	}{
		"alone":     {nil, credential.Certain},
		"with more": {map[string]any{"accessKeyID": id, "region": "eu-west-1"}, credential.Certain},
		"reference": {map[string]any{"accessKeyID": id, "secretAccessKeySecretRef": map[string]any{"name": "aws"}}, credential.Likely},
		"variable": {[]any{map[string]any{"name": "AWS_ACCESS_KEY_ID", "value": id},
			map[string]any{"name": "AWS_SECRET_ACCESS_KEY", "valueFrom": map[string]any{"secretKeyRef": map[string]any{"name": "aws"}}}}, credential.Likely},
	} {
		if got := (credential.Setting{Key: "accessKeyID", Value: id, Beside: c.beside}).Certainty(); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestHarmlessKeys(t *testing.T) {
	for key, want := range map[string]bool{"AZURE_CLIENT_ID": true, "tenantId": true, "username": true, "MYSQL_USER_NAME": true, "POSTGRES_DB": true, "smaug-s3EndPoint": true, "CRYPTO_KEY_CIPHER": true, "password_hash": false, "url": true, "tls.crt": true,
		"password": false, "tls.key": false, "token": false, "AWS_SECRET_ACCESS_KEY": false} {
		if credential.Harmless(key) != want {
			t.Errorf("Harmless(%q) is %t", key, !want)
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, s := range credentialtest.Certain() {
		f.Add(s.Text)
	}
	for _, s := range credentialtest.Innocent() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		for _, m := range credential.Find(text) {
			if m.Start < end || m.End <= m.Start || m.End > len(text) {
				t.Fatalf("%+v after %d in %q", m, end, text)
			}
			end = m.End
		}
	})
}
