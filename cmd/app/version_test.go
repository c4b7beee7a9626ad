package main

import (
	"runtime/debug"
	"testing"
)

func TestVersion(t *testing.T) {
	noted := func(settings ...debug.BuildSetting) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Version: "v0.2.0"}, Settings: settings}
	}
	revision := debug.BuildSetting{Key: "vcs.revision", Value: "0123456789abcdef0123456789abcdef01234567"}
	date := debug.BuildSetting{Key: "vcs.time", Value: "2026-11-29T12:00:00Z"}
	for name, c := range map[string]struct {
		told build
		info *debug.BuildInfo
		want string
	}{
		"a release":          {build{"v1.2.3", "feedfeedfeedfeed", "2026-12-01T00:00:00Z"}, noted(revision, date), "v1.2.3 (commit feedfeedfeed, 2026-12-01T00:00:00Z)"},
		"go install":         {build{}, noted(), "v0.2.0"},
		"go build":           {build{}, noted(revision, date), "v0.2.0 (commit 0123456789ab, 2026-11-29T12:00:00Z)"},
		"with other changes": {build{}, noted(revision, date, debug.BuildSetting{Key: "vcs.modified", Value: "true"}), "v0.2.0 (commit 0123456789ab with changes, 2026-11-29T12:00:00Z)"},
	} {
		c.told.fill(c.info)
		if got := c.told.String(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
