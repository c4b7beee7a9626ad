package job

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"golang.org/x/time/rate"

	"github.com/seaworthy-dev/seaworthy/internal/audit"
	"github.com/seaworthy-dev/seaworthy/internal/report"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/store"
)

// PagePath is where below Queue.Pages a review's page is, before its id.
const PagePath = "/reviews/"

// pageOf is the address of a review's page; "" where there are no pages.
func (q *Queue) pageOf(review int64) string {
	if q.Pages == "" {
		return ""
	}
	return q.Pages + PagePath + strconv.FormatInt(review, 10)
}

// keepPage keeps what the review's page shows. A page that cannot be kept is no
// reason to hold the verdict back; to have lost the review is.
func (a *attempt) keepPage(ctx context.Context) error {
	if a.queue.Pages == "" {
		return nil
	}
	page := report.PageOf(a.report)
	if a.inventory != nil {
		page.Draw(a.inventory)
	}
	parts, err := page.Pack()
	if err == nil {
		err = a.queue.Store.KeepPage(ctx, a.review, report.ToText(page.Digest()), parts)
	}
	if errors.Is(err, store.ErrLost) || ctx.Err() != nil {
		return err
	}
	if err != nil {
		a.queue.Log.Error().Err(err).Int64("review", a.review.ID).Msg("a review's page was not kept")
	}
	return nil
}

// auditPagePath is where below Queue.Pages an audit's page is, before its id.
const auditPagePath = "/audits/"

// keepAuditPage keeps the report of a default branch, or of a pull request, for
// its page, and gives the page's address; "" where there are no pages.
func (q *Queue) keepAuditPage(ctx context.Context, of store.Pull, r *audit.Report, waivers []review.Waiver) (address string, err error) {
	if q.Pages == "" {
		return "", nil
	}
	data, err := report.PackAudit(r)
	if err != nil {
		return "", err
	}
	id, err := q.Store.KeepAuditPage(ctx, of, report.ToText(report.AuditDigestOf(r, waivers)), data)
	if err != nil {
		return "", err
	}
	return q.Pages + auditPagePath + strconv.FormatInt(id, 10), nil
}

// progressPace is how often the store is told how far a render is, since it is
// asked for by those who look at the page.
const progressPace = 400 * time.Millisecond

// progress notes what is done at the moment, for the review's page. It is no
// reason to end a review: what stores next finds out whether the store is well.
func (a *attempt) progress(ctx context.Context, what string) {
	if a.queue.Pages == "" {
		return
	}
	if err := a.queue.Store.Progress(ctx, a.review, what); err != nil {
		a.queue.Log.Debug().Err(err).Int64("review", a.review.ID).Msg("the progress was not noted")
	}
}

// built notes how many targets were built, now and then. It may be called from
// many goroutines.
func (a *attempt) built(ctx context.Context) func(n int) {
	if a.queue.Pages == "" {
		return nil
	}
	pace := rate.Sometimes{Interval: progressPace}
	return func(n int) {
		pace.Do(func() { a.progress(ctx, fmt.Sprintf("%s: %d built", renderingBoth, n)) })
	}
}
