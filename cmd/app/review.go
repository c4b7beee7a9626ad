package main

import (
	"encoding/json"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/seaworthy-dev/seaworthy/internal/git"
	"github.com/seaworthy-dev/seaworthy/internal/job"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

func reviewCommand() *cobra.Command {
	var repo, base, head, format, now, gate string
	var targets []string
	var noCache, noMergeBase bool
	c := &cobra.Command{
		Use:  "review",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			ctx := c.Context()
			asOf, err := parseNow(now)
			if err != nil {
				return err
			}
			r, err := git.Open(ctx, repo)
			if err != nil {
				return broken(err)
			}
			defer r.Close()
			baseSHA, err := r.Resolve(ctx, base)
			if err != nil {
				return refused(err)
			}
			headSHA, headTree, err := commit(ctx, r, head)
			if err != nil {
				return refused(err)
			}
			mergeBase := baseSHA
			if !noMergeBase {
				of := headSHA
				if of == "" {
					if of, err = r.Resolve(ctx, "HEAD"); err != nil {
						return refused(err)
					}
				}
				if mergeBase, err = r.MergeBase(ctx, baseSHA, of); err != nil {
					return broken(err)
				}
			}
			_, baseTree, err := commit(ctx, r, mergeBase)
			if err != nil {
				return refused(err)
			}
			w, err := newWorkbench(noCache)
			if err != nil {
				return broken(err)
			}
			defer w.close()
			report, err := w.reviewer.Review(ctx, job.Change{BaseSHA: baseSHA, MergeBase: mergeBase, HeadSHA: headSHA,
				Base: baseTree, Head: headTree, Scope: localScope, Only: targets, Gate: review.Gate(gate), AsOf: asOf})
			if err != nil {
				return broken(err)
			}
			e := json.NewEncoder(os.Stdout)
			e.SetIndent("", "  ")
			e.SetEscapeHTML(false)
			if err := e.Encode(report); err != nil {
				return broken(err)
			}
			if report.Conclusion == review.Failure {
				return exitStatus{exitFailure, errors.New("blocked")}
			}
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&repo, "repo", ".", "work tree or bare repository")
	f.StringVar(&base, "base", "", "revision to compare with")
	f.StringVar(&head, "head", "HEAD", "revision to review, or WORKTREE for uncommitted files")
	f.StringVar(&format, "format", "json", "text, json, markdown or sarif")
	f.StringVar(&now, "now", "", "the time to judge by, RFC 3339")
	f.StringVar(&gate, "gate", "standard", "strict, standard or report")
	f.StringArrayVar(&targets, "target", nil, "target id; may be given more than once")
	f.BoolVar(&noCache, "no-cache", false, "remember nothing")
	f.BoolVar(&noMergeBase, "no-merge-base", false, "render --base itself")
	return c
}
