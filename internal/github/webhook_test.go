package github_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/github"
	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

// received collects what a Receiver makes of the stand-in's deliveries.
type received struct {
	deliveries []github.Delivery
	errs       []error
}

func (w *world) receive(t *testing.T, secrets ...string) *received {
	t.Helper()
	got := &received{}
	v := &github.Receiver{AppID: w.AppID(), Secrets: secrets}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		d, err := v.Receive(r)
		got.deliveries, got.errs = append(got.deliveries, d), append(got.errs, err)
		rw.WriteHeader(github.StatusOf(err))
	}))
	t.Cleanup(server.Close)
	w.SetWebhookURL(server.URL)
	return got
}

func TestReceivePullRequests(t *testing.T) {
	w := newWorld(t)
	got := w.receive(t, "new secret", secret)
	number, head := w.openPull(t, standin.NewPull{Fork: "stranger/shop", Author: "stranger", Draft: true})
	next := w.commit(t, "c.yaml", "next")
	must(t, w.PushFork(t.Context(), "acme/shop", number, w.work, next))
	must(t, w.Ready(t.Context(), "acme/shop", number))
	must(t, w.Push(t.Context(), "acme/shop", "release", w.work, "main"))
	must(t, w.Retarget(t.Context(), "acme/shop", number, "release"))
	must(t, w.ClosePull(t.Context(), "acme/shop", number))
	must(t, w.ReopenPull(t.Context(), "acme/shop", number))
	must(t, w.Send(t.Context(), "pull_request", "acme/shop", "ann", map[string]any{"action": "labeled", "number": 1, "pull_request": map[string]any{}}))
	wants := []struct{ action, head, base string }{
		{"opened", head, "main"}, {"synchronize", next, "main"}, {"ready_for_review", next, "main"},
		{"edited", next, "release"}, {"closed", next, "release"}, {"reopened", next, "release"}, {},
	}
	if len(got.deliveries) != len(wants) {
		t.Fatalf("%d deliveries, want %d", len(got.deliveries), len(wants))
	}
	read, err := w.client.PullRequest(t.Context(), number)
	must(t, err)
	for i, want := range wants {
		must(t, got.errs[i])
		e, ok := got.deliveries[i].Event.(*github.PullRequestEvent)
		if want.action == "" {
			if got.deliveries[i].Event != nil {
				t.Errorf("a labelled pull request is %+v", got.deliveries[i].Event)
			}
			continue
		}
		if !ok || e.Action != want.action || e.PullRequest.HeadSHA != want.head || e.PullRequest.BaseRef != want.base || !e.PullRequest.Fork {
			t.Errorf("delivery %d is %+v, want %+v", i, got.deliveries[i].Event, want)
		}
		if want.action == "reopened" && e.PullRequest != read {
			t.Errorf("the event says %+v, the API %+v", e.PullRequest, read)
		}
	}
}

func TestRedeliveryHasTheSameID(t *testing.T) {
	w := newWorld(t)
	got := w.receive(t, secret)
	w.openPull(t, standin.NewPull{})
	must(t, w.Redeliver(t.Context(), w.Deliveries()[0].ID))
	if len(got.deliveries) != 2 || got.deliveries[0].ID != got.deliveries[1].ID || got.deliveries[0].ID == "" ||
		!reflect.DeepEqual(got.deliveries[0].Event, got.deliveries[1].Event) {
		t.Errorf("deliveries are %+v", got.deliveries)
	}
}

func TestReceiveForms(t *testing.T) {
	s, err := standin.New(standin.Options{Dir: t.TempDir(), AppID: 42, WebhookSecret: secret, WebhookForm: true, Key: appKey()})
	must(t, err)
	w := &world{Server: s}
	_, err = s.AddRepository(t.Context(), standin.NewRepository{Name: "acme/shop"})
	must(t, err)
	got := w.receive(t, secret)
	must(t, s.Send(t.Context(), "ping", "acme/shop", "ann", map[string]any{"zen": "Keep it + simple & 100%.", "hook_id": 1}))
	if _, ok := got.deliveries[0].Event.(*github.PingEvent); !ok {
		t.Errorf("delivery is %+v, %v", got.deliveries[0], got.errs[0])
	}
}

