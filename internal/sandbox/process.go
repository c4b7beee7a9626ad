package sandbox

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
)

// process is one running child.
type process struct {
	cmd    *exec.Cmd
	in     *bufio.Writer
	closer io.Closer // the child's input: closing it ends an idle child
	out    *bufio.Reader
	stderr tail
	once   sync.Once
	broken bool
}

func start(command []string) (*process, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = childEnv()
	isolate(cmd)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start a child: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start a child: %w", err)
	}
	p := &process{cmd: cmd, closer: in}
	cmd.Stderr = &p.stderr
	p.in, p.out = bufio.NewWriterSize(in, 1<<16), bufio.NewReaderSize(out, 1<<16)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a child: %w", err)
	}
	return p, nil
}

// do sends the task, answers the child's questions and gives its result.
func (p *process) do(s *serving, task taskHeader) (json.RawMessage, error) {
	err := s.preload(func(q question, n Node) error { return p.lost(writeNode(p.in, q, n)) })
	if err != nil {
		p.broken = true // a part of the task may already be on its way
		return nil, err
	}
	header, err := json.Marshal(task)
	if err != nil {
		return nil, err
	}
	if err := p.send(frameTask, header); err != nil {
		return nil, err
	}
	for {
		kind, payload, err := readFrame(p.out)
		if err != nil {
			return nil, p.lost(err)
		}
		switch kind {
		case frameAsk:
			if err := p.reply(s, payload); err != nil {
				return nil, err
			}
		case framePanics:
			s.panics = append(s.panics, parsePanics(payload)...)
		case frameResult:
			return payload, nil
		case frameError:
			return nil, childError(payload)
		default:
			return nil, p.lost(fmt.Errorf("unknown frame %c", kind))
		}
	}
}

func (p *process) reply(s *serving, payload []byte) error {
	q, err := parseQuestion(payload)
	if err != nil {
		return p.lost(err)
	}
	n, err := s.answer(q)
	if err != nil {
		p.broken = true // the child still waits for its answer
		return err
	}
	if err := writeNode(p.in, q, n); err != nil {
		return p.lost(err)
	}
	return p.lost(p.in.Flush())
}

func (p *process) send(kind byte, payload []byte) error {
	if err := writeFrame(p.in, kind, payload); err != nil {
		return p.lost(err)
	}
	return p.lost(p.in.Flush())
}

// lost marks a failure of the pipe: the child is of no use any more.
func (p *process) lost(err error) error {
	if err == nil {
		return nil
	}
	p.broken = true
	return fmt.Errorf("%w (%v)", ErrDied, err)
}

func (p *process) alive() bool { return !p.broken }

func (p *process) kill() { killGroup(p.cmd) }

// end closes the child's input and reaps it.
func (p *process) end() {
	p.once.Do(func() {
		_ = p.closer.Close() // its end is what is wanted; there is no one to tell
		p.kill()
		_ = p.cmd.Wait() // killed on purpose
	})
}

// post says why a child died, as far as its last words tell.
func (p *process) post() error {
	words := p.stderr.String()
	for _, sign := range []string{"out of memory", "cannot allocate memory", "stack overflow", "stack exceeds"} {
		if strings.Contains(words, sign) {
			return ErrMemory
		}
	}
	return fmt.Errorf("%w: %s", ErrDied, firstLine(words))
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

func childError(payload []byte) error {
	var f failureFrame
	if err := json.Unmarshal(payload, &f); err != nil {
		return fmt.Errorf("read a child's error: %w", err)
	}
	switch {
	case f.TooLarge:
		return ErrTooLarge
	case f.Stack != "":
		return &PanicError{Value: f.Message, Stack: f.Stack}
	}
	return errors.New(f.Message)
}

// tail keeps the first bytes that a child writes to standard error: the Go
// runtime says why it dies in its first line, goroutines follow.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const tailBytes = 4 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := strings.Index(string(b), "fatal error:"); i >= 0 {
		t.buf = append(t.buf[:0], b[i:]...)
	} else if len(t.buf) < tailBytes {
		t.buf = append(t.buf, b...)
	}
	t.buf = t.buf[:min(len(t.buf), tailBytes)]
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.buf)
}
