package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/sourcegraph/conc/pool"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/report"
)

// Impact is what a review's change does in one other repository.
type Impact struct {
	ID, Review int64
	Repository Repository
	Open       bool // it is not looked at yet
	What       model.ImpactedRepository
}

// Elsewhere is where impacts are kept.
type Elsewhere interface {
	// Impacts are those of a review.
	Impacts(ctx context.Context, review int64) ([]Impact, error)
	// Impact gives one; ErrNone where there is none.
	Impact(ctx context.Context, id int64) (Impact, error)
	// Part gives a part of its page, as report.Page.Pack made it; ErrNone where it is
	// not there.
	Part(ctx context.Context, id int64, part int) ([]byte, error)
}

// elsewhereView is the page of a review's impact.
type elsewhereView struct {
	frame
	ID     int64
	Of     string // the pull request
	Text   string
	Open   int
	Hidden int // that the viewer cannot read
	Rows   []elsewhereRow
}

type elsewhereRow struct {
	Name  string
	Lines []string
	Link  string // "" where there is no page
}

// askedAtOnce bounds how many questions of who may read what GitHub is asked at the
// same time for one page.
const askedAtOnce = 8

// elsewhere shows what a review's change does in other repositories to those who can
// read its own: the counts, and of each repository that they can read too what becomes of
// it.
func (p *Pages) elsewhere(w http.ResponseWriter, r *http.Request) {
	found, viewer, ok := p.admit(w, r)
	if !ok {
		return
	}
	all, err := p.Elsewhere.Impacts(r.Context(), found.ID)
	if err != nil {
		p.broken(w, r, err)
		return
	}
	of := fmt.Sprintf("%s/%s#%d", found.Owner, found.Name, found.Number)
	v := &elsewhereView{frame: newFrame("Elsewhere: what "+of+" does in other repositories", viewer), ID: found.ID, Of: of}
	var counts model.Impact
	var told []Impact
	for _, i := range all {
		if i.Open {
			v.Open++
			continue
		}
		counts.Add(i.What)
		if i.What.Problem != "" || len(i.What.Clusters) > 0 {
			told = append(told, i)
		}
	}
	v.Text = strings.ReplaceAll(report.ImpactText(counts), "**", "")
	may := make([]bool, len(told))
	ask := pool.New().WithMaxGoroutines(askedAtOnce)
	for n, i := range told {
		ask.Go(func() {
			ok, err := p.mayRead(r.Context(), viewer, reviewIn(i.Repository))
			may[n] = ok && err == nil // who cannot be asked about is not named
		})
	}
	ask.Wait()
	for n, i := range told {
		if !may[n] {
			v.Hidden++
			continue
		}
		row := elsewhereRow{Name: i.Repository.Owner + "/" + i.Repository.Name, Lines: report.ImpactOn(i.What)}
		if len(i.What.Clusters) > 0 {
			row.Link = "/reviews/" + strconv.FormatInt(found.ID, 10) + "/elsewhere/" + strconv.FormatInt(i.ID, 10)
		}
		v.Rows = append(v.Rows, row)
	}
	p.write(w, r, "elsewhere.tmpl", v)
}

func reviewIn(at Repository) Review {
	return Review{Tenant: at.Tenant, Repository: at.ID, Owner: at.Owner, Name: at.Name}
}

// elsewhereOne shows what would change in one other repository, to those who can read
// both.
func (p *Pages) elsewhereOne(w http.ResponseWriter, r *http.Request) {
	found, viewer, ok := p.admit(w, r)
	if !ok {
		return
	}
	id, err := strconv.ParseInt(r.PathValue("impact"), 10, 64)
	if err != nil {
		p.nothing(w, r)
		return
	}
	i, err := p.Elsewhere.Impact(r.Context(), id)
	if errors.Is(err, ErrNone) || err == nil && i.Review != found.ID {
		p.nothing(w, r)
		return
	}
	if err != nil {
		p.broken(w, r, err)
		return
	}
	may, err := p.mayRead(r.Context(), viewer, reviewIn(i.Repository))
	switch {
	case errors.Is(err, ErrSignedOut):
		p.sealer.clear(w, "session")
		p.toSignIn(w, r)
		return
	case err != nil || !may:
		p.nothing(w, r) // whether there is one is not said
		return
	}
	there := reviewIn(i.Repository)
	there.ID, there.Title = -i.ID, "What would change in "+there.Owner+"/"+there.Name
	p.reviewed(w, r, there, viewer)
}