func TestReceiveRerequests(t *testing.T) {
	w := newWorld(t)
	_, head := w.openPull(t, standin.NewPull{Fork: "stranger/shop"})
	id, err := w.client.Publish(t.Context(), finished(head, 0), github.Standing{})
	must(t, err)
	got := w.receive(t, secret)
	must(t, w.Rerequest(t.Context(), "acme/shop", id.ID, "ann"))
	must(t, w.RerequestSuite(t.Context(), "acme/shop", head, "ann"))
	for _, ours := range []int{42, 43} {
		must(t, w.Send(t.Context(), "check_run", "acme/shop", "ann", map[string]any{"action": "rerequested",
			"check_run": map[string]any{"head_sha": head, "name": "x", "app": map[string]any{"id": ours}}}))
	}
	must(t, w.Send(t.Context(), "check_suite", "acme/shop", "ann", map[string]any{"action": "requested",
		"check_suite": map[string]any{"head_sha": head, "app": map[string]any{"id": 42}}}))
	must(t, w.Send(t.Context(), "check_run", "acme/shop", "ann", map[string]any{"action": "requested_action",
		"requested_action": map[string]any{"identifier": "x"}, "check_run": map[string]any{"head_sha": head, "app": map[string]any{"id": 42}}}))
	for _, err := range got.errs {
		must(t, err)
	}
	first, ok := got.deliveries[0].Event.(*github.RerequestEvent)
	if !ok || first.HeadSHA != head || first.CheckName != "seaworthy" || first.ExternalID != "acme/shop/1" || first.Sender != "ann" ||
		first.Repository.Installation != w.installation || first.Repository.Owner != "acme" || first.Repository.Name != "shop" {
		t.Errorf("check_run rerequested is %+v", got.deliveries[0].Event)
	}
	if suite, ok := got.deliveries[1].Event.(*github.RerequestEvent); !ok || suite.HeadSHA != head || suite.CheckName != "" {
		t.Errorf("check_suite rerequested is %+v", got.deliveries[1].Event)
	}
	if pressed, ok := got.deliveries[5].Event.(*github.ActionEvent); !ok || pressed.Action != "x" || pressed.HeadSHA != head || pressed.Sender != "ann" {
		t.Errorf("check_run requested_action is %+v", got.deliveries[5].Event)
	}
	for i, want := range map[int]bool{2: true, 3: false, 4: false} {
		if acts := got.deliveries[i].Event != nil; acts != want {
			t.Errorf("delivery %d is %+v", i, got.deliveries[i].Event)
		}
	}
}

func TestReceivePushesAndChangesOfARepository(t *testing.T) {
	w := newWorld(t)
	got := w.receive(t, secret)
	for _, payload := range []map[string]any{{"ref": "refs/heads/main"}, {"ref": "refs/tags/v1"}, {"ref": "refs/heads/gone", "deleted": true}} {
		must(t, w.Send(t.Context(), "push", "acme/shop", "ann", payload))
	}
	for _, action := range []string{"renamed", "archived", "created"} {
		must(t, w.Send(t.Context(), "repository", "acme/shop", "ann", map[string]any{"action": action}))
	}
	for _, err := range got.errs {
		must(t, err)
	}
	if push, ok := got.deliveries[0].Event.(*github.PushEvent); !ok || push.Branch != "main" || push.Repository.Name != "shop" {
		t.Errorf("the push is %+v", got.deliveries[0].Event)
	}
	for i, want := range map[int]bool{1: false, 2: false, 3: true, 4: true, 5: false} {
		if acts := got.deliveries[i].Event != nil; acts != want {
			t.Errorf("delivery %d is %+v", i, got.deliveries[i].Event)
		}
	}
}

