package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

func terminal(t *testing.T, r *review.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := Text(&b, r, Terminal{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestWhatIsNotCertainIsSaid: a verdict that is not green says why, wherever it
// is read.
func TestWhatIsNotCertainIsSaid(t *testing.T) {
	r := sample()
	r.Conclusion, r.Incomplete = review.Neutral, nil
	r.Findings = []review.Finding{
		{Check: "two", Status: review.Unknown, Title: "rule `two` cannot be answered", Message: "no such key: foo"},
		{Check: "image-tag-mutable", Status: review.Waived, Title: "mutable image tag", Message: "Waived until 2027-03-31"},
	}
	text, markdown := terminal(t, r), Markdown(r, Short)
	for _, want := range []string{"Not sure", "1 not certain", "1 waived", "rule two cannot be answered", "no such key: foo", "Waived until"} {
		if !strings.Contains(text, want) {
			t.Errorf("the terminal does not say %q:\n%s", want, text)
		}
	}
	for _, want := range []string{"1 not certain", "has an answer", "Not certain: 1 finding", "no such key: foo", "Waived: 1"} {
		if !strings.Contains(markdown, want) {
			t.Errorf("Markdown does not say %q:\n%s", want, markdown)
		}
	}
	r.Conclusion, r.Gate = review.Failure, review.Strict
	if got := Markdown(r, Short); !strings.Contains(got, "**Blocked**: not everything that is asked") {
		t.Errorf("the strict gate does not say why:\n%s", got)
	}
}

// TestOneCauseHidesMany: what one registry hides is one line, by the names that
// the reader gave.
func TestOneCauseHidesMany(t *testing.T) {
	r := sample()
	r.Incomplete = nil
	for _, name := range []string{"plex", "radarr", "sonarr", "tautulli"} {
		id := "helm:prod/media/" + name
		r.Targets = append(r.Targets, review.TargetResult{ID: id, Kind: model.Helm, Path: "apps/" + name + ".yaml", Cluster: "prod"})
		r.Incomplete = append(r.Incomplete, review.Incomplete{Target: id, Message: "the registry does not answer", Where: line("apps/"+name+".yaml", 7), Reached: true})
	}
	text := terminal(t, r)
	if want := "HelmRelease media/plex, HelmRelease media/radarr, HelmRelease media/sonarr and 1 more  apps/plex.yaml:7\n    the registry"; !strings.Contains(text, want) || strings.Count(text, "does not answer") != 1 {
		t.Errorf("not told once:\n%s", text)
	}
	if got := notVisible(r); strings.Count(got, "does not answer") != 1 || !strings.Contains(got, "`HelmRelease media/plex`") {
		t.Errorf("not told once:\n%s", got)
	}
}

// TestASetIsCalledOne: a set that is not followed is no Application.
func TestASetIsCalledOne(t *testing.T) {
	r := sample()
	r.Targets = append(r.Targets, review.TargetResult{ID: "argocd:prod/shops", Kind: model.ArgoCD, Path: ".", Cluster: "prod"})
	r.Incomplete = []review.Incomplete{{Target: "argocd:prod/shops", Message: model.OfSet + "its generator is not asked", Where: line("sets/shops.yaml", 2), Reached: true}}
	if text, want := terminal(t, r), "  ApplicationSet shops  sets/shops.yaml:2\n    its generator is not asked"; !strings.Contains(text, want) {
		t.Errorf("it does not say %q:\n%s", want, text)
	}
}

// TestWhatStaysBrokenIsSaid: where the verdict is not green because a target builds on
// neither side, the terminal says so on its first line.
func TestWhatStaysBrokenIsSaid(t *testing.T) {
	r := sample()
	r.Conclusion, r.Incomplete, r.Findings = review.Neutral, nil, nil
	r.Targets = append(r.Targets, review.TargetResult{ID: "kustomize:apps/broken", Kind: model.Kustomize, Path: "apps/broken", Base: model.StatusFailed, Head: model.StatusFailed})
	if text, want := terminal(t, r), "does not build, as before: apps/broken"; !strings.Contains(text, want) {
		t.Errorf("it does not say %q:\n%s", want, text)
	}
}
