package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/seaworthy-dev/seaworthy/internal/audit"
	"github.com/seaworthy-dev/seaworthy/internal/fault"
	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/report"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/store"
)

// audit answers with the readiness report of the pull request's head, or with
// the review of its change.
func (o *order) audit(ctx context.Context, pull github.PullRequest) (string, error) {
	if err := o.answer(ctx, fmt.Sprintf("Auditing commit `%s` …", pull.HeadSHA[:7])); err != nil {
		return "", err
	}
	a := &attempt{queue: o.queue, client: o.client, review: &store.Review{Pull: pullOf(pull), CheckName: "-"}}
	repo, err := a.fetch(ctx, pull)
	if err != nil {
		return "", err
	}
	defer repo.Close()
	c, _, err := a.change(ctx, pull, repo)
	if err != nil {
		return "", err
	}
	if o.asked.verb == auditVerb {
		if err := repo.Prefetch(ctx, inputsOf(c.Head)); err != nil {
			return "", err
		}
	}
	said, err := o.report(ctx, pull, c)
	if err != nil {
		return "", err
	}
	return o.stale(ctx, pull) + said, nil
}

func (o *order) report(ctx context.Context, pull github.PullRequest, c Change) (string, error) {
	if o.asked.verb == deltaVerb {
		r, err := o.queue.Reviewer.Review(ctx, c)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("**%s** · commit `%s`\n\n%s", report.Title(r), pull.HeadSHA[:7], report.ForCheckRun(r).Summary), nil
	}
	w := Whole{Change: c, Part: o.asked.arg, FileSide: model.Base, Pipelines: o.queue.pipelines(ctx, o.client, pull.HeadSHA)}
	w.Gate = review.Strict
	place := fmt.Sprintf("pull/%d", pull.Number)
	if w.Part == "" {
		kept, err := o.queue.Store.LastAudit(ctx, pull.RepositoryID, place)
		if kept == "" && err == nil {
			kept, err = o.queue.Store.LastAudit(ctx, pull.RepositoryID, defaultPlace)
		}
		if err != nil {
			return "", err
		}
		w.Last = unmarshalPast[audit.Past](kept)
	}
	r, err := o.queue.Reviewer.Audit(ctx, w)
	var no *NoPartError
	if errors.As(err, &no) {
		return fmt.Sprintf("`%s` is no cluster, and no target is below it.\n\n%s", printable(no.Part), helpText), nil
	}
	if err != nil {
		return "", err
	}
	if w.Part == "" {
		kept, err := json.Marshal(r.Keep())
		if err != nil {
			return "", fmt.Errorf("keep the audit: %w", err)
		}
		if err := o.queue.Store.KeepAudit(ctx, pull.RepositoryID, place, string(kept)); err != nil {
			return "", err
		}
	}
	said := report.AuditComment(r)
	page, err := o.queue.keepAuditPage(ctx, pullOf(pull), r, w.Settings.Waivers)
	if err != nil {
		return "", err
	}
	if page != "" {
		said += "\n\n[The whole report](" + page + ")"
	}
	return said, nil
}

// pipelines reads what others say of the commit; what cannot be read is not
// visible, and no reason to fail.
func (q *Queue) pipelines(ctx context.Context, client *github.Client, sha string) audit.Pipelines {
	runs, err := client.Pipelines(ctx, sha)
	if err != nil {
		q.Log.Warn().Err(err).Stringer("owner", fault.OwnerOf(err)).Msg("the commit's check runs were not read")
		return audit.Pipelines{}
	}
	out := audit.Pipelines{Visible: true}
	for _, r := range runs {
		out.Runs = append(out.Runs, audit.Run{Name: r.Name, Conclusion: r.Conclusion})
	}
	return out
}

// stale says that the pull request moved on while it was audited; "" if not, or
// if that cannot be told.
func (o *order) stale(ctx context.Context, pull github.PullRequest) string {
	now, err := o.client.PullRequest(ctx, pull.Number)
	if err != nil || now.HeadSHA == pull.HeadSHA {
		return ""
	}
	return fmt.Sprintf("**This speaks of commit `%s`; the head is `%s` by now.** Comment `/audit` again for that one.\n\n", pull.HeadSHA[:7], now.HeadSHA[:7])
}