func TestReceiveComments(t *testing.T) {
	w := newWorld(t)
	number, _ := w.openPull(t, standin.NewPull{})
	got := w.receive(t, secret)
	id, err := w.Server.Comment(t.Context(), "acme/shop", number, "ann", "hello")
	must(t, err)
	must(t, w.EditComment(t.Context(), "acme/shop", id, "bob", "/audit"))
	_, err = w.Server.Comment(t.Context(), "acme/shop", number, "seaworthy[bot]", "> /audit")
	must(t, err)
	must(t, w.Send(t.Context(), "issue_comment", "acme/shop", "ann", map[string]any{"action": "created",
		"issue": map[string]any{"number": 7}, "comment": map[string]any{"id": 1, "body": "/audit"}}))
	if e, ok := got.deliveries[0].Event.(*github.CommentEvent); !ok || e.Body != "hello" || e.Author != "ann" || e.Sender != "ann" || e.Number != number {
		t.Errorf("comment is %+v", got.deliveries[0].Event)
	}
	if e, ok := got.deliveries[1].Event.(*github.CommentEvent); !ok || e.Body != "/audit" || e.Before != "hello" || e.Author != "ann" || e.Sender != "bob" {
		t.Errorf("edit is %+v", got.deliveries[1].Event)
	}
	if got.deliveries[2].Event != nil || got.deliveries[3].Event != nil {
		t.Errorf("a bot's comment and one on an issue are %+v", got.deliveries[2:])
	}
}

func TestReceiveInstallations(t *testing.T) {
	body := `{"action":"removed","installation":{"id":5,"account":{"login":"acme"}},"repositories_added":[],
		"repositories_removed":[{"id":9,"name":"shop","full_name":"acme/shop","private":true}]}`
	d, err := receive(t, "installation_repositories", body)
	must(t, err)
	want := &github.InstallationEvent{Action: "removed", Installation: 5, Account: "acme",
		Removed: []github.Repository{{Installation: 5, Owner: "acme", Name: "shop", ID: 9, Private: true}}}
	if !reflect.DeepEqual(d.Event, want) {
		t.Errorf("event is %+v, want %+v", d.Event, want)
	}
}

// signedRequest is a delivery as GitHub would sign it.
func signedRequest(event, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/webhook", strings.NewReader(body))
	mac := hmac.New(sha256.New, []byte(secret))
	io.WriteString(mac, body)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-GitHub-Event", event)
	r.Header.Set("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958")
	r.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	return r
}

func receive(t testing.TB, event, body string) (github.Delivery, error) {
	t.Helper()
	return (&github.Receiver{AppID: 42, Secrets: []string{secret}}).Receive(signedRequest(event, body))
}

func TestReceiveRefuses(t *testing.T) {
	const body = `{"zen":"x","hook_id":1}`
	huge := bytes.Repeat([]byte(" "), 25<<20)
	for name, tt := range map[string]struct {
		change func(*http.Request)
		want   error
	}{
		"nothing":         {func(*http.Request) {}, nil},
		"no signature":    {func(r *http.Request) { r.Header.Del("X-Hub-Signature-256") }, github.ErrSignature},
		"sha1 alone":      {func(r *http.Request) { r.Header.Set("X-Hub-Signature-256", "sha1=aa") }, github.ErrSignature},
		"wrong signature": {func(r *http.Request) { r.Header.Set("X-Hub-Signature-256", "sha256="+strings.Repeat("00", 32)) }, github.ErrSignature},
		"changed body":    {func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(body + " ")) }, github.ErrSignature},
		"too large": {func(r *http.Request) {
			r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(huge), strings.NewReader(body)))
		}, github.ErrTooLarge},
		"text":                 {func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, github.ErrMediaType},
		"GET":                  {func(r *http.Request) { r.Method = http.MethodGet }, github.ErrMethod},
		"no id":                {func(r *http.Request) { r.Header.Del("X-GitHub-Delivery") }, github.ErrMalformed},
		"an id with a newline": {func(r *http.Request) { r.Header.Set("X-GitHub-Delivery", "a\nb") }, github.ErrMalformed},
		"form without payload": {func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }, github.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			r := signedRequest("ping", body)
			tt.change(r)
			v := &github.Receiver{AppID: 42, Secrets: []string{secret, ""}}
			if _, err := v.Receive(r); !errors.Is(err, tt.want) {
				t.Errorf("Receive: %v, want %v", err, tt.want)
			}
		})
	}
}

