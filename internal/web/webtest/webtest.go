// Package webtest drives pages in a real Chromium, for tests. A test is skipped
// where there is none.
package webtest

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Browser is a Chromium of its own. When the test ends, what its pages wrote to
// the console as an error, and what they asked other hosts than this machine,
// fails it.
type Browser struct {
	context.Context
	t testing.TB

	mu       sync.Mutex
	problems []string
}

// patience bounds what one step waits for.
const patience = 30 * time.Second

// names are those under which Chromium is found.
var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// Start starts a browser with a window of this size.
func Start(t testing.TB, width, height int) *Browser {
	t.Helper()
	program := ""
	for _, name := range names {
		if found, err := exec.LookPath(name); err == nil {
			program = found
			break
		}
	}
	if program == "" {
		t.Skip("there is no Chromium here, so that pages are not looked at in a browser: apt-get install chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.WindowSize(width, height), chromedp.Flag("hide-scrollbars", false))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // it refuses to run as root with one
	}
	allocated, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocated)
	b := &Browser{Context: ctx, t: t}
	t.Cleanup(func() {
		cancel()
		stop()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, p := range b.problems {
			t.Error(p)
		}
	})
	// The browser lives as long as the context of its first step.
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	b.Do(call(network.Enable, network.EnableParams{}), call(log.Enable, cdp.Empty{}))
	return b
}

// hear notes what a page should not do.
func (b *Browser) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.problems = append(b.problems, "the page's script broke: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" {
			b.problems = append(b.problems, "the page wrote to the console: "+string(e.Type))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			b.problems = append(b.problems, "the browser says: "+e.Entry.Text+" "+e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err == nil && u.Hostname() != "" && u.Hostname() != "127.0.0.1" && !strings.HasPrefix(u.Scheme, "chrome") {
			b.problems = append(b.problems, "the page asked "+u.Host+" for something")
		}
	}
}

// Forgive forgets the problems so far: of a page that is asked for on purpose and
// is not there.
func (b *Browser) Forgive() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.problems = nil
}

// Do does steps, within a time.
func (b *Browser) Do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.Context, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// Open goes to an address.
func (b *Browser) Open(url string) {
	b.t.Helper()
	b.Do(chromedp.Navigate(url))
}

// Press presses a key.
func (b *Browser) Press(keys string) {
	b.t.Helper()
	b.Do(chromedp.KeyEvent(keys))
}

// Dark makes pages dark.
func (b *Browser) Dark() {
	b.t.Helper()
	b.Do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}}))
}

// NoScript lets pages run no script of theirs.
func (b *Browser) NoScript() {
	b.t.Helper()
	b.Do(call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
}

// Resize makes the window another size.
func (b *Browser) Resize(width, height int64) {
	b.t.Helper()
	b.Do(chromedp.EmulateViewport(width, height))
}

// call is a command of the protocol as a step.
func call[P, R any](method cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, method, params)
		return err
	})
}

// Value gives a script's expression; a promise is waited for.
func Value[T any](b *Browser, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.Context, patience)
	defer cancel()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return got
}

// Is fails the test unless a script's expression gives what is wanted.
func Is[T comparable](b *Browser, expression string, want T) {
	b.t.Helper()
	if got := Value[T](b, expression); got != want {
		b.t.Errorf("%s is %v, want %v", expression, got, want)
	}
}

// Until waits until a script's expression is true. While the browser goes from one
// page to the next it is not.
func (b *Browser) Until(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.Context, patience)
	defer cancel()
	for {
		is, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		if err == nil && is {
			return
		}
		select {
		case <-ctx.Done():
			b.t.Fatalf("it did not come to this: %s (%v)", expression, err)
		case <-time.After(10 * time.Millisecond): // a page tells nobody when it has changed
		}
	}
}

// Shot keeps a picture of the window, where SEAWORTHY_TEST_SHOTS names a
// directory.
func (b *Browser) Shot(name string) {
	b.t.Helper()
	dir := os.Getenv("SEAWORTHY_TEST_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.Context, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/"+name+".png", png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
