package audit

import (
	"fmt"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// book is the repository's files as the report reads them: texts by their headings,
// pipelines by their lines, program code by its words. What it gives is that something
// is written there; whether that is right, it does not say.
type book struct {
	tree  *model.Tree
	read  func(string) []byte
	texts []*text

	program   map[string]bool     // see Code
	pipelines []string            // files that say what runs in continuous integration
	lines     map[string][]string // of files that were asked for
}

// Said is one thing that the repository says, with its place.
type Said struct {
	Text     string          `json:"text"`
	Location *model.Position `json:"location,omitempty"`
	Absent   bool            `json:"absent,omitempty"` // it says what is not there
}

func newBook(tree *model.Tree, read func(string) []byte, texts []*text) *book {
	b := &book{tree: tree, read: read, texts: texts, lines: map[string][]string{}}
	if tree == nil || read == nil {
		return b
	}
	b.program = Code(tree)
	for _, f := range tree.Files() {
		if pipelineFile(f) {
			b.pipelines = append(b.pipelines, f)
		}
	}
	return b
}

func pipelineFile(f string) bool {
	ext := path.Ext(f)
	switch f {
	case ".gitlab-ci.yml", "Jenkinsfile", ".circleci/config.yml", "azure-pipelines.yml", ".pre-commit-config.yaml", "Makefile", "Taskfile.yml", "Taskfile.yaml", "justfile":
		return true
	}
	return strings.HasPrefix(f, ".github/workflows/") && (ext == ".yml" || ext == ".yaml")
}

func at(file string, line int) *model.Position {
	return &model.Position{File: file, Line: line, EndLine: line, Precision: model.AtLine, Side: model.Head}
}

// fewLines is how many lines make a section more than a mention.
const fewLines = 3

// sections are headings that match and have something below them, at most so many,
// those of texts about the repository before those of templates.
func (b *book) sections(of *pattern.Pattern, most int) []Said {
	var out []Said
	for _, t := range b.texts {
		if isHistory(t.file) || strings.Contains("/"+t.file, "/templates/") || strings.HasPrefix(t.file, ".github/") {
			continue
		}
		for _, s := range t.sections {
			if s.lines >= fewLines && of.MatchString(s.title) {
				out = append(out, Said{Text: "“" + cut(review.Quotable(s.title), 60) + "”", Location: at(t.file, s.line)})
				break // one of a text will do
			}
		}
		if len(out) == most {
			break
		}
	}
	return out
}

// files are those whose path matches.
func (b *book) files(of *pattern.Pattern, most int) []Said {
	var out []Said
	if b.tree == nil {
		return nil
	}
	for _, f := range b.tree.Files() {
		if of.MatchString(f) && !strings.Contains("/"+f, "/node_modules/") && !strings.Contains("/"+f, "/vendor/") && !strings.Contains(f, "template.md") {
			if out = append(out, Said{Location: at(f, 1)}); len(out) == most {
				break
			}
		}
	}
	return out
}

func (b *book) linesOf(file string) []string {
	if got, ok := b.lines[file]; ok {
		return got
	}
	content := b.read(file)
	b.lines[file] = strings.Split(string(content), "\n")
	return b.lines[file]
}

// commands are lines of pipelines that match and are no comments.
func (b *book) commands(of *pattern.Pattern, most int) []Said {
	var out []Said
	seen := map[string]bool{}
	for _, f := range b.pipelines {
		for i, l := range b.linesOf(f) {
			text := strings.TrimSpace(l)
			text = strings.TrimSpace(strings.TrimPrefix(text, "- "))
			if strings.HasPrefix(text, "#") || !of.MatchString(text) || aboutCommands.MatchString(text) {
				continue
			}
			quoted := review.Excerpt(b.read(f), i+1, i+1)
			if len(quoted) != 1 {
				continue // such a file is not quoted
			}
			text = strings.TrimPrefix(strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(quoted[0]), "- "), "run:")), "@")
			said := cut(text, 90)
			if key := firstWords(text); seen[key] {
				continue // the same once more, of something else
			} else {
				seen[key] = true
			}
			if out = append(out, Said{Text: said, Location: at(f, i+1)}); len(out) == most {
				return out
			}
		}
	}
	return out
}

// aboutCommands matches lines that name a step, fetch a tool or set something, and run
// nothing of their own.
var aboutCommands = pattern.New(`^(name|id|repo|rev|with|if|env|needs|on|[a-z-]+smoke[a-z-]*):|^(curl|wget|tar|sudo|mv|cp|chmod|echo|printf|mkdir|apt-get|pip3? install|brew)\b`)

// firstWords tells commands apart: the program and what it is told first.
func firstWords(s string) string {
	words := strings.Fields(s)
	return strings.Join(words[:min(2, len(words))], " ")
}

var (
	codeExt  = map[string]bool{".go": true, ".py": true, ".js": true, ".ts": true, ".java": true, ".kt": true, ".rs": true, ".rb": true, ".cs": true}
	testFile = pattern.New(`(?i)(^|/)(tests?|spec|__tests__)/|_test\.go$|(^|/)test_[^/]*\.py$|\.(test|spec)\.[jt]sx?$|(Test|Spec)\.(java|kt)$`)
)

// mostCode bounds the files of program code that are read.
const mostCode = 400

// Code are the files of program code that a report reads, of those that are no tests:
// whoever fetches files one by one gets these beforehand.
func Code(tree *model.Tree) map[string]bool {
	out := map[string]bool{}
	for _, f := range tree.Files() {
		if codeExt[path.Ext(f)] && !testFile.MatchString(f) && !strings.Contains("/"+f, "/vendor/") && !strings.Contains("/"+f, "/node_modules/") && !strings.Contains("/"+f, "/dist/") {
			if out[f] = true; len(out) == mostCode {
				break
			}
		}
	}
	return out
}

// code gives the first lines of program code that match.
func (b *book) code(of *pattern.Pattern, most int) []Said {
	var out []Said
	if b.tree == nil {
		return nil
	}
	for _, f := range b.tree.Files() {
		if !b.program[f] {
			continue
		}
		for i, l := range b.linesOf(f) {
			if text := strings.TrimSpace(l); of.MatchString(text) && !strings.HasPrefix(text, "#") && !strings.HasPrefix(text, "//") {
				out = append(out, Said{Location: at(f, i+1)})
				break
			}
		}
		if len(out) == most {
			break
		}
	}
	return out
}

// hasCode reports how many files of program code and of tests there are.
func (b *book) hasCode() (code, tests int) {
	if b.tree == nil {
		return 0, 0
	}
	for _, f := range b.tree.Files() {
		switch {
		case !codeExt[path.Ext(f)]:
		case testFile.MatchString(f):
			tests++
		default:
			code++
		}
	}
	return code, tests
}

func cut(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most-1]) + "…"
}

// where is a place as a table has it.
func where(p *model.Position) string {
	if p == nil {
		return ""
	}
	return fmt.Sprintf("%s:%d", p.File, max(1, p.Line))
}
