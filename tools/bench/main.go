// Command bench makes a repository of many overlays over shared bases and
// measures how long a review of it takes, beside the kustomize binary on the
// same machine in the same run.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/sourcegraph/conc/pool"
)

type bench struct {
	seaworthy, kustomize string
	overlays, bases      int
	dir, keep, flate     string
	only                 string // overlays, flux or scaling; "" measures the first two
	emptied              int    // how often the cache began anew
}

func main() {
	var b bench
	flag.StringVar(&b.seaworthy, "seaworthy", "bin/seaworthy", "the binary under test")
	flag.StringVar(&b.kustomize, "kustomize", "bin/kustomize", "the kustomize binary")
	flag.IntVar(&b.overlays, "overlays", 1000, "how many overlays")
	flag.IntVar(&b.bases, "bases", 60, "how many bases they share")
	flag.StringVar(&b.only, "only", "", "overlays, flux or scaling; the first two otherwise")
	flag.StringVar(&b.keep, "keep", "", "make the repositories here, and leave them")
	flag.StringVar(&b.flate, "flate", "", "the flate binary to measure beside; none otherwise")
	flag.Parse()
	if err := b.run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) run() (err error) {
	if b.dir = b.keep; b.keep == "" {
		if b.dir, err = os.MkdirTemp("", "seaworthy-bench-"); err != nil {
			return err
		}
		defer os.RemoveAll(b.dir)
	}
	for _, p := range []*string{&b.seaworthy, &b.kustomize, &b.flate} {
		if *p == "" {
			continue
		}
		if *p, err = filepath.Abs(*p); err != nil {
			return err
		}
	}
	if b.only == "scaling" {
		return b.scaling()
	}
	if b.only != "flux" {
		if err := b.plain(); err != nil {
			return err
		}
	}
	if b.only != "overlays" {
		return b.flux()
	}
	return nil
}

// plain measures overlays, beside kustomize.
func (b *bench) plain() error {
	if err := b.repository(); err != nil {
		return err
	}
	fmt.Printf("%d overlays over %d bases\n\n", b.overlays, b.bases)
	one := []string{"--base", "start", "--head", "one"}
	all := []string{"--base", "start", "--head", "all"}
	b.measure("one overlay changes, nothing cached", true, one)
	b.measure("one overlay changes, warm", false, one)
	empty := b.measure("nothing is reached, warm", false, []string{"--base", "start", "--head", "none"})
	cold := b.measure("a base under all changes, nothing cached", true, all)
	again := b.measure("the same, all cached", false, all)
	if err := b.forgetHead(); err != nil {
		return err
	}
	warm := b.measure("a base under all changes, its base side warm", false, all)
	if err := b.audits("repo"); err != nil {
		return err
	}
	both, err := b.kustomizeBoth()
	if err != nil {
		return err
	}
	fmt.Println(line("kustomize build over both sides, two processes", both))
	fmt.Printf("\nof kustomize's CPU time: nothing cached %.3f, base side warm %.3f; all cached is %.2f s CPU more than nothing reached\n\n",
		cold.cpu.Seconds()/both.cpu.Seconds(), warm.cpu.Seconds()/both.cpu.Seconds(), (again.cpu - empty.cpu).Seconds())
	return nil
}

// cost is what a command took: from start to end, and of the processors, its
// children's too.
type cost struct{ wall, cpu time.Duration }

// costOf is that of a command that ended.
func costOf(cmd *exec.Cmd, since time.Time) cost {
	out := cost{wall: time.Since(since)}
	if s := cmd.ProcessState; s != nil {
		out.cpu = s.UserTime() + s.SystemTime()
	}
	return out
}

// line is a measurement's first columns.
func line(name string, c cost) string {
	return fmt.Sprintf("%-52s %7.2f s   %7.2f s CPU", name, c.wall.Seconds(), c.cpu.Seconds())
}

// measure runs a review and prints its time and the memory of parent and
// children together, sampled.
func (b *bench) measure(name string, cold bool, args []string) cost {
	return b.measureIn("repo", name, cold, append([]string{"--render", "plain"}, args...))
}

func (b *bench) measureIn(repo, name string, cold bool, args []string) cost {
	if cold {
		b.emptied++
	}
	cmd := exec.Command(b.seaworthy, append([]string{"review", "--format", "json", "--offline", "--repo", filepath.Join(b.dir, repo)}, args...)...)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	took, memory, err := b.watched(cmd)
	var report struct {
		Conclusion string
		Changes    []json.RawMessage
		Stats      struct{ Targets, Rendered int }
	}
	if json.Unmarshal(out.Bytes(), &report) != nil {
		fmt.Println(name, err, stderr.String())
		return took
	}
	fmt.Printf("%s   %4d MB   %d builds, %d changes\n", line(name, took), memory>>20, report.Stats.Rendered, len(report.Changes))
	return took
}

