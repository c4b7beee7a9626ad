package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// command is one run of the git program: in dir, or on gitDir where that is set.
type command struct {
	dir    string
	gitDir string
	stdin  io.Reader
	config []string // key=value, for this run alone
	remote *remote  // the only place this run may speak to; nil for none
}

// Limits on what a run of git may leave in memory.
const (
	maxOutput = 512 << 20
	maxStderr = 16 << 10
)

// fixedConfig holds for each run. Files of the system and of the user are not
// read; what the repository's own configuration could make git execute is
// overridden.
var fixedConfig = []string{
	"safe.directory=*",                 // nothing of the repository's configuration is executed, whoever owns it
	"advice.graftFileDeprecated=false", // it takes our empty GIT_GRAFT_FILE for one in use
	"core.fsmonitor=false",
	"core.untrackedCache=false",
	"core.hooksPath=/dev/null",
	"core.askPass=",
	"core.quotePath=false",
	"core.pager=cat",
	"credential.helper=",
	"gc.auto=0",
	"maintenance.auto=false",
	"submodule.recurse=false",
}

// environment is all that git sees. Replace refs and grafts would make a commit
// id stand for other content than GitHub shows.
func (c command) environment() []string {
	env := []string{
		"PATH=" + filepath.Dir(program()) + ":/usr/bin:/bin", // git adds the directory of its own helpers
		"LC_ALL=C",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_ATTR_NOSYSTEM=1",
		"GIT_TERMINAL_PROMPT=0",
		"GIT_NO_LAZY_FETCH=1",
		"GIT_NO_REPLACE_OBJECTS=1",
		"GIT_GRAFT_FILE=/dev/null",
		"GIT_OPTIONAL_LOCKS=0",
		"GIT_ALLOW_PROTOCOL=" + c.remote.protocol(),
	}
	config := append(append(append([]string{}, fixedConfig...), c.config...), c.remote.config()...)
	env = append(env, "GIT_CONFIG_COUNT="+strconv.Itoa(len(config)))
	for i, kv := range config {
		k, v, _ := strings.Cut(kv, "=")
		env = append(env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", i, k), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", i, v))
	}
	return env
}

// program is the git that the parent's PATH names. Where there is none, running
// it fails with that name.
var program = sync.OnceValue(func() string {
	path, err := exec.LookPath("git")
	if err != nil {
		return "git"
	}
	return path
})

// build makes the process, in a group of its own that dies with ctx.
func (c command) build(ctx context.Context, args ...string) *exec.Cmd {
	all := []string{"--no-optional-locks"}
	if c.gitDir != "" {
		all = append(all, "--git-dir="+c.gitDir)
	}
	cmd := exec.CommandContext(ctx, program(), append(all, args...)...)
	cmd.Dir = c.dir
	if c.dir == "" {
		cmd.Dir = "/"
	}
	cmd.Env = c.environment()
	cmd.Stdin = c.stdin
	ownGroup(cmd)
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// run gives what git wrote to standard output; a failure is a *commandError.
func (c command) run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := c.build(ctx, args...)
	secret, err := c.remote.secretFile()
	if err != nil {
		return nil, err
	}
	if secret != nil {
		defer secret.Close()
		cmd.ExtraFiles = []*os.File{secret}
	}
	out := &bounded{limit: maxOutput}
	stderr := &tail{limit: maxStderr}
	cmd.Stdout, cmd.Stderr = out, stderr
	err = cmd.Start()
	if err == nil {
		limitFiles(cmd, c.remote.maxFile())
		err = cmd.Wait()
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("git %s: %w", args[0], context.Cause(ctx))
	}
	if out.full {
		return nil, fmt.Errorf("git %s: answer is over %d bytes", args[0], maxOutput)
	}
	if err != nil {
		return nil, &commandError{name: args[0], stderr: c.remote.redact(stderr.String()), err: err}
	}
	return out.Bytes(), nil
}

// commandError is a git that ended badly, and what it said.
type commandError struct {
	name   string
	stderr string
	err    error
}

func (e *commandError) Error() string {
	if e.stderr == "" {
		return fmt.Sprintf("git %s: %v", e.name, e.err)
	}
	return fmt.Sprintf("git %s: %s (%v)", e.name, strings.ReplaceAll(e.stderr, "\n", "; "), e.err)
}

func (e *commandError) Unwrap() error { return e.err }

// exitCode is git's exit status, -1 when it did not exit by itself.
func exitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return -1
}

// bounded is a buffer that refuses to grow over its limit.
type bounded struct {
	bytes.Buffer
	limit int
	full  bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > b.limit {
		b.full = true
		return 0, errors.New("output is too large")
	}
	return b.Buffer.Write(p)
}

// tail keeps the end of what was written to it.
type tail struct {
	limit int
	b     []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	if over := len(t.b) - t.limit; over > 0 {
		t.b = append(t.b[:0], t.b[over:]...)
	}
	return len(p), nil
}

// String is only for after the process ended.
func (t *tail) String() string { return strings.TrimSpace(string(t.b)) }
