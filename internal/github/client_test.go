package github_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seaworthy-dev/seaworthy/internal/fault"
	"github.com/seaworthy-dev/seaworthy/internal/git"
	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

func TestIdentity(t *testing.T) {
	w := newWorld(t)
	id, err := w.app.Identity(t.Context())
	if err != nil || id.Slug != "seaworthy" || id.Permissions["checks"] != "write" {
		t.Errorf("Identity = %+v, %v", id, err)
	}
	if got, err := w.app.InstallationOf(t.Context(), "acme", "shop"); err != nil || got != w.installation {
		t.Errorf("InstallationOf = %d, %v; want %d", got, err, w.installation)
	}
	if _, err := w.app.InstallationOf(t.Context(), "acme", "none"); !errors.Is(err, github.ErrGone) {
		t.Errorf("InstallationOf a repository that is not there: %v", err)
	}
	other, err := standin.New(standin.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	app, err := github.New(github.Config{AppID: w.AppID(), PrivateKey: other.PrivateKeyPEM(), APIURL: w.url})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.Identity(t.Context()); fault.OwnerOf(err) != fault.Operator {
		t.Errorf("Identity with a wrong key: %v", err)
	}
}

func TestEnterpriseServerPath(t *testing.T) {
	w := newWorld(t)
	app := w.newApp(t, w.url+"/api/v3")
	if _, err := app.Identity(t.Context()); err != nil {
		t.Error(err)
	}
	if got := app.CloneURL("acme", "shop"); got != w.url+"/acme/shop.git" {
		t.Errorf("CloneURL = %s", got)
	}
}

func TestNewRefusesABadConfiguration(t *testing.T) {
	w := newWorld(t)
	key := w.PrivateKeyPEM()
	for name, c := range map[string]github.Config{
		"no id":         {PrivateKey: key},
		"no key":        {AppID: 1},
		"no PEM":        {AppID: 1, PrivateKey: []byte("x")},
		"clear http":    {AppID: 1, PrivateKey: key, APIURL: "http://github.example.com/api/v3"},
		"password":      {AppID: 1, PrivateKey: key, APIURL: "https://u:p@github.example.com"},
		"no such CA":    {AppID: 1, PrivateKey: key, CAFile: "/does/not/exist"},
		"no URL at all": {AppID: 1, PrivateKey: key, APIURL: "github.com"},
	} {
		if _, err := github.New(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for api, web := range map[string]string{
		"":                                  "https://github.com/o/r.git",
		"https://github.example.com/api/v3": "https://github.example.com/o/r.git",
		"https://api.acme.ghe.com/":         "https://acme.ghe.com/o/r.git",
	} {
		app, err := github.New(github.Config{AppID: 1, PrivateKey: key, APIURL: api})
		if err != nil || app.CloneURL("o", "r") != web {
			t.Errorf("CloneURL for %q = %s, %v; want %s", api, app.CloneURL("o", "r"), err, web)
		}
	}
}

func TestPullRequest(t *testing.T) {
	w := newWorld(t)
	number, head := w.openPull(t, standin.NewPull{Fork: "stranger/shop", Author: "stranger", Draft: true})
	p, err := w.client.PullRequest(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	id, err := w.RepositoryID("acme/shop")
	if err != nil {
		t.Fatal(err)
	}
	want := github.PullRequest{Installation: w.installation, Owner: "acme", Repo: "shop", RepositoryID: id, Private: true, DefaultBranch: "main",
		Number: number, BaseRef: "main", BaseSHA: w.git(t, "rev-parse", "main"), HeadRef: p.HeadRef, HeadSHA: head, HeadRepo: "stranger/shop",
		Author: "stranger", Draft: true, Fork: true, Open: true}
	if p != want {
		t.Errorf("PullRequest = %+v\nwant %+v", p, want)
	}
	found, err := w.client.PullRequestsByHead(t.Context(), head)
	if err != nil || len(found) != 1 || found[0] != want {
		t.Errorf("PullRequestsByHead = %+v, %v", found, err)
	}
	if _, err := w.client.PullRequest(t.Context(), 99); !errors.Is(err, github.ErrGone) {
		t.Errorf("PullRequest(99): %v", err)
	}
	if n := w.Count("POST", "access_tokens"); n != 1 {
		t.Errorf("%d tokens were made, want 1", n)
	}
}

// The line as a whole: the App's token opens a mirror, the fork's head comes
// from the base repository.
func TestTheTokenOpensGit(t *testing.T) {
	w := newWorld(t)
	number, head := w.openPull(t, standin.NewPull{Fork: "stranger/shop"})
	p, err := w.client.PullRequest(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	token, err := w.client.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	q := git.FetchRequest{Tenant: "1", Repository: "2", URL: w.app.CloneURL("acme", "shop"), Token: token,
		Wants: []git.Want{{Ref: p.BaseFetchRef()}, {Ref: p.HeadFetchRef(), SHA: p.HeadSHA}}}
	m := &git.Mirrors{Dir: t.TempDir()}
	r, err := m.Fetch(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	tree, err := r.Tree(t.Context(), head)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := tree.Read(t.Context(), "b.yaml"); err != nil || string(got) != "head" {
		t.Errorf("b.yaml reads %q, %v", got, err)
	}
	w.RevokeTokens()
	if _, err := m.Fetch(t.Context(), q); !errors.Is(err, git.ErrNotVisible) {
		t.Errorf("Fetch with a revoked token: %v", err)
	}
	if q.Token, err = w.client.NewToken(t.Context()); err != nil {
		t.Fatal(err)
	}
	again, err := m.Fetch(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
	if err := w.Rename("acme/shop", "store"); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Fetch(t.Context(), q); !errors.Is(err, git.ErrRenamed) {
		t.Errorf("Fetch of a renamed repository: %v", err)
	}
}

func TestTokensAreNarrow(t *testing.T) {
	w := newWorld(t)
	if _, err := w.AddRepository(t.Context(), standin.NewRepository{Name: "acme/other", From: w.work}); err != nil {
		t.Fatal(err)
	}
	token, err := w.client.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// The token for git opens neither another repository nor the checks of this.
	for path, want := range map[string]int{
		"/repos/acme/shop/contents/a.yaml":                       200,
		"/repos/acme/other/contents/a.yaml":                      404,
		"/repos/acme/shop/pulls":                                 403,
		"/repos/acme/shop/commits/" + head(t, w) + "/check-runs": 403,
	} {
		if got := status(t, w.url+path, token); got != want {
			t.Errorf("GET %s answered %d, want %d", path, got, want)
		}
	}
}

func TestRevokedTokenIsRenewed(t *testing.T) {
	w := newWorld(t)
	number, _ := w.openPull(t, standin.NewPull{})
	for range 2 {
		if _, err := w.client.PullRequest(t.Context(), number); err != nil {
			t.Fatal(err)
		}
		w.RevokeTokens()
	}
	if _, err := w.client.Publish(t.Context(), github.CheckRun{Name: "n", HeadSHA: head(t, w), ExternalID: "x", Status: github.InProgress}, github.Standing{}); err != nil {
		t.Errorf("a request with a body after the token was revoked: %v", err)
	}
}

func TestErrorsSayWhoseTheyAre(t *testing.T) {
	number := 1
	for name, tt := range map[string]struct {
		break_ func(*testing.T, *world)
		owner  fault.Owner
		is     error
		says   string
	}{
		"repository removed": {func(t *testing.T, w *world) { must(t, w.Remove("acme/shop")) }, fault.Operator, github.ErrGone, "removed"},
		"suspended":          {func(t *testing.T, w *world) { must(t, w.Suspend(w.installation)) }, fault.Operator, nil, "suspended"},
		"permission never granted": {func(t *testing.T, w *world) {
			must(t, w.SetPermissions(w.installation, standin.Permissions{"metadata": "read"}))
		}, fault.Operator, nil, "permission"},
		"permission taken away": {func(t *testing.T, w *world) {
			if _, err := w.client.PullRequest(t.Context(), number); err != nil {
				t.Fatal(err)
			}
			must(t, w.SetPermissions(w.installation, standin.Permissions{"metadata": "read"}))
		}, fault.Operator, nil, "Pull requests: read-only"},
		"three errors":   {func(_ *testing.T, w *world) { w.fail(standin.Fault{Status: 502, Times: 3}, "/pulls/") }, fault.GitHub, nil, "502"},
		"no connection":  {func(_ *testing.T, w *world) { w.fail(standin.Fault{Drop: true, Times: 9}, "/pulls/") }, fault.GitHub, nil, "did not answer"},
		"token endpoint": {func(_ *testing.T, w *world) { w.fail(standin.Fault{Status: 503, Times: 3}, "access_tokens") }, fault.GitHub, nil, "503"},
		"not JSON": {func(_ *testing.T, w *world) {
			w.fail(standin.Fault{Status: 200, Body: "<html>", Times: 3}, "/pulls/")
		}, fault.GitHub, nil, "did not answer"},
		"token in a body": {func(_ *testing.T, w *world) {
			w.fail(standin.Fault{Status: 500, Times: 3, Body: `{"message":"bad ghs_42_` + strings.Repeat("a.b-", 30) + `"}`}, "/pulls/")
		}, fault.GitHub, nil, "redacted"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.openPull(t, standin.NewPull{})
			tt.break_(t, w)
			_, err := w.client.PullRequest(t.Context(), number)
			if fault.OwnerOf(err) != tt.owner || tt.is != nil && !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("PullRequest: %v (owner %s); want %s, %v, %q", err, fault.OwnerOf(err), tt.owner, tt.is, tt.says)
			}
			if strings.Contains(err.Error(), "ghs_") || strings.Contains(fault.PublicOf(err), "acme") {
				t.Errorf("the error tells too much: %v", err)
			}
		})
	}
}

func TestReadsAreRepeated(t *testing.T) {
	w := newWorld(t)
	number, _ := w.openPull(t, standin.NewPull{})
	w.fail(standin.Fault{Status: 502, Times: 2}, "/pulls/")
	if _, err := w.client.PullRequest(t.Context(), number); err != nil {
		t.Error(err)
	}
	if n := w.Count("GET", "/pulls/"); n != 3 {
		t.Errorf("%d requests, want 3", n)
	}
}

func TestLimitsAreKept(t *testing.T) {
	for name, tt := range map[string]struct {
		limit func(*world)
		wait  time.Duration
	}{
		"primary":   {func(w *world) { w.ExhaustPrimary(20 * time.Minute) }, 20 * time.Minute},
		"secondary": {func(w *world) { w.TriggerSecondary(30 * time.Second) }, 30 * time.Second},
		"429": {func(w *world) {
			w.fail(standin.Fault{Status: 429, Header: map[string][]string{"Retry-After": {"17"}}}, "/pulls/")
		}, 17 * time.Second},
		"no time": {func(w *world) {
			w.fail(standin.Fault{Status: 403, Body: `{"message":"You have exceeded a secondary rate limit."}`}, "/pulls/")
		}, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			number, _ := w.openPull(t, standin.NewPull{})
			tt.limit(w)
			for range 2 { // the second is not even sent
				_, err := w.client.PullRequest(t.Context(), number)
				var retry *github.RetryError
				if !errors.As(err, &retry) || fault.OwnerOf(err) != fault.GitHub {
					t.Fatalf("PullRequest: %v, want a RetryError", err)
				}
				if got := time.Until(retry.At); got < tt.wait-5*time.Second || got > tt.wait+5*time.Second {
					t.Errorf("try again in %v, want %v", got, tt.wait)
				}
			}
			other := w.app.Repository(github.Repository{Installation: w.installation, Owner: "acme", Name: "other"})
			if _, err := other.PullRequest(t.Context(), 1); err == nil {
				t.Error("another repository of the installation was asked for")
			}
			if n := w.Count("GET", "/pulls/"); n != 1 {
				t.Errorf("%d requests while limited, want 1", n)
			}
		})
	}
}

func TestRenamedRepositoryIsFollowed(t *testing.T) {
	w := newWorld(t)
	number, head := w.openPull(t, standin.NewPull{})
	if _, err := w.client.PullRequest(t.Context(), number); err != nil {
		t.Fatal(err) // a token from before
	}
	must(t, w.Rename("acme/shop", "store"))
	p, err := w.client.PullRequest(t.Context(), number)
	if err != nil || p.Repo != "store" {
		t.Errorf("PullRequest = %+v, %v", p, err)
	}
	w.RevokeTokens()
	at := p.Repository()
	at.Name = "shop" // as it was queued; the id makes new tokens possible
	if _, err := w.app.Repository(at).PullRequest(t.Context(), number); err != nil {
		t.Errorf("PullRequest with the old name and a new token: %v", err)
	}
	w.client = w.app.Repository(p.Repository())
	if _, err := w.client.Publish(t.Context(), github.CheckRun{Name: "n", HeadSHA: head, ExternalID: "x", Status: github.InProgress}, github.Standing{}); err != nil {
		t.Error(err)
	}
}

func TestRedirectToAnotherHostIsNotFollowed(t *testing.T) {
	w, other := newWorld(t), newWorld(t)
	number, _ := w.openPull(t, standin.NewPull{})
	w.fail(standin.Fault{Status: 301, Times: 9, Header: map[string][]string{"Location": {other.url + "/repos/acme/shop/pulls/1"}}}, "/pulls/")
	if _, err := w.client.PullRequest(t.Context(), number); fault.OwnerOf(err) != fault.Operator {
		t.Errorf("PullRequest: %v", err)
	}
	if n := len(other.Requests()); n != 0 {
		t.Errorf("%d requests went to the other host, with the token", n)
	}
}

func TestCancelledCall(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	hit := w.fail(standin.Fault{Hang: true}, "/pulls/")
	go func() {
		<-hit
		cancel()
	}()
	if _, err := w.client.PullRequest(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("PullRequest: %v", err)
	}
}

func TestCommentsAndRoles(t *testing.T) {
	w := newWorld(t)
	number, _ := w.openPull(t, standin.NewPull{})
	theirs, err := w.Server.Comment(t.Context(), "acme/shop", number, "ann", "/audit")
	must(t, err)
	ours, err := w.client.Comment(t.Context(), number, "working")
	must(t, err)
	must(t, w.client.EditComment(t.Context(), ours, strings.Repeat("é", 70000)))
	must(t, w.client.React(t.Context(), theirs, "eyes"))
	must(t, w.client.React(t.Context(), theirs, "eyes"))
	list, err := w.client.Comments(t.Context(), number)
	must(t, err)
	if len(list) != 2 || list[0].Author != "ann" || list[1].ID != ours || list[1].Author != "seaworthy[bot]" || !strings.HasSuffix(list[1].Body, "(cut)") {
		t.Errorf("comments are %.200v", list)
	}
	kept, err := w.Server.Comments("acme/shop", number)
	must(t, err)
	if len(kept[0].Reactions) != 1 {
		t.Errorf("reactions are %q", kept[0].Reactions)
	}
	must(t, w.SetRole("acme/shop", "Ann", "maintain"))
	for user, want := range map[string]string{"ann": "maintain", "stranger": "none"} {
		if got, err := w.client.Role(t.Context(), user); err != nil || got != want {
			t.Errorf("Role(%s) = %q, %v; want %q", user, got, err, want)
		}
	}
}

func TestFile(t *testing.T) {
	w := newWorld(t)
	w.git(t, "switch", "-q", "main")
	w.commit(t, "seaworthy.yaml", "version: 1\n")
	if _, err := w.AddRepository(t.Context(), standin.NewRepository{Name: "acme/.github", From: w.work}); err != nil {
		t.Fatal(err)
	}
	defaults := w.app.Repository(github.Repository{Installation: w.installation, Owner: "acme", Name: ".github"})
	if got, err := defaults.File(t.Context(), "", "seaworthy.yaml"); err != nil || string(got) != "version: 1\n" {
		t.Errorf("File = %q, %v", got, err)
	}
	if _, err := defaults.File(t.Context(), "main", "none.yaml"); !errors.Is(err, github.ErrGone) {
		t.Errorf("File that is not there: %v", err)
	}
	none := w.app.Repository(github.Repository{Installation: w.installation, Owner: "acme", Name: "none"})
	if _, err := none.File(t.Context(), "", "seaworthy.yaml"); !errors.Is(err, github.ErrGone) {
		t.Errorf("File of a repository that is not there: %v", err)
	}
	w.fail(standin.Fault{Status: 500, Times: 3}, "/contents/")
	if _, err := defaults.File(t.Context(), "", "seaworthy.yaml"); err == nil || errors.Is(err, github.ErrGone) {
		t.Errorf("File while GitHub is down: %v, which must not look like absence", err)
	}
}

// A list of open pull requests that has not changed costs nothing, and one token does
// for all repositories of an installation.
func TestOpenPulls(t *testing.T) {
	w := newWorld(t)
	if _, err := w.AddRepository(t.Context(), standin.NewRepository{Name: "acme/other", From: w.work}); err != nil {
		t.Fatal(err)
	}
	number, head := w.openPull(t, standin.NewPull{})
	found, tag, err := w.client.OpenPulls(t.Context(), "")
	if err != nil || len(found) != 1 || found[0].Number != number || found[0].HeadSHA != head || tag == "" {
		t.Fatalf("found %+v, %q, %v", found, tag, err)
	}
	if _, _, err := w.client.OpenPulls(t.Context(), tag); !errors.Is(err, github.ErrUnchanged) {
		t.Errorf("the same list: %v", err)
	}
	w.openPull(t, standin.NewPull{})
	if found, _, err := w.client.OpenPulls(t.Context(), tag); err != nil || len(found) != 2 {
		t.Errorf("found %+v, %v", found, err)
	}
	if none, _, err := w.app.Repository(github.Repository{Installation: w.installation, Owner: "acme", Name: "other"}).OpenPulls(t.Context(), ""); err != nil || len(none) != 0 {
		t.Errorf("of the other repository: %+v, %v", none, err)
	}
	if n := w.Count("POST", "access_tokens"); n != 1 {
		t.Errorf("%d tokens were made, want 1", n)
	}
}
