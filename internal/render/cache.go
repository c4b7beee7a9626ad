package render

import (
	"bytes"
	"crypto/rand"
	"encoding/gob"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// Cache keeps renders and facts on disk, so that a restart starts warm. A
// render is found by what it was told while it was built (its trace), not by
// commit. Everything in it is redacted; a scope's entries are seen by that
// scope alone. A Cache that cannot write is slow, never wrong.
type Cache struct {
	dir   string // "" keeps nothing
	limit int64  // bytes on disk
	key   []byte // for fingerprints of secrets
	kept  kept

	mu    sync.Mutex
	books map[string]*book
	order []string // scopes of books, the least recently opened first

	trimming sync.Mutex
	written  atomic.Int64 // bytes since the last trim
}

// book is one scope's facts, by blob. On disk it is gob, which is read in a quarter of the
// time that JSON takes.
type book struct {
	Facts    map[string]task.Facts
	Mentions map[string]bool
	changed  bool
}

// NoCache keeps nothing beyond this process, and nothing of a render.
func NoCache() *Cache {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails, says crypto/rand
	return &Cache{key: key, books: map[string]*book{}}
}

// OpenCache opens the cache in dir, making it if need be; limit bounds its size
// in bytes. build names this program's build: another build's renders are not
// used.
func OpenCache(dir, build string, limit int64) (*Cache, error) {
	c := NoCache()
	c.dir, c.limit = filepath.Join(dir, task.Sum(build)), limit
	c.kept.dir = filepath.Join(c.dir, "renders")
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return nil, fmt.Errorf("open the cache: %w", err)
	}
	removeOlder(dir, c.dir)
	keyFile := filepath.Join(c.dir, "key")
	switch key, err := os.ReadFile(keyFile); {
	case err == nil && len(key) == len(c.key):
		c.key = key
	default:
		if err := c.firstKey(keyFile); err != nil {
			return nil, fmt.Errorf("open the cache: %w", err)
		}
	}
	return c, nil
}

// olderBuilds is how long the cache of another build is kept: two builds may run
// beside each other while one takes the place of the other.
const olderBuilds = 24 * time.Hour

var buildDir = regexp.MustCompile(`^[0-9a-f]{32}$`)

// removeOlder removes the caches of other builds that nobody has used for a day.
func removeOlder(dir, own string) {
	names, err := os.ReadDir(dir)
	if err != nil {
		return // there is nothing to remove
	}
	for _, name := range names {
		at := filepath.Join(dir, name.Name())
		if at == own || !name.IsDir() || !buildDir.MatchString(name.Name()) || time.Since(modTime(name)) < olderBuilds {
			continue
		}
		_ = os.RemoveAll(at) // the next start tries again
	}
	now := time.Now()
	_ = os.Chtimes(own, now, now) // says that this one is in use
}

func modTime(e fs.DirEntry) time.Time {
	info, err := e.Info()
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// firstKey writes the key; where another process was first, its key is used.
func (c *Cache) firstKey(file string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		for range 50 { // the other process writes 32 bytes right after it made the file
			if key, err := os.ReadFile(file); err == nil && len(key) == len(c.key) {
				c.key = key
				return nil
			}
			time.Sleep(2 * time.Millisecond)
		}
		return fmt.Errorf("%s is damaged: delete it", file)
	}
	if err != nil {
		return err
	}
	if _, err := f.Write(c.key); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

func factKey(id string, as task.ScanAs) string { return id + "/" + strconv.Itoa(int(as)) }

// maxFacts bounds one scope's remembered facts.
const maxFacts = 200_000

// open gives the scope's book, read from disk the first time. mu is held.
func (c *Cache) open(scope string) *book {
	if b, ok := c.books[scope]; ok {
		return b
	}
	b := &book{}
	if c.dir != "" {
		if raw, err := os.ReadFile(c.bookFile(scope)); err == nil && gob.NewDecoder(bytes.NewReader(raw)).Decode(b) != nil {
			b = &book{} // damaged: start again
		}
	}
	if b.Facts == nil || len(b.Facts) > maxFacts {
		b.Facts = map[string]task.Facts{}
	}
	if b.Mentions == nil || len(b.Mentions) > maxFacts {
		b.Mentions = map[string]bool{}
	}
	c.books[scope] = b
	c.order = append(c.order, scope)
	c.closeOldest()
	return b
}

// maxBooks bounds the books that are held in memory.
const maxBooks = 64

// closeOldest lets go of the book that was opened first, once there are too many;
// what is new in it is written. mu is held.
func (c *Cache) closeOldest() {
	for len(c.order) > maxBooks {
		scope := c.order[0]
		c.order = c.order[1:]
		c.write(scope, c.books[scope])
		delete(c.books, scope)
	}
}

func (c *Cache) bookFile(scope string) string {
	return filepath.Join(c.dir, "facts-"+task.Sum(scope))
}

func (c *Cache) facts(scope, id string, as task.ScanAs) (task.Facts, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, ok := c.open(scope).Facts[factKey(id, as)]
	return f, ok
}

func (c *Cache) remember(scope, id string, as task.ScanAs, f task.Facts) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.open(scope)
	if len(b.Facts) >= maxFacts {
		clear(b.Facts)
	}
	b.Facts[factKey(id, as)], b.changed = f, true
}

func (c *Cache) mentions(scope, id string) (mentions, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	mentions, known = c.open(scope).Mentions[id]
	return mentions, known
}

func (c *Cache) rememberMention(scope, id string, hit bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.open(scope)
	if len(b.Mentions) >= maxFacts {
		clear(b.Mentions)
	}
	b.Mentions[id], b.changed = hit, true
}

// flush writes the scope's facts where they changed.
func (c *Cache) flush(scope string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.write(scope, c.open(scope))
}

// write writes a book where it changed. mu is held.
func (c *Cache) write(scope string, b *book) {
	if c.dir == "" || !b.changed {
		return
	}
	var raw bytes.Buffer
	if gob.NewEncoder(&raw).Encode(b) == nil && writeWhole(c.bookFile(scope), raw.Bytes()) == nil {
		b.changed = false
	}
}
