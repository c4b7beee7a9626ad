package helm

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v4/pkg/chart/loader/archive"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// unpack reads a chart's package before Helm sees it. Helm's own reader bounds
// the bytes of one package, but neither the number of its files nor those of
// the packages inside.
func unpack(content []byte, left *budget) ([]*archive.BufferedFile, error) {
	zipped, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, chartInvalid("the chart's package is no gzip file: %s", err)
	}
	// Headers and padding count as well: a package of a million empty files is
	// small in bytes of content only.
	in := tar.NewReader(io.LimitReader(zipped, 2*maxChartBytes))
	var out []*archive.BufferedFile
	for {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, chartInvalid("the chart's package cannot be read: %s", err)
		}
		file, err := unpackOne(in, header, left)
		if err != nil {
			return nil, err
		}
		if file != nil {
			out = append(out, file)
		}
	}
	if len(out) == 0 {
		return nil, chartInvalid("the chart's package holds no files")
	}
	return out, nil
}

func unpackOne(in io.Reader, header *tar.Header, left *budget) (*archive.BufferedFile, error) {
	if err := left.take(max(header.Size, 0)); err != nil {
		return nil, err
	}
	if header.Typeflag != tar.TypeReg {
		return nil, nil // directories; links mean nothing inside a package
	}
	name, err := packedName(header.Name)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(in, header.Size))
	if err != nil {
		return nil, chartInvalid("the chart's package cannot be read: %s", err)
	}
	return buffered(name, content), nil
}

var drivePath = pattern.New(`^[a-zA-Z]:/`)

// packedName is a file's name below the package's one directory, as Helm has it.
func packedName(raw string) (string, error) {
	if !strings.Contains(raw, "/") { // a package that was made on Windows
		raw = strings.ReplaceAll(raw, `\`, "/")
	}
	_, name, found := strings.Cut(raw, "/")
	clean := path.Clean(name)
	switch {
	case !found, clean == ".":
		return "", chartInvalid("the chart's package holds %q outside of its directory", raw)
	case path.IsAbs(raw), path.IsAbs(name), slices.Contains(strings.Split(raw, "/"), ".."), drivePath.MatchString(clean), strings.Contains(clean, `\`):
		return "", chartInvalid("the chart's package holds the path %q, which leads out of it", raw)
	}
	return clean, nil
}

// nestedPackage is a packaged dependency, at any depth.
var nestedPackage = pattern.New(`^((?:.*/)?charts/[^_./][^/]*)\.tgz$`)

// unpackNested replaces packaged dependencies by their files, so that all of a
// chart is within one budget.
func unpackNested(files []*archive.BufferedFile, left *budget) ([]*archive.BufferedFile, error) {
	for round := 0; ; round++ {
		var out []*archive.BufferedFile
		found := false
		for _, f := range files {
			m := nestedPackage.FindStringSubmatch(f.Name)
			if m == nil {
				out = append(out, f)
				continue
			}
			found = true
			inside, err := unpack(f.Data, left)
			if err != nil {
				return nil, err
			}
			for _, i := range inside {
				i.Name = m[1] + ".unpacked/" + i.Name
				out = append(out, i)
			}
		}
		if !found {
			return out, nil
		}
		if round == maxNested {
			return nil, chartInvalid("the chart's dependencies nest deeper than %d packages", maxNested)
		}
		files = out
	}
}

// maxNested bounds packages inside packages.
const maxNested = 5
