package web

import (
	"fmt"
	"strings"
)

// environment is the credentials as lines for a file of variables.
func environment(c Credentials) string {
	return fmt.Sprintf("SEAWORTHY_APP_ID=%d\nSEAWORTHY_WEBHOOK_SECRET=%s\nSEAWORTHY_PRIVATE_KEY=%s\n", c.AppID, c.WebhookSecret,
		strings.ReplaceAll(strings.TrimSpace(c.PrivateKey), "\n", `\n`))
}

// secret is the credentials as the Kubernetes Secret that deploy/ refers to.
func secret(c Credentials) string {
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: v1\nkind: Secret\nmetadata:\n  name: seaworthy\n  namespace: seaworthy\nstringData:\n")
	fmt.Fprintf(&b, "  SEAWORTHY_APP_ID: \"%d\"\n  SEAWORTHY_WEBHOOK_SECRET: %q\n  SEAWORTHY_PRIVATE_KEY: |\n", c.AppID, c.WebhookSecret)
	for line := range strings.Lines(strings.TrimSpace(c.PrivateKey)) {
		b.WriteString("    " + strings.TrimRight(line, "\r\n") + "\n")
	}
	return b.String()
}
