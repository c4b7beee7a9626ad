package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/rs/zerolog"
)

func TestDemo(t *testing.T) {
	var out bytes.Buffer
	once, stop := context.WithCancel(t.Context())
	stop()
	if err := demo(t.Context(), once, &out, zerolog.New(zerolog.NewTestWriter(t))); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"✗ seaworthy — failure", "overlays/staging/kustomization.yaml:9  failure", "▸   9 │       - setings.properties"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the demo does not show %q:\n%s", want, &out)
		}
	}
	// The staging overlay no longer builds: what was found there is not mended.
	if strings.Contains(out.String(), "Fixed by") {
		t.Errorf("a target that fails is said to have fixed something:\n%s", &out)
	}
}
