package checks

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/kube"
	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/checks/setting"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var envPlaintextSecret = &review.Check{
	ID: "env-plaintext-secret", Area: review.Security, Severity: review.Critical, Tags: []review.Tag{review.Secrets},
	Doc: review.Doc{
		Title:  "credential in clear text in a variable",
		What:   "Looks at environment variables and arguments of containers, and at the keys of ConfigMaps, for a credential. It is recognised by the variable's name (password, token, API key and similar) or by its format. A value that refers to something else (`$(NAME)`, `${NAME}`, a path) does not count. For a chart that is not rendered, checks the variables that its values list by name.",
		Why:    "Everyone who may read the repository has it, now and in its history, and so has everyone who may read the pod. Rotating it needs a deployment, so it rarely happens.",
		Fix:    "Rotate the credential: it has been disclosed. Put the new one into a Secret that is encrypted (SOPS, Sealed Secrets) or fetched (External Secrets), and refer to it with `secretKeyRef`.",
		Verify: "kubectl get deploy -A -o json | jq -r '.items[].spec.template.spec.containers[].env[]? | select(.value and (.name | test(\"PASSWORD|TOKEN|SECRET\"))) | .name'",
		Waive:  "The value is not secret, such as a public key or a test account of a local database.",
		Effort: "medium",
		Bad:    "env:\n- name: DB_PASSWORD\n  value: hunter2",
		Good:   "env:\n- name: DB_PASSWORD\n  valueFrom: {secretKeyRef: {name: db, key: password}}",
	},
	Run: review.Objects(func(p *review.Pass, o *model.Object) {
		if o.ID.GroupKind() == kube.ConfigMap {
			configCredentials(p, o)
		}
		for _, c := range review.ContainersOf(o) {
			containerCredentials(p, c)
		}
	}).ChartValues(credentialsInValues),
}

func containerCredentials(p *review.Pass, c review.Container) {
	for i, e := range review.Items(c.Fields, "env") {
		name := review.Text(e, "name")
		if !model.Credential(e["value"]) {
			continue
		}
		h := review.Hit{Object: c.Workload, Field: fmt.Sprintf("%s/env/%d/value", c.Pointer, i), Key: c.Key() + " " + name,
			Message: fmt.Sprintf("%s: the variable `%s` holds a credential in clear text. Whoever may read the repository has it.", c, name)}
		if replacesCredential(p, c, name, e["value"]) {
			h.Measure = 1
			h.Message = fmt.Sprintf("%s: the variable `%s` holds another credential than before, in clear text again. Whoever may read the repository has both.", c, name)
		}
		p.Report(h)
	}
	for _, list := range []string{"args", "command"} {
		items, _ := c.Field(list).([]any)
		for i, v := range items {
			if model.Credential(v) {
				p.Report(review.Hit{Object: c.Workload, Field: fmt.Sprintf("%s/%s/%d", c.Pointer, list, i),
					Message: fmt.Sprintf("%s: an entry of `%s` holds a credential in clear text.", c, list)})
			}
		}
	}
}

// replacesCredential reports whether a variable held a credential before, and holds
// another one: their fingerprints differ. Of an address only the host may be another.
func replacesCredential(p *review.Pass, c review.Container, name string, value any) bool {
	for _, part := range []string{"URL", "URI", "DSN", "CONN", "JDBC", "ADDR"} {
		if strings.Contains(strings.ToUpper(name), part) {
			return false
		}
	}
	before, _ := p.ContainerBefore(c)
	for _, e := range review.Items(before.Fields, "env") {
		if review.Text(e, "name") == name {
			return model.Credential(e["value"]) && e["value"] != value
		}
	}
	return false
}

// configCredentials reports the keys of a ConfigMap that hold a credential. A
// file of values is told of by itself.
func configCredentials(p *review.Pass, o *model.Object) {
	for _, section := range []string{"data", "binaryData"} {
		for key, value := range review.Map(o.Fields(), section) {
			at := review.Pointer(section, key)
			if !model.Credential(value) || repo.NamedValues(o.Keys[at].File) {
				continue
			}
			p.Report(review.Hit{Object: o, Field: at,
				Message: fmt.Sprintf("%s: the key `%s` holds a credential in clear text. Whoever may read the repository, or ConfigMaps, has it.", o.ID, key)})
		}
	}
}

// credentialsInValues reports variables that values list by name and value. A
// key that is named like a credential is told of the file.
func credentialsInValues(p *review.Pass, v *review.Values) {
	v.Each(func(s *review.Setting) {
		name, value := s.Field("name").Text(), s.Field("value")
		if name == "" || value == nil || !model.Credential(value.Value) {
			return
		}
		setting.Report(p, v, value, "", review.Hit{Message: fmt.Sprintf("%s: the variable `%s` holds a credential in clear text. Whoever may read the repository has it.", setting.Name(v, s.Path), name)})
	})
}
