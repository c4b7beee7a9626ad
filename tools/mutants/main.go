// Command mutants plants one problem at a time into a copy of a repository,
// reviews it, and prints for every kind of problem how often the check found
// it, on which line, and what it said of harmless edits.
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
	"slices"
	"sort"
	"strings"
)

func main() {
	var t tool
	flag.StringVar(&t.source, "repo", ".", "the repository to plant problems into; a copy is made")
	flag.StringVar(&t.rev, "rev", "HEAD", "the commit to start from")
	flag.StringVar(&t.seaworthy, "seaworthy", "bin/seaworthy", "the binary under test")
	flag.IntVar(&t.each, "each", 10, "how many of each kind are planted at most")
	flag.Uint64Var(&t.seed, "seed", 1, "chooses the places")
	flag.StringVar(&t.only, "only", "", "plant only kinds whose name holds this")
	flag.BoolVar(&t.verbose, "v", false, "print what was missed")
	flag.Parse()
	if err := t.run(); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(2)
	}
}

type tool struct {
	source, rev, seaworthy, copy, only string
	each                               int
	seed                               uint64
	verbose                            bool
}

// score counts what came of one kind of problem.
type score struct{ planted, found, onLine, wrongLine, others, unreached, noise int }

func (t *tool) run() error {
	var err error
	if t.seaworthy, err = filepath.Abs(t.seaworthy); err != nil {
		return err
	}
	if t.copy, err = os.MkdirTemp("", "mutants-"); err != nil {
		return err
	}
	defer os.RemoveAll(t.copy)
	if err := t.git("", "clone", "-q", "--shared", "--no-checkout", t.source, t.copy); err != nil {
		return err
	}
	if err := t.git(t.copy, "checkout", "-q", "--detach", t.rev); err != nil {
		return err
	}
	places, err := t.places()
	if err != nil {
		return err
	}
	kinds := make([]string, 0, len(places))
	for k := range places {
		if strings.Contains(k, t.only) {
			kinds = append(kinds, k)
		}
	}
	sort.Strings(kinds)
	fmt.Printf("%-34s %-42s %8s %6s %8s %6s %8s %10s %6s\n", "problem", "check", "planted", "found", "on line", "wrong", "by other", "unreached", "noise")
	random := rand.New(rand.NewPCG(t.seed, 0))
	for _, k := range kinds {
		list := places[k]
		random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		var s score
		for _, m := range list {
			if s.planted-s.unreached >= t.each || s.planted >= 4*t.each {
				break
			}
			if err := t.plant(m, &s); err != nil {
				return err
			}
		}
		fmt.Printf("%-34s %-42s %8d %6d %8d %6d %8d %10d %6d\n", k, list[0].check, s.planted, s.found, s.onLine, s.wrongLine, s.others, s.unreached, s.noise)
	}
	return nil
}

// mutant is one edit of one file.
type mutant struct {
	kind, check string // the checks that may find it, with | between; "" for a harmless edit
	file        string
	from, to    int      // lines that are replaced, from 0, to exclusive
	lines       []string // what comes in their place
	at          int      // the line in head where the finding belongs, from 1
	near        bool     // the line before or after is right as well: YAML reads on before it stumbles
	anywhere    bool     // every line of the file is right
}

// right says whether a finding at a line of the mutant's file is well placed.
func (m *mutant) right(line int) bool {
	return line == m.at || m.anywhere || m.near && (line == m.at-1 || line == m.at+1)
}

// finds says whether a check is one of those that may find it.
func (m *mutant) finds(check string) bool {
	return m.check != "" && slices.Contains(strings.Split(m.check, "|"), check)
}

// places lists every edit that could be made, by kind.
func (t *tool) places() (map[string][]mutant, error) {
	out := map[string][]mutant{}
	files, err := exec.Command("git", "-C", t.copy, "ls-files").Output()
	if err != nil {
		return nil, err
	}
	for _, f := range strings.Fields(string(files)) {
		if ext := filepath.Ext(f); (ext != ".yaml" && ext != ".yml") || strings.HasPrefix(f, ".") || strings.Contains(f, "/templates/") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(t.copy, f))
		if err != nil {
			continue
		}
		for _, m := range edits(f, string(content)) {
			out[m.kind] = append(out[m.kind], m)
		}
	}
	return out, nil
}

// finding is what a review says, as far as it is looked at.
type finding struct {
	Check, Status, Severity, Message string
	Location                         *struct {
		File      string
		Line      int
		Precision string
	}
}

func (t *tool) plant(m mutant, s *score) error {
	path := filepath.Join(t.copy, m.file)
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	lines := strings.Split(string(old), "\n")
	edited := append(append(append([]string{}, lines[:m.from]...), m.lines...), lines[m.to:]...)
	if err := os.WriteFile(path, []byte(strings.Join(edited, "\n")), 0o644); err != nil {
		return err
	}
	defer func() { _ = os.WriteFile(path, old, 0o644) }() // the copy is thrown away at last
	cmd := exec.Command(t.seaworthy, "review", "--repo", t.copy, "--base", "HEAD", "--head", "WORKTREE", "--format", "json", "--gate", "report")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("review %s:%d (%s): %w: %s", m.file, m.at, m.kind, err, stderr.String())
	}
	var r struct {
		Changes  []json.RawMessage
		Findings []finding
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return err
	}
	s.planted++
	t.judge(m, r.Findings, len(r.Changes) > 0, s)
	return nil
}

func (t *tool) judge(m mutant, findings []finding, changed bool, s *score) {
	var hit, other *finding
	for i, f := range findings {
		if f.Status != "new" && f.Status != "worse" && (m.check != "" || f.Status != "fixed") {
			continue // a harmless edit mends nothing either
		}
		if m.finds(f.Check) {
			if hit == nil || f.Location != nil && f.Location.File == m.file && m.right(f.Location.Line) {
				hit = &findings[i]
			}
			continue
		}
		other = &findings[i]
		if m.check == "" {
			s.noise++
			t.say("noise", m, fmt.Sprintf("%s %s: %s", f.Status, f.Check, f.Message))
		}
	}
	switch {
	case m.check == "":
	case hit == nil && other != nil:
		s.others++
		t.say("by other", m, fmt.Sprintf("%s: %s", other.Check, other.Message))
	case hit == nil && !changed:
		s.unreached++ // no target renders it, or another layer masks it
	case hit == nil:
		t.say("missed", m, "")
	default:
		s.found++
		at := hit.Location
		switch {
		case at != nil && at.File == m.file && m.right(at.Line):
			s.onLine++
		case at != nil && at.Precision == "line":
			s.wrongLine++
			t.say("wrong line", m, fmt.Sprintf("%s:%d", at.File, at.Line))
		default:
			t.say("coarse", m, fmt.Sprint(at))
		}
	}
}

func (t *tool) say(what string, m mutant, more string) {
	if t.verbose {
		fmt.Printf("  %-10s %s %s:%d %q %s\n", what, m.kind, m.file, m.at, strings.TrimSpace(strings.Join(m.lines, "⏎")), more)
	}
}

func (t *tool) git(dir string, args ...string) error {
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w: %s", args[0], err, out)
	}
	return nil
}
