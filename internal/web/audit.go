package web

import (
	"fmt"
	"html/template"
	"io"
	"slices"

	"github.com/seaworthy-dev/seaworthy/internal/audit"
	"github.com/seaworthy-dev/seaworthy/internal/report"
)

// auditView is the page of an audit.
type auditView struct {
	frame
	Audit  Audit // the zero one in a file
	Report *audit.Report
	Links  Links
	Page   *report.Page // the commit that the links lead to
	Graph  graph
	// Blocking are the gaps that bar approval, as the report counts them.
	Blocking []audit.Gap

	File       bool   // it is one file, with everything in it
	Repository string // what a file calls the repository
}

func newAuditView(r *audit.Report, links Links) *auditView {
	blocking := slices.DeleteFunc(slices.Clone(r.Gaps), func(g audit.Gap) bool { return !slices.Contains(r.Summary.Blocking, g.ID) })
	return &auditView{Blocking: blocking, Report: r, Links: links, Page: &report.Page{Head: r.Commit}, Graph: mapOf(r.Architecture.Nodes, r.Architecture.Edges)}
}

// AuditFile is an audit's page as one file, with everything in it.
type AuditFile struct {
	Report     *audit.Report
	Links      Links
	Repository string // what it calls the repository
}

// Write writes the file. It needs no other and asks nobody for anything.
func (f AuditFile) Write(out io.Writer) error {
	v := newAuditView(f.Report, f.Links)
	v.frame, v.File, v.Repository = newFrame(report.AuditTitle(f.Report), nil), true, f.Repository
	v.Style = template.CSS(assets.style)
	v.Policy = "default-src 'none'; style-src " + policyOf(assets.style) + "; form-action 'none'; base-uri 'none'"
	if err := pages().ExecuteTemplate(out, "audit.tmpl", v); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}
