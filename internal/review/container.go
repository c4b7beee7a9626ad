package review

import (
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// renamedContainer gives what a finding was named before, where the one container
// of its workload that base does not know took the place of the one that head
// does not have any more.
func renamedContainer(base *model.Object, f found) (name string, ok bool) {
	was, is := containerNames(base), containerNames(f.subject())
	went := slices.DeleteFunc(slices.Clone(was), func(n string) bool { return slices.Contains(is, n) })
	came := slices.DeleteFunc(slices.Clone(is), func(n string) bool { return slices.Contains(was, n) })
	if len(went) != 1 || len(came) != 1 || len(was) != len(is) {
		return "", false
	}
	tokens := strings.FieldsFunc(f.name, betweenNames)
	if !slices.Contains(tokens, came[0]) {
		return "", false
	}
	return replaceName(f.name, came[0], went[0]), true
}

func containerNames(o *model.Object) []string {
	var out []string
	for _, c := range ContainersOf(o) {
		out = append(out, c.Name)
	}
	return out
}

// betweenNames reports whether a letter separates names in that of a finding.
func betweenNames(r rune) bool { return strings.ContainsRune("/=: \x00", r) }

// replaceName replaces a whole name in that of a finding.
func replaceName(s, old, name string) string {
	var b strings.Builder
	for s != "" {
		end := strings.IndexFunc(s, betweenNames)
		if end < 0 {
			end = len(s)
		}
		if s[:end] == old {
			b.WriteString(name)
		} else {
			b.WriteString(s[:end])
		}
		if end < len(s) {
			b.WriteByte(s[end])
			end++
		}
		s = s[end:]
	}
	return b.String()
}
