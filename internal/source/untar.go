package source

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// What an OCI artifact may hold when unpacked.
const (
	maxEntries  = 50_000
	maxUnpacked = 64 << 20
	maxLink     = 4096
)

// untar unpacks a layer into a tree. Nothing is written to disk; a link's target
// is kept as text and judged by who follows it.
func untar(content []byte) (*model.Tree, error) {
	zipped, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, refuse("its layer is no gzip file")
	}
	in := tar.NewReader(io.LimitReader(zipped, maxUnpacked+1))
	files := map[string]model.Entry{}
	blobs := held{}
	var total int64
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, refuse("its layer cannot be unpacked, or is larger than %d MiB then", maxUnpacked>>20)
		}
		if len(files) >= maxEntries {
			return nil, refuse("its layer has more than %d files", maxEntries)
		}
		if total += h.Size; total > maxUnpacked {
			return nil, refuse("its layer is larger than %d MiB when unpacked", maxUnpacked>>20)
		}
		e, b, err := entry(in, h)
		if err != nil {
			return nil, err
		}
		if e.Path != "" {
			files[e.Path] = e // a later one hides an earlier one, as it does on disk
			blobs[e.ID] = b
		}
	}
	entries := make([]model.Entry, 0, len(files))
	for p, e := range files {
		for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
			if _, file := files[dir]; file {
				return nil, refuse("its layer has %q both as a file and as a directory", dir)
			}
		}
		entries = append(entries, e)
	}
	return model.NewTree("", entries, blobs), nil
}

// entry is one file or symlink; directories are implied, and what else a tar can
// hold means nothing here.
func entry(in io.Reader, h *tar.Header) (model.Entry, []byte, error) {
	name := path.Clean(strings.TrimPrefix(h.Name, "./"))
	if h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeSymlink {
		return model.Entry{}, nil, nil
	}
	if path.IsAbs(name) || name == "." || name == ".." || strings.HasPrefix(name, "../") || strings.ContainsAny(name, "\x00\\") {
		return model.Entry{}, nil, refuse("its layer has a path that leads out of it")
	}
	if h.Typeflag == tar.TypeSymlink {
		if len(h.Linkname) > maxLink {
			return model.Entry{}, nil, refuse("its layer has a link with a target that is too long")
		}
		b := []byte(h.Linkname)
		return model.Entry{Path: name, Mode: model.Symlink, Link: h.Linkname, ID: "link-" + sum(b)}, b, nil
	}
	b, err := io.ReadAll(in)
	if err != nil {
		return model.Entry{}, nil, refuse("its layer cannot be unpacked")
	}
	return model.Entry{Path: name, ID: sum(b)}, b, nil
}
