// Package text is how messages of checks put things into words: lists, counts,
// quoted values. It knows no object of Kubernetes but its name.
package text

import (
	"fmt"
	"sort"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// And joins things as people do: "a, b and c".
func And(list []string) string {
	switch len(list) {
	case 0:
		return ""
	case 1:
		return list[0]
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// Some joins things, and counts what would make the sentence too long.
func Some(list []string) string {
	const most = 4
	if len(list) <= most {
		return And(list)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

// Code sets each thing in the typeface of code.
func Code(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = "`" + s + "`"
	}
	return out
}

// Plural is "1 pod", "2 pods".
func Plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Names are objects as messages name them.
func Names(list []*model.Object) []string {
	out := make([]string, len(list))
	for i, o := range list {
		out[i] = o.ID.String()
	}
	return out
}

// Show is a value as a message quotes it.
func Show(v any) string {
	if v == nil {
		return "unset"
	}
	return "`" + fmt.Sprint(model.Show(v)) + "`"
}

// OrNil is a text that is unset where it is empty, for Show.
func OrNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// LowerFirst is a sentence as it goes on behind a colon.
func LowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// Labels is labels as people write them, sorted.
func Labels(labels map[string]string) string {
	list := make([]string, 0, len(labels))
	for k, v := range labels {
		list = append(list, k+"="+v)
	}
	sort.Strings(list)
	return strings.Join(list, ",")
}

// InCluster names a cluster in a sentence.
func InCluster(c *review.Cluster) string {
	if c.Name == "" {
		return "this repository"
	}
	return "cluster `" + c.Name + "`"
}

// Brief is a text of a manifest as a message quotes it: the beginning of one that is too
// long for a line.
func Brief(s string) string {
	const most = 80
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most-1]) + "…"
}