func TestReceiveWithoutASecretRefusesAll(t *testing.T) {
	r := signedRequest("ping", "{}")
	mac := hmac.New(sha256.New, nil)
	io.WriteString(mac, "{}")
	r.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	for _, secrets := range [][]string{nil, {""}} {
		if _, err := (&github.Receiver{Secrets: secrets}).Receive(r); !errors.Is(err, github.ErrSignature) {
			t.Errorf("Receive with the secrets %q: %v", secrets, err)
		}
	}
}

const commentBody = `{"action":"created","issue":{"number":1,"pull_request":{}},"comment":{"id":1,"body":"/audit","user":{"login":"a"}},
	"sender":{"login":"a"},"repository":{"id":1,"name":"shop","owner":{"login":"acme"}},"installation":{"id":1}}`

// The name of the event is not signed.
func TestReceiveHoldsTheBodyAgainstTheEvent(t *testing.T) {
	for event, want := range map[string]error{
		"issue_comment": nil, "pull_request": github.ErrMalformed, "check_run": github.ErrMalformed,
		"merge_group": github.ErrMalformed, "ping": github.ErrMalformed, "push": github.ErrMalformed, "repository": github.ErrMalformed, "installation": github.ErrMalformed, "installation_repositories": github.ErrMalformed,
	} {
		if _, err := receive(t, event, commentBody); !errors.Is(err, want) {
			t.Errorf("a comment sent as %s: %v, want %v", event, err, want)
		}
	}
	for _, event := range []string{"star", "", "PULL_REQUEST"} {
		if d, err := receive(t, event, commentBody); err != nil || d.Event != nil {
			t.Errorf("event %q: %+v, %v; want it ignored", event, d.Event, err)
		}
	}
	for _, name := range []string{"..", "a/b", "a b", ""} {
		body := strings.Replace(commentBody, `"name":"shop"`, `"name":"`+name+`"`, 1)
		if _, err := receive(t, "issue_comment", body); !errors.Is(err, github.ErrMalformed) {
			t.Errorf("repository %q: %v", name, err)
		}
	}
}

const mergeGroupBody = `{"action":"checks_requested","merge_group":{"head_sha":"ccddccddccddccddccddccddccddccddccddccdd",
	"head_ref":"refs/heads/gh-readonly-queue/main/pr-7-aabbaabbaabbaabbaabbaabbaabbaabbaabbaabb",
	"base_sha":"aabbaabbaabbaabbaabbaabbaabbaabbaabbaabb","base_ref":"refs/heads/main","head_commit":{}},
	"repository":{"id":1,"name":"shop","owner":{"login":"acme"},"default_branch":"main"},"sender":{"login":"a"},"installation":{"id":1}}`

