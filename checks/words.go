package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// and joins things as people do: "a, b and c".
func and(list []string) string {
	switch len(list) {
	case 0:
		return ""
	case 1:
		return list[0]
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// some joins things, and counts what would make the sentence too long.
func some(list []string) string {
	const most = 4
	if len(list) <= most {
		return and(list)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

// code sets each thing in the typeface of code.
func code(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = "`" + s + "`"
	}
	return out
}

// plural is "1 pod", "2 pods".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// names are objects as messages name them.
func names(list []*model.Object) []string {
	out := make([]string, len(list))
	for i, o := range list {
		out[i] = o.ID.String()
	}
	return out
}

// show is a value as a message quotes it.
func show(v any) string {
	if v == nil {
		return "unset"
	}
	return "`" + fmt.Sprint(model.Show(v)) + "`"
}
