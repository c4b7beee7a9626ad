package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/seaworthy-dev/seaworthy/checks"
	"github.com/seaworthy-dev/seaworthy/internal/report"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

func checksCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "checks", Short: "List and explain what is checked", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() }, // without it a wrong word would be success
	}
	var out string
	docs := &cobra.Command{
		Use: "docs", Short: "Write docs/checks.md", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
				return broken(err)
			}
			if err := os.WriteFile(out, catalogue(), 0o644); err != nil {
				return broken(err)
			}
			return nil
		},
	}
	docs.Flags().StringVar(&out, "out", "docs/checks.md", "file to write")
	c.AddCommand(docs,
		&cobra.Command{
			Use: "list", Short: "List all checks", Args: cobra.NoArgs,
			RunE: func(c *cobra.Command, _ []string) error { return listChecks(c.OutOrStdout()) },
		},
		&cobra.Command{
			Use: "explain ID", Short: "Explain one check",
			Example: "  seaworthy checks explain image-tag-mutable",
			RunE: func(c *cobra.Command, args []string) error {
				if len(args) != 1 {
					return usage("say which check: seaworthy checks explain image-tag-mutable")
				}
				check := findCheck(args[0])
				if check == nil {
					return usage("there is no check %q%s; `seaworthy checks list` names them all", args[0], nearTo(args[0]))
				}
				_, err := io.WriteString(c.OutOrStdout(), explain(check))
				return err
			},
		})
	return c
}

// explained are all findings that there can be, sorted by id.
func explained() []*review.Check {
	all := append(slices.Clone(checks.All), checks.Engine...)
	sort.Slice(all, func(i, j int) bool { return all[i].ID < all[j].ID })
	return all
}

func findCheck(id string) *review.Check {
	for _, c := range explained() {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// likeShown is how many checks are proposed for a name that is none.
const likeShown = 5

// nearTo proposes the checks whose name holds all words of what was asked for.
func nearTo(asked string) string {
	var like []string
	words := strings.FieldsFunc(asked, func(r rune) bool { return r == '-' || r == '_' || r == ' ' })
	for _, c := range explained() {
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(c.ID, strings.ToLower(w)) }) {
			like = append(like, c.ID)
		}
	}
	if len(words) == 0 || len(like) == 0 || len(like) > likeShown {
		return ""
	}
	return " (did you mean " + strings.Join(like, ", ") + "?)"
}

func listChecks(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tSEVERITY\tAREA\tTITLE")
	for _, c := range explained() {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", c.ID, c.Severity, c.Area, c.Doc.Title)
	}
	return w.Flush()
}

// textWidth is the width of a line of prose in the terminal.
const textWidth = 80

// explain is a check's doc as one reads it in a terminal.
func explain(c *review.Check) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s · %s · %s\n", c.Doc.Title, c.ID, c.Severity, c.Area)
	for _, part := range parts(c.Doc) {
		fmt.Fprintf(&b, "\n%s\n", part.head)
		if part.code {
			b.WriteString(indent(part.text))
		} else {
			b.WriteString(wrap(strings.ReplaceAll(part.text, "`", "")))
		}
	}
	return b.String()
}

type docPart struct {
	head, text string
	code       bool
}

func parts(d review.Doc) []docPart {
	all := []docPart{
		{"What it looks for", d.What, false}, {"Why it matters", d.Why, false},
		{"Found", d.Bad, true}, {"Mended", d.Good, true},
		{"What to do (" + d.Effort + ")", d.Fix, false}, {"See it by hand", d.Verify, true}, {"When to waive it", d.Waive, false},
	}
	return slices.DeleteFunc(all, func(p docPart) bool { return p.text == "" })
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(text, "\n", "\n    ") + "\n"
}

// wrap breaks prose into lines, indented by two.
func wrap(text string) string {
	var b strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		switch {
		case column == 0:
			b.WriteString("  ")
			column = 2
		case column+1+len(word) > textWidth:
			b.WriteString("\n  ")
			column = 2
		default:
			b.WriteString(" ")
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String() + "\n"
}

// areas is their order in the docs, with what each is about.
var areas = []struct {
	area review.Area
	name string
}{
	{review.Security, "Security"}, {review.SupplyChain, "Supply chain"}, {review.Reliability, "Reliability"}, {review.FluxArea, "Flux"},
	{review.Architecture, "Architecture"}, {review.Operations, "Operations"}, {review.Observability, "Observability"},
	{review.Testing, "Testing"}, {review.Docs, "Documentation"},
}

// catalogue is docs/checks.md.
func catalogue() []byte {
	var b bytes.Buffer
	all := explained()
	fmt.Fprintf(&b, "# What is checked\n\n<!-- Written by `seaworthy checks docs`; do not edit. -->\n\n")
	fmt.Fprintf(&b, "%d checks. On a pull request each speaks only of what the change brings or makes worse; the rest is listed as existing. "+
		"A check is set up in `.github/seaworthy.yaml` under its id:\n\n```yaml\nchecks:\n  image-tag-mutable: {severity: critical}\n  single-replica: {enabled: false}\n```\n\n"+
		"The checks of kube-linter, kube-score and polaris, each beside ours: [linters.md](linters.md).\n", len(all))
	for _, a := range areas {
		of := slices.DeleteFunc(slices.Clone(all), func(c *review.Check) bool { return c.Area != a.area })
		if len(of) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n| check | severity | finds |\n|---|---|---|\n", a.name)
		for _, c := range of {
			fmt.Fprintf(&b, "| [`%s`](#%s) | %s | %s |\n", c.ID, c.ID, c.Severity, c.Doc.Title)
		}
		for _, c := range of {
			section(&b, c)
		}
	}
	return b.Bytes()
}

func section(b *bytes.Buffer, c *review.Check) {
	fmt.Fprintf(b, "\n### %s\n\n**%s** · %s\n\n%s\n\n**Why.** %s\n\n", c.ID, c.Doc.Title, c.Severity, c.Doc.What, c.Doc.Why)
	if c.Doc.Bad != "" {
		fmt.Fprintf(b, "```yaml\n# found\n%s\n```\n\n```yaml\n# mended\n%s\n```\n\n", c.Doc.Bad, c.Doc.Good)
	}
	fmt.Fprintf(b, "**What to do** (%s). %s\n\n**See it by hand.**\n\n```sh\n%s\n```\n\n**Waive it when:** %s\n", c.Doc.Effort, c.Doc.Fix, c.Doc.Verify, c.Doc.Waive)
}

// sarifTool is what SARIF says of this program.
func sarifTool() report.Tool {
	return report.Tool{Version: thisBuild().Version, Checks: append(slices.Clone(checks.All), checks.Engine...)}
}
