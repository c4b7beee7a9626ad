package git

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	conc "github.com/sourcegraph/conc/pool"
)

const (
	// poolSize is how many git cat-file a repository keeps: one reads while
	// another's answer is taken in.
	poolSize = 2
	// batchSize bounds the questions that git holds in memory at once.
	batchSize = 8192
	// manyTrees are as many directories as it takes to start another process for.
	manyTrees = 400
	// readLimit bounds the bytes of one Read's answer.
	readLimit = 1 << 30
)

// MissingError: objects that a Read asked for are not in the repository.
type MissingError struct {
	IDs     []string
	Partial bool // the repository was cloned with a filter
}

// Error names the first of the objects, or what has to be fetched.
func (e *MissingError) Error() string {
	if e.Partial {
		return unfilter
	}
	if len(e.IDs) == 1 {
		return "object " + e.IDs[0] + " is not in the repository"
	}
	return fmt.Sprintf("%d objects are not in the repository, the first is %s", len(e.IDs), e.IDs[0])
}

// Read gives blobs by id. Those over the file limit are left out without being
// read. What a mirror does not have yet is fetched in one request; elsewhere it
// is a *MissingError.
func (r *Repo) Read(ctx context.Context, ids []string) (map[string][]byte, error) {
	out, left := r.kept.find(ids)
	if len(left) == 0 {
		return out, nil
	}
	read, err := r.read(ctx, left)
	if err != nil {
		return read, err
	}
	r.kept.add(read)
	maps.Copy(out, read)
	return out, nil
}

// kept are small blobs that were read: the targets of a repository share bases, and
// both sides of a change most files.
type kept struct {
	mu    sync.Mutex
	blobs map[string][]byte
	size  int // bytes of those
}

const (
	// keptSize bounds the blobs that are kept, 32 MiB; over it, they are dropped.
	keptSize = 32 << 20
	// keptEach bounds one of them, 256 KiB.
	keptEach = 256 << 10
)

// find gives what is kept, and the ids of what is not.
func (k *kept) find(ids []string) (found map[string][]byte, left []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	found = make(map[string][]byte, len(ids))
	for _, id := range ids {
		if content, ok := k.blobs[id]; ok {
			found[id] = content
		} else {
			left = append(left, id)
		}
	}
	return found, left
}

func (k *kept) add(blobs map[string][]byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for id, content := range blobs {
		if len(content) > keptEach {
			continue
		}
		if k.blobs == nil || k.size+len(content) > keptSize {
			k.blobs, k.size = map[string][]byte{}, 0
		}
		k.blobs[id], k.size = slices.Clip(content), k.size+len(content)
	}
}

func (r *Repo) read(ctx context.Context, ids []string) (map[string][]byte, error) {
	out, err := r.pool.read(ctx, ids)
	var missing *MissingError
	if r.remote == nil || !errors.As(err, &missing) {
		return out, r.noteBroken(ctx, r.lacks(ctx, err))
	}
	if err := r.fetchObjects(ctx, missing.IDs); err != nil {
		return nil, fmt.Errorf("fetch missing objects: %w", err)
	}
	out, err = r.pool.read(ctx, ids)
	if errors.As(err, &missing) {
		// git holds them for fetched, and cannot read them.
		err = fmt.Errorf("%w: %w", errCatFile, err)
	}
	return out, r.noteBroken(ctx, err)
}

// pool is a repository's git cat-file processes, started when needed.
type pool struct {
	gitDir    string
	fileLimit int64
	slots     chan struct{} // one for each process that may be in use
	done      chan struct{}
	mu        sync.Mutex
	idle      []*catFile // those that run and are not in use
	closeOnce sync.Once
}

func newPool(gitDir string) *pool {
	return &pool{gitDir: gitDir, fileLimit: DefaultFileLimit, slots: make(chan struct{}, poolSize), done: make(chan struct{})}
}

// take gives a process that runs; nil where none is idle.
func (p *pool) take() (c *catFile) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.idle); n > 0 {
		c, p.idle = p.idle[n-1], p.idle[:n-1]
	}
	return c
}

func (p *pool) put(c *catFile) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, c)
}

// close waits for reads under way, and ends the processes.
func (p *pool) close() {
	p.closeOnce.Do(func() {
		close(p.done)
		for range poolSize {
			p.slots <- struct{}{}
			if c := p.take(); c != nil {
				c.stop()
			}
		}
	})
}

