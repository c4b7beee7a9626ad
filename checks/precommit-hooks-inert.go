package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/scan"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var ofMessages = pattern.New(`(?i)commit|msg|message`)

var precommitHooksInert = &review.Check{
	ID: "precommit-hooks-inert", Area: review.Testing, Severity: review.Low, Tags: []review.Tag{review.Pipelines},
	Doc: review.Doc{
		Title:  "hooks that never run on a commit",
		What:   "In an audit, looks in `.pre-commit-config.yaml` for hooks whose `stages` are only `manual` or `commit-msg`. Hooks whose name says that they check the commit message belong there.",
		Why:    "Everyone sees the configuration and believes that commits are checked, but they are not.",
		Fix:    "Remove `stages`, or set `stages: [pre-commit]`.",
		Verify: "pre-commit run --all-files",
		Waive:  "The pipeline runs the manual stage.",
		Effort: "small",
		Bad:    "- id: yamllint\n  stages: [commit-msg]",
		Good:   "- id: yamllint",
	},
	Run: review.Files(func(p *review.Pass) {
		for _, file := range []string{".pre-commit-config.yaml", ".pre-commit-config.yml"} {
			content := p.Read(file)
			if len(content) == 0 {
				continue
			}
			all, inert := precommitHooks(string(content))
			if len(inert) > 0 {
				p.Report(review.Hit{File: file, Line: inert[0].Number, Key: "inert", Measure: len(inert),
					Message: fmt.Sprintf("%d of %s never run on a commit: %s.", len(inert), text.Plural(all, "hook"), text.Some(text.Code(valuesOfLines(inert))))})
			}
		}
	}).OfAudits(),
}

// precommitHooks counts the hooks of a configuration, and gives the lines of
// those that run in other stages only.
func precommitHooks(content string) (all int, inert []scan.Line) {
	lines := strings.Split(content, "\n")
	var hook scan.Line
	standard := "" // default_stages
	stages := ""
	end := func() {
		if stages == "" {
			stages = standard
		}
		if hook.Key == "" {
			return
		}
		all++
		if stages != "" && !strings.Contains(stages, "pre-commit") && !strings.Contains(strings.ReplaceAll(stages, "commit-msg", ""), "commit") && !strings.Contains(stages, "push") && !ofMessages.MatchString(hook.Value) {
			inert = append(inert, hook)
		}
	}
	for i, text := range lines {
		line, ok := scan.Key(i+1, text)
		switch {
		case ok && line.Key == "id":
			end()
			hook, stages = line, ""
		case ok && (line.Key == "stages" || line.Key == "default_stages"):
			value := line.Value
			if value == "" {
				for _, item := range lines[i+1:] {
					if _, key := scan.Key(0, item); key || !strings.HasPrefix(strings.TrimSpace(item), "- ") {
						break
					}
					value += item
				}
			}
			if line.Key == "stages" {
				stages = value
			} else {
				standard = value
			}
		}
	}
	end()
	return all, inert
}

func valuesOfLines(lines []scan.Line) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = l.Value
	}
	return out
}
