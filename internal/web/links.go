package web

import (
	"fmt"
	"net/url"
	"path"
	"strconv"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/report"
)

// Links are the addresses that a page leads to, on GitHub and here; the zero value
// leads nowhere.
type Links struct {
	Repository string // its page, without a slash at the end; "" for none
	Number     int    // the pull request's; 0 for none
	Checks     bool   // each check has a page below /checks/
}

// placeView is a place in a file, and where it can be read.
type placeView struct {
	Text string // file:line
	Link string // "" for none
	Base bool   // in base: head has no such line
}

func (l Links) place(at *model.Position, p *report.Page) *placeView {
	if at == nil {
		return nil
	}
	v := &placeView{Text: at.File, Base: at.Side == model.Base}
	if at.Precision != model.AtFile {
		v.Text = fmt.Sprintf("%s:%d", at.File, at.Line)
	}
	commit := p.Head
	if v.Base {
		commit = p.MergeBase
	}
	if l.Repository == "" || commit == "" {
		return v
	}
	v.Link = l.Repository + "/blob/" + commit + (&url.URL{Path: path.Join("/", at.File)}).EscapedPath()
	if at.Precision != model.AtFile {
		v.Link += fmt.Sprintf("#L%d", at.Line)
		if at.EndLine > at.Line {
			v.Link += fmt.Sprintf("-L%d", at.EndLine)
		}
	}
	return v
}

// Commit is where a commit can be read.
func (l Links) Commit(sha string) string {
	if l.Repository == "" || sha == "" {
		return ""
	}
	return l.Repository + "/commit/" + sha
}

// Pull is where the pull request is.
func (l Links) Pull() string {
	if l.Repository == "" || l.Number == 0 {
		return ""
	}
	return l.Repository + "/pull/" + strconv.Itoa(l.Number)
}
