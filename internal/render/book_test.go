package render

import (
	"os"
	"reflect"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// What is known of files is the same after a restart, every field of it, and a damaged
// book is begun anew.
func TestFactsOutliveARestart(t *testing.T) {
	facts := task.Facts{
		Kind: "Component", Broken: true, Global: true, Patches: true, Refs: []task.NamedPath{{Path: "a.yaml", As: task.AsFile}, {Path: "b"}},
		Charts: []task.Packaged{{Repository: "https://charts.example.org", Name: "web", Version: "1.x"}}, ChartHome: "vendor", Open: true,
		Applied: []string{"apps"}, Recursed: []string{"argocd"}, Flux: true, Instance: true, Source: true, Argo: true, Names: []string{"apps"}, Releases: []string{"web"},
		Plugins: map[string]bool{"envsubst": false, "build": true}, Objects: 3,
	}
	for i, v := 0, reflect.ValueOf(facts); i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Errorf("the test says nothing of Facts.%s", v.Type().Field(i).Name)
		}
	}
	dir := t.TempDir()
	open := func() *Cache {
		cache, err := OpenCache(dir, "build", 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		return cache
	}
	first := open()
	first.remember("acme", "blob", task.ScanKustomization, facts)
	first.rememberMention("acme", "blob", false)
	first.flush("acme")
	again := open()
	if got, ok := again.facts("acme", "blob", task.ScanKustomization); !ok || !reflect.DeepEqual(got, facts) {
		t.Errorf("got %+v", got)
	}
	if _, known := again.mentions("acme", "blob"); !known {
		t.Error("what does not mention anything is forgotten")
	}
	if err := os.Truncate(again.bookFile("acme"), 40); err != nil {
		t.Fatal(err)
	}
	if _, ok := open().facts("acme", "blob", task.ScanKustomization); ok {
		t.Error("half a book is believed")
	}
}
