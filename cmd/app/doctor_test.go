package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

func TestDoctor(t *testing.T) {
	w := newWorld(t)
	good := []string{"SEAWORTHY_APP_ID=42", "SEAWORTHY_PRIVATE_KEY=" + string(w.PrivateKeyPEM()), "SEAWORTHY_WEBHOOK_SECRET=s",
		"SEAWORTHY_GITHUB_URL=" + w.url, "SEAWORTHY_DATA_DIR=" + w.data}
	for name, c := range map[string]struct {
		environ []string
		wants   []string
		wrong   bool
	}{
		"well":        {good, []string{"well   environment  App 42", "well   git", "well   sandbox", "well   store", "well   GitHub       knows the App as seaworthy"}, false},
		"another App": {append(good, "SEAWORTHY_APP_ID=43"), []string{"wrong  GitHub       GitHub does not accept"}, true},
		"unknown name, bad value": {append(good, "SEAWORTHY_WORKER=2", "SEAWORTHY_WORKERS=many"),
			[]string{"SEAWORTHY_WORKER is not known; did you mean SEAWORTHY_WORKERS?", "SEAWORTHY_WORKERS must be a whole number"}, true},
		"no directory": {append(good, "SEAWORTHY_DATA_DIR=/proc/nowhere"), []string{"wrong  store", "mend it"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			err := doctor(t.Context(), c.environ, &out)
			if (err != nil) != c.wrong {
				t.Errorf("the error is %v", err)
			}
			for _, want := range c.wants {
				if !strings.Contains(out.String(), want) {
					t.Errorf("it does not say %q:\n%s", want, &out)
				}
			}
			if strings.Contains(out.String(), "PRIVATE KEY-----") {
				t.Errorf("it shows the key:\n%s", &out)
			}
		})
	}
}

// What each account grants is looked at: reviews of one that lacks something wait.
func TestDoctorNamesWhatAnInstallationLacks(t *testing.T) {
	w := newWorld(t)
	p := standin.DefaultPermissions()
	p["checks"] = "read"
	w.setPermissions(p)
	_, err := w.AddRepository(t.Context(), standin.NewRepository{Name: "other/shop", From: w.work})
	w.ok(err)
	id, err := w.InstallationID("other")
	w.ok(err)
	w.ok(w.Suspend(id))
	var out bytes.Buffer
	err = doctor(t.Context(), []string{"SEAWORTHY_APP_ID=42", "SEAWORTHY_PRIVATE_KEY=" + string(w.PrivateKeyPEM()), "SEAWORTHY_WEBHOOK_SECRET=s",
		"SEAWORTHY_GITHUB_URL=" + w.url, "SEAWORTHY_DATA_DIR=" + w.data}, &out)
	for _, want := range []string{"the installation on acme does not grant Checks: read and write", "the installation on other is suspended"} {
		if err == nil || !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, &out)
		}
	}
}
