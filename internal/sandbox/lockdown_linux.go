package sandbox

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"
)

const (
	// dataLimit bounds a child's memory through RLIMIT_DATA, in bytes. An
	// address space limit does not work: Go reserves more than it uses.
	dataLimit = 768 << 20
	// goMemory makes the garbage collector work harder before that, in bytes.
	goMemory = 512 << 20
)

func childEnv() []string {
	return []string{fmt.Sprintf("GOMEMLIMIT=%d", goMemory), "GOMAXPROCS=1", "GOGC=200", "GOTRACEBACK=none"}
}

// isolate puts a child into a process group of its own that dies with us.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // it may be gone already
	}
}

// lockDown takes from this process what a parser does not need. Each layer
// works without privileges; landlock only where the kernel has it. A layer that
// fails is said on standard error, and the others still hold.
func lockDown() {
	warn := func(what string, err error) {
		if err != nil {
			fmt.Fprintf(os.Stderr, "sandbox: %s: %v\n", what, err)
		}
	}
	warn("no new privileges", unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
	warn("landlock", landlock.V5.BestEffort().Restrict())
	warn("memory limit", limit(unix.RLIMIT_DATA, dataLimit))
	warn("core limit", limit(unix.RLIMIT_CORE, 0))
	// Three descriptors are open: the pipes. With no room for a fourth there
	// are no files, no sockets and no programs.
	warn("descriptor limit", limit(unix.RLIMIT_NOFILE, 3))
}

func limit(resource int, value uint64) error {
	return unix.Setrlimit(resource, &unix.Rlimit{Cur: value, Max: value})
}