// watched runs a command with the cache, and gives what it took and the most memory that
// it and its children held.
func (b *bench) watched(cmd *exec.Cmd) (took cost, memory int64, err error) {
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+b.cache())
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return took, 0, err
	}
	stop := make(chan struct{})
	peak := make(chan int64)
	go func() { peak <- watch(cmd.Process.Pid, stop) }()
	err = cmd.Wait()
	took = costOf(cmd, start)
	close(stop)
	return took, <-peak, err
}

// reviewed is what a review of a repository's branch change costs, nothing cached.
func (b *bench) reviewed(repo string) (cost, error) {
	cmd := exec.Command(b.seaworthy, "review", "--format", "json", "--offline", "--no-cache", "--render", "plain", "--repo", filepath.Join(b.dir, repo), "--base", "start", "--head", "change")
	start := time.Now()
	out, err := cmd.Output()
	var report struct{ Changes []json.RawMessage }
	if json.Unmarshal(out, &report) != nil || len(report.Changes) == 0 {
		return cost{}, fmt.Errorf("review %s: nothing was compared: %w", repo, err)
	}
	return costOf(cmd, start), nil
}

// watch samples the memory of a process and its children until stop, and gives
// the largest sum in bytes.
func watch(pid int, stop <-chan struct{}) int64 {
	var peak int64
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return peak
		case <-tick.C:
			peak = max(peak, memoryOf(pid, ""))
		}
	}
}

// memoryOf is what a process and its children hold, a page that several share counted
// once among them (Linux's proportional set size). A child that has not begun its program
// yet has its parent's memory, at the same addresses (above, "" for none).
func memoryOf(pid int, above string) int64 {
	var total int64
	rollup, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid)) // a process that ends reads as nothing
	addresses, _, _ := strings.Cut(string(rollup), "\n")
	if addresses == above {
		return 0
	}
	for line := range strings.Lines(string(rollup)) {
		if size, ok := strings.CutPrefix(line, "Pss:"); ok {
			var kilobytes int64
			_, _ = fmt.Sscan(size, &kilobytes)
			total = kilobytes << 10
		}
	}
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, t := range tasks {
		raw, _ := os.ReadFile(t)
		for _, child := range strings.Fields(string(raw)) {
			var id int
			if _, err := fmt.Sscan(child, &id); err == nil {
				total += memoryOf(id, addresses)
			}
		}
	}
	return total
}

// audits measures the readiness report of a whole repository.
func (b *bench) audits(repo string) error {
	b.emptied++
	for _, name := range []string{"the whole repository audited, nothing cached", "the whole repository audited, warm"} {
		cmd := exec.Command(b.seaworthy, "audit", "--format", "json", "--repo", filepath.Join(b.dir, repo), "--rev", "start", "--offline")
		cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+b.cache())
		start := time.Now()
		out, err := cmd.Output()
		took := costOf(cmd, start)
		var report struct {
			Findings []json.RawMessage
			Stats    struct{ Targets, Rendered int }
		}
		if json.Unmarshal(out, &report) != nil {
			return fmt.Errorf("audit: %w", err)
		}
		fmt.Printf("%s   %d targets, %d builds, %d findings\n", line(name, took), report.Stats.Targets, report.Stats.Rendered, len(report.Findings))
	}
	return nil
}

// cache is a directory that is empty at first, where one was emptied before: a disk that
// was just told to delete thousands of files is slower to make others (ext4 does not use
// what was deleted in the last seconds), and no measurement should pay for another.
func (b *bench) cache() string { return filepath.Join(b.dir, "cache-"+strconv.Itoa(b.emptied)) }

// forgetHead leaves in the cache what a review of the base side alone keeps.
func (b *bench) forgetHead() error {
	b.emptied++
	cmd := exec.Command(b.seaworthy, "render", "--render", "plain", "--repo", filepath.Join(b.dir, "repo"), "--rev", "start")
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+b.cache())
	return cmd.Run()
}

func (b *bench) kustomizeBoth() (took cost, err error) {
	var cpu atomic.Int64
	for _, rev := range []string{"start", "all"} {
		tree := filepath.Join(b.dir, rev)
		if out, err := exec.Command("git", "-C", filepath.Join(b.dir, "repo"), "worktree", "add", "-q", "--detach", tree, rev).CombinedOutput(); err != nil {
			return took, fmt.Errorf("git worktree: %w: %s", err, out)
		}
		start := time.Now()
		work := pool.New().WithErrors().WithMaxGoroutines(2)
		for i := range b.overlays {
			work.Go(func() error {
				cmd := exec.Command(b.kustomize, "build", "--load-restrictor", "LoadRestrictionsNone", filepath.Join(tree, overlay(i)))
				err := cmd.Run()
				cpu.Add(int64(costOf(cmd, start).cpu))
				return err
			})
		}
		if err := work.Wait(); err != nil {
			return took, fmt.Errorf("kustomize build: %w", err)
		}
		took.wall += time.Since(start)
	}
	took.cpu = time.Duration(cpu.Load())
	return took, nil
}
