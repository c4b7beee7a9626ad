package git

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// Mirrors are bare, blobless copies of repositories on disk, one for each
// tenant and repository. Several processes may share the directory.
type Mirrors struct {
	Dir      string // made when needed, readable by its owner alone
	MaxBytes int64  // over this the least recently used mirrors are removed; 0 is no bound
	MaxFetch int64  // bytes that one fetch may write; 0 is DefaultMaxFetch
}

// DefaultMaxFetch is far over what a repository of manifests has.
const DefaultMaxFetch = 4 << 30

// FetchRequest says what a mirror must have.
type FetchRequest struct {
	Tenant     string // the installation: tenants share nothing
	Repository string // a key that outlives a rename, such as GitHub's repository id
	URL        string // https, without credentials
	Token      string // sent to the URL's host alone; "" for none
	CAFile     string // PEM certificates; "" for the system's
	User       string // goes with the token; "" is GitHub's for an App
	Proxy      string // http://host:port that every connection goes through; "" for none
	Wants      []Want
}

// Want is a ref that must be fetched: refs/heads/main, refs/pull/7/head.
type Want struct {
	Ref string
	SHA string // the commit that the ref must be at; "" accepts any
	// Behind accepts a ref that has moved on, while SHA is still in its history.
	Behind bool
}

// remoteName is git's name for where a mirror comes from.
const remoteName = "origin"

var refName = pattern.New(`^refs/[A-Za-z0-9]`)

func (q FetchRequest) check() error {
	if q.Tenant == "" || q.Repository == "" || len(q.Wants) == 0 {
		return errors.New("a fetch needs a tenant, a repository and a ref")
	}
	for _, w := range q.Wants {
		if !refName.MatchString(w.Ref) || strings.ContainsAny(w.Ref, ":*?[\\^~ \t\r\n\x00") || strings.Contains(w.Ref, "..") {
			return fmt.Errorf("%q is no ref", w.Ref)
		}
		if w.SHA != "" && !objectID(w.SHA) {
			return fmt.Errorf("%q is no commit id", w.SHA)
		}
	}
	return nil
}

// Fetch brings a mirror up to date and gives it, open. What was fetched are the
// commits asked for, or the error is a *MovedError. Blobs are not fetched: see
// Prefetch. A damaged mirror is removed and fetched once more.
func (m *Mirrors) Fetch(ctx context.Context, q FetchRequest) (*Repo, error) {
	if err := q.check(); err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	from, err := q.remote()
	if err != nil {
		return nil, err
	}
	from.limit = cmp.Or(m.MaxFetch, DefaultMaxFetch)
	at := m.place(q.Tenant, q.Repository)
	locks, err := at.lock(ctx)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: lock mirror: %w", q.Repository, err)
	}
	defer locks.releaseFetch()
	at.tidy(ctx, locks)
	tips, err := at.fetch(ctx, from, q.Wants)
	if errors.Is(err, errUnknown) && ctx.Err() == nil {
		if err := os.RemoveAll(at.gitDir()); err != nil {
			locks.releaseUse()
			return nil, fmt.Errorf("remove damaged mirror of %s: %w", q.Repository, err)
		}
		tips, err = at.fetch(ctx, from, q.Wants)
	}
	if err != nil {
		locks.releaseUse()
		return nil, fmt.Errorf("fetch %s: %w", q.Repository, err)
	}
	r := newRepo(at.gitDir())
	r.remote, r.at, r.broken = from, tips, at.broken()
	r.closed = append([]func(){locks.releaseUse}, r.closed...)
	m.prune(at)
	return r, nil
}

// place is one mirror's directory. Its own name holds no text from outside.
type place struct{ dir string }

func (m *Mirrors) place(tenant, repository string) place {
	return place{filepath.Join(m.Dir, digest(tenant), digest(repository))}
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:12])
}

func (p place) gitDir() string { return filepath.Join(p.dir, "mirror.git") }

// broken is a mark that a reader left: the objects cannot be read.
func (p place) broken() string { return filepath.Join(p.dir, "broken") }

