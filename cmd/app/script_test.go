package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// TestMain lets the test binary be the program: scripts run `seaworthy`, and the
// sandbox starts it again as its child.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == childCommand {
		child()
		return
	}
	testscript.Main(m, map[string]func(){"seaworthy": main})
}

// TestScripts runs the command line as its users do; testdata/script holds one
// story a file. In them:
//
//	commit <dir> <branch>    a repository `repo` gets a branch that holds dir
//	repository <dir>         dir is a repository, with one commit
//	json <file> <jq-like path> <regexp>
//	lines <file>             what a review found, and at which lines
//	schema <file> <name>     the file fits docs/schema/<name>.json
//	exits <status> <program> <args>
//	evidence <file>          every place that an audit names is in the work tree of
//	                         repo, and the line says what the audit quotes
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("XDG_CACHE_HOME", filepath.Join(e.WorkDir, ".cache"))
			for k, v := range map[string]string{"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.org", "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.org",
				"GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z", "GIT_CONFIG_NOSYSTEM": "1"} {
				e.Setenv(k, v)
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"commit":     commitFiles,
			"json":       jsonMatches,
			"repository": makeRepository,
			"lines":      reviewLines,
			"schema":     fitsSchema,
			"evidence":   evidenceHolds,
			"exits":      exitsWith,
		},
	})
}

// exitsWith tells the statuses of failure apart, which `! exec` does not.
func exitsWith(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits status program args")
	}
	got := 0
	var failed *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &failed) {
		got = failed.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

func commitFiles(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: commit dir branch")
	}
	repo := ts.MkAbs("repo")
	git := func(args ...string) {
		ts.Check(ts.Exec("git", append([]string{"-C", repo}, args...)...))
	}
	if _, err := os.Stat(repo); err != nil {
		ts.Check(os.MkdirAll(repo, 0o755))
		git("init", "-q", "-b", args[1])
	} else {
		git("checkout", "-q", "-B", args[1])
		git("rm", "-q", "-r", "--ignore-unmatch", ".")
	}
	ts.Check(os.CopyFS(repo, os.DirFS(ts.MkAbs(args[0]))))
	git("add", "-A")
	git("commit", "-q", "--allow-empty", "-m", args[0])
}

func makeRepository(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: repository dir")
	}
	for _, git := range [][]string{{"init", "-q", "-b", "main"}, {"add", "-A"}, {"commit", "-q", "-m", "one"}} {
		ts.Check(ts.Exec("git", append([]string{"-C", ts.MkAbs(args[0])}, git...)...))
	}
}

// jsonMatches looks a dotted path up in a file ("findings.0.location.line") and
// holds its JSON against a regular expression.
func jsonMatches(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: json file path regexp")
	}
	var at any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &at))
	for _, key := range strings.Split(args[1], ".") {
		switch v := at.(type) {
		case map[string]any:
			at = v[key]
		case []any:
			i := 0
			for _, c := range key {
				i = i*10 + int(c-'0')
			}
			if i >= len(v) {
				ts.Fatalf("%s: there are %d", args[1], len(v))
			}
			at = v[i]
		default:
			at = nil
		}
	}
	got, err := json.Marshal(at)
	ts.Check(err)
	if regexp.MustCompile(args[2]).Match(got) == neg {
		ts.Fatalf("%s is %s", args[1], got)
	}
}

// reviewLines writes the lines of a review's changes, of the problems of its
// targets and of the findings about those, each once.
func reviewLines(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: lines file")
	}
	var r review.Report
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &r))
	var out []string
	say := func(at *model.Position, what ...any) {
		where := "nowhere"
		if at != nil {
			where = fmt.Sprintf("%s:%d %s %s", at.File, at.Line, at.Precision, at.Side)
		}
		out = append(out, strings.TrimSuffix(fmt.Sprintln(what...), "\n")+" > "+where)
	}
	for _, c := range r.Changes {
		if c.Change != review.Modified {
			say(c.Location, c.Targets, c.Object.Kind, c.Object.Name, c.Change)
		}
		for _, f := range c.Fields {
			say(f.Location, c.Targets, c.Object.Kind, c.Object.Name, f.Path)
		}
	}
	for _, t := range r.Targets {
		if t.Error != nil {
			say(t.Error.Location, t.ID, t.Error.Class)
		}
	}
	for _, f := range r.Findings {
		if f.Check == review.RenderFailed {
			say(f.Location, f.Targets, f.Check)
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs("lines.got"), []byte(strings.Join(out, "\n")+"\n"), 0o644))
}

func fitsSchema(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: schema file name")
	}
	schema, err := jsonschema.NewCompiler().Compile(schemaFile(args[1]))
	ts.Check(err)
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(ts.ReadFile(args[0]))))
	ts.Check(err)
	ts.Check(schema.Validate(value))
}

// evidenceHolds walks an audit's JSON for whatever has a file and a line.
func evidenceHolds(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: evidence file")
	}
	var all any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &all))
	repo, places, quotes := ts.MkAbs("repo"), 0, 0
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			if at, ok := v["location"].(map[string]any); ok {
				content, err := os.ReadFile(filepath.Join(repo, at["file"].(string)))
				ts.Check(err)
				lines, n := strings.Split(string(content), "\n"), int(at["line"].(float64))
				if n < 1 || n > len(lines) || strings.TrimSpace(lines[n-1]) == "" {
					ts.Fatalf("%v names a line that is not there: %v", v["message"], at)
				}
				places++
				if quote, ok := v["quote"].(string); ok {
					quotes++
					if !strings.Contains(quote, "(redacted)") && strings.TrimSpace(lines[n-1]) != quote {
						ts.Fatalf("%v quotes %q, and the line is %q", at, quote, lines[n-1])
					}
				}
			}
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(all)
	if places == 0 || quotes == 0 {
		ts.Fatalf("%d places and %d quotes were walked", places, quotes)
	}
}

// schemaFile is absolute: scripts run in directories of their own.
func schemaFile(name string) string { return filepath.Join(schemas, name+".json") }

var schemas = func() string {
	dir, err := filepath.Abs("../../docs/schema")
	if err != nil {
		panic(err)
	}
	return dir
}()
