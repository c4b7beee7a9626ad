package main

import (
	"fmt"
	"runtime/debug"
	"strings"
)

// The linker sets these in a release: -X main.release=v1.2.3 and so on.
var release, commitID, commitDate string

// build says which program this is.
type build struct {
	Version string // the release's tag, "(devel)" for none
	Commit  string // "" where it is not known
	Date    string // of the commit, RFC 3339
}

// thisBuild is what the linker was told, else what Go noted in the program: the
// module's version after `go install`, the commit after `go build`.
func thisBuild() build {
	b := build{Version: release, Commit: commitID, Date: commitDate}
	info, ok := debug.ReadBuildInfo()
	if ok {
		b.fill(info)
	}
	if b.Version == "" {
		b.Version = "(devel)"
	}
	return b
}

// fill takes from Go what the linker was not told.
func (b *build) fill(info *debug.BuildInfo) {
	noted := map[string]string{}
	for _, s := range info.Settings {
		noted[s.Key] = s.Value
	}
	if b.Version == "" {
		b.Version = info.Main.Version
	}
	if b.Commit == "" {
		b.Commit, b.Date = noted["vcs.revision"], noted["vcs.time"]
		if noted["vcs.modified"] == "true" {
			b.Commit += "+changes"
		}
	}
}

// String is one line: v1.2.3 (commit 0123456789ab, 2026-11-29T12:00:00Z).
func (b build) String() string {
	if b.Commit == "" {
		return b.Version
	}
	id, changes, _ := strings.Cut(b.Commit, "+")
	if changes != "" {
		changes = " with changes"
	}
	return fmt.Sprintf("%s (commit %.12s%s, %s)", b.Version, id, changes, b.Date)
}
