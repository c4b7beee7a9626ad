package credential

import "slices"

// forms are all forms. Their sources are the issuers' own documentation where it
// gives the form, and else the rules of gitleaks
// (https://github.com/gitleaks/gitleaks/blob/master/config/gitleaks.toml), which
// the issuers and many users have mended. Where both a certain and a likely form
// of one credential stand here, the second is wider.
var forms = slices.Concat(keyForms, cloudForms, hostForms, chatForms, paymentForms, serviceForms, addressForms)

// keyForms are keys by themselves.
var keyForms = []form{
	// https://github.com/C2SP/C2SP/blob/main/age.md#the-x25519-recipient-type: Bech32, 58 letters after the separator
	certain("an age private key", "AGE-SECRET-KEY-", `AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{50,}`),
	likely("an age private key", "AGE-SECRET-KEY-", `AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{20,}`),
	// RFC 7468 and RFC 1421 (whose headers may stand before the body)
	certain("a private key", "PRIVATE KEY", `-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?s:.{0,300}?)[A-Za-z0-9+/]{40,}(?s:.*?(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|$))`).over(),
	likely("a private key", "PRIVATE KEY", `-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?s:.*?(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|$))`).over(),
	// base64 of "-----BEGIN ", as in a kubeconfig's client-key-data and a Secret's data
	certain("a private key in base64", "LS0tLS1CRUdJTi", `LS0tLS1CRUdJTi[A-Za-z0-9+/]{40,}={0,2}`).when(decodesTo("PRIVATE KEY")),
	// wg-quick(8): 32 bytes in base64
	certain("a WireGuard private key", "~private", `(?i:private_?key)\s*=\s*([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)`).within(nil),
	// RFC 7519; what is meant to be seen by everyone is none
	certain("a JSON web token", "eyJ", `\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}`).when(privateJWT),
	likely("a JSON web token", "eyJ", `\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`),
}

var cloudForms = []form{
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
	certain("an AWS access key", "AKIA|ASIA|ABIA|ACCA|A3T", `\b(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b`),
	certain("an AWS secret key", "~secret", `(?i:secret_?access_?key|aws_?secret_?key|secret_?key)\\?["']?\s*[:=]\s*\\?["']?([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)`).within(mixed),
	// https://cloud.google.com/docs/authentication/api-keys
	certain("a Google API key", "AIza", `\bAIza[A-Za-z0-9_-]{35}`),
	certain("a Google OAuth client secret", "GOCSPX-", `\bGOCSPX-[A-Za-z0-9_-]{28}`),
	certain("a Google access token", "ya29.", `\bya29\.[A-Za-z0-9_-]{30,}`),
	// https://learn.microsoft.com/azure/storage/common/storage-account-keys-manage: 64 bytes in base64
	certain("an Azure storage key", "AccountKey=", `AccountKey=([A-Za-z0-9+/]{86}==)`).within(nil),
	certain("an Azure access key", "SharedAccessKey=", `SharedAccessKey=([A-Za-z0-9+/]{43}=)`).within(nil),
	certain("an Azure client secret", "Q~", `(?:^|[^A-Za-z0-9_~.-])([A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34})(?:[^A-Za-z0-9_~.-]|$)`).within(nil),
	// https://learn.microsoft.com/azure/storage/common/storage-sas-overview
	likely("an Azure shared access signature", "sig=", `[?&]sig=([A-Za-z0-9%+/]{40,}(?:%3D|=)?)`).within(nil),
	certain("a DigitalOcean token", "dop_v1_|doo_v1_|dor_v1_", `\bdo[opr]_v1_[a-f0-9]{64}\b`),
	certain("an Alibaba Cloud access key", "LTAI", `\bLTAI[A-Za-z0-9]{20}\b`),
	certain("a Databricks token", "dapi", `\bdapi[a-f0-9]{32}\b`),
	certain("a Tailscale key", "tskey-", `\btskey-(?:auth|api|client|scim|webhook)-[A-Za-z0-9]+-[A-Za-z0-9]{16,}`),
	certain("a Cloudflare tunnel token", "eyJhIjoi", `\beyJhIjoi[A-Za-z0-9+/]{80,}={0,2}`).when(decodesTo(`"s":`)),
	certain("a Cloudflare origin CA key", "v1.0-", `\bv1\.0-[a-f0-9]{24}-[a-f0-9]{146}\b`),
	certain("a PlanetScale credential", "pscale_", `\bpscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{32,}`),
	certain("a Pulumi token", "pul-", `\bpul-[a-f0-9]{40}\b`),
	certain("a Fly.io token", "FlyV1 ", `\bFlyV1 fm[12][a-z]?_[A-Za-z0-9+/=,_-]{60,}`),
}

