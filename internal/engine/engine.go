// Package engine is the sandbox's side of the wall: all that parses or builds what
// a pull request holds. It runs in locked-down children of this program, asks for
// files by path, and gives back plain data (package task). It opens no socket,
// reads no disk and starts no program; the packages below it are the only ones
// that may touch Kustomize, Helm, Flux' build packages or YAML of foreign bytes.
package engine

import (
	"github.com/seaworthy-dev/seaworthy/internal/cleartext"
	"github.com/seaworthy-dev/seaworthy/internal/engine/appset"
	"github.com/seaworthy-dev/seaworthy/internal/engine/argo"
	"github.com/seaworthy-dev/seaworthy/internal/engine/build"
	found "github.com/seaworthy-dev/seaworthy/internal/engine/cleartext"
	"github.com/seaworthy-dev/seaworthy/internal/engine/idle"
	"github.com/seaworthy-dev/seaworthy/internal/engine/index"
	"github.com/seaworthy-dev/seaworthy/internal/engine/locate"
	"github.com/seaworthy-dev/seaworthy/internal/engine/scan"
	"github.com/seaworthy-dev/seaworthy/internal/engine/settings"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// Handlers are the tasks that a child does.
func Handlers() sandbox.Handlers {
	return sandbox.Handlers{
		task.BuildKind:          build.Handle,
		task.ScanKind:           scan.Handle,
		task.LocateKind:         locate.Handle,
		task.SettingsKind:       settings.Handle,
		task.IndexKind:          index.Handle,
		task.ApplicationSetKind: appset.Handle,
		task.ArgoSourceKind:     argo.HandleSource,
		task.IdleKind:           idle.Handle,
		cleartext.Kind:          found.Handle,
	}
}
