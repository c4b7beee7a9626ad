package report

import "testing"

func TestAnImagesVersionMayBeAVariable(t *testing.T) {
	for image, want := range map[string][2]string{
		"ghcr.io/acme/web:1.2":                    {"ghcr.io/acme/web", "1.2"},
		"host:5000/web":                           {"host:5000/web", ""},
		"ghcr.io/acme/web:1.2@sha256:ab":          {"ghcr.io/acme/web", "1.2@sha256:ab"},
		"ghcr.io/acme/web:${TAG}":                 {"ghcr.io/acme/web", "${TAG}"},
		"ghcr.io/acme/web:${TAG:=1.2}":            {"ghcr.io/acme/web", "${TAG} (1.2 by default)"},
		"ghcr.io/acme/web:v${TAG:=1.2}":           {"ghcr.io/acme/web", "v${TAG:=1.2}"},
		"${REGISTRY:=host:5000/a}/web:1.2":        {"${REGISTRY:=host:5000/a}/web", "1.2"},
		"${IMAGE:=ghcr.io/acme/web:1.2@sha256:a}": {"${IMAGE:=ghcr.io/acme/web:1.2@sha256:a}", ""},
	} {
		if name, version := imageParts(image); name != want[0] || variable(version) != want[1] {
			t.Errorf("%s is %s, %s", image, name, variable(version))
		}
	}
}
