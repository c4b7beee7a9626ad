package idle

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/model/modeltest"
	"github.com/seaworthy-dev/seaworthy/internal/sandbox"
	"github.com/seaworthy-dev/seaworthy/internal/task"
)

// Of many patches those come first that are new, or whose file is another, and of these
// those whose target is nowhere: what is left of the objects that may be built goes to the
// others.
func TestNewPatchesAreTriedFirst(t *testing.T) {
	var resources, patches, objects strings.Builder
	for i := range 20 {
		fmt.Fprintf(&objects, "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c%d}\ndata: {a: b}\n", i)
		fmt.Fprintf(&patches, "- {target: {kind: ConfigMap, name: c%d}, path: patch.yaml}\n", i)
	}
	fmt.Fprintf(&resources, "resources: [all.yaml]\nimages: [{name: nobody, newTag: \"2\"}]\npatches:\n- {target: {kind: ConfigMap, name: old}, path: patch.yaml}\n%s- {target: {kind: Secret}, path: other.yaml}\n", patches.String())
	base := map[string]string{"app/kustomization.yaml": resources.String(), "app/all.yaml": objects.String(),
		"app/patch.yaml": "- {op: replace, path: /data/a, value: c}\n", "app/other.yaml": "- {op: replace, path: /data/a, value: c}\n"}
	head := map[string]string{"app/kustomization.yaml": resources.String() + "- {target: {kind: ConfigMap, name: wbe}, path: patch.yaml}\n", "app/all.yaml": objects.String(),
		"app/patch.yaml": base["app/patch.yaml"], "app/other.yaml": "- {op: replace, path: /data/a, value: d}\n"}
	for _, tt := range []struct {
		name  string
		want  task.Idle
		trees []map[string]string
		keys  []string
	}{
		{"what is new, with little room", task.Idle{Objects: 60}, []map[string]string{head, base}, []string{"patch.yaml", "other.yaml"}},
		{"by itself", task.Idle{Objects: 100}, []map[string]string{head}, []string{"nobody", "patch.yaml", "patch.yaml"}},
		{"with room for all", task.Idle{Objects: 2000}, []map[string]string{head, base}, []string{"patch.yaml", "other.yaml", "nobody", "patch.yaml"}},
		{"one that is asked for", task.Idle{Objects: 40, Only: []string{"other.yaml"}}, []map[string]string{base, head}, []string{"other.yaml"}},
		{"no room", task.Idle{}, []map[string]string{head, base}, nil},
	} {
		tt.want.Dir, tt.want.Compared = "app", len(tt.trees) > 1
		var trees []*model.Tree
		for _, files := range tt.trees {
			trees = append(trees, modeltest.Tree(files))
		}
		result, err := sandbox.InProcess(sandbox.Handlers{"idle": Handle}).Do(t.Context(), sandbox.Task{Kind: "idle", Payload: tt.want, Trees: trees})
		if err != nil {
			t.Fatal(err)
		}
		var got []task.IdlePatch
		if err := json.Unmarshal(result.JSON, &got); err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, p := range got {
			keys = append(keys, p.Key)
		}
		if !reflect.DeepEqual(keys, tt.keys) {
			t.Errorf("%s: got %v, want %v", tt.name, keys, tt.keys)
		}
	}
}

// Entries of images that match nothing cost no build each, unless a later one may have
// replaced what they set; and they wait for what is new.
func TestIdleImagesLeaveRoom(t *testing.T) {
	var images, objects strings.Builder
	for i := range 60 {
		fmt.Fprintf(&images, "- {name: nobody%d, newTag: \"2\"}\n", i)
		fmt.Fprintf(&objects, "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c%d}\n", i)
	}
	pod := "---\napiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: \"web:1\"}]}\n"
	kept := "resources: [all.yaml]\nimages:\n" + images.String() + "- {name: web, newName: acme/web}\n"
	base := map[string]string{"app/kustomization.yaml": kept, "app/all.yaml": objects.String() + pod}
	head := map[string]string{"app/kustomization.yaml": kept + "patches: [{target: {kind: Secret}, patch: \"- {op: remove, path: /data}\"}]\n", "app/all.yaml": base["app/all.yaml"]}
	for _, tt := range []struct {
		objects int // each build is of 61
		found   int
		first   string
	}{
		{122, 1, "Secret"},      // with the patch and without
		{183, 1 + 60, "Secret"}, // and with all images marked
		{6100, 1 + 60, "Secret"},
	} {
		result, err := sandbox.InProcess(sandbox.Handlers{"idle": Handle}).Do(t.Context(), sandbox.Task{Kind: "idle",
			Payload: task.Idle{Dir: "app", Compared: true, Objects: tt.objects}, Trees: []*model.Tree{modeltest.Tree(head), modeltest.Tree(base)}})
		if err != nil {
			t.Fatal(err)
		}
		var got []task.IdlePatch
		if err := json.Unmarshal(result.JSON, &got); err != nil {
			t.Fatal(err)
		}
		if len(got) != tt.found || got[0].Key != tt.first {
			t.Errorf("%d objects: got %d, want %d, first %s", tt.objects, len(got), tt.found, tt.first)
		}
		if last := got[len(got)-1]; last.Image && (last.Key != "nobody59" || !reflect.DeepEqual(last.Built, []string{"web"})) {
			t.Errorf("%d objects: the last is %v", tt.objects, last)
		}
	}
}
