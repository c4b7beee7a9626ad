// Package credentialtest gives credentials that are none, for tests: each has
// the form of one and says by its letters that nobody issued it. They are put
// together here, so that no scanner finds one in this repository.
package credentialtest

import (
	"encoding/base64"
	"strings"
)

// Sample is a text with what must never be seen of it.
type Sample struct {
	What   string // as credential.Match has it
	Text   string // one line, or a PEM block
	Secret string // a part of Text
}

// fill is so many letters and digits that are no word.
func fill(n int) string { return strings.Repeat("fAkE0nLy1", n/9+1)[:n] }

func lower(n int) string { return strings.ToLower(fill(n)) }
func upper(n int) string { return strings.ToUpper(fill(n)) }
func hex(n int) string   { return strings.Repeat("0badc0de", n/8+1)[:n] }
func base(s string) string {
	return base64.StdEncoding.EncodeToString([]byte(s))
}

// whole is a credential without anything around it.
func whole(what string, parts ...string) Sample {
	text := strings.Join(parts, "")
	return Sample{What: what, Text: text, Secret: text}
}

// within is one with what stands before and after it.
func within(what, before, secret, after string) Sample {
	return Sample{What: what, Text: before + secret + after, Secret: secret}
}

// Certain gives one sample or more of every form that is reported.
func Certain() []Sample {
	jwt := strings.TrimRight(base(`{"alg":"HS256","typ":"JWT"}`), "=") + "." + strings.TrimRight(base(`{"iss":"nobody","sub":"nothing"}`), "=") + "." + fill(30)
	pem := "-----BEGIN RSA " + "PRIVATE KEY-----\n" + fill(64) + "\n" + fill(32) + "\n-----END RSA " + "PRIVATE KEY-----"
	return []Sample{
		whole("an age private key", "AGE-SECRET-", "KEY-1", upper(58)),
		{What: "a private key", Text: pem, Secret: fill(64)},
		whole("a private key in base64", base(pem)),
		within("a WireGuard private key", "PrivateKey = ", fill(42)+"A=", ""),
		whole("a JSON web token", jwt),
		whole("an AWS access key", "AK", "IA", upper(16)),
		whole("an AWS access key", "AS", "IA", upper(16)),
		within("an AWS secret key", "aws_secret_access_key = ", fill(40), ""),
		whole("a Google API key", "AI", "za", fill(35)),
		whole("a Google OAuth client secret", "GOC", "SPX-", fill(28)),
		whole("a Google access token", "ya", "29.", fill(40)),
		within("an Azure storage key", "DefaultEndpointsProtocol=https;AccountName=nobody;AccountKey=", fill(86)+"==", ";EndpointSuffix=core.windows.net"),
		within("an Azure access key", "Endpoint=sb://nobody.servicebus.windows.net/;SharedAccessKeyName=a;SharedAccessKey=", fill(43)+"=", ""),
		whole("an Azure client secret", "fak", "8Q", "~", fill(34)),
		whole("a DigitalOcean token", "dop", "_v1_", hex(64)),
		whole("an Alibaba Cloud access key", "LT", "AI", fill(20)),
		whole("a Databricks token", "da", "pi", hex(32)),
		whole("a Tailscale key", "ts", "key-auth-", fill(12), "-", fill(24)),
		whole("a Cloudflare tunnel token", base(`{"a":"`+hex(32)+`","t":"`+hex(36)+`","s":"`+fill(40)+`"}`)),
		whole("a Cloudflare origin CA key", "v1", ".0-", hex(24), "-", hex(146)),
		whole("a PlanetScale credential", "psc", "ale_tkn_", fill(40)),
		whole("a Pulumi token", "pu", "l-", hex(40)),
		whole("a Fly.io token", "Fly", "V1 fm2_", fill(80)),
		whole("a GitHub token", "gh", "p_", fill(36)),
		whole("a GitHub token", "gh", "o_", fill(36)),
		whole("a GitHub token", "gh", "u_", fill(36)),
		whole("a GitHub token", "gh", "s_", fill(36)),
		whole("a GitHub token", "gh", "r_", fill(36)),
		whole("a GitHub token", "github", "_pat_", fill(82)),
		whole("a GitLab token", "gl", "pat-", fill(20)),
		whole("a GitLab token", "gl", "dt-", fill(20)),
		whole("a GitLab token", "gl", "rt-", fill(20)),
		whole("a GitLab token", "GR", "1348941", fill(20)),
		whole("a Bitbucket credential", "AT", "BB", fill(32)),
		whole("a Bitbucket token", "AT", "CTT3xFfG", fill(170)),
		whole("an Atlassian token", "AT", "ATT3", fill(180)),
		whole("an npm token", "np", "m_", fill(36)),
		whole("a PyPI token", "py", "pi-AgEIcHlwaS5vcmc", fill(70)),
		whole("a RubyGems key", "ruby", "gems_", hex(48)),
		whole("a crates.io token", "ci", "o", fill(32)),
		whole("a NuGet key", "oy", "2", lower(43)),
		whole("a JFrog key", "AK", "Cp", fill(69)),
		whole("a JFrog token", "cmVm", "dGtuO", fill(55)),
		whole("a Docker Hub token", "dckr", "_pat_", fill(27)),
		within("a registry's credentials", `{"auths":{"registry.nowhere.test":{"auth":"`, base("nobody:"+fill(16)), `"}}}`),
		whole("a Slack token", "xo", "xb-", "123456789012-", fill(24)),
		whole("a Slack token", "xa", "pp-1-A012-345-", lower(40)),
		within("a Slack webhook", "https://hooks.sl"+"ack.com/", "services/T0FAKE000/B0FAKE000/"+fill(24), ""),
		within("a Discord webhook", "https://discord.com/api/webhooks/", "123456789012345678/"+fill(68), ""),
		within("a Teams webhook", "https://nobody.webhook.office.com/webhookb2/", "0badc0de-0bad-0bad-0bad-0badc0de0bad@0badc0de-0bad-0bad-0bad-0badc0de0bad/IncomingWebhook/"+hex(32)+"/0badc0de-0bad-0bad-0bad-0badc0de0bad", ""),
		within("the address of a workflow", "https://prod-1.westeurope.logic.azure.com:443/workflows/"+strings.Repeat("1234abcd", 4)+"/triggers/manual/paths/invoke?api-version=2016-06-01&sig=", fill(43), ""),
		whole("a Telegram bot's token", "123456789", ":A", "A", fill(33)),
		within("a Mattermost or Rocket.Chat webhook", "https://mattermost.nowhere.test/hooks/", lower(26), ""),
		whole("a Stripe key", "sk", "_live_", fill(24)),
		whole("a Stripe key", "rk", "_live_", fill(24)),
		whole("a Stripe webhook secret", "wh", "sec_", fill(32)),
		whole("a Square token", "sq", "0atp-", fill(22)),
		whole("a Shopify token", "shp", "at_", hex(32)),
		whole("a SendGrid key", "S", "G.", fill(22), ".", fill(43)),
		within("a Twilio token", "TWILIO_AUTH_TOKEN=", hex(32), ""),
		within("a Mailgun key", "https://api.mailgun.net key ", "ke"+"y-"+hex(32), ""),
		within("a Mailgun key", "mailgun ", hex(32)+"-"+hex(8)+"-"+hex(8), ""),
		whole("a Mailchimp key", hex(32), "-u", "s12"),
		within("a Datadog key", "DD_API_KEY=", hex(32), ""),
		whole("a New Relic key", "NR", "AK-", upper(27)),
		whole("a New Relic key", "NR", "II-", fill(32)),
		whole("a New Relic licence key", hex(36), "NR", "AL"),
		whole("a Grafana token", "gl", "sa_", fill(32), "_", hex(8)),
		whole("a Grafana Cloud token", "gl", "c_", fill(60)),
		whole("a Grafana key", "eyJr", "Ijoi", fill(70)),
		whole("a Vault token", "hv", "s.", fill(90)),
		whole("a Terraform Cloud token", fill(14), ".atl", "asv1.", fill(65)),
		whole("a Doppler token", "dp", ".pt.", fill(43)),
		whole("a 1Password service account's token", "op", "s_eyJ", fill(250)),
		whole("a Sentry token", "sn", "trys_", fill(80)),
		whole("an OpenAI key", "s", "k-", fill(20), "T3Bl", "bkFJ", fill(20)),
		whole("an Anthropic key", "sk-", "ant-api03-", fill(95)),
		whole("a Hugging Face token", "h", "f_", strings.Repeat("fAkEoNlY", 5)[:34]),
		whole("a Linear key", "lin", "_api_", fill(40)),
		whole("a Postman key", "PM", "AK-", hex(24), "-", hex(34)),
		whole("a Dynatrace token", "dt", "0c01.", upper(24), ".", upper(64)),
		within("a Snyk or Heroku key", "SNYK_TOKEN=", "0badc0de-0bad-0bad-0bad-0badc0de0bad", ""),
		within("a password in an address", "postgresql://shop:", "fAkE0nLy1pw", "@db.shop.svc:5432/shop"),
		within("a password in an address", "redis://:", "fAkE0nLy1pw", "@cache:6379/0"),
		within("a password in an address", "shop:", "fAkE0nLy1pw", "@tcp(db:3306)/shop"),
		within("a password in a command", "curl -sS -u shop:", "fAkE0nLy1pw", " https://api.nowhere.test/"),
		within("a password in a command", "curl --user shop:", "fAkE0nLy1pw", " https://api.nowhere.test/"),
		within("a header's credentials", "Authorization: Basic ", base("nobody:"+fill(16)), ""),
		within("a header's token", "Authorization: Bearer ", fill(40), ""),
		within("a credential beside its name", "DB_PASSWORD=", "fAkE0nLy1pw", ""),
		within("a credential beside its name", "Server=db;User Id=shop;Password=", "fAkE0nLy1pw", ";Encrypt=true"),
		within("a credential beside its name", "--admin-token=", "fAkE0nLy1pw", ""),
		within("a credential beside its name", `client_secret: "`, "fAkE0nLy1pw", `"`),
	}
}

