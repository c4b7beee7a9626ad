// Package seaworthy is the repository's root. It holds the files that the
// program carries along, and tests of the whole: the program is in cmd/app.
package seaworthy