// localRef is the mirror's own name of a ref: flat, since a branch "a" may go
// and "a/b" come.
func localRef(ref string) string { return "refs/wanted/" + digest(ref) }

// fetch is one git fetch of all wanted refs, and the check of what came.
func (p place) fetch(ctx context.Context, from *remote, wants []Want) (map[string]string, error) {
	if err := p.create(ctx); err != nil {
		return nil, err
	}
	args := []string{"fetch", "--quiet", "--force", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head",
		"--no-auto-maintenance", "--filter=blob:none", remoteName}
	for _, w := range wants {
		args = append(args, "+"+w.Ref+":"+localRef(w.Ref))
	}
	_, err := command{gitDir: p.gitDir(), remote: from}.run(ctx, args...)
	if err != nil {
		return nil, p.explain(ctx, from, wants, err)
	}
	reader := newRepo(p.gitDir())
	defer reader.Close()
	tips := make(map[string]string, len(wants))
	for _, w := range wants {
		tip, err := reader.Resolve(ctx, localRef(w.Ref))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errUnknown, err)
		}
		if err := reader.holds(ctx, w, tip); err != nil {
			return nil, err
		}
		tips[w.Ref] = tip
	}
	return tips, nil
}

// explain turns a ref that is gone into a *MovedError.
func (p place) explain(ctx context.Context, from *remote, wants []Want, err error) error {
	var failed *commandError
	if errors.As(err, &failed) && meaning(failed.stderr) == noSuchRef {
		for _, w := range wants {
			if strings.Contains(failed.stderr, "couldn't find remote ref "+w.Ref) {
				return &MovedError{Ref: w.Ref, Want: w.SHA}
			}
		}
	}
	return from.fetchError(ctx, p.gitDir(), err)
}

// holds checks one fetched ref against what was wanted.
func (r *Repo) holds(ctx context.Context, w Want, tip string) error {
	if w.SHA == "" || tip == w.SHA {
		return nil
	}
	if w.Behind {
		if _, err := r.Resolve(ctx, w.SHA); err == nil {
			past, err := r.Ancestor(ctx, w.SHA, tip)
			if err != nil || past {
				return err
			}
		}
	}
	return &MovedError{Ref: w.Ref, Want: w.SHA, Got: tip}
}

// create makes an empty mirror where there is none.
func (p place) create(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(p.gitDir(), "HEAD")); err == nil {
		return nil
	}
	if err := os.RemoveAll(p.gitDir()); err != nil {
		return fmt.Errorf("make mirror: %w", err)
	}
	if _, err := (command{}).run(ctx, "init", "--quiet", "--bare", "--template=", p.gitDir()); err != nil {
		return fmt.Errorf("make mirror: %w", err)
	}
	return nil
}

// tidy removes what a reader found damaged and what killed fetches left, and
// joins packs when there are many. It must hold the fetch lock; what others
// could be reading is touched only when there are no others.
func (p place) tidy(ctx context.Context, locks *locks) {
	if _, err := os.Stat(p.broken()); err == nil {
		os.RemoveAll(p.gitDir())
		os.Remove(p.broken())
		return
	}
	packs, _ := filepath.Glob(filepath.Join(p.gitDir(), "objects/pack/*.pack"))
	left, _ := filepath.Glob(filepath.Join(p.gitDir(), "objects/pack/tmp_*"))
	if len(left) == 0 && len(packs) <= maxPacks || !locks.alone() {
		return
	}
	for _, f := range left {
		os.Remove(f)
	}
	if len(packs) > maxPacks {
		ctx, cancel := context.WithTimeout(ctx, repackTime)
		defer cancel()
		c := command{gitDir: p.gitDir(), config: promisorConfig}
		// A failure leaves the mirror as it was, only slower.
		_, _ = c.run(ctx, "repack", "-a", "-d", "--quiet")
	}
	locks.shared()
}

const (
	// maxPacks is git's own gc.autoPackLimit.
	maxPacks   = 50
	repackTime = 2 * time.Minute
)

// promisorConfig tells a repack that missing blobs are meant to be missing.
var promisorConfig = []string{"remote." + remoteName + ".promisor=true", "remote." + remoteName + ".partialclonefilter=blob:none"}
