package git

import (
	"context"
	"strings"
)

// Origins are the URLs of a repository's remotes, as its configuration has them;
// none where it has none.
func (r *Repo) Origins(ctx context.Context) []string {
	out, err := command{dir: r.dir, gitDir: r.dir}.run(ctx, "config", "--get-regexp", `^remote\..*\.url$`)
	if err != nil {
		return nil // git ends with 1 where nothing matches
	}
	var urls []string
	for line := range strings.Lines(string(out)) {
		if _, url, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			urls = append(urls, url)
		}
	}
	return urls
}
