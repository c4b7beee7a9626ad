package model

import "github.com/seaworthy-dev/seaworthy/internal/pattern"

// Endless reports whether a text is a number that nobody means and that must not be read as
// a quantity: to compare one with a large exponent takes Kubernetes' own package minutes.
func Endless(text string) bool {
	return len(text) > longestQuantity || endless.MatchString(text)
}

const longestQuantity = 100 // bytes; the largest that Kubernetes keeps has 19 digits

var endless = pattern.New(`^\s*[-+]?[0-9.]+[eE][-+]?[0-9]{5,}\s*$`)

// HoldsEndless reports whether a value of a JSON text is such a number.
func HoldsEndless(json []byte) bool { return holdsEndless.Match(json) }

var holdsEndless = pattern.New(`[",:\[]\s*[-+]?[0-9.]+[eE][-+]?[0-9]{5,}\s*[",}\]]|[",:\[][-+]?[0-9.]{100}`)
