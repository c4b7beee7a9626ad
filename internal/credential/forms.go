package credential

import "regexp"

func form(what, pattern string) Form { return Form{What: what, Pattern: regexp.MustCompile(pattern)} }

func formOf(what, pattern string, secret int) Form {
	return Form{What: what, Pattern: regexp.MustCompile(pattern), Secret: secret}
}

// Forms are the credentials that are known by their own form, the more particular
// first. The forms are those that their makers document, or that secret scanners
// know them by; each has a row in the test that holds every output.
var Forms = []Form{
	// Keys.
	form("an age private key", `AGE-SECRET-KEY-1[0-9A-Z]{20,}`),
	form("a private key", `(?s)-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:.*?-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----)?`),
	// Clouds.
	form("an AWS access key", `\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b`),
	form("a Google API key", `\bAIza[0-9A-Za-z_-]{35}`),
	form("a Google OAuth client secret", `\bGOCSPX-[0-9A-Za-z_-]{28}`),
	form("an Azure storage key", `(?i)\bAccountKey=[A-Za-z0-9+/]{60,}={0,2}`),
	form("an Azure client secret", `\b[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34}`),
	form("a DigitalOcean token", `\bdo[opr]_v1_[a-f0-9]{64}\b`),
	form("a Databricks token", `\bdapi[a-f0-9]{32}\b`),
	form("a Cloudflare origin key", `\bv1\.0-[a-f0-9]{24}-[a-f0-9]{100,}`),
	form("a Tailscale key", `\btskey-[a-z]+-[A-Za-z0-9]{8,}-[A-Za-z0-9]{10,}`),
	// Code hosts.
	form("a GitHub token", `\bgh[pousr]_[A-Za-z0-9._-]{30,}|\bgithub_pat_[A-Za-z0-9_]{20,}`),
	form("a GitLab token", `\bgl(?:pat|ptt|dt|rt|cbt|soat|ft|agent|imt|oas)-[A-Za-z0-9_-]{16,}`),
	form("a Bitbucket app password", `\bATBB[A-Za-z0-9]{28,}`),
	form("an Atlassian token", `\bATATT3[A-Za-z0-9_=-]{50,}`),
	// Registries.
	form("an npm token", `\bnpm_[A-Za-z0-9]{36}\b`),
	form("a PyPI token", `\bpypi-AgE[A-Za-z0-9_-]{30,}`),
	form("a Docker Hub token", `\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}`),
	form("a RubyGems key", `\brubygems_[a-f0-9]{48}\b`),
	formOf("a registry's password", `"auth"\s*:\s*"([A-Za-z0-9+/]{12,}={0,2})"`, 1),
	// Chat.
	form("a Slack token", `\bxox[abeprs]-[A-Za-z0-9-]{10,}|\bxapp-\d-[A-Za-z0-9-]{20,}`),
	form("a Slack webhook", `https://hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{20,}`),
	form("a Discord webhook", `https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/\d{10,}/[A-Za-z0-9_-]{30,}`),
	form("a Teams webhook", `https://[a-z0-9-]+\.webhook\.office\.com/webhookb2/[A-Za-z0-9@/-]{30,}`),
	form("a Telegram bot's token", `\b\d{8,10}:AA[A-Za-z0-9_-]{33}`),
	form("a Discord bot's token", `\b[MNO][A-Za-z0-9_-]{23,25}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}`),
	// Payment and mail.
	form("a Stripe key", `\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9]{24,}`),
	form("a Square token", `\bsq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,}|\bEAAA[A-Za-z0-9_-]{60}`),
	form("a Shopify token", `\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b`),
	form("a SendGrid key", `\bSG\.[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{39,50}`),
	form("a Mailgun key", `\bkey-[0-9a-f]{32}\b`),
	form("a Mailchimp key", `\b[0-9a-f]{32}-us\d{1,2}\b`),
	form("a Twilio key", `\bSK[0-9a-f]{32}\b`),
	// Operations.
	form("a Vault token", `\bhv[sbr]\.[A-Za-z0-9_-]{24,}`),
	form("a Terraform Cloud token", `\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,}`),
	form("a Grafana token", `\bglsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|\bglc_eyJ[A-Za-z0-9+/=]{30,}`),
	form("a New Relic key", `\bNRAK-[A-Z0-9]{27}\b|\bNRII-[A-Za-z0-9_-]{32}`),
	form("a Dynatrace token", `\bdt0c01\.[A-Z0-9]{24}\.[A-Z0-9]{64}\b`),
	form("a Sentry token", `\bsntry[su]_[A-Za-z0-9_=+/]{40,}`),
	form("a Doppler token", `\bdp\.(?:pt|st|ct|sa)\.[A-Za-z0-9_.-]{40,}`),
	form("a Pulumi token", `\bpul-[a-f0-9]{40}\b`),
	form("a PlanetScale token", `\bpscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{32,}`),
	form("an OpenAI key", `\bsk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}`),
	form("an Anthropic key", `\bsk-ant-[a-z0-9]+-[A-Za-z0-9_-]{20,}`),
	form("a Hugging Face token", `\bhf_[A-Za-z]{34}\b`),
	form("a Linear key", `\blin_api_[A-Za-z0-9]{40}\b`),
	form("a Notion token", `\bntn_[A-Za-z0-9]{40,}`),
	// Forms of no one maker.
	form("a JSON web token", `\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*`),
	formOf("a password for curl", `\bcurl\b[^\n|;&]*?\s(?:-u|--user)[ =]?["']?[^\s:"']+:([^\s"']{3,})`, 1),
	formOf("a header with a password", `(?i)\b(?:authorization|x-api-key|x-auth-token)["']?\s*[:=]\s*["']?(?:basic|bearer|token)?\s*([A-Za-z0-9+/._~-]{16,}={0,2})`, 1),
	formOf("a password in a connection string", `(?i)(?:^|[;"'\s])(?:password|pwd)=([^;\s"']{4,});`, 1),
	formOf("a password in an address", `\b[a-z][a-z0-9+.-]*://[^/\s@:"']*:([^/\s"']+)@`, 1),
}
