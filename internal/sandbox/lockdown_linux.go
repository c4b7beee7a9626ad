package sandbox

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

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
	return []string{fmt.Sprintf("GOMEMLIMIT=%d", goMemory), "GOMAXPROCS=1", "GOGC=400", "GOTRACEBACK=none"}
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
	open, err := descriptors()
	warn("descriptors", err)
	warn("no new privileges", unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
	warn("landlock", landlock.V5.BestEffort().Restrict())
	warn("memory limit", limit(unix.RLIMIT_DATA, dataLimit))
	warn("core limit", limit(unix.RLIMIT_CORE, 0))
	// With no room for another descriptor there are no files, no sockets and no
	// programs.
	warn("descriptor limit", limit(unix.RLIMIT_NOFILE, open))
}

// descriptors makes the Go runtime open what it opens late (its poller, at the
// first timer: the collector sets one when memory runs short, and dies without)
// and gives the first descriptor that is free.
func descriptors() (uint64, error) {
	time.Sleep(time.Nanosecond) // the shortest timer
	fd, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	return uint64(fd), unix.Close(fd)
}

func limit(resource int, value uint64) error {
	return unix.Setrlimit(resource, &unix.Rlimit{Cur: value, Max: value})
}
