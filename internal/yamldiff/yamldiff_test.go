package yamldiff_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/yamldiff"
)

// object makes an object of YAML; "" is none.
func object(t testing.TB, text string) *model.Object {
	t.Helper()
	if text == "" {
		return nil
	}
	raw, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return model.NewObject(model.ObjectID{}, "", raw, nil)
}

// written is a diff as a text, with what is marked in brackets.
func written(lines []yamldiff.Line) string {
	var b strings.Builder
	for _, l := range lines {
		text := l.Text
		for i := len(l.Marked) - 1; i >= 0; i-- {
			m := l.Marked[i]
			text = text[:m.From] + "[" + text[m.From:m.To] + "]" + text[m.To:]
		}
		b.WriteString(strings.TrimRight(string(rune(l.Op))+text, " ") + "\n")
	}
	return b.String()
}

func TestCompare(t *testing.T) {
	for name, tt := range map[string]struct{ base, head, want string }{
		"what it is about stands first, the rest by name": {
			"", "{status: {}, spec: {replicas: 1}, kind: Deployment, metadata: {labels: {a: b}, namespace: shop, name: web}, apiVersion: apps/v1}", `
+apiVersion: apps/v1
+kind: Deployment
+metadata:
+  name: web
+  namespace: shop
+  labels:
+    a: b
+spec:
+  replicas: 1
+status: {}
`},
		"words are marked": {
			"{spec: {image: 'acme/web:1.2.3', replicas: 1}}", "{spec: {image: 'acme/web:1.3.3', replicas: 1}}", `
 spec:
-  image: acme/web:1.[2].3
+  image: acme/web:1.[3].3
   replicas: 1
`},
		"items pair by their names": {
			"{containers: [{name: a, image: x}, {name: b, image: v}]}", "{containers: [{name: c, image: z}, {name: b, image: w}]}", `
 containers:
-- name: a
-  image: x
+- name: c
+  image: z
 - name: b
-  image: [v]
+  image: [w]
`},
		"items without a key pair by content": {
			"{args: [--a, --b, --c]}", "{args: [--new, --a, --c]}", `
 args:
+- --new
 - --a
-- --b
 - --c
`},
		"an item whose first field goes": {
			"{list: [{a: 1, b: 2}]}", "{list: [{b: 2}]}", `
 list:
-- a: 1
-[  ]b: 2
+[- ]b: 2
`},
		"a text differs line by line": {
			`{data: {conf: "a\nb\nc\n"}}`, `{data: {conf: "a\nx\nc"}}`, `
 data:
-  conf: |
+  conf: |[-]
     a
-    b
+    x
     c
`},
		"lists in lists": {
			"", "{a: [[1, 2], [], [{b: c}]]}", `
+a:
+- - 1
+  - 2
+- []
+- - b: c
`},
		"what YAML would read otherwise is quoted": {
			"", `{a: "true", b: "1", c: "", d: "x: y", e: "- z", f: 'say "no": it', g: "2026-01-02", h: --flag, i: "a\u202eb", j: "0x1f", k: null, l: "12:30"}`, `
+a: "true"
+b: "1"
+c: ""
+d: "x: y"
+e: "- z"
+f: 'say "no": it'
+g: "2026-01-02"
+h: --flag
+i: "a\u202eb"
+j: "0x1f"
+k: null
+l: "12:30"
`},
		"a removed object": {"{a: {b: 1}}", "", `
-a:
-  b: 1
`},
		"a value that becomes another form": {"{a: 1}", "{a: {b: 1}}", `
-a:[ 1]
+a:
+  b: 1
`},
	} {
		t.Run(name, func(t *testing.T) {
			got := written(yamldiff.Compare(object(t, tt.base), object(t, tt.head)))
			if want := strings.TrimPrefix(tt.want, "\n"); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

func TestSecretsStayHidden(t *testing.T) {
	raw := func(fingerprint string) *model.Object {
		j, err := json.Marshal(map[string]any{"kind": "Secret", "data": map[string]any{"password": model.Redact(fingerprint), "same": model.Redact("11"), "values": model.Redact(fingerprint)}})
		if err != nil {
			t.Fatal(err)
		}
		return model.NewObject(model.ObjectID{}, "", j, map[string]model.Key{"/data/values": {YAML: map[string]any{"size": 1e6, "tag": fingerprint, "token": model.Redact("22")}}})
	}
	lines := yamldiff.Compare(raw("aa"), raw("bb"))
	want := ` kind: Secret
 data:
-  password: [(redacted)]
+  password: [(redacted)]
   same: (redacted)
   values: # decoded
     size: 1000000
-    tag: [aa]
+    tag: [bb]
     token: (redacted)
`
	if got := written(lines); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	for _, l := range lines {
		if strings.Contains(l.Text, "(redacted)") != l.Secret {
			t.Errorf("%q: Secret is %v", l.Text, l.Secret)
		}
		if l.Text == "    tag: bb" && l.Pointer != "/data/values//tag" {
			t.Errorf("the tag's pointer is %s", l.Pointer)
		}
	}
}

func TestLinesKnowTheirFields(t *testing.T) {
	base := object(t, "{spec: {a/b: [x, y], c: 1}}")
	head := object(t, "{spec: {a/b: [w, x, z], c: 1}}")
	var got []string
	for _, l := range yamldiff.Compare(base, head) {
		got = append(got, fmt.Sprintf("%c%d,%d %s", l.Op, l.Base, l.Head, l.Pointer))
	}
	want := []string{" 1,1 /spec", " 2,2 /spec/a~1b", "+0,3 /spec/a~1b/0", " 3,4 /spec/a~1b/1", "-4,0 /spec/a~1b/1", "+0,5 /spec/a~1b/2", " 5,6 /spec/c"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestLinesInsideATextThatIsYAML(t *testing.T) {
	text := "# about\nimage:\n  tag: 1\nhosts:\n- name: a\n  tls: true\n- name: b\nargs:\n  - x\n"
	content := map[string]any{"image": map[string]any{"tag": 1}, "args": []any{"x"}, "hosts": []any{map[string]any{"name": "a", "tls": true}, map[string]any{"name": "b"}}}
	j, err := json.Marshal(map[string]any{"data": map[string]any{"v": text}})
	if err != nil {
		t.Fatal(err)
	}
	o := model.NewObject(model.ObjectID{}, "", j, map[string]model.Key{"/data/v": {YAML: content}})
	at := map[string]string{}
	for _, l := range yamldiff.Compare(nil, o) {
		at[strings.TrimSpace(l.Text)] = l.Pointer
	}
	for line, want := range map[string]string{
		"v: |": "/data/v", "# about": "/data/v", "image:": "/data/v//image", "tag: 1": "/data/v//image/tag", "- name: a": "/data/v//hosts/0/name",
		"tls: true": "/data/v//hosts/0/tls", "- name: b": "/data/v//hosts/1/name", "- x": "/data/v//args/0",
	} {
		if at[line] != want {
			t.Errorf("%q is at %s, want %s", line, at[line], want)
		}
	}
}

// What nests without end is written in one line from some level on.
func TestDeepObjects(t *testing.T) {
	const levels = 5000
	deep := func(end string) *model.Object {
		return model.NewObject(model.ObjectID{}, "", []byte(strings.Repeat(`{"a":`, levels)+end+strings.Repeat("}", levels)), nil)
	}
	lines := yamldiff.Compare(deep("1"), deep("2"))
	size := 0
	for _, l := range lines {
		size += len(l.Text)
	}
	if removed, added := yamldiff.Changed(lines); removed != 1 || added != 1 || size > 200_000 {
		t.Errorf("%d lines of %d bytes, of which %d go and %d come", len(lines), size, removed, added)
	}
	hidden := yamldiff.Compare(nil, deep(`"\uE000redacted:fingerprint"`))
	if last := hidden[len(hidden)-1]; !last.Secret || strings.Contains(last.Text, "fingerprint") {
		t.Errorf("the last line shows %s, and Secret is %v", last.Text[len(last.Text)-6000:], last.Secret)
	}
}

func TestFold(t *testing.T) {
	var base, head []string
	for i := range 30 {
		base, head = append(base, fmt.Sprintf("k%02d: 1", i)), append(head, fmt.Sprintf("k%02d: 1", i))
	}
	head[15] = "k15: 2"
	lines := yamldiff.Compare(object(t, strings.Join(base, "\n")), object(t, strings.Join(head, "\n")))
	var got []string
	for _, h := range yamldiff.Fold(lines, 3) {
		got = append(got, fmt.Sprint(h.Folded, len(h.Lines)))
	}
	if want := []string{"true 12", "false 8", "true 11"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if h := yamldiff.Fold(lines[:14], 3); len(h) != 1 || !h[0].Folded {
		t.Errorf("lines that all stay: %+v", h)
	}
}

// TestLongListsThatMovedOn: a list that lost its first item and got a last one has all
// others in common, however long it is.
func TestLongListsThatMovedOn(t *testing.T) {
	var list []string
	for i := range 20_001 {
		list = append(list, fmt.Sprint(i))
	}
	pairs := yamldiff.Common(list[:20_000], list[1:])
	if len(pairs) != 19_999 || pairs[0] != [2]int{1, 0} || pairs[19_998] != [2]int{19_999, 19_998} {
		t.Errorf("%d pairs", len(pairs))
	}
	turned := slices.Concat([]string{"begin", "x"}, list[:10_000], list[10_001:], []string{"y", "end"})
	was := slices.Clone(turned)
	slices.Reverse(was[3 : len(was)-3]) // too hard to pair
	if pairs := yamldiff.Common(was, turned); len(pairs) != 6 {
		t.Errorf("%d pairs", len(pairs))
	}
}

func TestRows(t *testing.T) {
	lines := yamldiff.Compare(object(t, "{a: 1, b: 1, c: 1, text: \"1\\n2\\n3\"}"), object(t, "{b: 2, c: 1, d: 1, text: \"1\\n4\\n5\\n3\"}"))
	text := func(l *yamldiff.Line) string {
		if l == nil {
			return ""
		}
		return strings.TrimSpace(l.Text)
	}
	var got []string
	for _, r := range yamldiff.Rows(lines) {
		got = append(got, text(r.Base)+"|"+text(r.Head))
	}
	want := []string{"a: 1|", "b: 1|b: 2", "c: 1|c: 1", "|d: 1", "text: |-|text: |-", "1|1", "2|4", "|5", "3|3"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// sides puts the lines of each side together again.
func sides(lines []yamldiff.Line) (base, head string) {
	for _, l := range lines {
		if l.Op != yamldiff.Added {
			base += l.Text + "\n"
		}
		if l.Op != yamldiff.Removed {
			head += l.Text + "\n"
		}
	}
	return base, head
}

// Whatever the objects hold, each side of the lines is YAML of just that.
func FuzzCompare(f *testing.F) {
	f.Add(`{"a":[{"name":"x","v":"1\n2\n"},[1,[]],{}],"b":"true","c":" x\n y"}`, `{"a":[{"v":"1\n3\n"},[2]],"b":null,"d":"~"}`)
	f.Add(`{"k":"\n\n","l":"a\n\n\nb\n\n"}`, `{"k":"a: b\n","":"- x","l":"a\r\nb"}`)
	f.Add(`{"k":"\u0085","l":"\u00a0x\ny","- ":1}`, `{"a":[{"b":[{"c":1}]}],"?":"?","1e3":"1e3"}`)
	f.Fuzz(func(t *testing.T, a, b string) {
		var want [2]map[string]any
		for i, text := range []string{a, b} {
			if strings.Contains(text, "redacted:") || json.Unmarshal([]byte(text), &want[i]) != nil || want[i] == nil {
				t.Skip()
			}
			again, err := json.Marshal(want[i]) // numbers as floats write them
			if err != nil || strings.Contains(string(again), "\ufffd") {
				t.Skip()
			}
			if i == 0 {
				a = string(again)
			} else {
				b = string(again)
			}
		}
		lines := yamldiff.Compare(model.NewObject(model.ObjectID{}, "", []byte(a), nil), model.NewObject(model.ObjectID{}, "", []byte(b), nil))
		base, head := sides(lines)
		for i, text := range []string{base, head} {
			got := map[string]any{}
			if err := yaml.Unmarshal([]byte(text), &got); err != nil {
				t.Fatalf("%v:\n%s", err, text)
			}
			if len(got)+len(want[i]) > 0 && !reflect.DeepEqual(got, want[i]) {
				t.Fatalf("got %#v\nwant %#v\nof\n%s", got, want[i], text)
			}
		}
		rows := 0
		for _, r := range yamldiff.Rows(lines) {
			if r.Base != nil && r.Base != r.Head {
				rows++
			}
			if r.Head != nil {
				rows++
			}
		}
		if rows != len(lines) {
			t.Fatalf("%d of %d lines stand in rows", rows, len(lines))
		}
	})
}

// A ConfigMap of 5,000 lines of which every tenth changed, and a text of which all
// lines stand in another order.
func BenchmarkCompare(b *testing.B) {
	config := func(line func(int) string) *model.Object {
		var text strings.Builder
		for i := range 5000 {
			text.WriteString(line(i) + "\n")
		}
		j, err := json.Marshal(map[string]any{"kind": "ConfigMap", "data": map[string]any{"conf": text.String()}})
		if err != nil {
			b.Fatal(err)
		}
		return model.NewObject(model.ObjectID{}, "", j, nil)
	}
	base := config(func(i int) string { return fmt.Sprintf("setting.%d = value %d", i, i%7) })
	for name, head := range map[string]*model.Object{
		"tenth":    config(func(i int) string { return fmt.Sprintf("setting.%d = value %d", i, i%7+1-min(1, i%10)) }),
		"shuffled": config(func(i int) string { return fmt.Sprintf("setting.%d = value %d", i*4999%5000, (i*4999%5000)%7) }),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if n := len(yamldiff.Compare(base, head)); n < 5000 {
					b.Fatal(n)
				}
			}
		})
	}
}
