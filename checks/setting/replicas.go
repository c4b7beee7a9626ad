package setting

import (
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Replicas reads a setting as a number of replicas.
func Replicas(s *review.Setting) (n int, ok bool) {
	if s == nil || s.Key != "replicas" && s.Key != "replicaCount" {
		return 0, false
	}
	n, err := strconv.Atoi(s.Text())
	return n, err == nil
}

var budgetKey = pattern.New(`(?i)^(pdb|podDisruptionBudget)$`)

// EachBudget visits the PodDisruptionBudgets that values ask for, with the
// number of replicas beside them, 0 where the values say none.
func EachBudget(v *review.Values, visit func(budget *review.Setting, replicas int)) {
	v.Each(func(s *review.Setting) {
		if !budgetKey.MatchString(s.Key) || !s.Map() {
			return
		}
		replicas := 0
		if beside := v.On(Outer(s.Path)); beside != nil && !Autoscaled(beside) {
			for _, key := range []string{"replicas", "replicaCount"} {
				if n, ok := Replicas(beside.Field(key)); ok {
					replicas = n
				}
			}
		}
		visit(s, replicas)
	})
}

// Autoscaled reports whether a component's values ask for an autoscaler, so that
// its number of replicas is not what runs.
func Autoscaled(component *review.Setting) bool {
	for _, key := range component.Keys() {
		if s := component.Field(key); strings.HasPrefix(strings.ToLower(key), "autoscal") && (s.Is(true) || s.Field("enabled").Is(true)) {
			return true
		}
	}
	return false
}
