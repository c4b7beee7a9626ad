package job

import (
	"context"
	"errors"
	"strconv"

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

// keepAuditPage keeps the report of a default branch for its page.
func (q *Queue) keepAuditPage(ctx context.Context, of store.Pull, r *audit.Report, waivers []review.Waiver) error {
	if q.Pages == "" {
		return nil
	}
	data, err := report.PackAudit(r)
	if err != nil {
		return err
	}
	return q.Store.KeepAuditPage(ctx, of, report.ToText(report.AuditDigestOf(r, waivers)), data)
}

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
