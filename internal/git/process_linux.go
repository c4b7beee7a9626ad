package git

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// ownGroup puts git and its helpers into a process group that is killed as one,
// and that does not outlive this process.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

// limitFiles bounds what git may write to one file, in bytes; 0 is no bound. The
// process runs already, but what it writes comes later, by helpers that inherit
// the bound: they are started after the remote's first answer.
func limitFiles(cmd *exec.Cmd, bytes int64) {
	if bytes <= 0 {
		return
	}
	limit := unix.Rlimit{Cur: uint64(bytes), Max: uint64(bytes)}
	// It fails only for a process that ended already.
	_ = unix.Prlimit(cmd.Process.Pid, unix.RLIMIT_FSIZE, &limit, nil)
}

// memoryFile is a file that has never had a name on any disk. Its readers open
// it anew by /proc/self/fd, so that each starts at its beginning.
func memoryFile(content []byte) (*os.File, error) {
	fd, err := unix.MemfdCreate("", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, fmt.Errorf("make memory file: %w", err)
	}
	f := os.NewFile(uintptr(fd), "memory")
	if _, err := f.Write(content); err != nil {
		f.Close()
		return nil, fmt.Errorf("write memory file: %w", err)
	}
	if err := unix.Fchmod(fd, 0o400); err != nil {
		f.Close()
		return nil, fmt.Errorf("restrict memory file: %w", err)
	}
	return f, nil
}
