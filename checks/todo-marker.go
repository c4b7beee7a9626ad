package checks

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// todoOptions can be set in the repository's file.
type todoOptions struct {
	// Exclude are globs of files that are left alone, as path.Match reads them, or
	// directories.
	Exclude []string `json:"exclude"`
}

var unfinished = pattern.New(`(?:#|//|/\*|<!--|--|;).*\b(TODO|FIXME|XXX|HACK)\b`)

var todoMarker = &review.Check{
	ID: "todo-marker", Area: review.Operations, Severity: review.Low, Tags: []review.Tag{review.Build},
	Options: &todoOptions{},
	Doc: review.Doc{
		Title:  "TODO left in a comment",
		What:   "In an audit, looks for TODO, FIXME, XXX and HACK in comments of manifests, scripts and pipelines. Texts, tests, examples, third-party charts and what the option `exclude` names are left alone.",
		Why:    "The author knew that the work is unfinished; the people who are responsible for it may not know.",
		Fix:    "Finish it, or open an issue and name it in the comment.",
		Verify: "git grep -nE 'TODO|FIXME|XXX|HACK'",
		Waive:  "It is known and has an issue.",
		Effort: "medium",
		Bad:    "# TODO: limit this",
		Good:   "# limited at the gateway",
	},
	Run: review.Files(func(p *review.Pass) {
		exclude := p.Options.(*todoOptions).Exclude
		for _, file := range p.Paths() {
			if repo.Illustrative(file) || repo.Aside(file) && !repo.IsWorkflow(file) || !carriesComments(file) || slices.ContainsFunc(exclude, func(g string) bool { return excludes(g, file) }) {
				continue
			}
			content := string(p.Read(file))
			if !marked(content) {
				continue // most files by far: the expression is slow
			}
			for i, text := range strings.Split(content, "\n") {
				if len(text) >= 1000 || !marked(text) {
					continue
				}
				if m := unfinished.FindStringSubmatch(text); m != nil {
					p.Report(review.Hit{File: file, Line: i + 1, Key: "marker " + strings.TrimSpace(text), Message: fmt.Sprintf("A comment says %s.", m[1])})
				}
			}
		}
	}).OfAudits(),
}

func marked(text string) bool {
	return slices.ContainsFunc([]string{"TODO", "FIXME", "XXX", "HACK"}, func(word string) bool { return strings.Contains(text, word) })
}

func carriesComments(file string) bool {
	switch path.Ext(file) {
	case ".yaml", ".yml", ".sh", ".tf", ".hcl", ".toml", ".py", ".mk", ".rego", ".cue", ".jsonnet":
		return true
	}
	base := path.Base(file)
	return base == "Makefile" || strings.HasPrefix(base, "Dockerfile") || base == ".trivyignore"
}

func excludes(glob, file string) bool {
	ok, err := path.Match(glob, file)
	return err == nil && ok || strings.HasPrefix(file, strings.TrimSuffix(strings.TrimSuffix(glob, "**"), "/")+"/")
}
