package main

import (
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/model"
)

func TestSources(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	served, err := newSources(config.Environment{DataDir: t.TempDir(), SourceLimit: 1, SourceHosts: []string{"charts.example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	defer served.Close()
	ref := model.SourceRef{Kind: model.ChartSource, URL: "https://elsewhere.example.com", Chart: "web"}
	if p := served.Session(nil).Fetch(t.Context(), "1/own", []model.SourceRef{ref})[0].Problem; p == nil || p.Class != model.SourceRefused {
		t.Errorf("a host that is not allowed: %v", p)
	}
	offline, err := localSources(true, false)
	if err != nil {
		t.Fatal(err)
	}
	if p := offline.Session(nil).Fetch(t.Context(), localScope, []model.SourceRef{ref})[0].Problem; p == nil || p.Class != model.SourceUnreachable {
		t.Errorf("offline: %v", p)
	}
	online, err := localSources(false, true)
	if err != nil {
		t.Fatal(err)
	}
	online.Close()
}
