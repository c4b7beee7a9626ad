package render

import (
	"maps"
	"slices"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
)

// TestOfTheOtherSideIsTakenWhatIsTheSame: what builds of head could read is the same
// whether it is made of base's or anew, and what does not differ is made once.
func TestOfTheOtherSideIsTakenWhatIsTheSame(t *testing.T) {
	base := map[string]string{
		"README.md":               "# Fleet\n",
		"base/kustomization.yaml": "resources: [web.yaml]\nconfigurations: [config.yaml]\n",
		"base/web.yaml":           "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n",
		"base/config.yaml":        "images: []\n",
		"prod/kustomization.yaml": "resources: [../base, ../extra, more.yaml]\n",
		"test/kustomization.yaml": "resources: [../base, ../plain]\n",
		"plain/a.yaml":            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
		"plain/deep/b.yaml":       "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n",
	}
	for name, tt := range map[string]struct {
		change map[string]string // "" takes the file away
		again  bool              // what prod reads is made once
	}{
		"nothing":                               {nil, true},
		"a document":                            {map[string]string{"NEWS.md": "none\n"}, true},
		"the content of a manifest":             {map[string]string{"base/web.yaml": "kind: Other\n"}, true},
		"a label in a kustomization":            {map[string]string{"prod/kustomization.yaml": "labels: [{pairs: {a: b}}]\n" + base["prod/kustomization.yaml"]}, true},
		"an entry":                              {map[string]string{"prod/kustomization.yaml": "resources: [../base]\n"}, false},
		"an entry that is there now":            {map[string]string{"prod/more.yaml": "kind: Other\n"}, false},
		"a directory that is there now":         {map[string]string{"extra/kustomization.yaml": "resources: []\n"}, false},
		"a base that is gone":                   {map[string]string{"base/kustomization.yaml": "", "base/web.yaml": "", "base/config.yaml": ""}, false},
		"a file where a directory was":          {map[string]string{"base/kustomization.yaml": "", "base/web.yaml": "", "base/config.yaml": "", "base": "kind: Other\n"}, false},
		"another manifest in a plain directory": {map[string]string{"plain/c.yaml": "kind: Other\n", "plain/deep/d.yaml": "kind: Other\n"}, true},
		"a kustomization in a plain directory":  {map[string]string{"plain/deep/kustomization.yaml": "resources: [b.yaml]\n"}, true},
		"another name of a kustomization":       {map[string]string{"prod/Kustomization": "resources: []\n"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			files := maps.Clone(base)
			for file, content := range tt.change {
				if files[file] = content; content == "" {
					delete(files, file)
				}
			}
			r := newTestRenderer()
			other, err := r.graph(t.Context(), modeltest.Tree(base), "test", nil)
			if err != nil {
				t.Fatal(err)
			}
			starts := []place{{dir: "prod"}, {dir: "test"}, {dir: "base"}, {dir: "plain", manifests: true}, {dir: ".", manifests: true}, {dir: "plain", manifests: true, yaml: true}}
			for _, at := range starts {
				other.closure(kindAt(at), at.dir)
			}
			head := modeltest.Tree(files)
			made, err := r.graph(t.Context(), head, "test", other)
			if err != nil {
				t.Fatal(err)
			}
			anew, err := r.graph(t.Context(), head, "test", nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, at := range starts {
				got, want := made.closure(kindAt(at), at.dir), anew.closure(kindAt(at), at.dir)
				if !slices.Equal(got.paths(), want.paths()) || got.global != want.global {
					t.Errorf("%v reads %q, want %q", at, got.paths(), want.paths())
				}
			}
			if got, want := made.roots(), anew.roots(); !slices.Equal(got, want) {
				t.Errorf("the roots are %q, want %q", got, want)
			}
			if again := made.step(place{dir: "prod"}) == other.step(place{dir: "prod"}); again != tt.again {
				t.Errorf("what prod reads is made once: %v", again)
			}
		})
	}
}

func kindAt(at place) model.Kind {
	switch {
	case at.yaml:
		return model.Flux
	case at.manifests:
		return model.Manifests
	}
	return model.Kustomize
}
