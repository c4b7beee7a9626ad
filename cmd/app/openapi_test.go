package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"
)

// What programs are answered is of the form that docs/schema/pages-openapi.yaml
// tells them.
func TestWhatProgramsAreTold(t *testing.T) {
	w, id := audited(t)
	text, err := os.ReadFile("../../docs/schema/pages-openapi.yaml")
	w.ok(err)
	raw, err := yaml.YAMLToJSON(text)
	w.ok(err)
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(raw)))
	w.ok(err)
	c := jsonschema.NewCompiler()
	w.ok(c.AddResource("pages.json", doc))
	token := w.UserToken("octocat")
	for schema, at := range map[string]string{"Review": "/api/reviews/1", "Object": "/api/reviews/1/objects/0", "Repository": fmt.Sprintf("/api/repositories/%d", id), "Organisation": "/api/organisations/acme"} {
		s, err := c.Compile("pages.json#/components/schemas/" + schema)
		w.ok(err)
		status, body := w.json(at, token)
		var value any
		w.ok(json.Unmarshal([]byte(body), &value))
		if status != http.StatusOK {
			t.Errorf("%s: %d", at, status)
		}
		if err := s.Validate(value); err != nil {
			t.Errorf("%s is no %s: %v", at, schema, err)
		}
	}
}
