package review

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// nearness is the share of two objects' values that must be equal for one to count
// as the other under a new name.
const nearness = 0.6

// maxLeaves bounds the values that are held against each other.
const maxLeaves = 5000

// nearlySame reports whether two objects hold nearly the same, their names aside:
// the evidence that one is the other renamed. A word in common is none.
func nearlySame(a, b *model.Object) bool {
	// A prefix may have been put on the object's name alone, or on all that names it.
	return near(a, b, "", "") || near(a, b, a.ID.Name, b.ID.Name)
}

// near compares two objects; a's name in the one and b's in the other are equal.
func near(a, b *model.Object, nameA, nameB string) bool {
	left, right := map[string]int{}, map[string]int{}
	leaves(withoutMetadata(a), "", nameA, left)
	leaves(withoutMetadata(b), "", nameB, right)
	same, all := 0, 0
	for leaf, n := range left {
		same += min(n, right[leaf])
		all += max(n, right[leaf])
	}
	for leaf, n := range right {
		if left[leaf] == 0 {
			all += n
		}
	}
	return all == 0 || float64(same) >= nearness*float64(all)
}

// leaves counts the scalars of a value by their path, list items without their
// index; a name in them stands for any, "" for none.
func leaves(value any, at, name string, out map[string]int) {
	switch v := value.(type) {
	case map[string]any:
		for key, child := range v {
			leaves(child, at+"/"+key, name, out)
		}
	case []any:
		for _, child := range v {
			leaves(child, at+"/-", name, out)
		}
	default:
		if len(out) < maxLeaves {
			text := fmt.Sprint(v)
			if name != "" {
				text = strings.ReplaceAll(text, name, "\x00")
			}
			out[at+"="+text]++
		}
	}
}
