package web

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/yamldiff"
)

// long is a report in which a text of so many lines comes, and another changes at
// its end.
func long(t *testing.T, lines int) *review.Report {
	t.Helper()
	r := sample(t)
	id := model.ObjectID{Version: "v1", Kind: "ConfigMap", Namespace: "shop", Name: "long"}
	text := func(end string) *model.Object {
		return model.NewObject(id, "", fmt.Appendf(nil, `{"kind":"ConfigMap","data":{"a":"%s%s"}}`, strings.Repeat(`line\n`, lines), end), nil)
	}
	r.Changes = []review.Change{
		{Group: 1, Targets: r.Changes[0].Targets, Change: review.Added, Object: id, Head: text("")},
		{Group: 2, Targets: r.Changes[0].Targets, Change: review.Modified, Object: id, Base: text("old"), Head: text("new")},
	}
	r.Findings = nil
	return r
}

func TestLongDiffs(t *testing.T) {
	at := serve(t, long(t, maxAll+maxLines))
	for query, want := range map[string]struct {
		rows int
		said string
	}{
		"?part=object&object=0":        {maxLines, fmt.Sprintf(`href="?full=1&amp;object=0">%d more lines</a>`, maxAll+3)},
		"?part=object&object=0&full=1": {maxAll, fmt.Sprintf("%d more lines are not shown here", maxLines+3)},
		"?part=object&object=1":        {0, "more lines</a>"},
	} {
		_, body := read(t, at+query)
		if rows := strings.Count(body, `<div class="row">`); rows != want.rows || !strings.Contains(body, want.said) {
			t.Errorf("%s: %d rows, want %d, and %q: %.3000s", query, rows, want.rows, want.said, body[max(0, len(body)-400):])
		}
	}
	short := serve(t, long(t, maxFold*2))
	_, body := read(t, short+"?part=object&object=1")
	if !strings.Contains(body, fmt.Sprintf(`href="?full=1&amp;object=1">%d unchanged lines</a>`, maxFold*2)) || strings.Count(body, `<div class="row">`) != 4 {
		t.Errorf("a long fold is sent along: %d rows", strings.Count(body, `<div class="row">`))
	}
}

// Whatever stands in a line, its text is what a reader sees, and nothing of it is
// an element.
func FuzzColour(f *testing.F) {
	f.Add("image: \"a:b\" # <script>", 3, 9)
	f.Add("- |\n", 0, 100)
	f.Add("\x00é: ü", 1, 2)
	f.Fuzz(func(t *testing.T, text string, from, to int) {
		text = strings.ReplaceAll(strings.ToValidUTF8(text, "?"), "\n", " ")
		l := yamldiff.Line{Op: yamldiff.Added, Text: text}
		if from >= 0 && from < to && to <= len(text) {
			l.Marked = []yamldiff.Span{{From: from, To: to}}
		}
		lines := []yamldiff.Line{l}
		d := &differ{lines: lines}
		d.colour([][]yamldiff.Line{lines})
		got := string(d.text[&lines[0]])
		for _, tag := range []string{"<mark>", "</mark>", "</span>", `<span class="nt">`, `<span class="c">`, `<span class="m">`, `<span class="kc">`, `<span class="s">`} {
			got = strings.ReplaceAll(got, tag, "")
		}
		if strings.ContainsAny(got, "<>") {
			t.Fatalf("an element is left of %q: %q", text, got)
		}
		if plain := unescaped.Replace(got); plain != text {
			t.Fatalf("%q became %q", text, plain)
		}
	})
}

var unescaped = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&", "&#34;", `"`, "&#39;", "'")
