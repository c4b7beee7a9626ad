package review

import (
	"testing"

	"github.com/seaworthy-dev/seaworthy/internal/model"
)

// TestExhausting: a new target that eats the sandbox's time or memory blocks; a new
// one whose source cannot be reached does not.
func TestExhausting(t *testing.T) {
	for class, want := range map[model.Class]Conclusion{model.Memory: Failure, model.Timeout: Failure, model.SourceUnreachable: Neutral} {
		r := &Report{Incomplete: []Incomplete{{Class: class, Reached: true}},
			Targets: []TargetResult{{Base: "absent", Head: "incomplete", Error: &model.Problem{Class: class}}}}
		if got := Standard.conclude(r); got != want {
			t.Errorf("%s: %s, want %s", class, got, want)
		}
	}
}
