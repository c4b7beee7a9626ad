package config_test

import (
	"os"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/config"
)

func TestEnvironmentTellsEveryMistakeAtOnce(t *testing.T) {
	_, err := config.ReadEnvironment([]string{
		"HOME=/root", "SEAWORTHY_APPID=1", "SEAWORTHY_WORKERS=two", "SEAWORTHY_LOG_LEVEL=loud", "SEAWORTHY_WEBHOOK_SECRET=hush-hush",
		"SEAWORTHY_GITHUB_URL=http://github.example.com", "SEAWORTHY_DATABASE_URL=mysql://root:hidden@db", "SEAWORTHY_LISTEN=8080",
	})
	if err == nil {
		t.Fatal("it was taken")
	}
	for _, want := range []string{
		"SEAWORTHY_APPID is not known; did you mean SEAWORTHY_APP_ID?", "SEAWORTHY_WORKERS must be a whole number",
		"SEAWORTHY_LOG_LEVEL must be", "SEAWORTHY_GITHUB_URL must be", "SEAWORTHY_DATABASE_URL must begin with postgres://",
		"SEAWORTHY_LISTEN must be", "SEAWORTHY_APP_ID is missing", "SEAWORTHY_PRIVATE_KEY is missing",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("it does not say %q:\n%s", want, err)
		}
	}
	for _, secret := range []string{"hush-hush", "hidden"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("it shows %q:\n%s", secret, err)
		}
	}
}

func TestAPIURL(t *testing.T) {
	for web, want := range map[string]string{
		"":                            "https://api.github.com",
		"https://github.com/":         "https://api.github.com",
		"https://acme.ghe.com":        "https://api.acme.ghe.com",
		"https://github.example.com/": "https://github.example.com/api/v3",
	} {
		environ := []string{"SEAWORTHY_GITHUB_URL=" + web}
		if web == "" {
			environ = nil
		}
		e, err := config.ReadEnvironment(environ)
		if err != nil || e.APIURL() != want {
			t.Errorf("%q: %q, %v; want %q", web, e.APIURL(), err, want)
		}
	}
}

// TestEveryVariableIsDocumented/environment.md must name every variable, and no other.
func TestEveryVariableIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/environment.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range config.Names() {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/environment.md does not name %s", name)
		}
	}
	if got, want := strings.Count(string(text), "| `SEAWORTHY_"), len(config.Names()); got != want {
		t.Errorf("docs/environment.md has %d rows, there are %d variables", got, want)
	}
}
