// Command silence changes one value after another in a copy of a repository,
// reviews each change, and holds the answer: the change is shown, or what reads it
// is named as not visible, or the account says that nothing applies it. Anything
// else is printed as SILENT, and the exit status is 1.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	var t tool
	flag.StringVar(&t.source, "repo", ".", "the repository to change values in; a copy is made")
	flag.StringVar(&t.rev, "rev", "HEAD", "the commit to start from")
	flag.StringVar(&t.seaworthy, "seaworthy", "bin/seaworthy", "the binary under test")
	flag.IntVar(&t.count, "n", 100, "how many values are changed")
	flag.Uint64Var(&t.seed, "seed", 1, "chooses the places")
	flag.BoolVar(&t.verbose, "v", false, "print every answer")
	flag.Parse()
	silent, err := t.run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "silence:", err)
		os.Exit(2)
	}
	if silent > 0 {
		os.Exit(1)
	}
}

type tool struct {
	source, rev, seaworthy, copy string
	count                        int
	seed                         uint64
	verbose                      bool
}

// answer is what a review makes of one change.
type answer string

const (
	shown     answer = "shown"     // a changed field is listed
	named     answer = "named"     // something that reads the file fails or is not visible, and bars success
	void      answer = "void"      // all that reads the file was compared, and renders the same
	unapplied answer = "unapplied" // nothing applies the file
	document  answer = "document"  // the file is no manifest
	silent    answer = "SILENT"
)

var answers = []answer{shown, named, void, unapplied, document, silent}

func (t *tool) run() (int, error) {
	var err error
	if t.seaworthy, err = filepath.Abs(t.seaworthy); err != nil {
		return 0, err
	}
	if t.copy, err = os.MkdirTemp("", "silence-"); err != nil {
		return 0, err
	}
	defer os.RemoveAll(t.copy)
	for _, args := range [][]string{
		{"clone", "-q", "--shared", "--no-checkout", t.source, t.copy},
		{"-C", t.copy, "checkout", "-q", "--detach", t.rev},
	} {
		if out, err := exec.Command("git", args...).CombinedOutput(); err != nil {
			return 0, fmt.Errorf("git %s: %w: %s", args[0], err, out)
		}
	}
	places, err := t.places()
	if err != nil {
		return 0, err
	}
	random := rand.New(rand.NewPCG(t.seed, 0))
	random.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
	n := map[answer]int{}
	for _, p := range spread(places, t.count) {
		a, why, err := t.try(p)
		if err != nil {
			return 0, err
		}
		n[a]++
		if t.verbose || a == silent {
			fmt.Printf("%-9s %s:%d %s %s\n", a, p.file, p.line, p.edit, why)
		}
	}
	var parts []string
	for _, a := range answers {
		parts = append(parts, fmt.Sprintf("%d %s", n[a], a))
	}
	fmt.Printf("%s: %s\n", filepath.Base(strings.TrimSuffix(t.source, "/repo")), strings.Join(parts, ", "))
	return n[silent], nil
}

// spread takes places of as many files as there are, before it takes a second of
// any.
func spread(places []place, count int) (out []place) {
	taken := map[string]int{}
	for round := 1; len(out) < count && len(places) > 0 && round <= count; round++ {
		var later []place
		for _, p := range places {
			if len(out) < count && taken[p.file] < round {
				taken[p.file]++
				out = append(out, p)
				continue
			}
			later = append(later, p)
		}
		places = later
	}
	return out
}

// try makes one change, reviews it, and takes it back.
func (t *tool) try(p place) (answer, string, error) {
	file := filepath.Join(t.copy, p.file)
	was, err := os.ReadFile(file)
	if err != nil {
		return "", "", err
	}
	if err := os.WriteFile(file, p.apply(was), 0o644); err != nil {
		return "", "", err
	}
	defer func() { _ = os.WriteFile(file, was, 0o644) }() // the next read tells if this failed
	var out, problem bytes.Buffer
	cmd := exec.Command(t.seaworthy, "review", "--repo", t.copy, "--base", "HEAD", "--head", "WORKTREE", "--offline", "--format", "json")
	cmd.Stdout, cmd.Stderr = &out, &problem
	if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() != 1 {
		return "", "", fmt.Errorf("review of a change of %s: %w: %s", p.file, err, problem.String())
	}
	var r report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		return "", "", fmt.Errorf("review of a change of %s: %w", p.file, err)
	}
	a, why := r.judge(p)
	return a, why, nil
}

// report is what of a review is judged.
type report struct {
	Conclusion string
	Changes    []struct{ Object struct{ Kind, Name string } }
	Findings   []struct{ Check, Status string }
	Account    []struct {
		File, State, Reason string
		Targets             []string
	}
}

// judge says what became of the change of a file.
func (r report) judge(p place) (answer, string) {
	if len(r.Account) != 1 || r.Account[0].File != p.file {
		return silent, fmt.Sprintf("the account has %d files", len(r.Account))
	}
	a := r.Account[0]
	switch {
	case len(r.Changes) > 0:
		return shown, ""
	case r.Conclusion != "success":
		return named, a.Reason
	case a.State == "unapplied":
		return unapplied, a.Reason
	case a.State == "document" && p.manifest:
		return silent, "a manifest is called a document"
	case a.State == "document":
		return document, ""
	case a.State == "rendered" && p.plain:
		return silent, "a value of an object that is applied changes nothing: " + strings.Join(a.Targets, " ")
	case a.State == "rendered", a.State == "partial" && !p.plain: // what a hole hides is the same on both sides
		return void, strings.Join(a.Targets, " ")
	}
	return silent, a.State + " and success: " + a.Reason
}
