package checks

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var (
	markdownLink = pattern.New(`\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)`)
	anyScheme    = pattern.New(`^[a-zA-Z][a-zA-Z0-9+.-]*:`)
	inlineCode   = pattern.New("`[^`]*`")
)

var docLinkBroken = &review.Check{
	ID: "doc-link-broken", Area: review.Docs, Severity: review.Low, Tags: []review.Tag{review.Runbooks},
	Doc: review.Doc{
		Title:  "broken link",
		What:   "Checks links in Markdown files to files and directories of the repository. Links to other sites are never opened. Links to headings, and links that leave the repository, such as `../../issues`, appear only in a separate table of the audit. If the repository makes a site of its documents (Jekyll, MkDocs, Docusaurus, Hugo, Astro, VitePress), links that begin with a slash are addresses of the site, and left alone. On a pull request it looks at the files that change.",
		Why:    "Someone who follows a runbook in an outage does not find the next page.",
		Fix:    "Correct the path.",
		Verify: "ls PATH",
		Waive:  "The documentation build creates the file.",
		Effort: "small",
		Bad:    "See [the runbook](docs/runbok.md).",
		Good:   "See [the runbook](docs/runbook.md).",
	},
	Run: review.Files(func(p *review.Pass) {
		site := sync.OnceValue(func() bool { return isSite(p) }) // looks at all paths
		for _, file := range p.Changed() {
			if ext := strings.ToLower(path.Ext(file)); ext != ".md" && ext != ".markdown" || !repo.IsDocument(file) {
				continue
			}
			fenced := false
			for i, text := range strings.Split(string(p.Read(file)), "\n") {
				if trimmed := strings.TrimSpace(text); strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~") {
					fenced = !fenced
				}
				if fenced || len(text) > 10_000 {
					continue
				}
				for _, m := range markdownLink.FindAllStringSubmatch(inlineCode.ReplaceAllString(text, ""), -1) {
					if strings.HasPrefix(m[1], "/") && site() {
						continue // a page's address, not a file's
					}
					if target := linkTarget(file, m[1]); target != "" && !p.Exists(target) {
						p.Report(review.Hit{File: file, Line: i + 1, Key: "link " + m[1], Message: fmt.Sprintf("`%s` does not exist.", target)})
					}
				}
			}
		}
	}),
}

// siteFiles are the settings of programs that make a site of documents: there a link
// that begins with a slash is an address, which the program gives.
var siteFiles = pattern.New(`(^|/)(_config\.ya?ml|mkdocs\.ya?ml|docusaurus\.config\.\w+|hugo\.(toml|ya?ml|json)|astro\.config\.\w+|\.vitepress/config\.\w+)$`)

// isSite reports whether a site is made of the repository's documents.
func isSite(p *review.Pass) bool { return slices.ContainsFunc(p.Paths(), siteFiles.MatchString) }

// linkTarget is the path in the repository that a link leads to; "" where it
// leads elsewhere, or is a template.
func linkTarget(file, link string) string {
	if anyScheme.MatchString(link) || strings.HasPrefix(link, "//") || strings.ContainsAny(link, "{}$*") {
		return ""
	}
	link, _, _ = strings.Cut(link, "#")
	link, _, _ = strings.Cut(link, "?")
	if plain, err := url.PathUnescape(link); err == nil {
		link = plain
	}
	if link == "" {
		return ""
	}
	target := path.Join(path.Dir(file), link)
	if strings.HasPrefix(link, "/") {
		target = strings.TrimPrefix(path.Clean(link), "/")
	}
	if target == ".." || strings.HasPrefix(target, "../") {
		return ""
	}
	return target
}
