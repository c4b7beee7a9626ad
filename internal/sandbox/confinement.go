package sandbox

import (
	"fmt"
	"runtime"

	landlock "github.com/landlock-lsm/go-landlock/landlock/syscall"
)

// Confinement says, for a person, what holds a child on this machine.
func Confinement() string {
	if runtime.GOOS != "linux" {
		return "without limits: only Linux has the means"
	}
	if version, err := landlock.LandlockGetABIVersion(); err == nil {
		return fmt.Sprintf("limits, no new privileges, Landlock %d", version)
	}
	return "limits, no new privileges; this kernel, or the container's seccomp profile, has no Landlock"
}
