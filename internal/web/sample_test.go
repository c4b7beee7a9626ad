package web

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"sigs.k8s.io/yaml"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/report"
	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/store"
)

// hidden stands for what must be on no page.
const hidden = "f1n9e2p1"

func object(t testing.TB, id model.ObjectID, text string) *model.Object {
	t.Helper()
	raw, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return model.NewObject(id, "", raw, nil)
}

func line(file string, n int) *model.Position {
	return &model.Position{File: file, Line: n, EndLine: n, Precision: model.AtLine, Side: model.Head}
}

// sample is a report with something of everything, some of it hostile.
func sample(t testing.TB) *review.Report {
	t.Helper()
	web := model.ObjectID{Group: "apps", Version: "v1", Kind: "Deployment", Namespace: "shop", Name: "web"}
	config := model.ObjectID{Version: "v1", Kind: "ConfigMap", Namespace: "shop", Name: "conf"}
	password := model.ObjectID{Version: "v1", Kind: "Secret", Namespace: "shop", Name: "db"}
	hostile := model.ObjectID{Version: "v1", Kind: "Service", Namespace: "shop", Name: `"><script>alert(1)</script>`}
	many := strings.Repeat("same: line\n", 40)
	deployment := func(image string, limits string) string {
		env := ""
		for i := range 30 {
			env += fmt.Sprintf("        - {name: E%d, value: v}\n", i)
		}
		return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  replicas: 2\n  template:\n    spec:\n      containers:\n      - name: web\n        image: " + image + "\n        resources: {" + limits + "}\n        env:\n" + env
	}
	r := &review.Report{Schema: review.Schema, MergeBase: strings.Repeat("a", 40), Head: strings.Repeat("b", 40), AsOf: time.Unix(0, 0), Gate: review.Standard, Conclusion: review.Failure,
		Targets: []review.TargetResult{
			{ID: "kustomize:apps/prod", Kind: model.Kustomize, Path: "apps/prod", Cluster: "prod", Base: "rendered", Head: "rendered", Changed: true},
			{ID: "kustomize:apps/staging", Kind: model.Kustomize, Path: "apps/staging", Cluster: "staging", Base: "rendered", Head: "rendered", Changed: true},
			{ID: "kustomize:apps/broken", Kind: model.Kustomize, Path: "apps/broken", Cluster: "staging", Base: "rendered", Head: "failed", Error: &model.Problem{Class: model.MissingFile, Message: "`x.yaml` does not exist", Location: line("apps/broken/kustomization.yaml", 3)}},
			{ID: "kustomize:apps/quiet", Kind: model.Kustomize, Path: "apps/quiet", Base: "unreached", Head: "unreached"},
		},
		Incomplete: []review.Incomplete{{Target: "kustomize:apps/staging", Class: model.RemoteBase, Message: "`https://example.org/base` is fetched from elsewhere", Reached: true}},
	}
	both := []string{"kustomize:apps/prod", "kustomize:apps/staging"}
	r.Changes = []review.Change{
		{Group: 1, Targets: both, Change: review.Modified, Object: web, Location: line("apps/base/web.yaml", 1), Notes: []string{"HelmRelease shop/web will be upgraded"},
			Base: object(t, web, deployment("registry.example.com/web:1.0.0", "limits: {memory: 512Mi}")), Head: object(t, web, deployment("registry.example.com/web:latest", "")),
			Fields: []review.Field{
				{Path: "/spec/template/spec/containers/0/image", Before: review.Some("registry.example.com/web:1.0.0"), After: review.Some("registry.example.com/web:latest"), Location: line("apps/prod/kustomization.yaml", 7)},
				{Path: "/spec/template/spec/containers/0/resources/limits", Before: review.Some(map[string]any{"memory": "512Mi"}), Location: line("apps/base/web.yaml", 17)},
			}},
		{Group: 2, Targets: both[:1], Change: review.Modified, Object: config, Fields: []review.Field{{Path: "/data/conf"}},
			Base: object(t, config, "kind: ConfigMap\ndata:\n  conf: |\n    first\n"+indent(many)+"    old value\n    last\n"),
			Head: object(t, config, "kind: ConfigMap\ndata:\n  conf: |\n    first\n"+indent(many)+"    new value\n    <script>alert(2)</script>\n    last\n")},
		{Group: 3, Targets: both[:1], Change: review.Modified, Object: password, Fields: []review.Field{{Path: "/data/password"}},
			Base: redacted(password, "1"), Head: redacted(password, hidden)},
		{Group: 4, Targets: both[1:], Change: review.Added, Object: hostile, Head: object(t, hostile, "kind: Service\nmetadata: {name: '<b>x</b>'}\n")},
	}
	for i := range 3 { // alike, one in each of three namespaces
		id := model.ObjectID{Version: "v1", Kind: "ServiceAccount", Namespace: fmt.Sprint("team-", i), Name: "robot"}
		r.Changes = append(r.Changes, review.Change{Group: 5, Targets: both[:1], Change: review.Removed, Object: id, Base: object(t, id, "kind: ServiceAccount\n")})
	}
	r.Findings = []review.Finding{
		{Check: "workload-resources-missing", Severity: review.High, Status: review.New, Blocking: true, Targets: both, Object: &web, Field: "/spec/template/spec/containers/0/resources", Location: line("apps/base/web.yaml", 17),
			Title: "memory limit removed", Message: "Deployment shop/web, container `web`, loses `limits.memory` <i>(512Mi before)</i>.", Remediation: "Put a limit back."},
		{Check: "image-tag-mutable", Severity: review.Medium, Status: review.New, Targets: both[:1], Object: &web, Field: "/spec/template/spec/containers/0/image", Location: line("apps/prod/kustomization.yaml", 7), Title: "mutable image tag", Message: "It follows `latest`.", Remediation: "Name a version."},
		{Check: "rbac-wildcard", Severity: review.Low, Status: review.Fixed, Targets: both[:1], Title: "wildcard in a role", Message: "It is gone.", Searched: []string{"**/*.yaml"}},
	}
	return r
}

