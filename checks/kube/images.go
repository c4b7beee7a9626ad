package kube

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// ImageName splits an image reference into its registry and its path, without
// tag and digest, as container runtimes read it: no registry means Docker Hub,
// and there no owner means library.
func ImageName(image string) (registry, path string) {
	name, _, _ := strings.Cut(image, "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		name = name[:i]
	}
	first, rest, many := strings.Cut(name, "/")
	if many && (strings.ContainsAny(first, ".:") || first == "localhost") {
		registry, name = first, rest
	} else {
		registry = "docker.io"
	}
	if registry == "index.docker.io" {
		registry = "docker.io"
	}
	if registry == "docker.io" && !strings.Contains(name, "/") {
		name = "library/" + name
	}
	return registry, name
}

// ImageOwner is the registry and the account or project in it.
func ImageOwner(image string) string {
	registry, path := ImageName(image)
	owner, _, _ := strings.Cut(path, "/")
	return registry + "/" + owner
}

// ImageDigest is the digest of a reference; "" where it has none.
func ImageDigest(image string) string {
	_, digest, _ := strings.Cut(image, "@")
	return digest
}

// ImageTag gives the tag of an image reference, or reports that a digest pins it,
// where the tag does not count.
func ImageTag(image string) (tag string, pinned bool) {
	name, digest, _ := strings.Cut(image, "@")
	if wholeDigest.MatchString(digest) {
		return "", true
	}
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		return name[i+1:], false
	}
	return "", false
}

// wholeDigest matches a digest that a registry can look up.
var wholeDigest = pattern.New(`^sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$`)
