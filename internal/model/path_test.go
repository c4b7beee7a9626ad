package model

import (
	"errors"
	"testing"
)

func TestWalk(t *testing.T) {
	o := NewObject(ObjectID{}, "", []byte(`{"spec":{"a/b":[{"name":"x","v":3}]},"data":{"values.yaml":"image: {tag: 1}"}}`),
		map[string]Key{"/data/values.yaml": {YAML: map[string]any{"image": map[string]any{"tag": "1"}}}})
	for _, tt := range []struct {
		pointer, reached string
		ok               bool
	}{
		{"", "", true},
		{"/spec/a~1b/0/v", "/spec/a~1b/0/v", true},
		{"/spec/a~1b/1", "/spec/a~1b", false},
		{"/data/values.yaml//image/tag", "/data/values.yaml//image/tag", true},
		{"/data/values.yaml//image/none", "/data/values.yaml//image", false},
	} {
		steps, _, ok := o.Walk(tt.pointer, func([]Step) string { return "name" })
		if got := Pointer(steps); got != tt.reached || ok != tt.ok {
			t.Errorf("Walk(%q) reached %q, %v; want %q, %v", tt.pointer, got, ok, tt.reached, tt.ok)
		}
	}
	steps, _, _ := o.Walk("/spec/a~1b/0", func([]Step) string { return "name" })
	if s := steps[2]; s.Key != "name" || s.Value != "x" {
		t.Errorf("the list item is named %q=%q, want name=x", s.Key, s.Value)
	}
}

func TestResolve(t *testing.T) {
	tree := NewTree("", []Entry{
		{Path: "a/b/file"},
		{Path: "a/link", Mode: Symlink, Link: "b"},
		{Path: "out", Mode: Symlink, Link: "../x"},
		{Path: "loop", Mode: Symlink, Link: "loop"},
	}, nil)
	for path, want := range map[string]struct {
		at  string
		err error
	}{
		"a/link/file":    {at: "a/b/file"},
		"a/link/../b":    {at: "a/b"},
		"out":            {err: ErrOutside},
		"a/../../x":      {err: ErrOutside},
		"loop":           {err: ErrLoop},
		"a/b/file/under": {err: ErrNotExist},
		"none":           {err: ErrNotExist},
	} {
		got, _, err := tree.Resolve(path)
		if !errors.Is(err, want.err) || err == nil && got.Path != want.at {
			t.Errorf("Resolve(%q) = %q, %v; want %q, %v", path, got.Path, err, want.at, want.err)
		}
	}
}
