package job

import (
	"strings"
	"testing"
	"time"
)

func TestCommandLine(t *testing.T) {
	for body, want := range map[string]string{
		"/audit":                              "/audit",
		"Looks good.\n/audit delta\n":         "/audit delta",
		"/audit help\r\n":                     "/audit help",
		"> /audit":                            "",
		"please /audit":                       "",
		" /audit":                             "",
		"    /audit":                          "",
		"/auditor":                            "",
		"/AUDIT":                              "",
		"```\n/audit\n```":                    "",
		"```\n/audit\n":                       "",
		"~~~~\n```\n/audit\n~~~\n/audit":      "",
		"```\nx\n```\n/audit":                 "/audit",
		"```\n> ```\n/audit":                  "",
		"```\n``` x\n/audit":                  "",
		"> ```\n> x\n> ```\n/audit waivers":   "/audit waivers",
		"<!--\n/audit\n-->":                   "",
		"``` a`b\n```\n/audit\n```":           "",
		"~~~ a`b\n/audit\n~~~":                "",
		"<pre>\n/audit\n</pre>":               "",
		"<pre>x</pre>\n/audit":                "/audit",
		"<PRE>\nx\n</pre>\n/audit":            "/audit",
		"<!-- x -->\n/audit":                  "/audit",
		"/audit\n/audit delta":                "/audit",
		"/audit " + strings.Repeat("x", 2000): "",
	} {
		if got := commandLine(body); got != want {
			t.Errorf("%q: the command is %q, want %q", body, got, want)
		}
	}
}

func TestParseCommand(t *testing.T) {
	day := time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)
	for line, want := range map[string]command{
		"/audit":                       {verb: auditVerb},
		"/audit clusters/prod":         {verb: auditVerb, arg: "clusters/prod"},
		"/audit delta":                 {verb: deltaVerb},
		"/audit explain rbac-wildcard": {verb: explainVerb, arg: "rbac-wildcard"},
		"/audit allow ghcr.io/acme":    {verb: allowVerb, arg: "ghcr.io/acme"},
		`/audit waive rbac-wildcard Role/shop/web until=2026-12-31 reason="of a demo"`: {verb: waiveVerb, arg: "rbac-wildcard", object: "Role/shop/web", until: day, reason: "of a demo"},
		`/audit waive rbac-wildcard reason=“for @you” until=2026-12-31`:                {verb: waiveVerb, arg: "rbac-wildcard", until: day, reason: "for @\u200byou"},
	} {
		got, err := parseCommand(line)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", line, got, err, want)
		}
	}
	for line, want := range map[string]string{
		"/audit delta now":                              "takes nothing",
		"/audit explain":                                "one name",
		"/audit please do":                              "no command",
		"/audit waive":                                  "which check",
		"/audit waive x reason=\"y\"":                   "until when",
		"/audit waive x until=tomorrow reason=\"y\"":    "is no day",
		"/audit waive x until=[a](https://b.example)":   "`until=[a](https://b.example)`",
		"/audit waive x until=2026-12-31":               "say why",
		"/audit waive x until=2026-12-31 reason=\"y":    "not closed",
		"/audit waive x until=2026-12-31 o reason=y or": "too many",
	} {
		if _, err := parseCommand(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", line, err, want)
		}
	}
}

func TestWhoMayCommand(t *testing.T) {
	for verb, least := range map[verb]string{auditVerb: "write", deltaVerb: "write", waiveVerb: "maintain", allowVerb: "maintain", helpVerb: "read", explainVerb: "read", waiversVerb: "read"} {
		for _, role := range []string{"none", "", "read", "triage", "write", "maintain", "admin", "deployer"} {
			want := roleRank[role] > 0 && roleRank[role] >= roleRank[least]
			if got := (command{verb: verb}).may(role); got != want {
				t.Errorf("%s by %q: %v, want %v", verb, role, got, want)
			}
		}
	}
}

func FuzzCommand(f *testing.F) {
	f.Add("/audit waive x until=2026-12-31 reason=\"y\"")
	f.Fuzz(func(t *testing.T, body string) {
		line := commandLine(body)
		if line == "" {
			return
		}
		if strings.ContainsAny(line, "\n") || len(line) > maxLine {
			t.Errorf("the command is %q", line)
		}
		if c, err := parseCommand(line); err == nil && strings.ContainsAny(c.reason, "`\n<") {
			t.Errorf("the reason is %q", c.reason)
		}
	})
}
