package report

import (
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// TestOneCauseIsToldOnce: where a check says why a target does not build, that it
// does not build is no second blocker.
func TestOneCauseIsToldOnce(t *testing.T) {
	r := sample()
	at, on := line("clusters/prod/apps.yaml", 21), []string{"kustomize:apps/prod"}
	r.Findings = []review.Finding{
		{Check: "flux-path-missing", Status: review.New, Blocking: true, Location: at, Targets: on, Title: "no such directory", Message: "m"},
		{Check: review.RenderFailed, Status: review.New, Blocking: true, Location: at, Targets: on, Title: "Does not build", Message: "m"},
	}
	text, markdown := terminal(t, r), Markdown(r, Short)
	for name, said := range map[string]string{"text": text, "markdown": markdown} {
		if strings.Contains(said, "**Does not build**") || strings.Contains(said, "render-failed") || strings.Contains(said, "2 blockers") || !strings.Contains(said, "no such directory") {
			t.Errorf("%s:\n%s", name, said)
		}
	}
	r.Findings[0].Location = line("clusters/prod/apps.yaml", 4)
	if got := terminal(t, r); !strings.Contains(got, "2 blockers") || !strings.Contains(got, "render-failed") {
		t.Errorf("two causes:\n%s", got)
	}
}

// TestOthersOfALineAreNamed: a line that does the same to five objects does not
// look as if it did it to one.
func TestOthersOfALineAreNamed(t *testing.T) {
	r := sample()
	r.Findings[0].Objects = []model.ObjectID{web, {Kind: "Secret", Namespace: "shop", Name: "besides"}}
	for _, name := range []string{"a", "b", "c", "d"} {
		r.Findings[0].Alike = append(r.Findings[0].Alike, model.ObjectID{Kind: "Service", Namespace: "shop", Name: name})
	}
	const want = "The same: Service shop/a, Service shop/b, Service shop/c and 1 more."
	for name, said := range map[string]string{"text": terminal(t, r), "markdown": Markdown(r, Short)} {
		if !strings.Contains(strings.Join(strings.Fields(said), " "), want) {
			t.Errorf("%s:\n%s", name, said)
		}
	}
}
