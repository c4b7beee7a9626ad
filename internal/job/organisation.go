package job

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/fault"
	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
)

// absentFor is for how long it is remembered that the organisation's repository is not
// in the installation. A change of the installation ends it. That the repository has no
// file is asked each time: a server of GitHub's that lags would weaken the rules.
const absentFor = 10 * time.Minute

// absences are the installations without that repository, and until when that is
// believed.
type absences struct {
	mu    sync.Mutex
	until map[int64]time.Time
}

func (a *absences) holds(installation int64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return time.Now().Before(a.until[installation])
}

func (a *absences) note(installation int64, until time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.until == nil {
		a.until = map[int64]time.Time{}
	}
	a.until[installation] = until
}

// organisation reads the defaults of a repository's organisation, with a token for
// that repository alone. Where there are none, or they are not shown to the App, none
// count; any other failure is the review's: it is never judged by weaker rules.
func (q *Queue) organisation(ctx context.Context, installation int64, owner, scope string) (Defaults, error) {
	if q.absent.holds(installation) {
		return Defaults{}, nil
	}
	client := q.App.Repository(github.Repository{Installation: installation, Owner: owner, Name: config.OrganisationRepository})
	for _, path := range config.Paths {
		content, err := client.File(ctx, "", path)
		if errors.Is(err, github.ErrOutside) {
			q.absent.note(installation, time.Now().Add(absentFor))
			return Defaults{}, nil
		}
		if errors.Is(err, github.ErrGone) {
			continue
		}
		if err != nil {
			return Defaults{}, err
		}
		return q.Reviewer.Defaults(ctx, fmt.Sprintf("%s:%s", client, path), content, scope)
	}
	return Defaults{}, nil
}

// Defaults are what an organisation's file says, below the repository's own.
type Defaults struct {
	file     config.File
	where    string // what the file is called
	mistakes []review.Mistake
}

// Defaults reads an organisation's file; where names it. One of which nothing can be
// read stops the review.
func (r *Reviewer) Defaults(ctx context.Context, where string, content []byte, scope string) (Defaults, error) {
	file, mistakes, err := config.ReadContent(ctx, r.Runner, content, scope, r.CheckIDs())
	switch {
	case err != nil && sandbox.GaveUp(err):
		return Defaults{}, fault.New(fault.Operator, fmt.Sprintf("the organisation's file %s cannot be read within the limits", where), err)
	case err != nil:
		return Defaults{}, fmt.Errorf("read the organisation's file %s: %w", where, err)
	}
	for _, m := range mistakes {
		if m.Whole {
			return Defaults{}, fault.New(fault.Operator, fmt.Sprintf("nothing of the organisation's file %s counts, because %s", where, m.Message), errors.New(m.Message))
		}
	}
	d := Defaults{file: file, where: where}
	for _, m := range mistakes {
		d.mistakes = append(d.mistakes, d.mistake(m))
	}
	return d, nil
}

// mistake is a mistake of the organisation's file: it has no line in this
// repository.
func (d Defaults) mistake(m config.Mistake) review.Mistake {
	return review.Mistake{Message: fmt.Sprintf("The organisation's file, %s, line %d: %s", d.where, m.Line, m.Message)}
}

// known are the ids that a repository's file can name: those of all checks, and
// of the organisation's rules.
func (r *Reviewer) known(below Defaults) []string {
	ids := r.CheckIDs()
	for _, rule := range below.file.Rules {
		ids = append(ids, rule.ID)
	}
	return ids
}
