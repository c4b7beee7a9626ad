//go:build !linux

package sandbox

import "os/exec"

func childEnv() []string { return []string{"GOMEMLIMIT=512MiB", "GOMAXPROCS=1", "GOGC=200"} }

// isolate does nothing here: only Linux has the means, and only there is the
// program meant to serve. On other systems it is for the command line.
func isolate(*exec.Cmd) {}

func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = cmd.Process.Kill() // it may be gone already
	}
}

func lockDown() {}