// hostForms are of hosts of code and registries of packages and images.
var hostForms = []form{
	// https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats;
	// those of installations hold dots and dashes since 2026
	certain("a GitHub token", "ghp_|gho_|ghu_|ghs_|ghr_", `\bgh[pousr]_[A-Za-z0-9]{36,}`),
	certain("a GitHub token", "github_pat_", `\bgithub_pat_[A-Za-z0-9_]{22,}`),
	likely("a GitHub token", "ghp_|gho_|ghu_|ghs_|ghr_|github_pat_", `gh[pousr]_[A-Za-z0-9._-]{20,}|github_pat_[A-Za-z0-9_]{20,}`),
	likely("a GitHub token", "x-access-token:", `x-access-token:([^@\s"']+)`).within(nil),
	// https://docs.gitlab.com/security/tokens/#token-prefixes
	certain("a GitLab token", "glpat-|gloas-|gldt-|glrt|glcbt-|glptt-|glft-|glimt-|glagent-|glwt-|glsoat-|glffct-", `\bgl(?:pat|oas|dt|rt|rtr|cbt|ptt|ft|imt|agent|wt|soat|ffct)-[A-Za-z0-9_.-]{20,}`),
	certain("a GitLab token", "GR1348941", `\bGR1348941[A-Za-z0-9_-]{20}`),
	likely("a GitLab token", "glpat-", `glpat-[A-Za-z0-9_-]{16,}`),
	// https://support.atlassian.com/bitbucket-cloud/docs/access-tokens/
	certain("a Bitbucket credential", "ATBB", `\bATBB[A-Za-z0-9]{28,32}\b`),
	certain("a Bitbucket token", "ATCTT3xFfG", `\bATCTT3xFfG[A-Za-z0-9+/=_-]{100,}`),
	certain("an Atlassian token", "ATATT3", `\bATATT3[A-Za-z0-9_=-]{100,}`),
	// https://docs.npmjs.com/about-access-tokens, https://pypi.org/help/#apitoken
	certain("an npm token", "npm_", `\bnpm_[A-Za-z0-9]{36}\b`),
	certain("a PyPI token", "pypi-AgE", `\bpypi-AgE[A-Za-z0-9_-]{50,}`),
	certain("a RubyGems key", "rubygems_", `\brubygems_[a-f0-9]{48}\b`),
	certain("a crates.io token", "cio", `\bcio[A-Za-z0-9]{32}\b`).when(mixed),
	certain("a NuGet key", "oy2", `\boy2[a-z0-9]{43}\b`).when(digits),
	certain("a JFrog key", "AKCp", `\bAKCp[A-Za-z0-9]{69,}\b`),
	certain("a JFrog token", "cmVmdGtuO", `\bcmVmdGtuO[A-Za-z0-9]{55}\b`),
	// https://docs.docker.com/security/access-tokens/
	certain("a Docker Hub token", "dckr_", `\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{27,}`),
	// https://docs.docker.com/reference/cli/docker/login/#credential-stores: base64 of user:password
	certain("a registry's credentials", "auth", `\bauth\\?["']?\s*:\s*\\?["']?([A-Za-z0-9+/]{8,}={0,2})`).within(pair),
}

