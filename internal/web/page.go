package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/report"
)

//go:embed assets/*
var assetFiles embed.FS

// assetNames are the addresses of what a page needs besides itself. They hold a
// digest, so that a browser can keep them for ever.
type assetNames struct{ Style, Script string }

// assets are the files of all pages.
var assets = func() (out struct {
	names         assetNames
	style, script []byte
}) {
	read := func(name string) ([]byte, string) {
		content, err := assetFiles.ReadFile("assets/" + name)
		if err != nil {
			panic(err) // it is embedded
		}
		sum := sha256.Sum256(content)
		return content, "/assets/" + hex.EncodeToString(sum[:8]) + "/" + name
	}
	out.style, out.names.Style = read("style.css")
	out.script, out.names.Script = read("page.js")
	return out
}()

// serveAsset answers the addresses of assetNames.
func serveAsset(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	switch r.URL.Path {
	case assets.names.Style:
		h.Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write(assets.style) // the reader may be gone
	case assets.names.Script:
		h.Set("Content-Type", "text/javascript; charset=utf-8")
		_, _ = w.Write(assets.script)
	default:
		h.Set("Cache-Control", "no-store")
		http.NotFound(w, r)
	}
}

// functions are what the templates call.
var functions = template.FuncMap{
	"prose": prose, "count": count, "some": func(names []string, most int) string { return some(names, most) },
	"list":       func(all ...string) []string { return all },
	"at":         func(v *reviewView, f findingView) findingAt { return findingAt{f, v} },
	"sort":       func(v *reviewView, l findingList) findingsOf { return findingsOf{l, v} },
	"stars":      stars,
	"stateClass": stateClass,
	"objectLink": func(v *reviewView, change int) string { return v.objectLink(change) },
	"entry": func(v *reviewView, c any) entryView {
		switch c := c.(type) {
		case groupView:
			return entryView{c.changeView, v}
		case changeView:
			return entryView{c, v}
		}
		return entryView{View: v}
	},
}

// findingAt is a finding in a view; nil where it stands at its object already.
type findingAt struct {
	Finding findingView
	View    *reviewView
}

// findingsOf are findings of a sort in a view.
type findingsOf struct {
	List findingList
	View *reviewView
}

// entryView is an object in the list.
type entryView struct {
	changeView
	View *reviewView
}

// Link leads to the object's diff.
func (e entryView) Link() string { return e.View.objectLink(e.Index) }

// Severities are those of the object's findings, for the filter of a file.
func (e entryView) Severities() string {
	var out []string
	for _, f := range e.Findings {
		out = append(out, string(e.View.Page.Findings[f].Severity))
	}
	return strings.Join(out, " ")
}

// TargetList are the indexes of the object's targets, for the same.
func (e entryView) TargetList() string {
	var out []string
	for _, t := range e.Targets {
		out = append(out, strconv.Itoa(t))
	}
	return strings.Join(out, " ")
}

// objectLink leads to an object's diff; in a file to that of the first which
// changed alike.
func (v *reviewView) objectLink(change int) string {
	if v.File {
		change = v.first[v.Changes[change].Group]
		return "#o" + strconv.Itoa(change)
	}
	return v.Query.Link("object", strconv.Itoa(change))
}

// Choose narrows the list, or takes back that it does.
func (v *reviewView) Choose(name, value string) string {
	if name == "cluster" && v.Query.Cluster == value || name == "target" && v.Query.Target == value {
		value = ""
	}
	return v.Query.Link(name, value)
}

// ToPage leads to a page of the list before or after this one.
func (v *reviewView) ToPage(step int) string {
	return v.Query.Link("page", strconv.Itoa(v.Query.Page+step))
}

// At is a place for the templates.
func (l Links) At(at *model.Position, p *report.Page) *placeView { return l.place(at, p) }

// FullLink leads to the diff with all its lines.
func (o *objectView) FullLink() string { return "?full=1&object=" + strconv.Itoa(o.Index) }

// CanFull reports whether there is such a page.
func (o *objectView) CanFull() bool { return !o.Review.File && !o.Review.Query.Full }

// File is a review's page as one file, with everything in it.
type File struct {
	Page       *report.Page
	Links      Links
	Repository string // what it calls the repository
}

// maxFile bounds the diffs of a file, 32 MiB; of what would make them larger it
// names what changed, without the lines.
const maxFile = 32 << 20

// Write writes the file. It needs no other and asks nobody for anything. Of
// objects that changed alike it has the diff of the first.
func (f File) Write(out io.Writer) error {
	v := newFileView(f)
	size := 0
	for _, g := range v.Groups {
		sides := f.Page.Sides(g.Index)
		if size > maxFile {
			sides = nil
		}
		var b bytes.Buffer
		if err := pages().ExecuteTemplate(&b, "object", v.object(g.Index, sides)); err != nil {
			return fmt.Errorf("write the page: %w", err)
		}
		size += b.Len()
		v.Written = append(v.Written, template.HTML(b.String()))
	}
	if err := pages().ExecuteTemplate(out, "review.tmpl", v); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

func newFileView(f File) *reviewView {
	v := newViewOf(f.Page, query{Page: 1, Object: -1}, f.Links, true)
	v.Repository = f.Repository
	v.Style, v.Script = template.CSS(assets.style), template.JS(assets.script)
	v.Policy = "default-src 'none'; style-src " + policyOf(assets.style) + "; script-src " + policyOf(assets.script) + "; form-action 'none'; base-uri 'none'"
	return v
}

// policyOf names a style or a script that stands in a file, for its policy.
func policyOf(content []byte) string {
	sum := sha256.Sum256(content)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// stars are a rating as text; 0 is unknown.
func stars(n int) string {
	if n < 1 || n > 5 {
		return "unknown"
	}
	return strings.Repeat("★", n) + strings.Repeat("☆", 5-n)
}

// stateClass is the colour of a pull request's state.
func stateClass(state string) string {
	switch state {
	case report.Blocked:
		return "high"
	case report.Ready, report.Routine:
		return "good"
	case report.Unsure:
		return "medium"
	}
	return "low"
}
