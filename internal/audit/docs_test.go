package audit

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
)

func TestDocumentation(t *testing.T) {
	tree := modeltest.Tree(map[string]string{
		"README.md": "# Shop\n\n## Install\n\n[guide](docs/guide.md#set-up--run), [old](docs/old.md), [none](docs/guide.md#none), [out](https://example.org/x), [issues](../../issues)\n" +
			"`docs/gone.md` and `docs/guide.md` and `ghcr.io/acme/web` and `v1.2.3` and `9.9.9`\n" +
			"```\n[in a fence](nowhere.md) TODO\n```\n`[as code](nowhere.md)`\n",
		"docs/guide.md":  "# Guide\n\n## Set up & run\n\nTBD\n",
		"docs/fine.md":   "Fine\n====\n\n[up](../README.md#install), [here](#fine), [root](/docs/guide.md)\n",
		"CHANGELOG.md":   "# Changelog\n\n`0.0.1`, `docs/was.md`, TODO\n",
		"app/chart.yaml": "version: 1.2.3\n",
		"vendor/x.md":    "[a](b.md)",
	})
	d, _ := documentation(tree, func(f string) []byte {
		content, err := tree.Read(context.Background(), f)
		if err != nil {
			return nil
		}
		return content
	})
	got := map[string][]string{}
	for _, f := range d.Files {
		for _, r := range f.Remarks {
			got[f.File] = append(got[f.File], fmt.Sprintf("%d %s %s", r.Line, r.Kind, r.Text))
		}
		if f.Clarity != NotAssessed {
			t.Errorf("%s: clarity is %s", f.File, f.Clarity)
		}
	}
	want := map[string][]string{
		"README.md":     {"5 link docs/old.md", "5 anchor docs/guide.md#none", "6 path docs/gone.md", "6 version 9.9.9"},
		"docs/guide.md": {"5 placeholder TBD"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d.External != 1 || len(d.Files) != 4 {
		t.Errorf("%d links to elsewhere, %d texts", d.External, len(d.Files))
	}
	missing := map[string]bool{}
	for _, s := range d.Standard {
		missing[s.File] = s.State == Bad
	}
	if missing["README.md"] || !missing["LICENSE"] || !missing["CODEOWNERS"] {
		t.Errorf("standard files: %v", missing)
	}
}

func FuzzScan(f *testing.F) {
	f.Add("# A\n\n[x](y#z) `a/b` ```\n<a id=\"q\">\n===")
	f.Fuzz(func(t *testing.T, content string) {
		text := scan("README.md", content)
		lines := strings.Count(content, "\n") + 1
		for _, list := range [][]mention{text.links, text.named, text.versions, text.placeholders} {
			for _, m := range list {
				if m.line < 1 || m.line > lines {
					t.Errorf("line %d of %d", m.line, lines)
				}
			}
		}
	})
}
