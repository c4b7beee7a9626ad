package job

import (
	"context"
	"errors"
	"strconv"

	"github.com/seaworthy-dev/seaworthy/internal/report"
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
	if a.Pages == "" {
		return nil
	}
	parts, err := report.PageOf(a.report).Pack()
	if err == nil {
		err = a.Store.KeepPage(ctx, a.review, parts)
	}
	if errors.Is(err, store.ErrLost) || ctx.Err() != nil {
		return err
	}
	if err != nil {
		a.Log.Error().Err(err).Int64("review", a.review.ID).Msg("a review's page was not kept")
	}
	return nil
}

// progress notes what is done at the moment, for the review's page. It is no
// reason to end a review: what stores next finds out whether the store is well.
func (a *attempt) progress(ctx context.Context, what string) {
	if a.Pages == "" {
		return
	}
	if err := a.Store.Progress(ctx, a.review, what); err != nil {
		a.Log.Debug().Err(err).Int64("review", a.review.ID).Msg("the progress was not noted")
	}
}
