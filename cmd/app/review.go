package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/sourcegraph/conc"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/fault"
	"github.com/seaworthy-dev/seaworthy/internal/git"
	"github.com/seaworthy-dev/seaworthy/internal/job"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/render"
	"github.com/seaworthy-dev/seaworthy/internal/report"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// reviewFlags is what `seaworthy review` is told.
type reviewFlags struct {
	repo, base, head                                 string
	format, out, config, defaults, gate, render, now string
	diff                                             string
	targets, consumers                               []string
	offline, noCache, noMergeBase, open, all         bool

	rendered *model.Snapshot // the head, once it is rendered
}

func reviewCommand() *cobra.Command {
	var f reviewFlags
	c := &cobra.Command{
		Use:   "review --base REV",
		Short: "Review the change between two commits",
		Example: `  seaworthy review --base main --head feature
  seaworthy review --base main --head WORKTREE      uncommitted changes
  seaworthy review --base v1.2 --format sarif --out review.sarif`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage("name the commits by --base and --head, such as --base %s --head HEAD", args[0])
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c.Context(), c.OutOrStdout()) },
	}
	s := c.Flags()
	s.StringVar(&f.repo, "repo", ".", "work tree or bare repository; only its objects are read")
	s.StringVar(&f.base, "base", "", "revision to compare with; its merge base with the head is rendered")
	s.StringVar(&f.head, "head", "HEAD", "revision to review, or WORKTREE for uncommitted changes")
	s.StringVar(&f.format, "format", "text", "text, json, markdown, sarif, github for annotations of a workflow, or html for one file with everything in it")
	s.StringVar(&f.diff, "diff", "short", "how much of the rendered diff text and markdown show: full, short or none")
	s.BoolVar(&f.all, "all", false, "list in text also the findings that are not from this change")
	s.BoolVar(&f.open, "open", false, "write the page and open it in the browser")
	s.StringVar(&f.out, "out", "", "write to this file instead of standard output")
	s.StringVar(&f.config, "config", "", "file to use instead of .github/seaworthy.yaml of the base")
	s.StringVar(&f.defaults, "defaults", "", "the organisation's file, that counts below the repository's")
	s.StringVar(&f.gate, "gate", "", "strict, standard or report; default: the file's, else standard")
	s.StringVar(&f.render, "render", "auto", renderHelp)
	s.StringArrayVar(&f.targets, "target", nil, "only this target, by its id or path, such as kustomize:apps/prod or apps/prod; may be given more than once")
	s.StringArrayVar(&f.consumers, "consumer", nil, "work tree or bare repository of one that uses this; says what would change there; may be given more than once")
	s.BoolVar(&f.offline, "offline", false, "fetch nothing from outside the repository")
	s.BoolVar(&f.noCache, "no-cache", false, "neither use nor keep earlier renders")
	s.BoolVar(&f.noMergeBase, "no-merge-base", false, "render --base itself")
	s.StringVar(&f.now, "now", "", "the time to judge by, RFC 3339")
	return c
}

var formats = map[string]bool{"text": true, "json": true, "markdown": true, "sarif": true, "html": true, "github": true}

func (f *reviewFlags) check() error {
	switch {
	case f.base == "":
		return usage("say what to compare with: --base main")
	case !formats[f.format]:
		return usage("--format %q is not known: text, json, markdown, sarif, github or html", f.format)
	case f.open && f.format != "text" && f.format != "html":
		return usage("--open shows the page: it goes with --format html alone")
	case !slices.Contains(report.Details, report.Detail(f.diff)):
		return usage("--diff %q is not known: full, short or none", f.diff)
	case f.gate != "" && !review.Gate(f.gate).Valid():
		return usage("--gate %q is not known: strict, standard or report", f.gate)
	case !renderModes[f.render]:
		return usage("--render %q is not known: auto or plain", f.render)
	case f.base == workTree:
		return usage("--base must be a revision; only --head may be %s", workTree)
	}
	return nil
}

func (f *reviewFlags) run(ctx context.Context, stdout io.Writer) error {
	if err := f.check(); err != nil {
		return err
	}
	asOf, err := parseNow(f.now)
	if err != nil {
		return err
	}
	w, err := newWorkbench(f.noCache, f.offline)
	if err != nil {
		return broken(err)
	}
	defer w.close()
	var recalled conc.WaitGroup // while git looks for the repository
	defer recalled.Wait()
	recalled.Go(func() { w.reviewer.Renderer.Recall(localScope) })
	repo, err := git.Open(ctx, f.repo)
	if err != nil {
		return exitStatus{exitUsage, err}
	}
	defer repo.Close()
	change, err := f.change(ctx, repo, w, asOf)
	if err != nil {
		return err
	}
	change.Rendered = func(head *model.Snapshot) { f.rendered = head }
	done := progress("reviewing")
	r, err := w.reviewer.Review(ctx, change)
	done()
	if errors.Is(err, render.ErrNoTarget) {
		return exitStatus{exitUsage, meant(err)}
	}
	if err != nil {
		return broken(err)
	}
	if r.Impact, err = f.impact(ctx, repo, w, change); err != nil {
		return err
	}
	if f.open {
		f.format = "html"
		if f.out == "" {
			if f.out, err = pageFile(); err != nil {
				return broken(err)
			}
		}
	}
	if err := f.write(ctx, stdout, change, r); err != nil {
		return broken(err)
	}
	if f.open {
		fmt.Fprintln(stdout, f.out)
		if err := openFile(ctx, f.out); err != nil {
			fmt.Fprintln(os.Stderr, "seaworthy:", err) // the file is there all the same
		}
	}
	for _, b := range r.Broken {
		fmt.Fprintf(os.Stderr, "seaworthy: the check %s broke (%s); the others ran\n", b.Check, b.Panic)
	}
	if r.Conclusion == review.Failure {
		return exitStatus{code: exitFailure}
	}
	return nil
}

