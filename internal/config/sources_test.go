package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/config"
)

func TestCredentialsForSources(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	password := write("password", "hush-hush\n")
	good := write("good.yaml", "- {host: r.example.com, user: robot, passwordFile: "+password+", installations: [7]}\n- {host: q.example.com, password: x}\n")
	e, err := config.ReadEnvironment([]string{"SEAWORTHY_SOURCE_CREDENTIALS_FILE=" + good, "SEAWORTHY_SOURCE_HOSTS=*.example.com,ghcr.io"})
	if err != nil {
		t.Fatal(err)
	}
	c := e.SourceCredentials()
	if len(c) != 2 || c[0].Password != "hush-hush" || c[0].Scopes()[0] != "7/own" || len(c[1].Scopes()) != 0 || len(e.SourceHosts) != 2 {
		t.Errorf("%d credentials, hosts %v", len(c), e.SourceHosts)
	}
	bad := write("bad.yaml", "- {host: 'https://r/', password: hush-hush, passwordFile: x}\n- {host: a}\n- {host: b, password: x, installations: [0]}\n")
	_, err = config.ReadEnvironment([]string{"SEAWORTHY_SOURCE_CREDENTIALS_FILE=" + bad, "SEAWORTHY_SOURCE_HOSTS=https://x", "SEAWORTHY_SOURCE_LIMIT_MB=0"})
	if err == nil {
		t.Fatal("it was taken")
	}
	for _, want := range []string{"entry 1 needs a host", "entry 1 has both", "entry 2 needs a password", "entry 3 names an installation", "SOURCE_HOSTS must be", "SOURCE_LIMIT_MB must be"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("it does not say %q:\n%s", want, err)
		}
	}
	typo := write("typo.yaml", "- {host: r, pasword: hush-hush}\n")
	if _, err = config.ReadEnvironment([]string{"SEAWORTHY_SOURCE_CREDENTIALS_FILE=" + typo}); err == nil || strings.Contains(err.Error()+"", "hush") {
		t.Errorf("an unknown key: %v", err)
	}
}
