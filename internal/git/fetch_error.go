package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/seaworthy-dev/seaworthy/internal/fault"
)

var (
	// ErrNotVisible: the token does not open the repository, or it is not there;
	// GitHub does not say which.
	ErrNotVisible = errors.New("the repository cannot be read with this installation's token")
	// ErrRenamed: the repository has another name now, and redirects are not
	// followed.
	ErrRenamed = errors.New("the repository was renamed or moved")
	// ErrTooLarge: one fetch would have written more than Mirrors.MaxFetch.
	ErrTooLarge = errors.New("the repository is too large to be fetched")
	// ErrBroken: the mirror is damaged or was removed; the next Fetch makes it anew.
	ErrBroken = errors.New("the mirror is damaged")
)

// MovedError: a ref is not where it was wanted. The pull request has a newer
// head, or its branch is gone.
type MovedError struct {
	Ref  string
	Want string // commit id
	Got  string // commit id, "" when the ref is gone
}

// Error says where the ref is.
func (e *MovedError) Error() string {
	if e.Got == "" {
		return fmt.Sprintf("%s is gone; %s was wanted", e.Ref, orAny(e.Want))
	}
	return fmt.Sprintf("%s moved to %s; %s was wanted", e.Ref, e.Got, e.Want)
}

func orAny(sha string) string {
	if sha == "" {
		return "any commit"
	}
	return sha
}

// errUnknown marks a failed fetch that can be the mirror's own fault.
var errUnknown = errors.New("git fetch failed")

// fetchError says whose fault a failed fetch is. Context errors stay as they
// are.
func (r *remote) fetchError(ctx context.Context, gitDir string, err error) error {
	var failed *commandError
	if ctx.Err() != nil || !errors.As(err, &failed) {
		return err
	}
	switch meaning(failed.stderr) {
	case notVisible:
		return fault.New(fault.Operator, "GitHub does not let Seaworthy read this repository; is the App still installed on it, with contents: read?",
			fmt.Errorf("%w: %w", ErrNotVisible, err))
	case renamed:
		return fault.New(fault.GitHub, "the repository was renamed or moved while it was reviewed",
			fmt.Errorf("%w: %w", ErrRenamed, err))
	case noSuchRef:
		return err
	case noSuchObject:
		return fault.New(fault.GitHub, "GitHub does not have a file of this commit any more", err)
	case unknown:
		if !r.cutShort(gitDir) {
			return fmt.Errorf("%w: %w", errUnknown, err)
		}
		return fault.New(fault.Author, "the repository is larger than Seaworthy is allowed to fetch", fmt.Errorf("%w: %w", ErrTooLarge, err))
	case badCertificate:
		return fault.New(fault.Operator, "the certificate of the GitHub host is not trusted; is its CA configured?", err)
	case unavailable:
		return fault.New(fault.GitHub, "GitHub did not deliver the repository", err)
	}
	return err
}

// cutShort looks for a pack that reached the bound, and removes it. The kernel
// kills git's helper then, and git itself can only say that it ended.
func (r *remote) cutShort(gitDir string) bool {
	packs, _ := filepath.Glob(filepath.Join(gitDir, "objects/pack/tmp_pack_*"))
	for _, p := range packs {
		if info, err := os.Stat(p); err == nil && r.limit > 0 && info.Size() >= r.limit {
			os.Remove(p)
			return true
		}
	}
	return false
}
