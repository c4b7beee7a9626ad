package standin

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// browsed are the addresses of GitHub's own pages that links of ours lead to.
var browsed = pattern.New(`^/([^/]+/[^/]+)(?:/(blob|commit|pull)/([0-9a-f]+)(?:/(.+))?)?$`)

var browsePage = template.Must(template.New("").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>{{.Title}}</title><link rel="icon" href="data:,">
<style>body{font:14px/1.5 system-ui;max-width:70rem;margin:2rem auto;padding:0 1rem}pre{line-height:1.4;overflow:auto}
li{white-space:pre;font-family:ui-monospace,monospace}li:target{background:#fd08}</style>
<h1>{{.Title}}</h1><p>{{.Note}}</p>
{{with .Lines}}<ol>{{range $n, $line := .}}<li id="L{{$line.Number}}">{{$line.Text}}</li>
{{end}}</ol>{{end}}{{with .Text}}<pre>{{.}}</pre>{{end}}{{range .Runs}}<p><strong>{{.Name}}</strong> {{.Conclusion}}: {{.Title}} <a href="{{.DetailsURL}}">Details</a></p>{{end}}
`))

type browseView struct {
	Title, Note, Text string
	Lines             []browseLine
	Runs              []CheckRun
}

type browseLine struct {
	Number int
	Text   string
}

// browse answers what a browser asks of GitHub's own pages, plainly: a file with
// its lines, a commit, a pull request with its check runs. Everybody sees all:
// only a server that is reached by one person answers so (Options.Browse).
func (s *Server) browse(w http.ResponseWriter, r *http.Request) bool {
	at := browsed.FindStringSubmatch(r.URL.Path)
	if !s.opts.Browse || r.Method != http.MethodGet || at == nil {
		return false
	}
	s.mu.Lock()
	repo, err := s.repo(at[1])
	s.mu.Unlock()
	if err != nil {
		return false
	}
	v := browseView{Title: at[1], Note: "A stand-in for GitHub serves this page."}
	switch at[2] {
	case "blob":
		var content []byte
		content, err = blob(r.Context(), repo.dir, at[3]+":"+at[4])
		v.Title = at[4]
		for i, line := range strings.Split(strings.TrimSuffix(string(content), "\n"), "\n") {
			v.Lines = append(v.Lines, browseLine{i + 1, line})
		}
	case "commit":
		v.Text, err = git(r.Context(), repo.dir, "show", "--end-of-options", at[3])
	case "pull":
		n, _ := strconv.Atoi(at[3])
		if v.Title, v.Runs, err = s.pullPage(at[1], n); err == nil {
			v.Title = fmt.Sprintf("%s #%d", v.Title, n)
		}
	}
	if err != nil {
		http.NotFound(w, r)
		return true
	}
	var b bytes.Buffer
	if err := browsePage.Execute(&b, v); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return true
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(b.Bytes()) // the reader may be gone
	return true
}

// pullPage gives a pull request's title and the check runs of its head.
func (s *Server) pullPage(repo string, number int) (title string, runs []CheckRun, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.repo(repo)
	if err != nil {
		return "", nil, err
	}
	for _, p := range r.pulls {
		if p.number != number {
			continue
		}
		for _, run := range r.runs {
			if run.HeadSHA == p.headSHA {
				runs = append(runs, run.CheckRun)
			}
		}
		return p.title, runs, nil
	}
	return "", nil, errNotFound
}
