package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/audit"
	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/git"
	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/report"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/store"
)

// defaultPlace is where the audits of the default branch are kept.
const defaultPlace = "default"

// issueMark tells the issue that holds the report from others.
const issueMark = "<!-- seaworthy readiness report -->"

// periods are the words of the repository's file.
var periods = map[string]time.Duration{"daily": 24 * time.Hour, "weekly": 7 * 24 * time.Hour, "monthly": 30 * 24 * time.Hour}

// never is how far away the audit of a repository is that wants none: its file
// is looked at again then.
const never = 7 * 24 * time.Hour

// scheduled audits a repository's default branch, keeps what the next audit is
// compared with, and brings the issue up to date where the repository's file
// wants one.
func (q *Queue) scheduled(ctx context.Context, id int64) error {
	at, err := q.Store.Repository(ctx, id)
	if err != nil {
		return err
	}
	start := time.Now()
	p := store.Pull{Tenant: at.Tenant, Repository: at.ID, Owner: at.Owner, Name: at.Name, DefaultBranch: at.DefaultBranch}
	err = q.auditDefault(ctx, &at, q.client(p))
	switch {
	case errors.Is(err, github.ErrGone):
		return q.Store.Forget(ctx, id)
	case err != nil:
		return q.eventError("audit", p, err)
	}
	q.Log.Info().Str("repository", at.Owner+"/"+at.Name).Int64("milliseconds", time.Since(start).Milliseconds()).Msg("scheduled audit")
	return nil
}

func (q *Queue) auditDefault(ctx context.Context, at *store.Repository, client *github.Client) error {
	repo, ref, err := q.fetchDefault(ctx, *at, client)
	if err != nil {
		return err
	}
	defer repo.Close()
	w := Whole{FileSide: model.Head, Change: Change{HeadSHA: repo.At(ref), AsOf: time.Now(), Scope: fmt.Sprintf("%d/own", at.Tenant), Origins: []string{q.App.CloneURL(at.Owner, at.Name)}}}
	if w.Head, err = repo.Tree(ctx, w.HeadSHA); err != nil {
		return err
	}
	if err := repo.Prefetch(ctx, inputsOf(w.Head)); err != nil {
		return err
	}
	below, err := q.organisation(ctx, at.Tenant, at.Owner, w.Scope)
	if err != nil {
		return err
	}
	file, name, mistakes, err := config.Read(ctx, q.Reviewer.Runner, w.Head, w.Scope, q.Reviewer.known(below))
	if err != nil {
		return err
	}
	if file.Audit.Every == "off" {
		return q.Store.Reschedule(ctx, *at, never)
	}
	if w.Governance, err = q.Reviewer.Govern(file, name, mistakes, below); err != nil {
		return err
	}
	w.Governing, w.Gate = w.Head, review.Strict
	kept, err := q.Store.LastAudit(ctx, at.ID, defaultPlace)
	if err != nil {
		return err
	}
	w.Last = unmarshalPast[audit.Past](kept)
	w.Pipelines = q.pipelines(ctx, client, w.HeadSHA)
	r, err := q.Reviewer.Audit(ctx, w)
	if err != nil {
		return err
	}
	if err := q.keep(ctx, at, client, kept, file, r); err != nil {
		return err
	}
	_, err = q.keepAuditPage(ctx, store.Pull{Tenant: at.Tenant, Repository: at.ID, Owner: at.Owner, Name: at.Name}, r, w.Settings.Waivers)
	return err
}

// keep stores what the next audit is compared with once it was told.
func (q *Queue) keep(ctx context.Context, at *store.Repository, client *github.Client, before string, file config.File, r *audit.Report) error {
	if file.Audit.Issue {
		identity, err := q.App.Identity(ctx)
		if err != nil {
			return err
		}
		issue := github.Issue{Number: at.Issue, Mark: issueMark, Title: report.AuditTitle(r), Body: report.AuditComment(r)}
		if at.Issue, err = client.KeepIssue(ctx, identity.Slug, issue); err != nil {
			return err
		}
	}
	now, err := json.Marshal(r.Keep())
	if err != nil {
		return fmt.Errorf("keep the audit: %w", err)
	}
	if string(now) != before {
		if err := q.Store.KeepAudit(ctx, at.ID, defaultPlace, string(now)); err != nil {
			return err
		}
	}
	after := q.AuditEvery
	if p, ok := periods[file.Audit.Every]; ok {
		after = p
	}
	return q.Store.Reschedule(ctx, *at, after)
}

// fetchDefault brings the mirror's default branch up to date.
func (q *Queue) fetchDefault(ctx context.Context, at store.Repository, client *github.Client) (repo *git.Repo, ref string, err error) {
	token, err := client.Token(ctx)
	if err != nil {
		return nil, "", err
	}
	ref = "refs/heads/" + at.DefaultBranch
	request := git.FetchRequest{Tenant: fmt.Sprint(at.Tenant), Repository: fmt.Sprint(at.ID), URL: q.App.CloneURL(at.Owner, at.Name),
		Token: token, CAFile: q.App.CAFile(), Wants: []git.Want{{Ref: ref}}}
	repo, err = q.Mirrors.Fetch(ctx, request)
	if errors.Is(err, git.ErrNotVisible) {
		if request.Token, err = client.NewToken(ctx); err != nil {
			return nil, "", err
		}
		repo, err = q.Mirrors.Fetch(ctx, request)
	}
	return repo, ref, err
}

// texts are the endings of documents; none is that of CODEOWNERS and the like.
var texts = map[string]bool{"": true, ".md": true, ".markdown": true, ".rst": true, ".adoc": true, ".txt": true}

// inputsOf are the blobs of a tree that an audit reads: inputs of renders, texts, and
// the program code of which it tells.
func inputsOf(tree *model.Tree) []string {
	var out []string
	code := audit.Code(tree)
	for _, file := range tree.Files() {
		if e, ok := tree.Lookup(file); ok && e.Mode == model.File && (code[file] || inputs[path.Ext(file)] || texts[path.Ext(file)]) {
			out = append(out, e.ID)
		}
	}
	return out
}
