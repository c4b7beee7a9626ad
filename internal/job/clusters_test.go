package job_test

import (
	"fmt"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/engine"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// A cluster of a directory that does not exist is a mistake at its line.
func TestAClusterOfNoDirectory(t *testing.T) {
	tree := modeltest.Tree(map[string]string{
		".github/seaworthy.yaml":  "version: 1\nclusters:\n- {name: prod, path: clusters/prod/}\n- {name: test, path: clusters/tset}\n- {name: all, path: .}\n",
		"clusters/prod/apps.yaml": "",
	})
	_, _, mistakes, err := config.Read(t.Context(), sandbox.InProcess(engine.Handlers()), tree, "test", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(mistakes), "[{4 there is no `clusters/tset`: the cluster `test` has no targets false}]"; got != want {
		t.Errorf("the mistakes are %s, want %s", got, want)
	}
}
