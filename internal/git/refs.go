package git

import (
	"context"
	"fmt"
	"strings"
)

// Refs are the names that a remote repository has.
type Refs struct {
	Head  string   // the default branch, as refs/heads/main; "" where there is none
	Names []string // full names of branches and tags
}

// RemoteRefs asks a remote for its refs and fetches nothing.
func RemoteRefs(ctx context.Context, q FetchRequest) (Refs, error) {
	from, err := q.remote()
	if err != nil {
		return Refs{}, err
	}
	out, err := command{remote: from}.run(ctx, "ls-remote", "--quiet", "--symref", remoteName, "HEAD", "refs/heads/*", "refs/tags/*")
	if err != nil {
		return Refs{}, fmt.Errorf("list refs: %w", from.fetchError(ctx, "", err))
	}
	var refs Refs
	for line := range strings.Lines(string(out)) {
		value, name, ok := strings.Cut(strings.TrimRight(line, "\n"), "\t")
		switch {
		case !ok || strings.HasSuffix(name, "^{}"):
		case name == "HEAD":
			if head, symbolic := strings.CutPrefix(value, "ref: "); symbolic {
				refs.Head = head
			}
		default:
			refs.Names = append(refs.Names, name)
		}
	}
	return refs, nil
}
