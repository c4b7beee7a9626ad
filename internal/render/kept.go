package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// kept are the renders on disk: a directory for the first two digits of a target's
// sum, and in it a file for each render, named by the target's sum and by a sum of its
// own. A directory is listed once: what another process adds later is not found, and
// is rendered again.
type kept struct {
	dir string

	mu     sync.Mutex
	listed map[string]map[string][]string // by the two digits, by target: its files, the latest added first

	buffers sync.Pool // of *bytes.Buffer: what a file is read into
}

// perTarget is how many renders of one target are kept.
const perTarget = 4

// of gives a target's files. mu is held.
func (k *kept) of(target string) []string {
	shelf := target[:2]
	files, ok := k.listed[shelf]
	if !ok {
		files = map[string][]string{}
		names, _ := os.ReadDir(filepath.Join(k.dir, shelf)) // there may be none yet
		for _, name := range names {
			if of, _, ok := strings.Cut(name.Name(), "-"); ok {
				files[of] = append(files[of], name.Name())
			}
		}
		if k.listed == nil {
			k.listed = map[string]map[string][]string{}
		}
		k.listed[shelf] = files
	}
	return files[target]
}

// files gives the paths of a target's files.
func (k *kept) files(target string) []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := slices.Clone(k.of(target))
	for i, name := range out {
		out[i] = filepath.Join(k.dir, target[:2], name)
	}
	return out
}

// add writes a file of a target, and removes the least recently used of too many. What
// cannot be written is not kept.
func (k *kept) add(target, own string, parts ...[]byte) {
	dir, name := filepath.Join(k.dir, target[:2]), target+"-"+own
	err := writeWhole(filepath.Join(dir, name), parts...)
	if errors.Is(err, fs.ErrNotExist) && os.MkdirAll(dir, 0o700) == nil {
		err = writeWhole(filepath.Join(dir, name), parts...)
	}
	if err != nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	names := k.of(target)
	if !slices.Contains(names, name) {
		names = slices.Insert(names, 0, name)
	}
	if len(names) > perTarget {
		used := func(name string) time.Time {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				return time.Time{}
			}
			return info.ModTime()
		}
		slices.SortStableFunc(names, func(a, b string) int { return used(b).Compare(used(a)) })
		for _, old := range names[perTarget:] {
			_ = os.Remove(filepath.Join(dir, old)) // another process may have been faster
		}
		names = names[:perTarget]
	}
	k.listed[target[:2]][target] = names
}

// A kept render is a file of its work's sum in one line, the length of the trace and
// the checksum of what was built (four bytes each, big endian), the trace, and what was
// built.

// keptHead is how long the two numbers are.
const keptHead = 8

var castagnoli = crc32.MakeTable(crc32.Castagnoli) // processors have an instruction for it

// parseEntry gives the parts of such a file; the trace is nil where the file is of
// other work, or damaged.
func parseEntry(raw []byte, sum string) (trace sandbox.Trace, body []byte) {
	head, rest, ok := bytes.Cut(raw, []byte("\n"))
	if !ok || string(head) != sum || len(rest) < keptHead {
		return nil, nil
	}
	n, check := int(binary.BigEndian.Uint32(rest)), binary.BigEndian.Uint32(rest[4:])
	if rest = rest[keptHead:]; n > len(rest) || crc32.Checksum(rest[n:], castagnoli) != check || trace.UnmarshalBinary(rest[:n]) != nil {
		return nil, nil
	}
	return trace, rest[n:]
}

// find hands on a remembered render of the same work whose trace holds in its trees, and
// gives that trace; nil where there is none, or take refuses it. What take is handed is
// overwritten afterwards.
func (c *Cache) find(scope string, w work, take func(body []byte) error) sandbox.Trace {
	if c.dir == "" {
		return nil
	}
	content, _ := c.kept.buffers.Get().(*bytes.Buffer)
	if content == nil {
		content = &bytes.Buffer{}
	}
	defer c.kept.buffers.Put(content)
	for _, file := range c.kept.files(task.Sum(scope, w.target)) {
		used, err := readKept(file, content)
		if err != nil {
			continue
		}
		trace, body := parseEntry(content.Bytes(), w.sum)
		if len(trace) == 0 || !trace.Holds(w.trees...) {
			continue
		}
		if now := time.Now(); now.Sub(used) > usedWithin {
			_ = os.Chtimes(file, now, now) // only the order of removal depends on it
		}
		if take(body) == nil { // what is damaged is built anew
			return trace
		}
	}
	return nil
}

// usedWithin is how exactly it is known when a file was used.
const usedWithin = 10 * time.Minute

// readKept reads a file into content, and says when it was last used.
func readKept(file string, content *bytes.Buffer) (used time.Time, err error) {
	f, err := os.Open(file)
	if err != nil {
		return used, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return used, err
	}
	content.Reset()
	content.Grow(int(info.Size()) + bytes.MinRead) // as much as ReadFrom wants to have free
	_, err = io.CopyN(content, f, info.Size())     // it is there whole
	return info.ModTime(), err
}

// store remembers a render. Problems of the sandbox (time, memory) are not kept
// by the caller.
func (c *Cache) store(scope string, w work, trace sandbox.Trace, body []byte) {
	if c.dir == "" {
		return
	}
	told, err := trace.MarshalBinary()
	if err != nil {
		return
	}
	head := binary.BigEndian.AppendUint32([]byte(w.sum+"\n"), uint32(len(told)))
	head = binary.BigEndian.AppendUint32(head, crc32.Checksum(body, castagnoli))
	head = append(head, told...)
	sum := sha256.Sum256(head)
	c.kept.add(task.Sum(scope, w.target), hex.EncodeToString(sum[:8]), head, body)
	if c.written.Add(int64(len(head)+len(body))) > c.limit/trimAfter && c.trimming.TryLock() {
		defer c.trimming.Unlock()
		c.written.Store(0)
		_ = c.Trim() // the next one tries again
	}
}

// trimAfter is the part of the limit that is written between two trims: the cache
// is over its limit by that much at most.
const trimAfter = 8

// writeWhole writes a file that is there whole or not at all.
func writeWhole(file string, parts ...[]byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".new-*")
	if err != nil {
		return err
	}
	for _, part := range parts {
		if err == nil {
			_, err = f.Write(part)
		}
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error is what counts
	}
	return err
}

// Tidy trims a cache that has grown since the last time.
func (c *Cache) Tidy() error {
	if c.written.Swap(0) == 0 {
		return nil
	}
	return c.Trim()
}

// Trim removes the least recently used renders until the cache fits its limit.
func (c *Cache) Trim() error {
	if c.dir == "" {
		return nil
	}
	type file struct {
		path string
		size int64
		used time.Time
	}
	var files []file
	var total int64
	err := filepath.WalkDir(c.kept.dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // gone meanwhile, or not there yet
		}
		if info, err := d.Info(); err == nil {
			files = append(files, file{p, info.Size(), info.ModTime()})
			total += info.Size()
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("trim the cache: %w", err)
	}
	sort.Slice(files, func(i, j int) bool { return files[i].used.Before(files[j].used) })
	for _, f := range files {
		if total <= c.limit {
			break
		}
		if os.Remove(f.path) == nil {
			total -= f.size
		}
	}
	return nil
}