// Likely gives samples of what is hidden and not reported.
func Likely() []Sample {
	return []Sample{
		whole("a Stripe key", "sk", "_test_", fill(24)),
		whole("a Twilio key", "S", "K", hex(32)),
		whole("a Mailgun key", "ke", "y-", hex(32)),
		whole("a GitHub token", "gh", "s_42_", fill(16), ".", fill(20)),
		within("a GitHub token", "x-access-token:", "fAkE0nLy1", " was refused"),
		within("a Slack webhook", "https://hooks.sl"+"ack.com/", "services/some/where", ""),
		within("a header's token", "token ", fill(24), ""),
		within("a password in an address", "redis://:", "pw1", "@cache:6379/0"),
		within("an Azure shared access signature", "https://nobody.blob.core.windows.net/a?sv=2024&sig=", fill(43)+"%3D", ""),
	}
}

// Innocent gives texts that hold no credential and look as though: a line each.
func Innocent() []string {
	return []string{
		`--dsn=postgresql://$(DB_USER):$(DB_PASSWORD)@$(DB_HOST):5432/shop`,
		`postgresql://$DB_USER:$DB_PASSWORD@db/shop`,
		`postgresql://${DB_USER}:${DB_PASSWORD}@db/shop`,
		`rtsp://view:{CAMERA_PASSWORD}@porch.example.org:554/main`,
		`DATABASE = "postgresql://{}:{}@db:5432/{}".format(os.environ['U'], os.environ['P'], os.environ['D'])`,
		`"postgres://%s:%s@db:5432/shop"`,
		`mongodb://user:<password>@db/shop`,
		`postgres://user:password@db/shop`,
		`amqp://{{ .Values.user }}:{{ .Values.password }}@mq`,
		`docker://nginx:1.27.3-alpine@sha256:` + hex(64),
		`oci://registry.nowhere.test:5000/charts/web@sha256:` + hex(64),
		`https://registry.npmjs.org/@scope/package`,
		`token=$(cat /var/run/secrets/kubernetes.io/serviceaccount/token)`,
		`token="$(cat /token)"`,
		`password="$X"`,
		`password="${POSTGRES_PASSWORD}"`,
		`export PGPASSWORD=$POSTGRES_PASSWORD`,
		`PASSWORD=${PASSWORD:-}`,
		`curl -u "$USER:$PASSWORD" https://api.nowhere.test/`,
		`curl -u ${USER}:${PASSWORD} https://api.nowhere.test/`,
		`curl -H "Authorization: Bearer $TOKEN" https://api.nowhere.test/`,
		`curl -H "Authorization: Bearer ${TOKEN}" https://api.nowhere.test/`,
		`SECRET_KEY = os.getenv('SECRET_KEY', '')`,
		`SECRET_KEY = os.environ["SECRET_KEY"]`,
		`oauth = {'client_secret': SECRET_KEY}`,
		`password = settings.DATABASE_PASSWORD`,
		`const token = process.env.GITHUB_TOKEN;`,
		`password: {{ .Values.password }}`,
		`password: {{ .Values.auth.password | quote }}`,
		`token: ${{ secrets.GITHUB_TOKEN }}`,
		`secretKey: rcon-password`,
		`secretKey: GATEWAY_APP_KEY`,
		`passwordKey: admin-password`,
		`existingSecretPasswordKey: password`,
		`existingSecret: game-rcon`,
		`tokenSecretName: github-token`,
		`secretName: web-tls-2`,
		`tlsSecret: web-tls`,
		`--sops-age-secret=sops-age-keys`,
		`--token-file=/var/run/token`,
		`--client-secret=<your-secret>`,
		`--from-literal=token=your-bearer-token`,
		`password: changeme`,
		`password: ENC[AES256_GCM,data:abc,iv:def,tag:ghi,type:str]`,
		`password: ref+vault://secret/shop#/password`,
		`password: <path:secret/data/shop#password>`,
		`password: op://vault/item/password`,
		`password: vault:secret/data/shop#password`,
		`passwordSecretRef: {name: db, key: password}`,
		`tokenTTL: 300`,
		`maxTokens: 4096`,
		`automountServiceAccountToken: false`,
		`enablePassword: true`,
		`AZURE_CLIENT_ID=00000000-1111-2222-3333-444444444444`,
		`AZURE_TENANT_ID: 00000000-1111-2222-3333-444444444444`,
		`key: password`,
		`sort_key: created_at`,
		`publicKey: ` + fill(44),
		`password: "a password must have 8 characters or more"`,
		`error: token: unexpected end of input`,
		`aws_access_key_id = AKIAIOSFODNN7EXAMPLE`,
		`image: registry.nowhere.test/web@sha256:` + hex(64),
		`https://` + hex(32) + `@o12345.ingest.nowhere.test/4510260965408768`,
		`basicAuth: {secretRef: {name: basic-auth}}`,
		`Authorization: Basic {{ .Values.auth }}`,
		`auth: enabled`,
		`s3://bucket/key`,
		`kubectl create secret generic db --from-literal=password="$DB_PASSWORD"`,
		`mysql -p"$MYSQL_ROOT_PASSWORD"`,
		`vault kv get -field=password secret/shop`,
		`https://console.nowhere.test/?token=__TOKEN__`,
		`password: '@@DB_PASSWORD@@'`,
	}
}
