package cleartext_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/cleartext"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

var errAsked = errors.New("the sandbox is asked")

// refuses is a sandbox that does nothing.
type refuses struct{}

func (refuses) Do(context.Context, sandbox.Task) (sandbox.Result, error) {
	return sandbox.Result{}, errAsked
}

// TestDocumentsStartNoProcess: what is no YAML is looked at without the sandbox, and
// what may have to be parsed, feeds a Secret or is large is not.
func TestDocumentsStartNoProcess(t *testing.T) {
	key := "AKIA" + strings.Repeat("Q2", 8)
	tree := modeltest.Tree(map[string]string{
		"README.md":          "# Web\n\nuse `" + key + "`, not " + key + "\n",
		"image.png":          "\x00" + key,
		"large.md":           strings.Repeat("nothing stands here\n", 20_000),
		"web.yaml":           "kind: ConfigMap\n",
		"kustomization.yaml": "resources: [web.yaml]\n",
	})
	for name, tt := range map[string]struct {
		look, fed, naming []string
		found             int
		asks              bool
	}{
		"documents":                    {look: []string{"README.md", "image.png", "gone.md"}, found: 1},
		"a manifest beside":            {look: []string{"README.md", "web.yaml"}, asks: true},
		"a document that feeds":        {look: []string{"README.md"}, naming: []string{"kustomization.yaml"}, asks: true},
		"an example's kustomization":   {look: []string{"README.md"}, fed: []string{"kustomization.yaml"}, asks: true},
		"more than is looked at here":  {look: []string{"README.md", "large.md"}, asks: true},
		"nothing but what is not here": {look: []string{"gone.md"}},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := cleartext.Find(t.Context(), refuses{}, cleartext.Question{Tree: tree, Look: tt.look, Fed: tt.fed, Naming: tt.naming, Surrender: func(error) bool { return false }})
			if asked := errors.Is(err, errAsked); asked != tt.asks || err != nil && !asked {
				t.Fatalf("%v", err)
			}
			if len(found) != tt.found {
				t.Fatalf("found %+v", found)
			}
			for _, c := range found {
				if c.File != "README.md" || c.Line != 3 || c.Sort != model.ByForm {
					t.Errorf("found %+v", c)
				}
			}
		})
	}
}
