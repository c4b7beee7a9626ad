package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/config"
)

// TestPreflightTellsEverythingAtOnce: the environment, the data directory, the
// database, the port and the keys, each in one sentence that names its variable.
func TestPreflightTellsEverythingAtOnce(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	environ := []string{"SEAWORTHY_APP_ID=1", "SEAWORTHY_PRIVATE_KEY=hush-hush", "SEAWORTHY_CA_FILE=" + file, "SEAWORTHY_WORKERS=many",
		"SEAWORTHY_DATA_DIR=" + file + "/data", "SEAWORTHY_LISTEN=" + taken.Addr().String()}
	_, listener, wrong := preflight(t.Context(), environ)
	if listener != nil {
		t.Error("it listens all the same")
	}
	for _, want := range []string{
		"SEAWORTHY_PRIVATE_KEY holds no RSA private key in PEM form: take the file",
		"SEAWORTHY_WEBHOOK_SECRET is missing: set it",
		"SEAWORTHY_CA_FILE holds no certificate: name a file",
		"SEAWORTHY_WORKERS must be a whole number: set it",
		"SEAWORTHY_DATA_DIR: the data directory",
		"SEAWORTHY_LISTEN: another program listens on " + taken.Addr().String() + ": stop it",
	} {
		if !strings.Contains("\n"+wrong.Error(), "\n"+want) {
			t.Errorf("it does not say %q:\n%s", want, wrong)
		}
	}
	if len(wrong) != 6 || strings.Contains(wrong.Error(), "hush") {
		t.Errorf("it says\n%s", wrong)
	}

	_, _, wrong = preflight(t.Context(), []string{"SEAWORTHY_DATA_DIR=" + t.TempDir(), "SEAWORTHY_LISTEN=127.0.0.1:0",
		"SEAWORTHY_DATABASE_URL=postgres://someone:hush-hush@127.0.0.1:1/none"})
	if len(wrong) != 1 || !wrong.About("SEAWORTHY_DATABASE_URL") || strings.Contains(wrong.Error(), "hush") {
		t.Errorf("of a database that does not answer it says\n%s", wrong)
	}
}

// TestNothingConfiguredLeadsToSetup: with no variable at all but where to keep
// things, the first page says what this is and where to go on; nothing is made
// on disk.
func TestNothingConfiguredLeadsToSetup(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	e, listener, wrong := preflight(t.Context(), []string{"SEAWORTHY_DATA_DIR=" + dir, "SEAWORTHY_LISTEN=127.0.0.1:0"})
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	listener.Close()
	if _, err := os.Stat(dir); err == nil {
		t.Error("the data directory was made")
	}
	w := newWorld(t)
	a := w.start(unconfigured, func(to *config.Environment) { to.DataDir = e.DataDir })
	if page := page(t, a.url+"/"); !strings.Contains(page, `href="/setup"`) {
		t.Errorf("the first page is\n%s", page)
	}
	a.stop()
	configured := w.start()
	if page := page(t, configured.url+"/"); strings.Contains(page, `/setup`) || !strings.Contains(page, "reviews pull requests of GitOps repositories") {
		t.Errorf("the first page is\n%s", page)
	}
}

func page(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(answer.Header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Fatal(fmt.Errorf("%s: %s %w", url, answer.Status, err))
	}
	return string(body)
}

// TestDoctorMakesNothing: what asks leaves nothing behind.
func TestDoctorMakesNothing(t *testing.T) {
	above := t.TempDir()
	var out strings.Builder
	if err := doctor(t.Context(), []string{"SEAWORTHY_DATA_DIR=" + filepath.Join(above, "a", "data"), "SEAWORTHY_LISTEN=127.0.0.1:0"}, &out); err != nil {
		t.Errorf("%v\n%s", err, &out)
	}
	if left, err := os.ReadDir(above); err != nil || len(left) > 0 {
		t.Errorf("it left %v, %v", left, err)
	}
}
