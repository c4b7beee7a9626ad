package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// withObjects gives the sample's changes their objects.
func withObjects() *review.Report {
	r := sample()
	r.Changes[0].Base = model.NewObject(web, "", []byte(`{"kind":"Deployment","spec":{"replicas":1}}`), nil)
	r.Changes[0].Head = model.NewObject(web, "", []byte(`{"kind":"Deployment","spec":{"replicas":3}}`), nil)
	r.Changes[0].Fields = append(r.Changes[0].Fields,
		review.Field{Path: "/spec/template/spec/containers/0/image", Before: review.Some("web:1"), After: review.Some("web:2")},
		review.Field{Path: "/spec/template/spec/containers/1", After: review.Some(map[string]any{"name": "side", "image": "side:1"})})
	secret := func(fingerprint string) *model.Object {
		raw, _ := json.Marshal(map[string]any{"kind": "Secret", "data": map[string]any{"values.yaml": model.Redact(fingerprint)}})
		return model.NewObject(r.Changes[1].Object, "", raw, map[string]model.Key{"/data/values.yaml": {YAML: map[string]any{"image": map[string]any{"tag": "v1"}}}})
	}
	r.Changes[1].Base, r.Changes[1].Head = secret("1"), secret("2")
	return r
}

func TestPage(t *testing.T) {
	p := PageOf(withObjects())
	parts, err := p.Pack()
	if err != nil {
		t.Fatal(err)
	}
	got, err := OpenPage(parts[0])
	if err != nil {
		t.Fatal(err)
	}
	if len(parts) != 2 || got.LeftObjects != 1 { // of the third change nothing was rendered
		t.Errorf("%d parts, %d objects left out", len(parts), got.LeftObjects)
	}
	wantImages := []PageImage{{Old: "registry.example.org/web:1.4.2", New: "registry.example.org/web:2.0.0", Where: []model.ObjectID{web}, Changes: []int{0}},
		{Old: "web:1", New: "web:2", Where: []model.ObjectID{web}, Changes: []int{0}}, {New: "side:1", Where: []model.ObjectID{web}, Changes: []int{0}}}
	if d := cmp.Diff(wantImages, got.Images); d != "" {
		t.Error("images:", d)
	}
	if got.Title != Title(sample()) || got.Quiet != 0 || len(got.Targets) != 3 {
		t.Errorf("%q, %d targets and %d quiet", got.Title, len(got.Targets), got.Quiet)
	}
	if !slices.Equal(got.Changes[0].Findings, []int{0, 1, 2}) || got.Changes[1].Findings != nil {
		t.Errorf("the findings of the changes are %v and %v", got.Changes[0].Findings, got.Changes[1].Findings)
	}
	sides, err := OpenSides(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	c := got.Changes[1]
	base, head := sides[c.At].Objects(c.Object)
	if c.Part != 1 || base == nil || !model.Redacted(head.Fields()["data"].(map[string]any)["values.yaml"]) || head.Keys["/data/values.yaml"].YAML == nil {
		t.Errorf("the objects of %+v are %s and %s", c, base.JSON(), head.JSON())
	}
}

func TestAPageOfAnotherVersion(t *testing.T) {
	part, err := pack(Page{Version: pageVersion + 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenPage(part); !errors.Is(err, ErrPageVersion) {
		t.Error(err)
	}
}

// large is a report of 5,000 changed Deployments with as many findings.
func large() *review.Report {
	r := &review.Report{Schema: review.Schema, Conclusion: review.Failure, AsOf: time.Unix(0, 0), Gate: review.Standard}
	for i := range 100 {
		r.Targets = append(r.Targets, review.TargetResult{ID: fmt.Sprintf("kustomize:apps/%d", i), Kind: model.Kustomize, Path: fmt.Sprintf("apps/%d", i), Cluster: fmt.Sprint("c", i%5), Changed: true})
	}
	env := strings.Repeat(`{"name":"A","value":"some value of the environment"},`, 20)
	for i := range 5000 {
		id := model.ObjectID{Group: "apps", Version: "v1", Kind: "Deployment", Namespace: fmt.Sprint("ns-", i%100), Name: fmt.Sprint("web-", i)}
		object := func(replicas int) *model.Object {
			return model.NewObject(id, "", fmt.Appendf(nil, `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"%s","namespace":"%s"},"spec":{"replicas":%d,"template":{"spec":{"containers":[{"name":"web","image":"web:%d","env":[%s{"name":"Z"}]}]}}}}`,
				id.Name, id.Namespace, replicas, replicas, env), nil)
		}
		r.Changes = append(r.Changes, review.Change{Group: i, Targets: []string{r.Targets[i%100].ID}, Change: review.Modified, Object: id, Base: object(1), Head: object(2),
			Fields: []review.Field{{Path: "/spec/replicas", Location: line("apps/web.yaml", i)}, {Path: "/spec/template/spec/containers/0/image", Before: review.Some("web:1"), After: review.Some("web:2")}}})
		r.Findings = append(r.Findings, review.Finding{Check: "x", Severity: review.High, Status: review.New, Object: &id, Targets: []string{r.Targets[i%100].ID}, Title: "t", Message: "some message", Location: line("apps/web.yaml", i)})
	}
	return r
}

func BenchmarkPage(b *testing.B) {
	r := large()
	parts, err := PageOf(r).Pack()
	if err != nil {
		b.Fatal(err)
	}
	b.Run("make", func(b *testing.B) {
		for b.Loop() {
			if _, err := PageOf(r).Pack(); err != nil {
				b.Fatal(err)
			}
		}
		n := 0
		for _, p := range parts {
			n += len(p)
		}
		b.ReportMetric(float64(n), "bytes")
		b.ReportMetric(float64(len(parts)), "parts")
	})
	b.Run("open", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := OpenPage(parts[0]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("object", func(b *testing.B) {
		for b.Loop() {
			if _, err := OpenSides(parts[1]); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func TestDigest(t *testing.T) {
	d := PageOf(withObjects()).Digest()
	if d.State != Blocked || d.Blocking != 1 || d.Advice != 1 || d.Objects != 3 || d.Checks["workload-resources-missing"] != 1 || len(d.Not) != 1 {
		t.Errorf("the digest is %+v", d)
	}
	ready := large()
	ready.Conclusion, ready.Findings = review.Success, nil
	if d := PageOf(ready).Digest(); d.State != Ready {
		t.Errorf("replicas change: %s", d.State)
	}
	for i := range ready.Changes {
		fields := ready.Changes[i].Fields[1:]
		ready.Changes[i].Fields = append(fields, review.Field{Path: "/metadata/labels/app.kubernetes.io~1version", Before: review.Some("1"), After: review.Some("2")})
	}
	if d := PageOf(ready).Digest(); d.State != Routine {
		t.Errorf("nothing but versions changes: %s", d.State)
	}
}
