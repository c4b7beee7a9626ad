package sandbox

import (
	"bufio"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime/debug"
	"time"
)

// Handler does one kind of task inside a child. payload is what the task was
// given; the result is marshalled to JSON, or as it says itself. Files has one view per tree.
type Handler func(payload json.RawMessage, files []*Files) (any, error)

// Handlers are the kinds of task that a child knows, by name.
type Handlers map[string]Handler

// errRefused is what any HTTP request inside a child gets.
var errRefused = errors.New("network access is refused")

type refuse struct{}

func (refuse) RoundTrip(*http.Request) (*http.Response, error) { return nil, errRefused }

// maxStack bounds a goroutine's stack, 128 MiB: deep input ends sooner.
const maxStack = 128 << 20

// Serve is the child's main loop: it locks the process down, then does one task
// at a time until its input ends. It keeps no file between tasks; what handlers keep
// must be of no use to a task that could not have made it.
func Serve(in io.Reader, out io.Writer, handlers Handlers) error {
	http.DefaultTransport = refuse{}
	http.DefaultClient.Transport = refuse{}
	for _, name := range []string{"PATH", "HOME"} {
		if err := os.Unsetenv(name); err != nil {
			return fmt.Errorf("empty the environment: %w", err)
		}
	}
	debug.SetMaxStack(maxStack)
	lockDown()
	return serve(bufio.NewReaderSize(in, 1<<16), bufio.NewWriterSize(out, 1<<16), handlers)
}

// restAfter is how long a child waits for a task before it gives back the memory that
// it does not use: it may wait for minutes, beside others that work.
const restAfter = 300 * time.Millisecond

func serve(in *bufio.Reader, out *bufio.Writer, handlers Handlers) error {
	for {
		known := map[question]Node{}
		rest := time.AfterFunc(restAfter, debug.FreeOSMemory)
		kind, payload, err := readFrame(in)
		rest.Stop()
		for ; err == nil && kind == frameNode; kind, payload, err = readFrame(in) {
			ask, node, err := parseNode(payload)
			if err != nil {
				return err
			}
			known[ask] = node
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if kind != frameTask {
			return fmt.Errorf("a frame %c where a task is due", kind)
		}
		if err := answer(in, out, handlers, known, payload); err != nil {
			return err
		}
	}
}

// answer does one task and writes its result.
func answer(in *bufio.Reader, out *bufio.Writer, handlers Handlers, known map[question]Node, payload []byte) error {
	ask := func(q question) (Node, error) {
		if err := writeFrame(out, frameAsk, q.append(nil)); err != nil {
			return Node{}, err
		}
		if err := out.Flush(); err != nil {
			return Node{}, err
		}
		kind, reply, err := readFrame(in)
		if err != nil {
			return Node{}, err
		}
		if kind != frameNode {
			return Node{}, errNotAnswered
		}
		_, node, err := parseNode(reply)
		return node, err
	}
	views := make([]*Files, MaxTrees)
	for i := range views {
		views[i] = &Files{tree: i, known: known, ask: ask}
	}
	result, err := run(handlers, payload, views)
	if err == nil && len(result) > maxResult {
		err = fmt.Errorf("the result has %d bytes: %w", len(result), ErrTooLarge)
	}
	frame := frameResult
	if err != nil {
		frame, result = frameError, failure(err)
	}
	if panics := takeNoted(); len(panics) > 0 {
		told, err := json.Marshal(panics)
		if err != nil {
			return err
		}
		if err := writeFrame(out, framePanics, told); err != nil {
			return err
		}
	}
	if err := writeFrame(out, frame, result); err != nil {
		return err
	}
	return out.Flush()
}

// run calls the task's handler; a panic becomes an error.
func run(handlers Handlers, payload []byte, views []*Files) (result []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &PanicError{Value: fmt.Sprint(r), Stack: string(debug.Stack())}
		}
	}()
	var task taskHeader
	if err := json.Unmarshal(payload, &task); err != nil {
		return nil, err
	}
	handler, ok := handlers[task.Kind]
	if !ok {
		return nil, fmt.Errorf("no handler for a task %q", task.Kind)
	}
	value, err := handler(task.Payload, views)
	if err != nil {
		return nil, err
	}
	if own, ok := value.(encoding.BinaryMarshaler); ok {
		return own.MarshalBinary()
	}
	return json.Marshal(value)
}

// failureFrame carries an error from child to parent.
type failureFrame struct {
	Message  string `json:"message"`
	Stack    string `json:"stack,omitempty"`
	TooLarge bool   `json:"tooLarge,omitempty"`
}

func failure(err error) []byte {
	f := failureFrame{Message: err.Error(), TooLarge: errors.Is(err, ErrTooLarge)}
	var p *PanicError
	if errors.As(err, &p) {
		f.Message, f.Stack = p.Value, p.Stack
	}
	b, _ := json.Marshal(f) // a struct of strings always marshals
	return b
}
