package helm

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chartv2 "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/ignore"
)

// ChartFiles says where a chart is: a directory or a package of a tree.
type ChartFiles struct {
	Files *sandbox.Files
	// Path is the chart's directory or its package: model.ChartFile in the tree
	// of a chart that was fetched from a Helm repository.
	Path string
	// Packaged: the tree is the one of a Helm repository's chart. Values files
	// are then the chart's own; else they are relative to the tree's root, as
	// source-controller reads them.
	Packaged bool
	// Fetched are charts that were fetched for a directory that lacks them.
	Fetched []Fetched
	// Locked: who fetches dependencies that lack refuses a lock file that is out of step.
	Locked bool
	// Reviewed: the tree is the repository under review, so that problems can
	// point at its lines.
	Reviewed bool
}

// What a chart may hold when unpacked, its dependencies included.
const (
	maxChartFiles = 20_000
	maxChartBytes = 64 << 20
	maxChartDepth = 32
)

// budget is what is left of the limits of one chart.
type budget struct {
	files int
	bytes int64
}

func newBudget() *budget { return &budget{files: maxChartFiles, bytes: maxChartBytes} }

func (b *budget) take(size int64) error {
	if b.files--; b.files < 0 {
		return &model.Problem{Class: model.TooLarge, Message: fmt.Sprintf("the chart has more than %d files", maxChartFiles)}
	}
	if b.bytes -= size; b.bytes < 0 {
		return &model.Problem{Class: model.TooLarge, Message: fmt.Sprintf("the chart is larger than %d MiB when unpacked", maxChartBytes>>20)}
	}
	return nil
}

func chartInvalid(format string, args ...any) *model.Problem {
	return &model.Problem{Class: model.ChartInvalid, Message: fmt.Sprintf(format, args...)}
}

// load reads the chart; a directory's dependencies that lie in the tree are
// added as source-controller adds them when it packages the chart.
func (c ChartFiles) load() (*chartv2.Chart, error) {
	left := newBudget()
	ch, err := c.loadAt(c.Path, left)
	if err != nil {
		return nil, err
	}
	if c.Files.IsDir(c.Path) {
		if err := c.step(ch); err != nil {
			return nil, err
		}
		if err := c.addLocal(ch, left); err != nil {
			return nil, err
		}
		if err := c.addFetched(ch, left); err != nil {
			return nil, err
		}
	}
	return ch, nil
}

func (c ChartFiles) loadNew(at string, left *budget) (*chartv2.Chart, error) {
	var files []*archive.BufferedFile
	n := c.Files.Node(at)
	var err error
	switch n.Type {
	case sandbox.IsDir:
		files, err = c.directory(at, left)
	case sandbox.IsFile:
		files, err = unpack(n.Content, left)
	case sandbox.IsTooLarge:
		return nil, &model.Problem{Class: model.TooLarge, Message: fmt.Sprintf("the chart `%s` is too large to be read", at)}
	case sandbox.IsOutside:
		return nil, &model.Problem{Class: model.PathOutside, Message: fmt.Sprintf("the chart `%s` leads out of its repository", at)}
	default:
		return nil, &model.Problem{Class: model.MissingDir, Message: fmt.Sprintf("there is no chart at `%s`", at)}
	}
	if err != nil {
		return nil, err
	}
	if files, err = unpackNested(files, left); err != nil {
		return nil, err
	}
	ch, err := loader.LoadFiles(files)
	if err != nil {
		return nil, c.invalid(at, err)
	}
	return ch, nil
}

func (c ChartFiles) invalid(at string, err error) *model.Problem {
	p := chartInvalid("%s cannot be loaded: %s", c.name(at), oneLine(err.Error()))
	if c.Reviewed && c.Files.IsDir(at) {
		p.Location = at1(path.Join(at, "Chart.yaml"))
	}
	return p
}

// name is what people call the chart at a path.
func (c ChartFiles) name(at string) string {
	if c.Packaged {
		return "the chart"
	}
	return "the chart `" + at + "`"
}

