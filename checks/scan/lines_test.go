package scan

import (
	"reflect"
	"testing"
)

func TestKey(t *testing.T) {
	for text, want := range map[string]Line{
		"kind: Secret":                   {Number: 7, Key: "kind", Value: "Secret"},
		`  - "name": 'a b' # said`:       {Number: 7, Indent: 4, Key: "name", Value: "a b"},
		"    password: x # not this":     {Number: 7, Indent: 4, Key: "password", Value: "x"},
		"url: https://example.org/a#top": {Number: 7, Key: "url", Value: "https://example.org/a#top"},
		"empty:":                         {Number: 7, Key: "empty"},
	} {
		if got, ok := Key(7, text); !ok || got != want {
			t.Errorf("%s: %+v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "# kind: Secret", "- item", "just words"} {
		if got, ok := Key(7, text); ok {
			t.Errorf("%q is no key: %+v", text, got)
		}
	}
}

func TestSecretKeys(t *testing.T) {
	const file = `kind: ConfigMap
data:
  color: red
---
apiVersion: v1
kind: Secret
metadata:
  name: web
stringData:
  user: anna
  note: |
    two
    lines
data:
  password: aHVudGVy
---
kind: Secret
stringData: {token: "abc"}
`
	want := []Line{
		{Number: 10, Indent: 2, Key: "user", Value: "anna"},
		{Number: 11, Indent: 2, Key: "note", Value: "two\nlines\n"},
		{Number: 15, Indent: 2, Key: "password", Value: "hunter"},
		{Number: 18, Indent: 2, Key: "token", Value: "abc"},
	}
	if got := SecretKeys([]byte(file)); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if count, second := CountDocuments([]byte("# only a comment\n---\na: 1\n---\nb: 2\n")); count != 2 || second != 4 {
		t.Errorf("%d documents, the second at line %d", count, second)
	}
}

// TestPlaceholderHints: the short look finds what the expression finds.
func TestPlaceholderHints(t *testing.T) {
	for _, text := range []string{"CHANGEME", "change-me", "<IP_RANGE>", "PLACEHOLDER", "x PLACEHOLDER-y", "your-domain", "Replace_This", "TODO later", " FIXME", "XXX: y", "<your value>"} {
		if !placeholder.MatchString(text) || !Placeholder(text) {
			t.Errorf("%q: the expression says %v, the short look %v", text, placeholder.MatchString(text), Placeholder(text))
		}
	}
	for _, text := range []string{"web", "", "a todo list", "exchange", "<a>"} {
		if Placeholder(text) {
			t.Errorf("%q is taken for a placeholder", text)
		}
	}
}