// change reads the commits and the configuration.
func (f *reviewFlags) change(ctx context.Context, repo *git.Repo, w *workbench, asOf time.Time) (job.Change, error) {
	c := job.Change{Scope: localScope, Only: f.targets, AsOf: asOf, Plain: f.render == "plain"}
	var err error
	var origins []string
	var aside conc.WaitGroup // while git reads trees
	aside.Go(func() { origins = repo.Origins(ctx) })
	defer aside.Wait()
	if c.BaseSHA, err = repo.Resolve(ctx, f.base); err != nil {
		return c, refused(err)
	}
	head := f.head
	if head == workTree {
		head = "HEAD"
	}
	if head, err = repo.Resolve(ctx, head); err != nil && !(f.head == workTree && f.noMergeBase) {
		return c, refused(err)
	}
	c.MergeBase = c.BaseSHA
	var related conc.WaitGroup
	defer related.Wait()
	var unrelated error
	if !f.noMergeBase {
		related.Go(func() { c.MergeBase, unrelated = repo.MergeBase(ctx, c.BaseSHA, head) })
	}
	if f.head != workTree {
		c.HeadSHA = head
		c.Head, err = repo.Tree(ctx, head)
	} else {
		c.Head, err = repo.WorkTree(ctx)
	}
	if err != nil {
		return c, refused(err)
	}
	if related.Wait(); unrelated != nil {
		return c, broken(unrelated)
	}
	if c.Base, err = repo.Tree(ctx, c.MergeBase); err != nil {
		return c, broken(err)
	}
	governing, err := repo.Tree(ctx, c.BaseSHA)
	if err != nil {
		return c, broken(err)
	}
	c.Governance, err = f.configure(ctx, w, governing)
	aside.Wait()
	c.Origins = origins
	return c, err
}

// configure reads the repository's file from the tip of the base, or from the
// file that --config names.
func (f *reviewFlags) configure(ctx context.Context, w *workbench, governing *model.Tree) (g job.Governance, err error) {
	below, err := defaults(ctx, w, f.defaults)
	if err != nil {
		return g, err
	}
	if f.config == "" {
		if g, err = w.reviewer.Configure(ctx, governing, localScope, below); err != nil {
			return g, broken(err)
		}
	} else {
		content, err := os.ReadFile(f.config)
		if err != nil {
			return g, exitStatus{exitUsage, fmt.Errorf("read --config: %w", err)}
		}
		file, mistakes, err := config.ReadContent(ctx, w.reviewer.Runner, content, localScope, w.reviewer.CheckIDs())
		if err != nil {
			return g, broken(err)
		}
		for _, m := range mistakes {
			fmt.Fprintf(os.Stderr, "seaworthy: %s:%d: %s\n", f.config, m.Line, m.Message)
		}
		if g, err = w.reviewer.Govern(file, f.config, mistakes, below); err != nil {
			return g, exitStatus{exitUsage, err}
		}
		g.Governing = governing
	}
	if f.gate != "" {
		g.Gate = review.Gate(f.gate)
	}
	return g, nil
}

// defaults reads the organisation's file; "" names none.
func defaults(ctx context.Context, w *workbench, file string) (job.Defaults, error) {
	if file == "" {
		return job.Defaults{}, nil
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return job.Defaults{}, usage("read --defaults: %w", err)
	}
	d, err := w.reviewer.Defaults(ctx, file, content, localScope)
	if fault.OwnerOf(err) == fault.Operator && err != nil {
		return d, usage("%s", fault.PublicOf(err))
	}
	if err != nil {
		return d, broken(err)
	}
	return d, nil
}

func (f *reviewFlags) write(ctx context.Context, stdout io.Writer, c job.Change, r *review.Report) error {
	return output(f.out, stdout, func(out io.Writer, color bool) error {
		switch f.format {
		case "json":
			return report.JSON(out, r)
		case "sarif":
			return report.SARIF(out, r, sarifTool())
		case "github":
			shown, err := job.Placed(ctx, r, c)
			if err != nil {
				return err
			}
			return writeAnnotations(out, report.ForCheckRun(shown), r)
		case "html":
			return writeHTML(out, c, r, f.rendered)
		case "markdown":
			_, err := io.WriteString(out, report.Markdown(r, report.Detail(f.diff)))
			return err
		}
		source, failed := job.Source(ctx, c)
		if err := report.Text(out, r, report.Terminal{Color: color, Source: source, Width: columns(), Diff: report.Detail(f.diff), All: f.all}); err != nil {
			return err
		}
		return failed()
	})
}

// progress says on a terminal that something is under way, until done is
// called.
func progress(what string) (done func()) {
	if !isatty.IsTerminal(os.Stderr.Fd()) {
		return func() {}
	}
	stop := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		start := time.Now()
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				fmt.Fprint(os.Stderr, "\r\x1b[K")
				return
			case <-tick.C:
				if s := time.Since(start); s > time.Second {
					fmt.Fprintf(os.Stderr, "\r%s … %.0f s", what, s.Seconds())
				}
			}
		}
	}()
	return func() { close(stop); <-ended }
}

// columns is how wide the terminal says that it is; 0 where it does not.
func columns() int {
	n, err := strconv.Atoi(os.Getenv("COLUMNS"))
	if err == nil {
		return n
	}
	width, _, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil {
		return 0 // no terminal
	}
	return width
}
