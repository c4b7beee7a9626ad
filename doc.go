// Package seaworthy is the repository's root; it holds no code, only tests of
// the whole: the program is in cmd/app.
package seaworthy
