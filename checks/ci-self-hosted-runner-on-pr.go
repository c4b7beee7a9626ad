package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/checks/scan"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var onPullRequest = pattern.New(`(?m)^\s*(-\s*)?["']?pull_request(_target)?["']?\s*:?\s*$|^["']?on["']?\s*:.*pull_request|^\s+pull_request(_target)?:`)

var ciSelfHostedRunnerOnPR = &review.Check{
	ID: "ci-self-hosted-runner-on-pr", Area: review.Security, Severity: review.High, Tags: []review.Tag{review.Pipelines},
	Doc: review.Doc{
		Title:  "pull requests run on your own machines",
		What:   "Looks for GitHub workflows that run on pull requests and on self-hosted runners.",
		Why:    "A pull request brings its own code. The workflow runs it inside your network, on a machine that keeps its files from one job to the next. Anyone can open a pull request from a fork.",
		Fix:    "Run pull requests on GitHub's runners, or on runners that exist for one job only and have no access to your network.",
		Verify: "grep -ln 'pull_request' .github/workflows/* | xargs grep -n self-hosted",
		Waive:  "The repository is private and has no forks, and its runners exist for one job only.",
		Effort: "medium",
		Bad:    "on: pull_request\njobs: {test: {runs-on: self-hosted}}",
		Good:   "on: pull_request\njobs: {test: {runs-on: ubuntu-latest}}",
	},
	Run: review.Files(func(p *review.Pass) {
		for _, file := range p.Changed() {
			if !repo.IsWorkflow(file) {
				continue
			}
			content := p.Read(file)
			if !onPullRequest.Match(content) {
				continue
			}
			for i, text := range strings.Split(string(content), "\n") {
				if line, ok := scan.Key(i+1, text); ok && line.Key == "runs-on" && strings.Contains(line.Value, "self-hosted") {
					p.Report(review.Hit{File: file, Line: line.Number, Key: "runs-on", Message: fmt.Sprintf("Pull requests run on `%s`: their code reaches what that machine reaches.", line.Value)})
				}
			}
		}
	}),
}
