package repo

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Step is something that a pipeline should do.
type Step struct {
	Does   *pattern.Pattern // a line that does it
	Absent string           // the message
	Wanted func(*review.Pass) bool
	// Seen: something outside of the pipelines does it; "" where nothing does, and
	// a reason why it is not known, where it may be.
	Seen func(*review.Pass) (done bool, unknown string)
}

// Pipeline makes the check that some pipeline does a thing. Only an audit
// tells; where what runs is not all in the repository, it is said that it is not
// known.
func Pipeline(c review.Check, s Step) *review.Check {
	c.Run = review.Files(func(p *review.Pass) {
		if s.Wanted != nil && !s.Wanted(p) {
			return
		}
		p.Looked(1)
		found := pipelinesOf(p)
		if found.run(s.Does) {
			return
		}
		unknown := found.elsewhere
		if s.Seen != nil {
			done, why := s.Seen(p)
			if done {
				return
			}
			if why != "" {
				unknown = why
			}
		}
		h := review.Hit{Key: "absent", Searched: found.searched(), Message: s.Absent}
		if len(found.files) == 0 {
			h.Message += " There is no pipeline at all."
		} else {
			h.File = found.files[0]
		}
		if unknown != "" {
			h.Verdict = review.NotSeen
			h.Message += " Whether something else does is not visible: " + unknown + "."
		}
		p.Report(h)
	}).OfAudits()
	return &c
}

// pipelines is what runs in continuous integration, as far as the repository
// says: its definitions, and the scripts and make files that they call.
type pipelines struct {
	files     []string // the definitions
	lines     []string // of the definitions and of what they call, without comments
	elsewhere string   // a workflow of another repository, or another system, that may run more; "" for none
}

func (s *pipelines) read(content []byte) {
	for _, line := range strings.Split(string(content), "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			s.lines = append(s.lines, line)
		}
	}
}

// follow reads what the pipelines call, to two steps: a make file's scripts too.
func (s *pipelines) follow(p *review.Pass) {
	called := map[string]bool{}
	for range 2 {
		text := strings.Join(s.lines, "\n")
		for _, file := range p.Paths() {
			if called[file] || len(called) == maxCalled || !callable(file, text) {
				continue
			}
			called[file] = true
			s.read(p.Read(file))
		}
	}
}

// run reports whether a line of the pipelines matches.
func (s *pipelines) run(what *pattern.Pattern) bool {
	return slices.ContainsFunc(s.lines, what.MatchString)
}

// searched says what was read.
func (s *pipelines) searched() []string {
	if len(s.files) == 0 {
		return append([]string{".github/workflows/*.y*ml"}, otherPipelines...)
	}
	return append(slices.Clip(s.files), "scripts and make files that they call")
}

func pipelinesOf(p *review.Pass) pipelines {
	var out pipelines
	for _, file := range p.Paths() {
		if IsWorkflow(file) || slices.Contains(otherPipelines, file) || strings.HasPrefix(file, ".tekton/") || strings.HasPrefix(file, ".woodpecker/") {
			out.files = append(out.files, file)
			out.read(p.Read(file))
		}
	}
	if len(out.files) == 0 {
		for _, file := range []string{"OWNERS", ".prow.yaml", ".zuul.yaml"} {
			if p.Exists(file) {
				out.elsewhere = "`" + file + "` says that another system runs it"
			}
		}
		return out
	}
	for _, line := range out.lines {
		if m := calledWorkflow.FindStringSubmatch(line); m != nil {
			out.elsewhere = "`" + m[1] + "` is another repository's"
		}
	}
	out.follow(p)
	return out
}

// otherPipelines are definitions of other systems than GitHub Actions.
var otherPipelines = []string{".gitlab-ci.yml", "Jenkinsfile", ".circleci/config.yml", "azure-pipelines.yml", "bitbucket-pipelines.yml", ".drone.yml", ".travis.yml",
	".woodpecker.yml", ".woodpecker.yaml", "cloudbuild.yaml", ".buildkite/pipeline.yml", "appveyor.yml", ".semaphore/semaphore.yml"}

// maxCalled bounds the scripts that are read.
const maxCalled = 200

var calledWorkflow = pattern.New(`uses:\s*["']?([\w.-]+/[\w.-]+/\.github/workflows/[^@\s]+)`)

// callable reports whether a file holds commands, and the text calls it.
func callable(file, text string) bool {
	base := path.Base(file)
	switch {
	case base == "Makefile" || strings.HasSuffix(base, ".mk"):
		return regexp.MustCompile(`(?m)(^|[\s;&|"'])make(\s|$)`).MatchString(text)
	case strings.HasPrefix(base, "Taskfile") || strings.HasPrefix(file, ".taskfiles/"):
		return regexp.MustCompile(`(?m)(^|[\s;&|"'])(go-)?task\s`).MatchString(text)
	case base == "justfile" || base == ".justfile" || strings.HasSuffix(base, ".just"):
		return strings.Contains(text, "just ")
	case base == ".pre-commit-config.yaml":
		return strings.Contains(text, "pre-commit") && !strings.Contains(text, "--hook-stage manual")
	case base == "package.json":
		return strings.Contains(text, "npm ") || strings.Contains(text, "yarn ") || strings.Contains(text, "pnpm ")
	case path.Ext(base) == ".sh" || path.Ext(base) == ".py" || path.Ext(base) == "":
		return path.Dir(file) != "." && strings.Contains(text, path.Join(path.Base(path.Dir(file)), base))
	}
	return false
}
