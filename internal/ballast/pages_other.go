//go:build !linux

package ballast

func largePages([]byte) {}