var chatForms = []form{
	// https://docs.slack.dev/authentication/tokens, https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
	certain("a Slack token", "xoxa|xoxb|xoxe|xoxo|xoxp|xoxr|xoxs", `\bxox[abeoprs](?:\.xox[bp])?-[0-9A-Za-z-]{20,}`),
	likely("a Slack token", "xoxa|xoxb|xoxe|xoxo|xoxp|xoxr|xoxs", `xox[abeoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,}`),
	certain("a Slack token", "xapp-", `\bxapp-\d-[A-Z0-9]+-\d+-[a-z0-9]{20,}`),
	certain("a Slack webhook", "hooks.slack", `hooks\.slack(?:-gov)?\.com/((?:services|workflows|triggers)/[A-Za-z0-9]+/[A-Za-z0-9+/]{12,})`).within(digits),
	likely("a Slack webhook", "hooks.slack", `hooks\.slack(?:-gov)?\.com/((?:services|workflows|triggers)/[A-Za-z0-9+/_-]{6,})`).within(nil),
	// https://discord.com/developers/docs/resources/webhook
	certain("a Discord webhook", "/api/webhooks/", `discord(?:app)?\.com/api/webhooks/(\d{15,20}/[A-Za-z0-9_-]{50,})`).within(nil),
	likely("a Discord webhook", "/api/webhooks/", `discord(?:app)?\.com/api/webhooks/([A-Za-z0-9_/-]{10,})`).within(nil),
	// https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
	certain("a Teams webhook", "IncomingWebhook/", `\.office\.com/(?:webhookb2|webhook)/([0-9a-f-]{36}@[0-9a-f-]{36}/IncomingWebhook/[0-9A-Za-z]{20,}/[0-9a-f-]{36}[A-Za-z0-9/_-]*)`).within(nil),
	certain("the address of a workflow", "/triggers/", `(?:logic\.azure\.com|powerplatform\.com)(?::443)?/[^\s"']*/triggers/[^\s"']*[?&]sig=([A-Za-z0-9_-]{40,})`).within(nil),
	// https://core.telegram.org/bots/api#authorizing-your-bot
	certain("a Telegram bot's token", ":AA", `(?:\b|bot)(\d{8,10}:AA[A-Za-z0-9_-]{33})(?:[^A-Za-z0-9_-]|$)`).within(nil),
	certain("a Mattermost or Rocket.Chat webhook", "/hooks/", `https?://[A-Za-z0-9.-]*(?:mattermost|rocket)[A-Za-z0-9.:-]*/hooks/([A-Za-z0-9/]{20,})`).within(digits),
}

var paymentForms = []form{
	// https://docs.stripe.com/keys: keys of the test mode reach no money and are hidden only
	certain("a Stripe key", "k_live_", `\b[sr]k_live_[A-Za-z0-9]{20,}`),
	likely("a Stripe key", "k_live_|k_test_", `[sr]k_(?:live|test)_[A-Za-z0-9]{10,}`),
	certain("a Stripe webhook secret", "whsec_", `\bwhsec_[A-Za-z0-9+/]{32,}`),
	certain("a Square token", "sq0atp-|sq0csp-", `\bsq0(?:atp|csp)-[A-Za-z0-9_-]{22,}`),
	certain("a Shopify token", "shpat_|shpca_|shppa_|shpss_", `\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b`),
}

