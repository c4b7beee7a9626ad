package web

import (
	"html"
	"html/template"
	"net/http"
	"strings"
)

// checkView is the page of a check: its documentation.
type checkView struct {
	frame
	Check string
	Text  template.HTML
}

// check explains a check to everybody: it is the program's own text.
func (p *Pages) check(w http.ResponseWriter, r *http.Request) {
	id, text := r.PathValue("check"), ""
	if p.Explain != nil {
		text = p.Explain(id)
	}
	if text == "" {
		p.say(w, r, notice{Status: http.StatusNotFound, Title: "There is no such check", Text: "Rules of a repository's own are explained in its file."})
		return
	}
	p.write(w, r, "check.tmpl", checkView{newFrame(id, p.viewer(r)), id, paragraphs(text)})
}

// checksView is the page of all checks.
type checksView struct {
	frame
	Checks []CheckLine
}

// CheckLine is a check in the list of all.
type CheckLine struct{ ID, Severity, Area, Title string }

// checks lists what is checked, for everybody.
func (p *Pages) checks(w http.ResponseWriter, r *http.Request) {
	p.write(w, r, "checks.tmpl", checksView{newFrame("Checks", p.viewer(r)), p.Checks})
}

// paragraphs is Markdown of ours as HTML: paragraphs, and blocks of code.
func paragraphs(text string) template.HTML {
	var b strings.Builder
	for i, part := range strings.Split(text, "```") {
		if i%2 == 1 {
			_, code, _ := strings.Cut(part, "\n") // after the language
			b.WriteString("<pre>" + html.EscapeString(code) + "</pre>\n")
			continue
		}
		for _, one := range strings.Split(part, "\n\n") {
			if one = strings.TrimSpace(one); one != "" {
				b.WriteString("<p>" + string(prose(one)) + "</p>\n")
			}
		}
	}
	return template.HTML(b.String())
}
