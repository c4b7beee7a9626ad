// Command replay reviews the last commits of a repository, each against the one
// before, and holds that every file that a commit changes is accounted for: none is
// missing, no manifest is called a document, and what is not visible bars success.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

func main() {
	var t tool
	flag.StringVar(&t.repo, "repo", ".", "the repository")
	flag.StringVar(&t.rev, "rev", "HEAD", "the newest commit")
	flag.StringVar(&t.seaworthy, "seaworthy", "bin/seaworthy", "the binary under test")
	flag.IntVar(&t.count, "n", 100, "how many commits")
	flag.BoolVar(&t.verbose, "v", false, "print every commit")
	flag.Parse()
	open, err := t.run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "replay:", err)
		os.Exit(2)
	}
	if open > 0 {
		os.Exit(1)
	}
}

type tool struct {
	repo, rev, seaworthy string
	count                int
	verbose              bool
}

// report is what of a review is held.
type report struct {
	Conclusion string
	Account    []struct {
		File, State, Reason string
		Targets             []string
	}
}

func (t *tool) run() (int, error) {
	var err error
	if t.seaworthy, err = filepath.Abs(t.seaworthy); err != nil {
		return 0, err
	}
	commits, err := t.git("log", "--first-parent", "--format=%H", fmt.Sprintf("-%d", t.count), t.rev)
	if err != nil {
		return 0, err
	}
	open := 0
	states, conclusions := map[string]int{}, map[string]int{}
	for _, head := range strings.Fields(commits) {
		if _, err := t.git("rev-parse", "--verify", "-q", head+"^"); err != nil {
			continue // the first commit of all
		}
		r, err := t.review(head)
		if err != nil {
			return 0, err
		}
		conclusions[r.Conclusion]++
		for _, f := range r.Account {
			states[f.State]++
		}
		said, err := t.hold(head, r)
		if err != nil {
			return 0, err
		}
		for _, s := range said {
			fmt.Printf("%.10s %s\n", head, s)
		}
		if t.verbose {
			fmt.Printf("%.10s %s %d files\n", head, r.Conclusion, len(r.Account))
		}
		open += len(said)
	}
	fmt.Printf("%s: %v %v, %d open\n", filepath.Base(strings.TrimSuffix(t.repo, "/repo")), conclusions, states, open)
	return open, nil
}

func (t *tool) git(args ...string) (string, error) {
	out, err := exec.Command("git", append([]string{"-C", t.repo}, args...)...).Output()
	return string(out), err
}

func (t *tool) review(head string) (r report, err error) {
	var out, problem bytes.Buffer
	cmd := exec.Command(t.seaworthy, "review", "--repo", t.repo, "--base", head+"^", "--head", head, "--offline", "--format", "json")
	cmd.Stdout, cmd.Stderr = &out, &problem
	if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() != 1 {
		return r, fmt.Errorf("review of %s: %w: %s", head, err, problem.String())
	}
	return r, json.Unmarshal(out.Bytes(), &r)
}

var manifest = regexp.MustCompile(`(?m)^apiVersion: *\S`)

// hold gives what of a commit is not accounted for.
func (t *tool) hold(head string, r report) (out []string, err error) {
	// -G. leaves out files whose mode alone differs: whether they may be executed is no content.
	names, err := t.git("diff", "-G.", "--name-only", "--no-renames", "-z", head+"^", head)
	if err != nil {
		return nil, err
	}
	states := map[string]string{}
	for _, f := range r.Account {
		states[f.File] = f.State
		if f.State == "unseen" && r.Conclusion == "success" {
			out = append(out, f.File+" is not visible, and the review is green")
		}
	}
	for _, file := range strings.Split(strings.TrimRight(names, "\x00"), "\x00") {
		switch states[file] {
		case "":
			out = append(out, file+" is missing in the account")
		case "document":
			content, err := t.git("show", head+":"+file)
			if ext := filepath.Ext(file); err == nil && (ext == ".yaml" || ext == ".yml") && !strings.HasPrefix(file, ".github/") && manifest.MatchString(content) {
				out = append(out, file+" is a manifest, and called a document")
			}
		}
	}
	return out, nil
}
