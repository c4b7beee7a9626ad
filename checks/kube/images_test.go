package kube

import "testing"

func TestImages(t *testing.T) {
	const digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	for _, c := range []struct {
		image, registry, path, owner, tag string
		pinned                            bool
	}{
		{"nginx", "docker.io", "library/nginx", "docker.io/library", "", false},
		{"nginx:1.27", "docker.io", "library/nginx", "docker.io/library", "1.27", false},
		{"index.docker.io/acme/web:v1", "docker.io", "acme/web", "docker.io/acme", "v1", false},
		{"ghcr.io/acme/web@" + digest, "ghcr.io", "acme/web", "ghcr.io/acme", "", true},
		{"ghcr.io/acme/web:v1@" + digest, "ghcr.io", "acme/web", "ghcr.io/acme", "", true},
		{"ghcr.io/acme/web:v1@sha256:short", "ghcr.io", "acme/web", "ghcr.io/acme", "v1", false},
		{"localhost:5000/web", "localhost:5000", "web", "localhost:5000/web", "", false},
	} {
		registry, path := ImageName(c.image)
		tag, pinned := ImageTag(c.image)
		if registry != c.registry || path != c.path || ImageOwner(c.image) != c.owner || tag != c.tag || pinned != c.pinned {
			t.Errorf("%s: %q, %q, owner %q, tag %q, pinned %v", c.image, registry, path, ImageOwner(c.image), tag, pinned)
		}
	}
}
