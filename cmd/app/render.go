package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/git"
	"github.com/seaworthy-dev/seaworthy/internal/job"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/render"
)

func renderCommand() *cobra.Command {
	var repo, rev, mode string
	var targets []string
	var reveal, offline, list bool
	c := &cobra.Command{
		Use:   "render",
		Short: "Print the rendered objects as YAML",
		Example: `  seaworthy render --list                              what is found in the repository
  seaworthy render --target kustomize:apps/prod
  seaworthy render --target argocd:in-cluster/shop`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !renderModes[mode] {
				return usage("--render %q is not known: auto or plain", mode)
			}
			ctx := c.Context()
			r, err := git.Open(ctx, repo)
			if err != nil {
				return broken(err)
			}
			defer r.Close()
			_, tree, err := commit(ctx, r, rev)
			if err != nil {
				return refused(err)
			}
			w, err := newWorkbench(false, offline)
			if err != nil {
				return broken(err)
			}
			defer w.close()
			change := job.Change{Head: tree, Scope: localScope, Origins: r.Origins(ctx), Only: targets, Plain: mode == "plain"}
			if change.Governance, err = w.reviewer.Configure(ctx, tree, localScope, job.Defaults{}); err != nil {
				return broken(err)
			}
			request := w.reviewer.Request(change)
			request.Reveal, request.All = reveal, true
			snapshots, err := w.reviewer.Renderer.Pair(ctx, request)
			if errors.Is(err, render.ErrNoTarget) {
				return exitStatus{exitUsage, meant(err)}
			}
			if err != nil {
				return broken(err)
			}
			if list && len(snapshots.Head.Targets) == 0 {
				fmt.Fprintln(os.Stderr, "seaworthy: nothing is found here that a cluster applies: no kustomization, and no object of Flux or Argo CD")
			}
			if list {
				return listTargets(c.OutOrStdout(), snapshots.Head)
			}
			return printSnapshot(c.OutOrStdout(), snapshots.Head)
		},
	}
	f := c.Flags()
	f.StringVar(&repo, "repo", ".", "work tree or bare repository")
	f.StringVar(&rev, "rev", "HEAD", "revision, or WORKTREE for uncommitted files")
	f.StringVar(&mode, "render", "auto", renderHelp)
	f.BoolVar(&list, "list", false, "print the targets alone: their ids, what they are built from, and whether they are visible")
	f.StringArrayVar(&targets, "target", nil, "target, by its id or path; may be given more than once")
	f.BoolVar(&reveal, "reveal", false, "show secrets")
	f.BoolVar(&offline, "offline", false, "fetch nothing from outside the repository")
	return c
}

// renderModes are what --render takes; flux is what auto was called.
var renderModes = map[string]bool{"auto": true, "flux": true, "plain": true}

const renderHelp = "auto: what Flux, Argo CD and Helm apply, and each kustomization that nothing else includes; plain: kustomizations and manifests alone"

// listTargets writes what there is to render: target, directory, and what is not
// visible of it.
func listTargets(out io.Writer, s *model.Snapshot) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, t := range s.Targets {
		said := "rendered"
		if t.Problem != nil || t.Status == model.StatusAbsent {
			said = fmt.Sprintf("%s: %s", t.Status, why(t))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", t.Target.ID, t.Target.Path, said)
	}
	if err := w.Flush(); err != nil {
		return broken(fmt.Errorf("print: %w", err))
	}
	return nil
}

// printSnapshot writes every rendered object; what did not render is told on
// standard error, and the status says so.
func printSnapshot(out io.Writer, s *model.Snapshot) error {
	w := bufio.NewWriter(out)
	failed := 0
	for _, t := range s.Targets {
		if t.Problem != nil || t.Status == model.StatusAbsent {
			failed++
			fmt.Fprintf(os.Stderr, "seaworthy: %s: %s\n", t.Target.ID, why(t))
			if !t.Known() {
				continue
			}
		}
		fmt.Fprintf(w, "# %s\n", t.Target.ID)
		for _, o := range t.Objects {
			y, err := yaml.Marshal(model.Show(o.Fields()))
			if err != nil {
				return broken(fmt.Errorf("print %s: %w", o.ID, err))
			}
			fmt.Fprintf(w, "---\n%s", y)
		}
	}
	if err := w.Flush(); err != nil {
		return broken(fmt.Errorf("print: %w", err))
	}
	if failed > 0 {
		return exitStatus{code: exitFailure}
	}
	return nil
}

func why(t model.Rendered) string {
	if t.Problem == nil {
		return "does not exist at this revision"
	}
	p := t.Problem
	if p.Location == nil {
		return p.Error()
	}
	return fmt.Sprintf("%s (%s:%d)", p.Error(), p.Location.File, p.Location.Line)
}

// meant adds to the error about a target that is none the name of the one that is nearest.
func meant(err error) error {
	if none := (*render.NoTarget)(nil); errors.As(err, &none) {
		if near := config.Suggest(none.ID, none.Known); near != "" {
			return fmt.Errorf("%w%s", err, near)
		}
	}
	return err
}