func indent(s string) string {
	return "    " + strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "\n    ") + "\n"
}

func redacted(id model.ObjectID, fingerprint string) *model.Object {
	return model.NewObject(id, "", fmt.Appendf(nil, `{"kind":"Secret","data":{"password":"\uE000redacted:%s"}}`, fingerprint), nil)
}

// large is a report of 5,000 changed Deployments in a hundred targets.
func large() *review.Report {
	r := &review.Report{Schema: review.Schema, Conclusion: review.Failure, AsOf: time.Unix(0, 0), Gate: review.Standard, Head: strings.Repeat("b", 40), MergeBase: strings.Repeat("a", 40)}
	for i := range 100 {
		r.Targets = append(r.Targets, review.TargetResult{ID: fmt.Sprintf("kustomize:apps/%d", i), Kind: model.Kustomize, Path: fmt.Sprintf("apps/%d", i), Cluster: fmt.Sprint("c", i%5), Base: "rendered", Head: "rendered", Changed: true})
	}
	env := strings.Repeat(`{"name":"A","value":"some value of the environment"},`, 20)
	for i := range 5000 {
		id := model.ObjectID{Group: "apps", Version: "v1", Kind: "Deployment", Namespace: fmt.Sprint("ns-", i%100), Name: fmt.Sprint("web-", i)}
		at := func(replicas int) *model.Object {
			return model.NewObject(id, "", fmt.Appendf(nil, `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"%s","namespace":"%s"},"spec":{"replicas":%d,"template":{"spec":{"containers":[{"name":"web","image":"web:%d","env":[%s{"name":"Z"}]}]}}}}`,
				id.Name, id.Namespace, replicas, replicas, env), nil)
		}
		targets := []string{r.Targets[i%100].ID}
		r.Changes = append(r.Changes, review.Change{Group: i, Targets: targets, Change: review.Modified, Object: id, Base: at(1), Head: at(2),
			Fields: []review.Field{{Path: "/spec/replicas", Location: line("apps/web.yaml", i)}, {Path: "/spec/template/spec/containers/0/image", Before: review.Some("web:1"), After: review.Some("web:2")}}})
		if i%5 == 0 {
			r.Findings = append(r.Findings, review.Finding{Check: "x", Severity: review.High, Status: review.New, Object: &id, Targets: targets, Title: "t", Message: "some message", Location: line("apps/web.yaml", i)})
		}
	}
	return r
}

// kept are reviews in a store, as cmd/app hands them over.
type kept struct{ *store.Store }

func (k kept) Review(ctx context.Context, id int64) (Review, error) {
	r, err := k.Store.Review(ctx, id)
	if errors.Is(err, store.ErrNoReview) {
		return Review{}, ErrNone
	}
	return Review{ID: r.ID, Tenant: r.Tenant, Repository: r.Repository, Owner: r.Owner, Name: r.Name, Number: r.Number, Title: r.Title, Open: r.State == store.Running}, err
}

func (k kept) Part(ctx context.Context, r Review, part int) ([]byte, error) {
	return k.Page(ctx, store.Review{ID: r.ID, Pull: store.Pull{Tenant: r.Tenant}}, part)
}

// serve serves a report's page to everybody; it gives its address.
func serve(t testing.TB, r *review.Report) string {
	t.Helper()
	p, id := prepared(t, r)
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return fmt.Sprintf("%s/reviews/%d", server.URL, id)
}

// prepared keeps a report's page in a store, to be shown to everybody; it gives the
// review's id.
func prepared(t testing.TB, r *review.Report) (*Pages, int64) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	parts, err := report.PageOf(r).Pack()
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Open(t.Context(), store.Order{Pull: store.Pull{Tenant: 1, Repository: 2, Owner: "acme", Name: "shop", Number: 7, HeadSHA: r.Head, BaseRef: "main"}, Delivery: "d"})
	if err != nil {
		t.Fatal(err)
	}
	claimed, err := s.Claim(t.Context())
	if err == nil {
		err = s.KeepPage(t.Context(), claimed, "{}", parts)
	}
	if err == nil {
		err = s.Finish(t.Context(), claimed)
	}
	if err != nil {
		t.Fatal(err)
	}
	p := &Pages{Reviews: kept{s}, Secret: "secret", GitHubURL: "https://github.example.com", Log: zerolog.New(zerolog.NewTestWriter(t)),
		GitHub: GitHub{Public: func(context.Context, Review) (bool, error) { return true, nil }}}
	if err := p.Prepare(); err != nil {
		t.Fatal(err)
	}
	return p, claimed.ID
}
