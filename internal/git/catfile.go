package git

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
)

// catFile is one long-lived git cat-file --batch-command. It serves one caller
// at a time, and is thrown away after any error.
type catFile struct {
	cmd    *exec.Cmd
	cancel context.CancelFunc
	in     io.WriteCloser
	asking *bufio.Writer // to in
	out    *bufio.Reader
	stderr *tail
}

func startCatFile(gitDir string) (*catFile, error) {
	ctx, cancel := context.WithCancel(context.Background())
	// --buffer: git answers at "flush" only, so that all questions of a batch
	// can be written before the first answer is read.
	cmd := command{gitDir: gitDir}.build(ctx, "cat-file", "--batch-command", "--buffer")
	c := &catFile{cmd: cmd, cancel: cancel, stderr: &tail{limit: maxStderr}}
	cmd.Stderr = c.stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		cancel()
		return nil, fmt.Errorf("start git cat-file: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		cancel()
		return nil, fmt.Errorf("start git cat-file: %w", err)
	}
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("start git cat-file: %w", err)
	}
	c.in, c.asking, c.out = in, bufio.NewWriterSize(in, 64<<10), bufio.NewReaderSize(out, 64<<10)
	return c, nil
}

// stop ends the process and gives what it had to say.
func (c *catFile) stop() string {
	c.in.Close()
	c.cancel()
	// The exit status is that of the kill: nothing to learn from it.
	_ = c.cmd.Wait()
	return c.stderr.String()
}

// blobInfo is what git knows of an object without reading it.
type blobInfo struct {
	id      string
	kind    string // "blob", "" when the object is missing
	size    int64
	missing bool
}

// ask writes one command for each id and a flush.
func (c *catFile) ask(verb string, ids []string) error {
	w := c.asking
	for _, id := range ids {
		w.WriteString(verb)
		w.WriteByte(' ')
		w.WriteString(id)
		w.WriteByte('\n')
	}
	w.WriteString("flush\n")
	return w.Flush()
}

// answer reads one header line: "<id> <type> <size>" or "<id> missing".
func (c *catFile) answer(id string) (blobInfo, error) {
	line, err := c.out.ReadString('\n')
	if err != nil {
		return blobInfo{}, err
	}
	fields := strings.Fields(line)
	switch {
	case len(fields) == 2 && fields[0] == id && fields[1] == "missing":
		return blobInfo{id: id, missing: true}, nil
	case len(fields) == 3 && fields[0] == id:
		size, err := strconv.ParseInt(fields[2], 10, 64)
		if err == nil && size >= 0 {
			return blobInfo{id: id, kind: fields[1], size: size}, nil
		}
	}
	return blobInfo{}, fmt.Errorf("git cat-file answered %q for %s", line, id)
}

// info asks for kinds and sizes.
func (c *catFile) info(ids []string) ([]blobInfo, error) {
	if err := c.ask("info", ids); err != nil {
		return nil, err
	}
	infos := make([]blobInfo, 0, len(ids))
	for _, id := range ids {
		info, err := c.answer(id)
		if err != nil {
			return nil, err
		}
		infos = append(infos, info)
	}
	return infos, nil
}

// contents reads objects into out. All must be there.
func (c *catFile) contents(ids []string, limit int64, out map[string][]byte) error {
	if err := c.ask("contents", ids); err != nil {
		return err
	}
	for _, id := range ids {
		info, err := c.answer(id)
		if err != nil {
			return err
		}
		if info.missing || info.size > limit {
			return errors.New("an object changed while it was read")
		}
		if out[id], err = c.content(info.size); err != nil {
			return err
		}
	}
	return nil
}

// find gives the id of what a name leads to; "" where that is nothing.
func (c *catFile) find(name string) (string, error) {
	if err := c.ask("info", []string{name}); err != nil {
		return "", err
	}
	line, err := c.out.ReadString('\n')
	if err != nil {
		return "", err
	}
	line = strings.TrimSuffix(line, "\n")
	if line == name+" missing" || line == name+" ambiguous" {
		return "", nil
	}
	if fields := strings.Fields(line); len(fields) == 3 && objectID(fields[0]) {
		return fields[0], nil
	}
	return "", fmt.Errorf("git cat-file answered %q for %s", line, name)
}

// maxTree bounds one tree object, 64 MiB: a directory of a million files.
const maxTree = 64 << 20

// trees reads tree objects into out, and gives the ids of those that are not there.
func (c *catFile) trees(ids []string, out map[string][]byte) (missing []string, err error) {
	if err := c.ask("contents", ids); err != nil {
		return nil, err
	}
	for _, id := range ids {
		info, err := c.answer(id)
		switch {
		case err != nil:
			return nil, err
		case info.missing:
			missing = append(missing, id)
			continue
		case info.kind != "tree":
			return nil, fmt.Errorf("object %s is a %s and no tree", id, info.kind)
		case info.size > maxTree:
			return nil, fmt.Errorf("the tree object %s has %d bytes, %d is the limit", id, info.size, int64(maxTree))
		}
		if out[id], err = c.content(info.size); err != nil {
			return nil, err
		}
	}
	return missing, nil
}

// content reads what follows a header.
func (c *catFile) content(size int64) ([]byte, error) {
	content := make([]byte, size)
	if _, err := io.ReadFull(c.out, content); err != nil {
		return nil, err
	}
	_, err := c.out.Discard(1)
	return content, err
}
