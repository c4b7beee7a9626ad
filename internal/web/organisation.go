package web

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sort"
	"strconv"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/seaworthy-dev/seaworthy/internal/report"
)

// organisationView is the page of an account.
type organisationView struct {
	frame
	Owner        string
	Repositories []repositoryLine
	Checks       []checkLine // that block most
	States       []stateCount
	Left         int // repositories that were not asked for
	// Lacks is what the account does not grant and should.
	Lacks []string
}

type repositoryLine struct {
	Repository
	States []stateCount
	Latest *Audit
	Spark  string // the completeness over time
	Pulls  int
}

// Count is the pull requests in a state.
func (l repositoryLine) Count(state string) int {
	for _, s := range l.States {
		if s.State == state {
			return s.Count
		}
	}
	return 0
}

type checkLine struct {
	Check         string
	Pulls, Counts int // pull requests that it blocks, and findings
}

const (
	// maxAsked bounds the repositories of an account of which a viewer's rights are
	// asked for one page.
	maxAsked = 200
	askedAt  = 8 // at once
)

// organisation shows an account's repositories: those that the viewer can read.
// For who can read none there is no such page.
func (p *Pages) organisation(w http.ResponseWriter, r *http.Request) {
	viewer := p.viewer(r)
	if viewer == nil && p.GitHub.Public == nil {
		p.toSignIn(w, r)
		return
	}
	v, err := p.organisationView(r.Context(), viewer, r.PathValue("owner"))
	switch {
	case errors.Is(err, ErrSignedOut):
		p.sealer.clear(w, "session")
		p.toSignIn(w, r)
		return
	case err != nil:
		p.broken(w, r, err)
		return
	case len(v.Repositories) == 0 && viewer == nil:
		p.toSignIn(w, r)
		return
	case len(v.Repositories) == 0:
		p.nothing(w, r)
		return
	}
	if r.URL.Query().Get("format") == "csv" {
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="repositories.csv"`)
		if err := v.csv(w); err != nil {
			p.Log.Debug().Err(err).Msg("a table was not sent whole")
		}
		return
	}
	v.frame = newFrame(v.Owner, viewer)
	p.write(w, r, "organisation.tmpl", v)
}

func (p *Pages) organisationView(ctx context.Context, viewer *Viewer, owner string) (*organisationView, error) {
	all, err := p.Knowledge.Repositories(ctx, owner)
	if err != nil {
		return nil, err
	}
	v := &organisationView{Owner: owner}
	if v.Left = len(all) - maxAsked; v.Left > 0 {
		all = all[:maxAsked]
	}
	v.Left = max(0, v.Left)
	may := make([]bool, len(all))
	asking := pool.New().WithContext(ctx).WithMaxGoroutines(askedAt).WithCancelOnError()
	for i, one := range all {
		asking.Go(func(ctx context.Context) (err error) {
			may[i], err = p.mayRead(ctx, viewer, Review{Tenant: one.Tenant, Repository: one.ID, Owner: one.Owner, Name: one.Name})
			return err
		})
	}
	if err := asking.Wait(); err != nil {
		return nil, err
	}
	checks := map[string]*checkLine{}
	var everything []Pull
	for i, one := range all {
		if !may[i] {
			continue
		}
		v.Owner = one.Owner
		line, pulls, err := p.line(ctx, one)
		if err != nil {
			return nil, err
		}
		everything = append(everything, pulls...)
		v.Repositories = append(v.Repositories, line)
		for _, pull := range pulls {
			for check, n := range pull.Digest.Checks {
				if checks[check] == nil {
					checks[check] = &checkLine{Check: check}
				}
				checks[check].Pulls++
				checks[check].Counts += n
			}
		}
	}
	for _, c := range checks {
		v.Checks = append(v.Checks, *c)
	}
	slices.SortFunc(v.Checks, func(a, b checkLine) int {
		return cmp.Or(cmp.Compare(b.Pulls, a.Pulls), cmp.Compare(b.Counts, a.Counts), cmp.Compare(a.Check, b.Check))
	})
	v.Lacks = p.lacks(ctx, v.Repositories)
	v.States = countStates(everything)
	sort.SliceStable(v.Repositories, func(i, j int) bool {
		return v.Repositories[i].Count(report.Blocked) > v.Repositories[j].Count(report.Blocked)
	})
	return v, nil
}

// lacks is what the installations of repositories do not grant. That it cannot be asked
// is no reason to show nothing else.
func (p *Pages) lacks(ctx context.Context, of []repositoryLine) (out []string) {
	if p.GitHub.Lacks == nil {
		return nil
	}
	asked := map[int64]bool{}
	for _, one := range of {
		if asked[one.Tenant] {
			continue
		}
		asked[one.Tenant] = true
		some, err := p.GitHub.Lacks(ctx, one.Tenant)
		if err != nil {
			p.Log.Warn().Err(err).Int64("installation", one.Tenant).Msg("what an installation grants was not asked")
		}
		out = append(out, some...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (p *Pages) line(ctx context.Context, one Repository) (repositoryLine, []Pull, error) {
	pulls, err := p.Knowledge.Pulls(ctx, one.ID)
	if err != nil {
		return repositoryLine{}, nil, err
	}
	audits, err := p.Knowledge.Audits(ctx, one.ID)
	line := repositoryLine{Repository: one, States: countStates(pulls), Pulls: len(pulls)}
	if len(audits) > 0 {
		line.Latest, line.Spark = &audits[0], sparkScore(audits)
	}
	return line, pulls, err
}

// csv writes the repositories as a table for spreadsheets.
func (v *organisationView) csv(out http.ResponseWriter) error {
	w := csv.NewWriter(out)
	if err := w.Write([]string{"repository", "open", "blocked", "not sure", "ready", "routine", "audited", "approved", "score"}); err != nil {
		return err
	}
	for _, l := range v.Repositories {
		row := []string{l.Owner + "/" + l.Name, strconv.Itoa(l.Pulls)}
		for _, s := range states[:4] {
			row = append(row, strconv.Itoa(l.Count(s)))
		}
		if a := l.Latest; a != nil {
			row = append(row, a.Created.UTC().Format(time.RFC3339), strconv.FormatBool(a.Digest.Approved), fmt.Sprintf("%.1f", a.Digest.Score))
		} else {
			row = append(row, "", "", "")
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}
