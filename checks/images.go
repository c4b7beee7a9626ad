package checks

import (
	"strings"
)

// imageName splits an image reference into its registry and its path, without
// tag and digest, as container runtimes read it: no registry means Docker Hub,
// and there no owner means library.
func imageName(image string) (registry, path string) {
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

// imageOwner is the registry and the account or project in it.
func imageOwner(image string) string {
	registry, path := imageName(image)
	owner, _, _ := strings.Cut(path, "/")
	return registry + "/" + owner
}

// imageDigest is the digest of a reference; "" where it has none.
func imageDigest(image string) string {
	_, digest, _ := strings.Cut(image, "@")
	return digest
}
