package model

import (
	"strings"
	"testing"
)

func TestEndless(t *testing.T) {
	for text, want := range map[string]bool{
		"1e00012": true, "-1.5E-00012": true, " 1e000012 ": true, strings.Repeat("9", 200): true,
		"1e9": false, "10Gi": false, "128974848": false, "1e3m": false, "": false,
	} {
		if got := Endless(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	for text, want := range map[string]bool{
		`{"memory":"1e00012"}`: true, `{"memory":1e-00012}`: true, `["1E+00012"]`: true, `{"cpu":"` + strings.Repeat("1", 200) + `"}`: true,
		`{"memory":"1e9","image":"a@sha256:` + strings.Repeat("1e9", 21) + `","args":["12e34567x"]}`: false,
	} {
		if got := HoldsEndless([]byte(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
