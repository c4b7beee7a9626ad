package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/audit"
	"github.com/seaworthy-dev/seaworthy/internal/job"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/report"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/web"
)

// writeHTML writes the page of a review as one file, with a map of the head.
func writeHTML(out io.Writer, c job.Change, r *review.Report, head *model.Snapshot) error {
	f := web.File{Page: report.PageOf(r)}
	f.Page.Draw(audit.Take(head))
	f.Links.Repository, f.Repository = gitHubPageOf(c.Origins)
	return f.Write(out)
}

// gitHubPageOf is gitHubPage of the first of a repository's URLs that has one.
func gitHubPageOf(origins []string) (page, name string) {
	for _, origin := range origins {
		if page, name = gitHubPage(origin); page != "" {
			return page, name
		}
	}
	return "", ""
}

// gitHubPage is the page of a repository of GitHub, by the URL from which git
// fetches it, and its owner/name; "" where it is of no GitHub, as far as its host
// tells.
func gitHubPage(origin string) (page, name string) {
	if host, path, ok := strings.Cut(strings.TrimPrefix(origin, "git@"), ":"); ok && !strings.Contains(origin, "://") {
		origin = "https://" + host + "/" + path
	}
	u, err := url.Parse(origin)
	if err != nil {
		return "", ""
	}
	host := u.Hostname()
	if !strings.Contains(host, "github") && !strings.HasSuffix(host, ".ghe.com") {
		return "", ""
	}
	name = strings.TrimSuffix(strings.Trim(u.Path, "/"), ".git")
	if strings.Count(name, "/") != 1 {
		return "", ""
	}
	return "https://" + host + "/" + name, name
}

// openFile shows a file, or an address, in the browser of whoever sits here.
func openFile(ctx context.Context, name string) error {
	command := map[string][]string{"darwin": {"open"}, "windows": {"rundll32", "url.dll,FileProtocolHandler"}}[runtime.GOOS]
	if command == nil {
		command = []string{"xdg-open"}
	}
	cmd := exec.CommandContext(ctx, command[0], append(command[1:], name)...)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("no browser opens %s here (%s: %w); open the file yourself", name, command[0], err)
	}
	return nil
}

// pageFile makes a file for a page to be opened; it is left for the browser.
func pageFile() (string, error) {
	f, err := os.CreateTemp("", "seaworthy-*.html")
	if err != nil {
		return "", fmt.Errorf("make a file for the page: %w", err)
	}
	return f.Name(), f.Close()
}
