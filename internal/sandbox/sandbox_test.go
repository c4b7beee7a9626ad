package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

const childArg = "__child"

// TestMain is the child as well: the tests run real processes.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == childArg {
		if err := Serve(os.Stdin, os.Stdout, hostile); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

var sink [][]byte

// hostile are tasks that try what a child must not be able to do.
var hostile = Handlers{
	"read": func(p json.RawMessage, files []*Files) (any, error) {
		var path string
		if err := json.Unmarshal(p, &path); err != nil {
			return nil, err
		}
		content, err := files[0].Read(path)
		return string(content), err
	},
	"pid": func(json.RawMessage, []*Files) (any, error) { return os.Getpid(), nil },
	"spin": func(json.RawMessage, []*Files) (any, error) {
		//lint:ignore SA5002 it is what must be stopped
		for {
		}
	},
	"panic": func(json.RawMessage, []*Files) (any, error) { panic("odd input") },
	"recover": func(json.RawMessage, []*Files) (out any, err error) {
		defer func() {
			if p := recover(); p != nil {
				Note("inside", p)
				out = "answered"
			}
		}()
		panic("odd input")
	},
	"exit":   func(json.RawMessage, []*Files) (any, error) { os.Exit(0); return nil, nil },
	"recur":  func(json.RawMessage, []*Files) (any, error) { return recur(0), nil },
	"result": func(json.RawMessage, []*Files) (any, error) { return strings.Repeat("x", maxResult+1), nil },
	"memory": func(json.RawMessage, []*Files) (any, error) {
		for {
			b := make([]byte, 16<<20)
			for i := range b {
				b[i] = 1
			}
			sink = append(sink, b)
		}
	},
	"file":    func(json.RawMessage, []*Files) (any, error) { return os.ReadFile("/etc/passwd") },
	"write":   func(json.RawMessage, []*Files) (any, error) { return nil, os.WriteFile(os.TempDir()+"/x", nil, 0o600) },
	"dial":    func(json.RawMessage, []*Files) (any, error) { return net.Dial("tcp", "127.0.0.1:1") },
	"udp":     func(json.RawMessage, []*Files) (any, error) { return net.Dial("udp", "127.0.0.1:53") },
	"http":    func(json.RawMessage, []*Files) (any, error) { return http.Get("http://127.0.0.1:1/") },
	"exec":    func(json.RawMessage, []*Files) (any, error) { return nil, exec.Command("/bin/true").Run() },
	"environ": func(json.RawMessage, []*Files) (any, error) { return os.Environ(), nil },
}

//lint:ignore SA5007 it is what must be stopped
func recur(n int) int { return recur(n+1) + 1 }

func newTestPool(t *testing.T, size int) *Pool {
	t.Helper()
	p := NewPool(size, os.Args[0], childArg)
	t.Cleanup(p.Close)
	return p
}

func TestAChildCanDoNothingButItsTask(t *testing.T) {
	p := newTestPool(t, 1)
	for _, kind := range []string{"file", "write", "dial", "udp", "http", "exec"} {
		t.Run(kind, func(t *testing.T) {
			out, err := p.Do(t.Context(), Task{Kind: kind})
			if err == nil {
				t.Errorf("it worked: %s", out.JSON)
			}
			if errors.Is(err, ErrDied) {
				t.Errorf("it is refused, not killed: %v", err)
			}
		})
	}
}

func TestAChildSeesNoEnvironment(t *testing.T) {
	t.Setenv("SEAWORTHY_WEBHOOK_SECRET", "hunter2hunter2")
	out, err := newTestPool(t, 1).Do(t.Context(), Task{Kind: "environ"})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(out.JSON), "hunter2") || strings.Contains(string(out.JSON), "PATH=") {
		t.Errorf("the environment reached the child: %s", out.JSON)
	}
}

func TestThePoolIsToldOfPanics(t *testing.T) {
	p := newTestPool(t, 1)
	var told []Recovered
	p.Panicked = func(r Recovered) { told = append(told, r) }
	if out, err := p.Do(t.Context(), Task{Kind: "recover"}); err != nil || string(out.JSON) != `"answered"` {
		t.Fatalf("a task that recovers gives %s, %v", out.JSON, err)
	}
	if _, err := p.Do(t.Context(), Task{Kind: "panic"}); err == nil {
		t.Fatal("a task that panics gives no error")
	}
	if _, err := p.Do(t.Context(), Task{Kind: "pid"}); err != nil {
		t.Fatal(err)
	}
	if len(told) != 2 || told[0].Where != "inside" || told[1].Where != "panic" {
		t.Fatalf("told of %+v", told)
	}
	for _, r := range told {
		if r.Value != "odd input" || !strings.Contains(r.Stack, "sandbox_test.go") {
			t.Errorf("the stack does not lead there: %+v", r)
		}
	}
}

