//go:build unix && !linux

package git

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// ownGroup puts git and its helpers into a process group that is killed as one.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

// limitFiles is for Linux, as mirrors are.
func limitFiles(*exec.Cmd, int64) {}

// memoryFile is for Linux: elsewhere the command line works, mirrors do not.
func memoryFile([]byte) (*os.File, error) {
	return nil, errors.New("fetching with a token needs Linux")
}
