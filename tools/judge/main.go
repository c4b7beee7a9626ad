// Command judge reviews the last commits of a repository, each against the one
// before, and prints every finding that a pull request would have been told and
// that nobody has judged yet: with the line, and what the commit changed there. The
// judgements stand in a ledger, one line each, made by reading:
//
//	repository  commit  check  sum  wanted|unwanted|false  reason
//
// The sum is of what the finding says, so that it is judged again when it says
// something else.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	var t tool
	flag.StringVar(&t.repo, "repo", ".", "the repository")
	flag.StringVar(&t.name, "name", "", "what the ledger calls it; owner/name of its origin otherwise")
	flag.StringVar(&t.rev, "rev", "HEAD", "the newest commit")
	flag.StringVar(&t.seaworthy, "seaworthy", "bin/seaworthy", "the binary under test")
	flag.StringVar(&t.ledger, "ledger", "testdata/judged/ledger.tsv", "the judgements")
	flag.IntVar(&t.count, "n", 100, "how many commits")
	flag.BoolVar(&t.people, "people", false, "leave out the commits of bots, which change versions")
	flag.IntVar(&t.skip, "skip", 0, "how many newer commits are left out")
	flag.Parse()
	if err := t.run(); err != nil {
		fmt.Fprintln(os.Stderr, "judge:", err)
		os.Exit(2)
	}
}

type tool struct {
	repo, name, rev, seaworthy, ledger string
	count, skip                        int
	people                             bool
}

// finding is what of a review's finding is judged.
type finding struct {
	Check, Severity, Status, Title, Message string
	Blocking                                bool
	Targets                                 []string
	Location                                *struct {
		File string
		Line int
	}
}

// sum tells what is said apart, wherever it is said.
func (f finding) sum() string {
	s := sha256.Sum256([]byte(strings.Join([]string{f.Check, f.Severity, f.Status, f.Title, f.Message}, "\x00")))
	return hex.EncodeToString(s[:4])
}

// told reports whether a reader of the pull request has to look at it.
func (f finding) told() bool {
	return f.Status == "new" || f.Status == "worse" || f.Status == "unknown"
}

func (t *tool) run() (err error) {
	if t.seaworthy, err = filepath.Abs(t.seaworthy); err != nil {
		return err
	}
	if t.name == "" {
		t.name = t.origin()
	}
	judged, err := t.judgements()
	if err != nil {
		return err
	}
	log := []string{"log", "--first-parent", "--format=%H", fmt.Sprintf("-%d", t.count), fmt.Sprintf("--skip=%d", t.skip)}
	if t.people {
		log = append(log, "-i", "--perl-regexp", `--author=^(?!.*(bot\b|renovate))`)
	}
	commits, err := t.git(append(log, t.rev)...)
	if err != nil {
		return err
	}
	n, conclusions := map[string]int{}, map[string]int{}
	for _, head := range strings.Fields(commits) {
		if _, err := t.git("rev-parse", "--verify", "-q", head+"^"); err != nil {
			continue // the first commit of all
		}
		conclusion, findings, err := t.review(head)
		if err != nil {
			return err
		}
		conclusions[conclusion]++
		for _, f := range findings {
			if !f.told() {
				continue
			}
			key := strings.Join([]string{t.name, head[:10], f.Check, f.sum()}, "\t")
			if verdict, ok := judged[key]; ok {
				n[verdict]++
				continue
			}
			n["unjudged"]++
			t.show(head, key, f)
		}
	}
	fmt.Printf("%s: %v %v\n", t.name, conclusions, n)
	return nil
}

func (t *tool) origin() string {
	url, err := t.git("remote", "get-url", "origin")
	if err != nil {
		return filepath.Base(t.repo)
	}
	parts := strings.FieldsFunc(strings.TrimSuffix(strings.TrimSpace(url), ".git"), func(r rune) bool { return r == '/' || r == ':' })
	return strings.Join(parts[max(0, len(parts)-2):], "/")
}

var verdicts = []string{"wanted", "unwanted", "false"}

// judgements reads the ledger: what identifies a finding ▶ the verdict.
func (t *tool) judgements() (map[string]string, error) {
	out := map[string]string{}
	f, err := os.Open(t.ledger)
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for i := 1; lines.Scan(); i++ {
		if lines.Text() == "" || strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		c := strings.Split(lines.Text(), "\t")
		if len(c) != 6 || !slices.Contains(verdicts, c[4]) {
			return nil, fmt.Errorf("%s:%d: not six columns with one of %v in the fifth", t.ledger, i, verdicts)
		}
		out[strings.Join(c[:4], "\t")] = c[4]
	}
	return out, lines.Err()
}

func (t *tool) git(args ...string) (string, error) {
	out, err := exec.Command("git", append([]string{"-C", t.repo}, args...)...).Output()
	return string(out), err
}

func (t *tool) review(head string) (string, []finding, error) {
	var out, problem bytes.Buffer
	cmd := exec.Command(t.seaworthy, "review", "--repo", t.repo, "--base", head+"^", "--head", head, "--offline", "--format", "json")
	cmd.Stdout, cmd.Stderr = &out, &problem
	if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() != 1 {
		return "", nil, fmt.Errorf("review of %s: %w: %s", head, err, problem.String())
	}
	var r struct {
		Conclusion string
		Findings   []finding
	}
	err := json.Unmarshal(out.Bytes(), &r)
	return r.Conclusion, r.Findings, err
}

// around is how many lines are shown on each side of the one that a finding names.
const around = 4

// maxDiff is how many lines of the commit's diff of the file are shown.
const maxDiff = 40

func (t *tool) show(head, key string, f finding) {
	blocks := ""
	if f.Blocking {
		blocks = " BLOCKS"
	}
	fmt.Printf("%s\t?\t\n  %s %s%s: %s\n  %s\n  in %s\n", key, f.Severity, f.Status, blocks, f.Title, f.Message, few(f.Targets))
	if f.Location == nil {
		fmt.Println()
		return
	}
	fmt.Printf("  %s:%d\n", f.Location.File, f.Location.Line)
	if content, err := t.git("show", head+":"+f.Location.File); err == nil {
		lines := strings.Split(content, "\n")
		for i := max(0, f.Location.Line-1-around); i < min(len(lines), f.Location.Line+around); i++ {
			mark := "  "
			if i == f.Location.Line-1 {
				mark = "▸ "
			}
			fmt.Printf("    %s%4d │ %s\n", mark, i+1, cut(lines[i]))
		}
	}
	if diff, err := t.git("diff", "-U1", head+"^", head, "--", f.Location.File); err == nil && diff != "" {
		lines := strings.Split(strings.TrimRight(diff, "\n"), "\n")
		for _, line := range lines[min(len(lines), 4):min(len(lines), 4+maxDiff)] {
			fmt.Printf("      %s\n", cut(line))
		}
	} else {
		stat, _ := t.git("diff", "--stat=100", head+"^", head) // for the reader only
		fmt.Printf("      the commit does not touch this file:\n%s", stat)
	}
	fmt.Println()
}

func few(list []string) string {
	if len(list) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:3], ", "), len(list)-3)
	}
	return strings.Join(list, ", ")
}

// cut shortens a line, which may be a whole document.
func cut(s string) string {
	if r := []rune(s); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return s
}
