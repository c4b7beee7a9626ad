// Package pattern holds regular expressions that are made when they are first asked:
// most runs of the program ask a few of its hundreds, and to make them all costs more
// than a small review. It knows nothing of the program, so that every package may use
// it.
package pattern

import (
	"regexp"
	"sync"
	"testing"
)

// Pattern is a regular expression that need not be made yet. Its methods are those of
// a regexp.Regexp.
type Pattern struct{ made func() *regexp.Regexp }

// New names an expression, which must be sound. In tests it is made at once, so that
// one that is not does not wait for whom it breaks.
func New(expression string) *Pattern {
	p := &Pattern{made: sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })}
	if testing.Testing() {
		p.made()
	}
	return p
}

// ExpandString is as regexp has it.
func (p *Pattern) ExpandString(dst []byte, template, src string, match []int) []byte {
	return p.made().ExpandString(dst, template, src, match)
}

// FindAllString is as regexp has it.
func (p *Pattern) FindAllString(s string, n int) []string { return p.made().FindAllString(s, n) }

// FindAllStringIndex is as regexp has it.
func (p *Pattern) FindAllStringIndex(s string, n int) [][]int {
	return p.made().FindAllStringIndex(s, n)
}

// FindAllStringSubmatch is as regexp has it.
func (p *Pattern) FindAllStringSubmatch(s string, n int) [][]string {
	return p.made().FindAllStringSubmatch(s, n)
}

// FindAllSubmatch is as regexp has it.
func (p *Pattern) FindAllSubmatch(b []byte, n int) [][][]byte { return p.made().FindAllSubmatch(b, n) }

// FindIndex is as regexp has it.
func (p *Pattern) FindIndex(b []byte) []int { return p.made().FindIndex(b) }

// FindString is as regexp has it.
func (p *Pattern) FindString(s string) string { return p.made().FindString(s) }

// FindStringIndex is as regexp has it.
func (p *Pattern) FindStringIndex(s string) []int { return p.made().FindStringIndex(s) }

// FindStringSubmatch is as regexp has it.
func (p *Pattern) FindStringSubmatch(s string) []string { return p.made().FindStringSubmatch(s) }

// FindStringSubmatchIndex is as regexp has it.
func (p *Pattern) FindStringSubmatchIndex(s string) []int { return p.made().FindStringSubmatchIndex(s) }

// Match is as regexp has it.
func (p *Pattern) Match(b []byte) bool { return p.made().Match(b) }

// MatchString is as regexp has it.
func (p *Pattern) MatchString(s string) bool { return p.made().MatchString(s) }

// ReplaceAllString is as regexp has it.
func (p *Pattern) ReplaceAllString(s, with string) string { return p.made().ReplaceAllString(s, with) }

// ReplaceAllStringFunc is as regexp has it.
func (p *Pattern) ReplaceAllStringFunc(s string, with func(string) string) string {
	return p.made().ReplaceAllStringFunc(s, with)
}

// Split is as regexp has it.
func (p *Pattern) Split(s string, n int) []string { return p.made().Split(s, n) }

// FindAllStringSubmatchIndex is as regexp has it.
func (p *Pattern) FindAllStringSubmatchIndex(s string, n int) [][]int {
	return p.made().FindAllStringSubmatchIndex(s, n)
}
