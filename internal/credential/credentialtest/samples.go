// Package credentialtest has made-up credentials, for the tests that hold what
// leaves this program.
package credentialtest

import "strings"

// made puts a credential together, so that no scanner takes this file for one.
func made(parts ...string) string { return strings.Join(parts, "") }

var letters = strings.Repeat("aB3dE6gH9j", 20)

// Samples has one made-up credential of every form.
var Samples = map[string]string{
	"an age private key":                made("AGE-SECRET-", "KEY-1", strings.ToUpper(letters[:58])),
	"a private key":                     made("-----BEGIN RSA PRIV", "ATE KEY-----\n", letters[:64], "\n-----END RSA PRIV", "ATE KEY-----"),
	"an AWS access key":                 made("AS", "IA", "ABCDEFGH12345678"),
	"a Google API key":                  made("AI", "za", letters[:35]),
	"a Google OAuth client secret":      made("GOC", "SPX-", letters[:28]),
	"an Azure storage key":              made("Account", "Key=", letters[:86], "=="),
	"an Azure client secret":            made("abc", "8Q~", letters[:33]),
	"a DigitalOcean token":              made("dop", "_v1_", strings.Repeat("0a1b", 16)),
	"a Databricks token":                made("da", "pi", strings.Repeat("0a1b", 8)),
	"a Cloudflare origin key":           made("v1", ".0-", strings.Repeat("0a1b", 6), "-", strings.Repeat("0a1b", 30)),
	"a Tailscale key":                   made("ts", "key-auth-", letters[:12], "-", letters[:24]),
	"a GitHub token":                    made("gh", "p_", letters[:36]),
	"a GitLab token":                    made("gl", "pat-", letters[:20]),
	"a Bitbucket app password":          made("AT", "BB", letters[:32]),
	"an Atlassian token":                made("ATA", "TT3", letters[:60]),
	"an npm token":                      made("np", "m_", letters[:36]),
	"a PyPI token":                      made("py", "pi-AgE", letters[:60]),
	"a Docker Hub token":                made("dckr", "_pat_", letters[:27]),
	"a RubyGems key":                    made("ruby", "gems_", strings.Repeat("0a1b", 12)),
	"a registry's password":             made(`"au`, `th": "`, "dXNlcjpwYXNzd29yZA==", `"`),
	"a Slack token":                     made("xo", "xb-", letters[:24]),
	"a Slack webhook":                   made("https://hooks.sl", "ack.com/services/T0000/B0000/", letters[:24]),
	"a Discord webhook":                 made("https://dis", "cord.com/api/webhooks/123456789012345678/", letters[:60]),
	"a Teams webhook":                   made("https://acme.web", "hook.office.com/webhookb2/", letters[:40]),
	"a Telegram bot's token":            made("12345678", "90:A", "A", letters[:33]),
	"a Discord bot's token":             made("M", letters[:23], ".", letters[:6], ".", letters[:30]),
	"a Stripe key":                      made("rk", "_live_", letters[:24]),
	"a Square token":                    made("sq", "0atp-", letters[:22]),
	"a Shopify token":                   made("shp", "at_", strings.Repeat("0a1b", 8)),
	"a SendGrid key":                    made("S", "G.", letters[:22], ".", letters[:43]),
	"a Mailgun key":                     made("ke", "y-", strings.Repeat("0a1b", 8)),
	"a Mailchimp key":                   made(strings.Repeat("0a1b", 8), "-us", "12"),
	"a Twilio key":                      made("S", "K", strings.Repeat("0a1b", 8)),
	"a Vault token":                     made("hv", "s.", letters[:30]),
	"a Terraform Cloud token":           made(letters[:14], ".atlas", "v1.", letters[:64]),
	"a Grafana token":                   made("gl", "sa_", letters[:32], "_", "0A1B2C3D"),
	"a New Relic key":                   made("NR", "AK-", strings.ToUpper(letters[:27])),
	"a Dynatrace token":                 made("dt0", "c01.", strings.ToUpper(letters[:24]), ".", strings.ToUpper(letters[:64])),
	"a Sentry token":                    made("sn", "trys_", letters[:50]),
	"a Doppler token":                   made("dp", ".pt.", letters[:43]),
	"a Pulumi token":                    made("pu", "l-", strings.Repeat("0a1b", 10)),
	"a PlanetScale token":               made("pscale", "_tkn_", letters[:43]),
	"an OpenAI key":                     made("s", "k-", letters[:24], "T3Blbk", "FJ", letters[:24]),
	"an Anthropic key":                  made("sk-", "ant-api03-", letters[:40]),
	"a Hugging Face token":              made("h", "f_", strings.Repeat("abCDe", 7)[:34]),
	"a Linear key":                      made("lin", "_api_", letters[:40]),
	"a Notion token":                    made("nt", "n_", letters[:46]),
	"a JSON web token":                  made("ey", "J", letters[:20], ".ey", "J", letters[:30], ".", letters[:20]),
	"a password for curl":               made("curl -s -u admin:", "Tr0ub4dor", " https://x.example.org"),
	"a header with a password":          made("Authorization: Basic ", "dXNlcjpwYXNzd29yZDEyMw=="),
	"a password in a connection string": made("Server=db;User=sa;Pass", "word=Tr0ub4dor;"),
	"a password in an address":          made("postgres://app:", "Tr0ub4dor", "@db:5432/shop"),
}
