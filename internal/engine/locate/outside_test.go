package locate

import (
	"path"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// ask locates one place in a target that Kustomize cannot render here.
func ask(files Files, id model.ObjectID, pointer string, value any) string {
	q := task.Query{Object: id, Value: value}
	for _, token := range tokens(pointer) {
		q.Path = append(q.Path, model.FieldStep(token))
	}
	return show(Locate(files, files, model.Kustomize, "app", []task.Query{q})[0].Position)
}

func TestOutside(t *testing.T) {
	app := model.ObjectID{Group: "apps", Version: "v1", Kind: "Deployment", Name: "web"}
	patch := "- patch: |\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: web}\n    spec:\n      replicas: 3\n"
	one := tree{"app/kustomization.yaml": "resources:\n- https://example.com/base?ref=v1\npatches:\n" + patch}
	two := tree{"app/kustomization.yaml": "resources:\n- https://example.com/base\n- https://example.com/other\n"}
	for name, tt := range map[string]struct{ got, want string }{
		"what a patch writes into an object from outside":    {ask(one, app, "/spec/replicas", 3), "app/kustomization.yaml:9"},
		"what comes from outside is brought in by its entry": {ask(one, app, "/spec/paused", true), "app/kustomization.yaml:2 object"},
		"an object that only the entry brings in":            {ask(one, model.ObjectID{Kind: "Service", Name: "x"}, "", nil), "app/kustomization.yaml:2 object"},
		"one of two entries":                                 {ask(two, app, "", nil), "app/kustomization.yaml:1 file"},
		"nothing at all":                                     {ask(tree{}, app, "", nil), "nothing"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %s, want %s", name, tt.got, tt.want)
		}
	}
}

func TestSubstitution(t *testing.T) {
	files := tree{"app/kustomization.yaml": "resources: [p.yaml, ../beside]\n",
		"beside/kustomization.yaml": "namePrefix: b-\nresources: [q.yaml]\n", "beside/q.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: q}\n",
		"app/p.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  image: nginx:${tag:=1}\n  host: ${host}\n"}
	pod := model.ObjectID{Version: "v1", Kind: "Pod", Name: "p"}
	for pointer, want := range map[string]string{
		"/spec/image": "app/p.yaml:5",
		"/spec/host":  "app/p.yaml:1 object",
	} {
		if got := ask(files, pod, pointer, "nginx:2"); got != want {
			t.Errorf("%s: %s, want %s", pointer, got, want)
		}
	}
}

func TestRedactedProvesNothing(t *testing.T) {
	files := tree{"app/kustomization.yaml": "secretGenerator:\n- name: s\n  literals:\n  - a=b\n"}
	secret := model.ObjectID{Version: "v1", Kind: "Secret", Name: "s-2222222222"}
	if got := ask(files, secret, "/data/a", model.Redact("fp")); got != "app/kustomization.yaml:4" {
		t.Errorf("the last writer of a redacted value is %s", got)
	}
}

// linked is a tree in which one directory is a symlink to another.
type linked struct {
	tree
	from, to string
}

func (l linked) Real(p string) string {
	if rest, ok := strings.CutPrefix(p, l.from); ok {
		return path.Join(l.to, rest)
	}
	return p
}

func (l linked) Read(p string) ([]byte, error) { return l.tree.Read(l.Real(p)) }

func TestSymlink(t *testing.T) {
	files := linked{tree{"app/kustomization.yaml": "resources: [link]\n", "real/kustomization.yaml": "resources: [p.yaml, ../beside]\n",
		"beside/kustomization.yaml": "namePrefix: b-\nresources: [q.yaml]\n", "beside/q.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: q}\n",
		"real/p.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  host: h\n"}, "app/link", "real"}
	if got := ask(files, model.ObjectID{Version: "v1", Kind: "Pod", Name: "p"}, "/spec/host", "h"); got != "real/p.yaml:5" {
		t.Errorf("a field behind a symlink is at %s, want its real path", got)
	}
	if got := ask(files, model.ObjectID{Version: "v1", Kind: "Pod", Name: "b-q"}, "", nil); got != "beside/q.yaml:1" {
		t.Errorf("a sibling of the symlink's target is at %s", got)
	}
}
