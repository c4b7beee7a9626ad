package audit

import (
	"path"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// Documentation is what can be said of a repository's texts without judging
// them: what they link to and name exists, and nothing says that it is not done
// yet.
type Documentation struct {
	Files    []Document `json:"files"`
	External int        `json:"external"` // links to elsewhere, which are not visited
	Links    int        `json:"links"`    // links into the repository that were followed
	LeftOut  int        `json:"leftOut"`  // texts beyond the limit
	Standard []Standard `json:"standard"`
}

// Document is one text.
type Document struct {
	File         string   `json:"file"`
	Accuracy     State    `json:"accuracy"`
	Completeness State    `json:"completeness"`
	Clarity      State    `json:"clarity"` // always not-assessed
	Remarks      []Remark `json:"remarks"`
}

// Remark is one line of a text that is not right.
type Remark struct {
	Line int    `json:"line"`
	Kind string `json:"kind"` // link, anchor, path, version, placeholder, section
	Text string `json:"text"` // what the text says
	Note string `json:"note"` // what is so
}

// Standard is a file that repositories have by convention.
type Standard struct {
	File    string `json:"file"`
	Purpose string `json:"purpose"`
	Found   string `json:"found,omitempty"` // its path
	State   State  `json:"state"`           // passed or open
}

// maxTexts and maxRemarks bound what a repository of texts can cost.
const maxTexts, maxRemarks = 500, 40

func documentation(tree *model.Tree, read func(string) []byte) (Documentation, []*text) {
	d := Documentation{Files: []Document{}, Standard: []Standard{}}
	if tree == nil || read == nil {
		return d, nil
	}
	d.Standard = standard(tree)
	l := &library{tree: tree, read: read, anchors: map[string]map[string]bool{}, docs: &d}
	var texts []*text
	for _, f := range tree.Files() {
		if !isText(f) {
			continue
		}
		if len(texts) == maxTexts {
			d.LeftOut++
			continue
		}
		if content := read(f); content != nil {
			texts = append(texts, scan(f, string(content)))
		}
	}
	l.versions(texts)
	for _, t := range texts {
		d.Files = append(d.Files, l.document(t))
	}
	sort.SliceStable(d.Files, func(i, j int) bool { return len(d.Files[i].Remarks) > 0 && len(d.Files[j].Remarks) == 0 })
	return d, texts
}

func isText(f string) bool {
	ext := strings.ToLower(path.Ext(f))
	return (ext == ".md" || ext == ".markdown") && !strings.HasPrefix(f, "node_modules/") && !strings.HasPrefix(f, "vendor/") &&
		!strings.Contains(f, "/node_modules/") && !strings.Contains(f, "/vendor/")
}

// library checks texts against the repository.
type library struct {
	tree    *model.Tree
	read    func(string) []byte
	anchors map[string]map[string]bool
	docs    *Documentation
	held    map[string]bool // versions that some file of the repository holds
}

func (l *library) document(t *text) Document {
	d := Document{File: t.file, Accuracy: Fine, Completeness: Fine, Clarity: NotAssessed, Remarks: []Remark{}}
	add := func(r Remark) {
		if len(d.Remarks) < maxRemarks {
			d.Remarks = append(d.Remarks, r)
		}
	}
	for _, m := range t.links {
		if r, bad := l.link(t, m); bad {
			d.Accuracy = Bad
			add(r)
		}
	}
	for _, m := range t.named {
		if r, bad := l.path(t, m); bad {
			if d.Accuracy == Fine {
				d.Accuracy = Advice
			}
			add(r)
		}
	}
	for _, m := range t.versions {
		if !l.held[bare(m.text)] {
			if d.Accuracy == Fine {
				d.Accuracy = Advice
			}
			add(Remark{m.line, "version", m.text, "no other file of the repository holds this version"})
		}
	}
	for _, m := range t.placeholders {
		d.Completeness = Bad
		add(Remark{m.line, "placeholder", m.text, "the text says itself that it is not done"})
	}
	for _, missing := range t.missingSections() {
		d.Completeness = Bad
		add(Remark{1, "section", missing, "no heading speaks of it"})
	}
	if t.empty {
		d.Completeness = Bad
		add(Remark{1, "section", "", "the file is empty"})
	}
	sort.SliceStable(d.Remarks, func(i, j int) bool { return d.Remarks[i].Line < d.Remarks[j].Line })
	return d
}

// link follows a link into the repository.
func (l *library) link(t *text, m mention) (Remark, bool) {
	target, anchor, _ := strings.Cut(m.text, "#")
	target, _, _ = strings.Cut(target, "?")
	if scheme.MatchString(m.text) || strings.HasPrefix(m.text, "//") {
		l.docs.External++
		return Remark{}, false
	}
	l.docs.Links++
	file := t.file
	if target != "" {
		file = path.Join(path.Dir(t.file), unescape(target))
		if strings.HasPrefix(target, "/") {
			file = strings.TrimPrefix(path.Clean(unescape(target)), "/")
		}
		if file == "" {
			file = "."
		}
		if strings.HasPrefix(file, "../") || file == ".." {
			return Remark{}, false // a page of GitHub's, such as ../../issues
		}
		if _, _, err := l.tree.Resolve(file); err != nil {
			return Remark{m.line, "link", m.text, "`" + file + "` does not exist"}, true
		}
	}
	if anchor == "" || !isText(file) {
		return Remark{}, false
	}
	if !l.anchorsOf(file)[strings.ToLower(unescape(anchor))] {
		return Remark{m.line, "anchor", m.text, "`" + file + "` has no such heading"}, true
	}
	return Remark{}, false
}

func (l *library) anchorsOf(file string) map[string]bool {
	if a, ok := l.anchors[file]; ok {
		return a
	}
	l.anchors[file] = scan(file, string(l.read(file))).anchors
	return l.anchors[file]
}

// path looks a path up that a text names as code. It is one of the repository
// only if its first directory is there, so that images and hosts are left
// alone.
func (l *library) path(t *text, m mention) (Remark, bool) {
	p := strings.TrimPrefix(strings.TrimSuffix(m.text, "/"), "./")
	first, _, _ := strings.Cut(p, "/")
	for _, base := range []string{".", path.Dir(t.file)} {
		if _, _, err := l.tree.Resolve(path.Join(base, p)); err == nil {
			return Remark{}, false
		}
	}
	if e, ok := l.tree.Lookup(first); !ok || e.Mode != model.Dir {
		return Remark{}, false
	}
	return Remark{m.line, "path", m.text, "`" + p + "` does not exist"}, true
}

// maxVersions bounds the versions that are looked for.
const maxVersions = 300

// versions finds out which of the versions that texts name some other file
// holds.
func (l *library) versions(texts []*text) {
	l.held = map[string]bool{}
	wanted := map[string]bool{}
	for _, t := range texts {
		for _, m := range t.versions {
			if len(wanted) < maxVersions {
				wanted[bare(m.text)] = true
			} else if !wanted[bare(m.text)] {
				l.held[bare(m.text)] = true // not looked for, and so not told
			}
		}
	}
	if len(wanted) == 0 {
		return
	}
	for _, f := range l.tree.Files() {
		if !holdsVersions[path.Ext(f)] {
			continue
		}
		content := string(l.read(f))
		for v := range wanted {
			if !l.held[v] && strings.Contains(content, v) {
				l.held[v] = true
			}
		}
	}
}

// holdsVersions are the endings of files that say which version is used.
var holdsVersions = map[string]bool{".yaml": true, ".yml": true, ".json": true, ".toml": true, ".lock": true, ".mod": true, ".txt": true, ".tf": true, ".env": true}

func bare(version string) string { return strings.TrimPrefix(version, "v") }

// standards are the files that repositories have by convention, each by any of
// its places.
var standards = []struct {
	file, purpose string
	places        []string
}{
	{"README.md", "the way in", []string{"README.md", "README", "README.rst", "docs/README.md", ".github/README.md"}},
	{"LICENSE", "who may use it", []string{"LICENSE", "LICENSE.md", "LICENSE.txt", "COPYING"}},
	{"SECURITY.md", "where to report a weakness", []string{"SECURITY.md", ".github/SECURITY.md", "docs/SECURITY.md"}},
	{"CONTRIBUTING.md", "how to change it", []string{"CONTRIBUTING.md", ".github/CONTRIBUTING.md", "docs/CONTRIBUTING.md"}},
	{"CODE_OF_CONDUCT.md", "how people behave", []string{"CODE_OF_CONDUCT.md", ".github/CODE_OF_CONDUCT.md", "docs/CODE_OF_CONDUCT.md"}},
	{"CODEOWNERS", "who reviews what", []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"}},
	{"CHANGELOG.md", "what changed", []string{"CHANGELOG.md", "CHANGES.md", "docs/CHANGELOG.md", "RELEASES.md"}},
	{"pull request template", "what a change must say", []string{".github/pull_request_template.md", ".github/PULL_REQUEST_TEMPLATE.md", "pull_request_template.md", "docs/pull_request_template.md", ".github/PULL_REQUEST_TEMPLATE"}},
	{"issue templates", "what a report must say", []string{".github/ISSUE_TEMPLATE", ".github/ISSUE_TEMPLATE.md", ".github/issue_template.md"}},
	{"dependency updates", "versions that do not rot", []string{".github/dependabot.yml", ".github/dependabot.yaml", "renovate.json", "renovate.json5", ".github/renovate.json", ".github/renovate.json5", ".renovaterc", ".renovaterc.json"}},
	{"pre-commit hooks", "mistakes found before a push", []string{".pre-commit-config.yaml", ".pre-commit-config.yml", "lefthook.yml", ".husky"}},
	{".gitignore", "what stays out", []string{".gitignore"}},
	{".dockerignore", "what stays out of images", []string{".dockerignore"}},
	{".editorconfig", "one form for all editors", []string{".editorconfig"}},
	{"project file", "dependencies and tools by version", []string{"pyproject.toml", "package.json", "go.mod", "Cargo.toml", "pom.xml", "requirements.txt", "flake.nix"}},
	{"task runner", "commands by name", []string{"Makefile", "Taskfile.yml", "Taskfile.yaml", "justfile", "mise.toml", ".mise.toml"}},
}

func standard(tree *model.Tree) []Standard {
	out := make([]Standard, 0, len(standards))
	for _, s := range standards {
		one := Standard{File: s.file, Purpose: s.purpose, State: Bad}
		for _, p := range s.places {
			if _, ok := tree.Lookup(p); ok {
				one.Found, one.State = p, Fine
				break
			}
		}
		out = append(out, one)
	}
	return out
}