func TestWhatGoesWrongHasItsName(t *testing.T) {
	p := newTestPool(t, 1)
	var panicked *PanicError
	for kind, is := range map[string]func(error) bool{
		"spin":   func(err error) bool { return errors.Is(err, ErrTimeout) },
		"memory": func(err error) bool { return errors.Is(err, ErrMemory) },
		"recur":  func(err error) bool { return errors.Is(err, ErrMemory) },
		"result": func(err error) bool { return errors.Is(err, ErrTooLarge) },
		"exit":   func(err error) bool { return errors.Is(err, ErrDied) },
		"panic": func(err error) bool {
			return errors.As(err, &panicked) && strings.Contains(panicked.Stack, "goroutine")
		},
		"none": func(err error) bool { return err != nil },
	} {
		if raceDetector && (kind == "memory" || kind == "recur" || kind == "result") {
			continue
		}
		t.Run(kind, func(t *testing.T) {
			timeout := 20 * time.Second
			if kind == "spin" {
				timeout = 300 * time.Millisecond
			}
			if _, err := p.Do(t.Context(), Task{Kind: kind, Timeout: timeout}); !is(err) {
				t.Errorf("the error is %v", err)
			}
			if out, err := p.Do(t.Context(), Task{Kind: "pid"}); err != nil {
				t.Errorf("the next task fails: %v %s", err, out.JSON)
			}
		})
	}
}

func TestScopesShareNoChild(t *testing.T) {
	p := newTestPool(t, 2)
	pid := func(scope string, retire bool) string {
		out, err := p.Do(t.Context(), Task{Kind: "pid", Scope: scope, Retire: retire})
		if err != nil {
			t.Fatal(err)
		}
		return string(out.JSON)
	}
	a := pid("a", false)
	if pid("a", false) != a {
		t.Error("a scope's child is not kept warm")
	}
	if pid("b", false) == a {
		t.Error("two scopes share a child")
	}
	if a = pid("a", true); pid("a", false) == a {
		t.Error("a retired child was used again")
	}
}

func TestACancelledTaskEnds(t *testing.T) {
	p := newTestPool(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := p.Do(ctx, Task{Kind: "spin"})
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

type blobs map[string]string

func (b blobs) Read(_ context.Context, ids []string) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, id := range ids {
		if c, ok := b[id]; ok {
			out[id] = []byte(c)
		}
	}
	return out, nil
}

func TestTheTraceHoldsWhereTheAnswersAreTheSame(t *testing.T) {
	content := blobs{"1": "one", "2": "two"}
	tree := func(entries ...model.Entry) *model.Tree { return model.NewTree("", entries, content) }
	base := tree(model.Entry{Path: "a", ID: "1"}, model.Entry{Path: "l", Mode: model.Symlink, Link: "a", ID: "l"})
	for name, r := range map[string]Runner{"process": newTestPool(t, 1), "in process": InProcess(hostile)} {
		t.Run(name, func(t *testing.T) {
			for _, ahead := range [][]string{nil, {"l"}} {
				out, err := r.Do(t.Context(), Task{Kind: "read", Payload: "l", Trees: []*model.Tree{base}, Ahead: [][]string{ahead}})
				if err != nil || string(out.JSON) != `"one"` {
					t.Fatalf("read %s, %v", out.JSON, err)
				}
				for what, tt := range map[string]struct {
					tree  *model.Tree
					holds bool
				}{
					"the same tree":      {base, true},
					"another file":       {tree(append([]model.Entry{{Path: "b", ID: "2"}}, model.Entry{Path: "a", ID: "1"}, model.Entry{Path: "l", Mode: model.Symlink, Link: "a"})...), true},
					"another content":    {tree(model.Entry{Path: "a", ID: "2"}, model.Entry{Path: "l", Mode: model.Symlink, Link: "a"}), false},
					"the link elsewhere": {tree(model.Entry{Path: "a", ID: "1"}, model.Entry{Path: "b", ID: "1"}, model.Entry{Path: "l", Mode: model.Symlink, Link: "b"}), false},
					"gone":               {tree(model.Entry{Path: "a", ID: "1"}), false},
				} {
					if out.Trace.Holds(tt.tree) != tt.holds {
						t.Errorf("%s: the trace holds: %v", what, !tt.holds)
					}
				}
			}
		})
	}
}

func TestAFileThatCannotBeReadIsNamed(t *testing.T) {
	tree := model.NewTree("", []model.Entry{
		{Path: "large", ID: "not in blobs"},
		{Path: "out", Mode: model.Symlink, Link: "../../etc/passwd"},
	}, blobs{})
	p := newTestPool(t, 1)
	for path, want := range map[string]error{"large": model.ErrTooLarge, "out": model.ErrOutside, "none": model.ErrNotExist, "../x": model.ErrOutside} {
		if _, err := p.Do(t.Context(), Task{Kind: "read", Payload: path, Trees: []*model.Tree{tree}}); err == nil || err.Error() != want.Error() {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
}
