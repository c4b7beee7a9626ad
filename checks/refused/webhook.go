package refused

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/policy"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

func (p place) webhooks() {
	hooks := p.items("webhooks")
	for _, w := range hooks {
		w.name = fmt.Sprintf("webhook `%s`", review.Text(w.fields, "name"))
		w.filled("name")
		for _, rule := range w.items("rules") {
			rule.needsSome("operations", "apiVersions", "resources")
		}
		for _, version := range twiceText(w.texts("admissionReviewVersions")) {
			w.refuse("admissionReviewVersions", "the version %s occurs twice", version)
		}
		w.form("name", subdomain)
		if name := w.text("name"); name != "" && strings.Count(name, ".") < 2 {
			w.refuse("name", "the name needs three parts, as check.shop.example.com has")
		}
		w.enum("sideEffects", "None", "NoneOnDryRun")
		w.between(1, 30, "timeoutSeconds")
		list, _ := w.fields["admissionReviewVersions"].([]any)
		if versions := w.texts("admissionReviewVersions"); len(versions) == len(list) && !w.open("admissionReviewVersions") && !slices.Contains(versions, "v1") && !slices.Contains(versions, "v1beta1") {
			w.refuse("", "`admissionReviewVersions` needs v1")
		}
		for _, condition := range w.items("matchConditions") {
			if text := condition.text("expression"); text != "" {
				if err := policy.Condition(text); err != nil {
					condition.refuse("expression", "the expression does not compile: %s", err)
				}
			}
		}
		client := w.at("clientConfig")
		if client.there() {
			client.oneOf("url", "service")
		}
		if s := client.text("url"); s != "" {
			if u, err := url.Parse(s); err != nil || u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
				client.refuse("url", "the address `%s` must begin with https://, and has no user, query or fragment", short(s))
			}
		}
		service := client.at("service")
		if service.there() {
			service.filled("name", "namespace")
		}
		service.between(1, 65535, "port")
		if s := service.text("path"); s != "" && !path.IsAbs(s) {
			service.refuse("path", "the path `%s` begins with no slash", short(s))
		}
		w.at("namespaceSelector").selector()
		w.at("objectSelector").selector()
	}
	for _, w := range twice(hooks, named("name")) {
		w.refuse("name", "the name occurs twice")
	}
}