func at1(file string) *model.Position {
	return &model.Position{File: file, Line: 1, EndLine: 1, Precision: model.AtFile}
}

// directory reads a chart's directory as Helm does: .helmignore holds, and
// symlinks are followed, out of the chart too, but not out of the tree.
func (c ChartFiles) directory(dir string, left *budget) ([]*archive.BufferedFile, error) {
	rules := ignore.Empty()
	if n := c.Files.Node(path.Join(dir, ignore.HelmIgnore)); n.Type == sandbox.IsFile {
		parsed, err := ignore.Parse(bytes.NewReader(n.Content))
		if err != nil {
			return nil, chartInvalid("`%s` cannot be read: %s", path.Join(dir, ignore.HelmIgnore), err)
		}
		rules = parsed
	}
	rules.AddDefaults()
	w := chartWalk{files: c.Files, top: dir, rules: rules, left: left}
	if err := w.walk("", 0); err != nil {
		return nil, err
	}
	return w.out, nil
}

type chartWalk struct {
	files *sandbox.Files
	top   string
	rules *ignore.Rules
	left  *budget
	out   []*archive.BufferedFile
}

func (w *chartWalk) walk(rel string, depth int) error {
	if depth > maxChartDepth {
		return chartInvalid("the chart `%s` nests deeper than %d directories", w.top, maxChartDepth)
	}
	for _, base := range w.files.List(path.Join(w.top, rel)) {
		name := path.Join(rel, base)
		full := path.Join(w.top, name)
		n := w.files.Node(full)
		if w.rules.Ignore(name, entryInfo{base, n.Type == sandbox.IsDir}) {
			continue
		}
		switch n.Type {
		case sandbox.IsDir:
			if err := w.left.take(0); err != nil {
				return err
			}
			if err := w.walk(name, depth+1); err != nil {
				return err
			}
		case sandbox.IsFile:
			if err := w.left.take(int64(len(n.Content))); err != nil {
				return err
			}
			w.out = append(w.out, buffered(name, n.Content))
		case sandbox.IsTooLarge:
			return &model.Problem{Class: model.TooLarge, Message: fmt.Sprintf("`%s` is too large to be read", full)}
		case sandbox.IsOutside:
			return &model.Problem{Class: model.PathOutside, Message: fmt.Sprintf("`%s` leads out of its repository", full)}
		default:
			return chartInvalid("`%s` is a link that leads nowhere", full)
		}
	}
	return nil
}

// File gives a file of a packaged chart, by its path in the chart. One that is not there
// is model.ErrNotExist.
func (c ChartFiles) File(name string) ([]byte, error) {
	content, err := c.Files.Read(c.Path)
	if err != nil {
		return nil, err
	}
	files, err := unpack(content, newBudget())
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if f.Name == path.Clean(name) {
			return f.Data, nil
		}
	}
	return nil, model.ErrNotExist
}

var byteOrderMark = []byte{0xEF, 0xBB, 0xBF}

func buffered(name string, content []byte) *archive.BufferedFile {
	return &archive.BufferedFile{Name: name, Data: bytes.TrimPrefix(content, byteOrderMark)}
}

// entryInfo is what Helm's ignore rules ask of a file.
type entryInfo struct {
	name string
	dir  bool
}

func (e entryInfo) Name() string       { return e.name }
func (e entryInfo) Size() int64        { return 0 }
func (e entryInfo) Mode() fs.FileMode  { return 0 }
func (e entryInfo) ModTime() time.Time { return time.Time{} }
func (e entryInfo) IsDir() bool        { return e.dir }
func (e entryInfo) Sys() any           { return nil }

// oneLine makes a library's message fit into a sentence.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > maxQuoted {
		s = strings.ToValidUTF8(s[:maxQuoted], "") + "…"
	}
	return s
}

// maxQuoted bounds what is quoted of a library's or a chart's own message.
const maxQuoted = 600
