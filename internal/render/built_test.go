package render

import (
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/engine"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// TestWhatAPipelineBuildsIsATarget: an overlay of developers takes in what is applied
// by itself too.
func TestWhatAPipelineBuildsIsATarget(t *testing.T) {
	tree := with(shop, map[string]string{"tilt/kustomization.yaml": "resources: [../prod]\n"})
	for name, tt := range map[string]struct{ file, line, want string }{
		"nobody builds it":        {"Makefile", "build: ; echo kustomize", "kustomize:other=rendered kustomize:test=rendered kustomize:tilt=rendered"},
		"a pipeline":              {".github/workflows/ci.yml", "  - run: kustomize build prod | kubeconform -strict", "kustomize:other=rendered kustomize:prod=rendered kustomize:test=rendered kustomize:tilt=rendered"},
		"a make file, by kubectl": {"Makefile", "\tkubectl apply -n shop -k \"${ROOT}/prod\"", "kustomize:other=rendered kustomize:prod=rendered kustomize:test=rendered kustomize:tilt=rendered"},
		"a variable":              {"Makefile", "\tkustomize build $(ENV)", "kustomize:other=rendered kustomize:test=rendered kustomize:tilt=rendered"},
		"a text":                  {"README.md", "kustomize build prod", "kustomize:other=rendered kustomize:test=rendered kustomize:tilt=rendered"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := New(sandbox.InProcess(engine.Handlers()), NoCache(), 1).Pair(t.Context(), Request{
				Head: modeltest.Tree(with(tree, map[string]string{tt.file: tt.line})), Scope: "test", All: true})
			if err != nil {
				t.Fatal(err)
			}
			if got := statuses(out.Head); got != tt.want {
				t.Errorf("\n got  %s\n want %s", got, tt.want)
			}
		})
	}
}
