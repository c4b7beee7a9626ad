package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/seaworthy-dev/seaworthy/internal/audit"
	"github.com/seaworthy-dev/seaworthy/internal/git"
	"github.com/seaworthy-dev/seaworthy/internal/job"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/report"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/web"
)

// auditFlags is what `seaworthy audit` is told.
type auditFlags struct {
	repo, rev, part                          string
	format, out, config, defaults, gate, now string
	offline, noCache                         bool
}

func auditCommand() *cobra.Command {
	var f auditFlags
	c := &cobra.Command{
		Use:   "audit",
		Short: "Report on the readiness of a whole repository",
		Long: `Render a whole repository, run every check and report whether it may go to
production, what blocks it and what to do first. Exit status 1 means: not
approved.`,
		Example: `  seaworthy audit
  seaworthy audit --rev v1.2 --format markdown --out AUDIT.md
  seaworthy audit --part clusters/prod`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c.Context(), c.OutOrStdout()) },
	}
	s := c.Flags()
	s.StringVar(&f.repo, "repo", ".", "work tree or bare repository; only its objects are read")
	s.StringVar(&f.rev, "rev", "HEAD", "revision to audit, or WORKTREE for uncommitted files")
	s.StringVar(&f.part, "part", "", "only this directory, cluster or target of it")
	s.StringVar(&f.format, "format", "text", "text, json, markdown, sarif, or html for one file with everything in it")
	s.StringVar(&f.out, "out", "", "write to this file instead of standard output")
	s.StringVar(&f.config, "config", "", "file to use instead of .github/seaworthy.yaml of the revision")
	s.StringVar(&f.defaults, "defaults", "", "the organisation's file, that counts below the repository's")
	s.StringVar(&f.gate, "gate", "", "strict, standard or report; default: strict")
	s.BoolVar(&f.offline, "offline", false, "fetch nothing from outside the repository")
	s.BoolVar(&f.noCache, "no-cache", false, "neither use nor keep earlier renders")
	s.StringVar(&f.now, "now", "", "the time to judge by, RFC 3339")
	return c
}

func (f *auditFlags) check() error {
	switch {
	case !formats[f.format] || f.format == "github":
		return usage("--format %q is not known: text, json, markdown, sarif or html", f.format)
	case f.gate != "" && !review.Gate(f.gate).Valid():
		return usage("--gate %q is not known: strict, standard or report", f.gate)
	}
	return nil
}

func (f *auditFlags) run(ctx context.Context, stdout io.Writer) error {
	if err := f.check(); err != nil {
		return err
	}
	asOf, err := parseNow(f.now)
	if err != nil {
		return err
	}
	repo, err := git.Open(ctx, f.repo)
	if err != nil {
		return exitStatus{exitUsage, err}
	}
	defer repo.Close()
	w, err := newWorkbench(f.noCache, f.offline)
	if err != nil {
		return broken(err)
	}
	defer w.close()
	whole, err := f.whole(ctx, repo, w, asOf)
	if err != nil {
		return err
	}
	done := progress("auditing")
	r, err := w.reviewer.Audit(ctx, whole)
	done()
	if err != nil {
		var no *job.NoPartError
		if errors.As(err, &no) {
			return exitStatus{exitUsage, err}
		}
		return broken(err)
	}
	if err := f.write(stdout, whole.Origins, r); err != nil {
		return broken(err)
	}
	if !r.Approved {
		return exitStatus{code: exitFailure}
	}
	return nil
}

// whole reads the commit and the configuration.
func (f *auditFlags) whole(ctx context.Context, repo *git.Repo, w *workbench, asOf time.Time) (job.Whole, error) {
	out := job.Whole{Part: f.part, FileSide: model.Head, Change: job.Change{Scope: localScope, Origins: repo.Origins(ctx), AsOf: asOf}}
	var err error
	if out.HeadSHA, out.Head, err = commit(ctx, repo, f.rev); err != nil {
		return out, refused(err)
	}
	set := reviewFlags{config: f.config, defaults: f.defaults, gate: f.gate}
	if out.Governance, err = set.configure(ctx, w, out.Head); err != nil {
		return out, err
	}
	if f.gate == "" {
		out.Gate = review.Strict // the file's gate is for pull requests
	}
	out.Found = func(r *review.Report) {
		for _, b := range r.Broken {
			fmt.Fprintf(os.Stderr, "seaworthy: the check %s broke (%s); the others ran\n", b.Check, b.Panic)
		}
	}
	return out, nil
}

func (f *auditFlags) write(stdout io.Writer, origins []string, r *audit.Report) error {
	return output(f.out, stdout, func(out io.Writer, color bool) error {
		switch f.format {
		case "json":
			return report.AuditJSON(out, r)
		case "sarif":
			return report.SARIF(out, &review.Report{Findings: r.Findings}, sarifTool())
		case "html":
			page := web.AuditFile{Report: r}
			page.Links.Repository, page.Repository = gitHubPageOf(origins)
			return page.Write(out)
		case "markdown":
			_, err := io.WriteString(out, report.AuditMarkdown(r))
			return err
		}
		return report.AuditText(out, r, color)
	})
}

// output opens where a report is written to; color is for a terminal.
func output(file string, stdout io.Writer, write func(out io.Writer, color bool) error) (err error) {
	if file == "" {
		f, ok := stdout.(*os.File)
		return write(stdout, ok && isatty.IsTerminal(f.Fd()) && os.Getenv("NO_COLOR") == "")
	}
	f, err := os.Create(file)
	if err != nil {
		return usage("%s", err)
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	return write(f, false)
}
