package checks

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/pin"
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/checks/scan"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var remoteBaseUnpinned = &review.Check{
	ID: "remote-base-unpinned", Area: review.SupplyChain, Severity: review.High, Tags: []review.Tag{review.Sources},
	Doc: review.Doc{
		Title:  "remote base is not pinned",
		What:   "Looks in kustomizations for resources from other Git repositories without a `ref` or with a branch as `ref`, and for files read over HTTP, which have no digest. A tag is medium, an HTTP address that contains a version is low; a commit is correct. A new version of a resource that was already there is not new.",
		Why:    "Every build takes the content of that minute: the same commit of this repository gives different objects tomorrow, and whoever can push there deploys here.",
		Fix:    "Use a commit: `?ref=3f1c…`. Copy files read over HTTP into this repository; Renovate can update them.",
		Verify: "git ls-remote URL",
		Waive:  "Your own repository, with a branch that is protected like this one.",
		Effort: "small",
		Bad:    "resources: [\"https://github.com/acme/base//app?ref=main\"]",
		Good:   "resources: [\"https://github.com/acme/base//app?ref=v1.4.2\"]",
	},
	Run: review.Files(func(p *review.Pass) {
		for _, file := range p.Changed() {
			if !repo.IsKustomization(file) {
				continue
			}
			content := p.Read(file)
			for _, e := range append(scan.Entries(content, ""), scan.FlowEntries(content)...) {
				address := strings.TrimPrefix(e.Text, "path: ")
				if why, severity := unpinnedBase(address); why != "" && (p.Audit || severity != review.Low) {
					where, _, _ := strings.Cut(address, "?")
					where = anyVersion.ReplaceAllString(where, "/*$1") // another version of it is the same finding
					p.Report(review.Hit{File: file, Line: e.Line, Key: where, Severity: severity, Message: fmt.Sprintf("`%s` %s.", address, why)})
				}
			}
		}
	}),
}

// anyVersion matches a part of an address that is a version.
var anyVersion = pattern.New(`/v?\d+\.\d+(?:\.\d+)?[\w.+-]*(/|$)`)

// commitInPath matches a commit as a part of an address, as raw.githubusercontent.com
// has it: what it gives cannot change.
var commitInPath = pattern.New(`/[0-9a-f]{40}/`)

// unpinnedBase says how a remote resource moves, and how bad that is; "" where
// it does not, or is none.
func unpinnedBase(address string) (why string, severity review.Severity) {
	remote := strings.HasPrefix(address, "http://") || strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "git@") ||
		strings.HasPrefix(address, "ssh://") || strings.HasPrefix(address, "github.com/") || strings.HasPrefix(address, "git::")
	if !remote {
		return "", ""
	}
	path, query, _ := strings.Cut(address, "?")
	if strings.HasSuffix(path, ".yaml") || strings.HasSuffix(path, ".yml") || strings.HasSuffix(path, ".json") {
		for _, word := range pin.MovingNames {
			if strings.Contains(path, "/"+word+"/") {
				return "is read from `" + word + "`, which moves", review.High
			}
		}
		switch {
		case commitInPath.MatchString(path):
			return "", ""
		case anyVersion.MatchString(path):
			return "is read over HTTP: it names a version, and no digest holds what that gives", review.Low
		}
		return "is read over HTTP, and no digest holds what that gives", review.High
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return "", ""
	}
	ref := values.Get("ref")
	if ref == "" {
		ref = values.Get("version")
	}
	switch {
	case ref == "":
		return "names no ref and follows its default branch", review.High
	case pin.Moves(ref) || strings.HasPrefix(ref, "refs/heads/"):
		return "follows `" + ref + "`", review.High
	case pin.Commit.MatchString(ref):
		return "", ""
	}
	return "follows the tag `" + ref + "`, which can be moved", review.Medium
}