var serviceForms = []form{
	certain("a SendGrid key", "SG.", `\bSG\.[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{39,50}`),
	// https://www.twilio.com/docs/iam/api-keys: the id of a key, which is none by itself
	likely("a Twilio key", "SK", `\bSK[0-9a-f]{32}\b`),
	certain("a Twilio token", "~twilio", `(?i:twilio[\w.-]*token)\\?["']?\s*[:=]\s*\\?["']?([0-9a-f]{32})\b`).within(nil),
	certain("a Mailgun key", "key-", `(?i:mailgun)[^\n]{0,80}?\b(key-[0-9a-f]{32})\b`).within(nil),
	likely("a Mailgun key", "key-", `(?:^|[^\w-])(key-[0-9a-f]{32})\b`).within(nil),
	certain("a Mailgun key", "~mailgun", `(?i:mailgun)[^\n]{0,80}?\b([0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8})\b`).within(nil),
	certain("a Mailchimp key", "-us", `\b[0-9a-f]{32}-us\d{1,2}\b`),
	// https://docs.datadoghq.com/account_management/api-app-keys/
	certain("a Datadog key", "~dd_|dd-|ddapi|ddapp|datadog", `(?i:\b(?:dd|datadog)[\w.-]*?(?:api|app|application)[_-]?key)\\?["']?\s*[:=]\s*\\?["']?([0-9a-f]{32}(?:[0-9a-f]{8})?)\b`).within(nil),
	// https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/
	certain("a New Relic key", "NRAK-", `\bNRAK-[A-Z0-9]{27}\b`),
	certain("a New Relic key", "NRII-", `\bNRII-[A-Za-z0-9_-]{32}`),
	certain("a New Relic licence key", "NRAL", `\b[0-9a-f]{36}NRAL\b`),
	// https://grafana.com/docs/grafana/latest/administration/service-accounts/
	certain("a Grafana token", "glsa_", `\bglsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}\b`),
	certain("a Grafana Cloud token", "glc_", `\bglc_[A-Za-z0-9+/]{32,}={0,2}`),
	certain("a Grafana key", "eyJrIjoi", `\beyJrIjoi[A-Za-z0-9+/]{60,}={0,2}`),
	// https://developer.hashicorp.com/vault/docs/concepts/tokens#token-prefixes
	certain("a Vault token", "hvs.|hvb.|hvr.", `\bhv[sbr]\.[A-Za-z0-9_-]{24,}`),
	certain("a Terraform Cloud token", ".atlasv1.", `\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,}`),
	certain("a Doppler token", "dp.pt.|dp.st.|dp.ct.|dp.sa.|dp.scim.|dp.audit.", `\bdp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]+\.)?[A-Za-z0-9]{40,44}\b`),
	certain("a 1Password service account's token", "ops_eyJ", `\bops_eyJ[A-Za-z0-9+/]{100,}={0,3}`),
	certain("a Sentry token", "sntry", `\bsntry[su]_[A-Za-z0-9+/=_]{60,}`),
	certain("an OpenAI key", "T3BlbkFJ", `\bsk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}`),
	certain("an Anthropic key", "sk-ant-", `\bsk-ant-[a-z0-9]+-[A-Za-z0-9_-]{80,}`),
	certain("a Hugging Face token", "hf_", `\bhf_[A-Za-z]{34}\b`),
	certain("a Linear key", "lin_api_", `\blin_api_[A-Za-z0-9]{40}\b`),
	certain("a Postman key", "PMAK-", `\bPMAK-[a-f0-9]{24}-[a-f0-9]{34}\b`),
	certain("a Dynatrace token", "dt0", `\bdt0[a-z]\d{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}\b`),
	certain("a Snyk or Heroku key", "~snyk|heroku", `(?i:\b(?:snyk|heroku)[\w.-]*(?:token|key))\\?["']?\s*[:=]\s*\\?["']?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b`).within(nil),
}

// addressForms are passwords in addresses and commands.
var addressForms = []form{
	// RFC 3986, 3.2.1
	certain(inAddress, "://", `\b[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@"'<>]*:([^\s/:@"'<>{}*]{6,})@[A-Za-z0-9\[_]`).within(password),
	likely(inAddress, "://", `\b[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@"'<>]*:([^\s/"']+)@`).within(likelyPassword),
	// https://github.com/go-sql-driver/mysql#dsn-data-source-name
	certain(inAddress, "@tcp(", `\b[\w.-]+:([^\s:@"'{}]{4,})@(?:tcp|unix)\(`).within(password),
	// curl(1), wget(1)
	certain(inCommand, "curl", `\bcurl\b[^\n|;]*?\s(?:-[A-Za-z]*u|--user|--proxy-user)[ =]?["']?[\w.@+-]+:([^\s"'`+"`"+`]{4,})`).within(password),
	// RFC 7617, RFC 6750
	certain("a header's credentials", "~basic", `(?i:\bbasic)\s+([A-Za-z0-9+/]{8,}={0,2})`).within(pair),
	certain("a header's token", "~bearer", `(?i:authorization\\?["']?\s*[:=]\s*\\?["']?bearer)\s+([A-Za-z0-9._~+/-]{20,}=*)`).within(opaque),
	likely("a header's token", "~basic |bearer |token ", `(?i:\b(?:basic|bearer|token)) ([A-Za-z0-9+/._~-]{20,}=*)`).within(opaque),
}

// Forms gives what the forms are called, each once.
func Forms() []string {
	var out []string
	for _, f := range forms {
		if !slices.Contains(out, f.what) {
			out = append(out, f.what)
		}
	}
	return out
}
