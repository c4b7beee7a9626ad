package checks

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/resource"
)

// quantity reads a Kubernetes quantity; ok is false where the value is none.
func quantity(v any) (q resource.Quantity, ok bool) {
	if v == nil {
		return q, false
	}
	q, err := resource.ParseQuantity(fmt.Sprint(v))
	return q, err == nil
}