func TestReceiveMergeGroups(t *testing.T) {
	d, err := receive(t, "merge_group", mergeGroupBody)
	must(t, err)
	e, ok := d.Event.(*github.MergeGroupEvent)
	if !ok || e.Action != "checks_requested" {
		t.Fatalf("the event is %+v", d.Event)
	}
	g := e.Group
	if g.Number != 0 || g.Group.Number() != 7 || g.BaseRef != "main" || g.BaseFetchRef() != "refs/heads/main" || !strings.HasPrefix(g.HeadSHA, "ccdd") ||
		!strings.HasPrefix(g.Group.BaseSHA, "aabb") || !strings.HasPrefix(g.HeadFetchRef(), "refs/heads/gh-readonly-queue/main/pr-7-") || !g.Fork {
		t.Errorf("the group is %+v", g)
	}
	for old, with := range map[string]string{
		`"ccddccddccddccddccddccddccddccddccddccdd"`: `"main"`, `"aabbaabbaabbaabbaabbaabbaabbaabbaabbaabb"`: `""`,
		`"refs/heads/main"`: `""`, `"refs/heads/gh-readonly-queue`: `"refs/tags/gh-readonly-queue`, `"installation":{"id":1}`: `"installation":null`,
	} {
		if _, err := receive(t, "merge_group", strings.Replace(mergeGroupBody, old, with, 1)); !errors.Is(err, github.ErrMalformed) {
			t.Errorf("with %s in place of %s: %v", with, old, err)
		}
	}
	if d, err := receive(t, "merge_group", strings.Replace(mergeGroupBody, "checks_requested", "unheard_of", 1)); err != nil || d.Event != nil {
		t.Errorf("an action that is not known: %+v, %v", d.Event, err)
	}
	for ref, want := range map[string]int{
		"refs/heads/gh-readonly-queue/release/1.x/pr-12-" + strings.Repeat("a", 40): 12,
		"refs/heads/gh-readonly-queue/main/pr-0-" + strings.Repeat("a", 40):         0,
		"refs/heads/pr-12-" + strings.Repeat("a", 40):                               0,
		"refs/heads/gh-readonly-queue/main/pr-12":                                   0,
	} {
		if got := (github.MergeGroup{Ref: ref}).Number(); got != want {
			t.Errorf("%s is of #%d, want #%d", ref, got, want)
		}
	}
}

func FuzzReceive(f *testing.F) {
	f.Add("merge_group", mergeGroupBody)
	for _, event := range []string{"pull_request", "issue_comment", "check_run", "check_suite", "installation", "installation_repositories", "ping"} {
		f.Add(event, commentBody)
		f.Add(event, `{"action":"opened","number":1,"pull_request":{"number":1},"installation":{"id":1},"repositories_added":null}`)
	}
	f.Fuzz(func(t *testing.T, event, body string) {
		d, err := receive(t, event, body)
		if err != nil && (d.Event != nil || github.StatusOf(err) < 400) {
			t.Errorf("an error with an event: %+v, %v", d, err)
		}
		if e, ok := d.Event.(*github.PullRequestEvent); ok && (e.PullRequest.HeadSHA == "" || e.PullRequest.Installation <= 0) {
			t.Errorf("half a pull request: %+v", e)
		}
	})
}

func TestRedact(t *testing.T) {
	for _, credential := range []string{
		"ghs_" + strings.Repeat("a", 36), "ghs_42_eyJhbGciOiJSUzI1NiJ9." + strings.Repeat("b-_", 100) + ".c.d",
		"ghp_" + strings.Repeat("Z9", 18), "github_pat_" + strings.Repeat("a_1", 20),
		"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIn0.c2lnbmF0dXJl",
		"Authorization: Basic eC1hY2Nlc3MtdG9rZW46Z2hzXzEyMzQ1Njc4OTA=",
		"-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----",
	} {
		text := "before " + credential + " after"
		got := github.Redact(text)
		secret := credential[max(0, strings.LastIndexByte(credential, ' ')):]
		if strings.Contains(got, secret) || !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after") {
			t.Errorf("Redact(%q) = %q", text, got)
		}
	}
	for _, plain := range []string{"GET https://api.github.com/repos/acme/shop: 404 Not Found", "a token was refused", "61ce88f model"} {
		if got := github.Redact(plain); got != plain {
			t.Errorf("Redact(%q) = %q", plain, got)
		}
	}
}
