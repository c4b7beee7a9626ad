//go:build race

package sandbox

// raceDetector: the program runs under the race detector, whose own memory is
// over what a child may have: it dies of that before it meets its limit.
const raceDetector = true
