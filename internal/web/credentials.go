package web

import (
	"fmt"
	"strings"
)

// environment is the credentials as lines for a file of variables.
func environment(c Credentials) string {
	return fmt.Sprintf("SEAWORTHY_APP_ID=%d\nSEAWORTHY_WEBHOOK_SECRET=%s\nSEAWORTHY_CLIENT_ID=%s\nSEAWORTHY_CLIENT_SECRET=%s\nSEAWORTHY_PRIVATE_KEY=%s\n",
		c.AppID, c.WebhookSecret, c.ClientID, c.ClientSecret, strings.ReplaceAll(strings.TrimSpace(c.PrivateKey), "\n", `\n`))
}

// secret is the credentials as the Kubernetes Secret that deploy/ refers to.
func secret(c Credentials) string {
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: v1\nkind: Secret\nmetadata:\n  name: seaworthy\n  namespace: seaworthy\nstringData:\n")
	fmt.Fprintf(&b, "  SEAWORTHY_APP_ID: \"%d\"\n  SEAWORTHY_WEBHOOK_SECRET: %q\n", c.AppID, c.WebhookSecret)
	fmt.Fprintf(&b, "  SEAWORTHY_CLIENT_ID: %q\n  SEAWORTHY_CLIENT_SECRET: %q\n  SEAWORTHY_PRIVATE_KEY: |\n", c.ClientID, c.ClientSecret)
	for line := range strings.Lines(strings.TrimSpace(c.PrivateKey)) {
		b.WriteString("    " + strings.TrimRight(line, "\r\n") + "\n")
	}
	return b.String()
}