// use hands a running process to f. After an error of f the process is stopped,
// because answers may still be on their way out of it; when it had died, which
// an earlier removal of the repository's packs can cause, f gets a fresh one.
func (p *pool) use(ctx context.Context, f func(*catFile) error) error {
	select {
	case <-p.done:
		return errClosed
	default:
	}
	select {
	case <-p.done:
		return errClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	case p.slots <- struct{}{}:
	}
	c := p.take()
	defer func() {
		if c != nil {
			p.put(c)
		}
		<-p.slots
	}()
	reused := c != nil
	for {
		if c == nil {
			fresh, err := startCatFile(p.gitDir)
			if err != nil {
				return err
			}
			c = fresh
		}
		release := context.AfterFunc(ctx, c.cancel)
		err := f(c)
		release()
		if err == nil && ctx.Err() == nil {
			return nil
		}
		said := c.stop()
		c = nil
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !reused {
			return catFileError(err, said)
		}
		reused = false
	}
}

// errCatFile: the process itself failed, and the objects with it.
var errCatFile = errors.New("git cat-file failed")

// catFileError finds out why a process died. In a partial clone that is not
// ours, git ends with the first object that it may not fetch.
func catFileError(err error, said string) error {
	if id, ok := couldNotFetch(said); ok {
		return &MissingError{IDs: []string{id}}
	}
	if said != "" {
		return fmt.Errorf("%w: %w (%s)", errCatFile, err, strings.ReplaceAll(said, "\n", "; "))
	}
	return fmt.Errorf("%w: %w", errCatFile, err)
}

func couldNotFetch(said string) (id string, ok bool) {
	_, rest, _ := strings.Cut(said, "could not fetch ")
	id, _, _ = strings.Cut(rest, " ")
	return id, objectID(id)
}

func (p *pool) read(ctx context.Context, ids []string) (map[string][]byte, error) {
	ids, err := distinct(ids)
	if err != nil {
		return nil, err
	}
	wanted, err := p.choose(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[string][]byte, len(wanted))
	for batch := range batches(wanted) {
		err := p.use(ctx, func(c *catFile) error { return c.contents(batch, p.fileLimit, out) })
		if err != nil {
			return nil, fmt.Errorf("read blobs: %w", err)
		}
	}
	return out, nil
}

// choose asks for kinds and sizes first, so that what is too large is never
// read, by git or by us.
func (p *pool) choose(ctx context.Context, ids []string) ([]string, error) {
	var wanted, missing []string
	var total int64
	for batch := range batches(ids) {
		var infos []blobInfo
		err := p.use(ctx, func(c *catFile) (err error) {
			infos, err = c.info(batch)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read blobs: %w", err)
		}
		for _, info := range infos {
			switch {
			case info.missing:
				missing = append(missing, info.id)
			case info.kind != "blob":
				return nil, fmt.Errorf("read blobs: object %s is a %s", info.id, info.kind)
			case info.size <= p.fileLimit:
				wanted = append(wanted, info.id)
				total += info.size
			}
		}
	}
	if len(missing) > 0 {
		return nil, &MissingError{IDs: missing}
	}
	if total > readLimit {
		return nil, fmt.Errorf("read blobs: %d bytes were asked for at once, %d is the limit", total, readLimit)
	}
	return wanted, nil
}

// find gives the id of what a name leads to; "" where that is nothing. The name goes
// to git as a line.
func (p *pool) find(ctx context.Context, name string) (id string, err error) {
	err = p.use(ctx, func(c *catFile) (err error) {
		id, err = c.find(name)
		return err
	})
	return id, err
}

// trees reads tree objects.
func (p *pool) trees(ctx context.Context, ids []string) (map[string][]byte, error) {
	ids, err := distinct(ids)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	out := make(map[string][]byte, len(ids))
	var missing []string
	work := conc.New().WithContext(ctx).WithCancelOnError().WithFirstError().WithMaxGoroutines(poolSize)
	for part := range slices.Chunk(ids, min(max(manyTrees, (len(ids)+poolSize-1)/poolSize), batchSize)) {
		work.Go(func(ctx context.Context) error {
			read := make(map[string][]byte, len(part))
			var gone []string
			err := p.use(ctx, func(c *catFile) (err error) {
				gone, err = c.trees(part, read)
				return err
			})
			mu.Lock()
			defer mu.Unlock()
			maps.Copy(out, read)
			missing = append(missing, gone...)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return nil, fmt.Errorf("read directories: %w", err)
	}
	if len(missing) > 0 {
		return nil, &MissingError{IDs: missing}
	}
	return out, nil
}

// distinct drops repeats, and refuses what is no object id: the ids go to git
// as lines.
func distinct(ids []string) ([]string, error) {
	seen := make(map[string]bool, len(ids))
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		if !objectID(id) {
			return nil, fmt.Errorf("read blobs: %q is no object id", id)
		}
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out, nil
}

func batches(ids []string) func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		for len(ids) > 0 {
			n := min(len(ids), batchSize)
			if !yield(ids[:n]) {
				return
			}
			ids = ids[n:]
		}
	}
}
