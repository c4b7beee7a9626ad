package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/rs/zerolog"

	"github.com/seaworthy-dev/seaworthy/internal/web/webtest"
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

// The demo's page is there until the demo is stopped. Its pictures are those of the
// documentation: make pictures.
func TestTheDemosPage(t *testing.T) {
	b := webtest.Start(t, 1280, 1000)
	until, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- demo(t.Context(), until, in, zerolog.New(zerolog.NewTestWriter(t)))
		in.Close()
	}()
	address := ""
	lines := bufio.NewScanner(out)
	for address == "" && lines.Scan() {
		if line := strings.TrimSpace(lines.Text()); strings.HasPrefix(line, "http://127.0.0.1:") && strings.Contains(line, "/reviews/") {
			address = line
		}
	}
	b.Open(address)
	webtest.Is(b, `document.querySelector("h1").textContent`, "4 blockers · 2 objects change in prod")
	b.Accessible("the demo's page")
	b.Shot("review")
	b.Do(click(".facts > details[open] > summary"))
	b.Press("s")
	webtest.Is(b, `document.activeElement.blur() === undefined`, true)
	b.Dark()
	b.Accessible("the demo's page, dark")
	b.Shot("review-dark")
	b.Resize(390, 844)
	b.Shot("review-phone")
	b.Open(webtest.Value[string](b, `document.querySelector(".finding a[href*='/blob/']").href`))
	b.Until(`document.querySelector("li:target").textContent.trim() !== ""`)
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if address == "" {
		t.Error("no page was told of")
	}
}

func click(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector))
}
