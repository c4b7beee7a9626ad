package credential

import (
	"strings"
	"unicode"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

var (
	// expansion is what something fills in later: Kubernetes' $(NAME) in commands
	// and variables, shells' $NAME, ${NAME} and $(command), Go's, Jinja's and
	// Helm's {{ }}, Python's {name} and %(name)s, GitHub's ${{ }}, C's %s, sed's
	// @NAME@ and __NAME__, Terraform's and Octopus' #{NAME}.
	expansion = pattern.New(`\$\{\{.*?\}\}|\$\{[^}]*\}|\$\([^)]*\)?|\$\$?[A-Za-z_]\w*|\{\{.*?\}\}|\{\{[^{}]*\}?$|#\{[^}]*\}|\{[\w.:!-]*\}|%\([^)]*\)s|%[sdvq]\b|%[A-Z_]{2,}%|@@?[A-Z][A-Z0-9_]*@@?|__[A-Z][A-Z0-9_]*__|<[^<>]*>|\[\[.*?\]\]|` + "`[^`]*`")
	// elsewhere matches what says where a credential is kept: SOPS, vals
	// (https://github.com/helmfile/vals), Argo CD Vault Plugin, 1Password, Vault's
	// and bank-vaults', the clouds' own secret stores, a file.
	elsewhere = pattern.New(`^(?:ENC\[|<path:|ref\+|secretref\+?|op://|vault:|avp:|AVP|gcpsm|awssm|sm://|ssm:|arn:aws[a-z-]*:(?:secretsmanager|ssm|iam|kms):|projects/[^/]+/secrets/|@Microsoft\.KeyVault|keyvault:|akvs:|env:|file:|secret:|secrets?/|infisical:|doppler:|!\w+|/|\./|\.\./|~/|[*&][A-Za-z_][\w-]*$|[A-Z]:\\)`)
	// nothing matches what is no value, or one of two.
	nothing = pattern.New(`(?i)^(?:null|nil|none|undefined|true|false|yes|no|on|off|enabled?|disabled?|auto|required?|optional|empty|unset|n/?a|todo|tbd|(?:sk[-_])?(?:no|not)[-_ ]?(?:(?:api[-_ ]?)?(?:key|token|password|secret|auth)[-_ ]?)?(?:needed|required|used|necessary)|no[-_ ](?:api[-_ ]?)?(?:key|token|password|secret|auth)|unused|unneeded|ignored?|[\W_]*|x+|[*x.•-]+|0+|-?\d{1,5}(?:\.\d+)?|\d+[smhd]|\[\]|\{\})$`)
	// placeholders match what people write where a credential goes.
	placeholders = pattern.New(`(?i)^(?:.*(?:example|change[-_ ]?me|replace[-_ ]?(?:me|with|this)|placeholder|your[-_ ]|your(?:domain|company|org(?:anization)?)\b|insert[-_ ]|dummy|redacted|xxxx|\.\.\.|…|\*\*\*\*|to[-_ ]?be[-_ ]|fill[-_ ]?(?:me|in)).*|(?:my|the|some|a|fake)?[-_ ]?(?:user[-_ ]?)?(?:pass(?:word|wd|phrase|code)?|pwd|pw|secret|token|key|api[-_ ]?key|credentials?|secret[-_ ]?key|access[-_ ]?key|bearer|pat)(?:[-_ ]?here)?)$`)
	// example matches the marks by which issuers make their own examples known:
	// AKIAIOSFODNN7EXAMPLE.
	example = pattern.New(`(?i)EXAMPLE|x{6,}|\.\.\.|…|<[a-z _-]+>|\$\{|\$\(|\{\{|placeholder|redacted|change_?me`)
	// code matches what computes a credential: os.getenv('X'), process.env.X,
	// settings.SECRET.
	code = pattern.New(`^[A-Za-z_][\w.:>-]*(?:\(.*|\[['"\w].*)$|^(?:os|process|env|ENV|self|this|config|cfg|settings|secrets?|vars|args|options|opts|values|params|var|local|data|module|each|context|ctx|github|inputs|std|System|Env)\.[\w.]+$|^(?:lambda|new|await|func|def)\b`)
	// constant and word match the names of other things.
	constant  = pattern.New(`^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$`)
	objectish = pattern.New(`^[a-z][a-z0-9]*(?:[-._][a-z0-9]+)+$`)
	// host matches an address that leads to a host, and says nothing more.
	host = pattern.New(`^[a-z][a-z0-9+.-]*://[A-Za-z0-9.-]+(?::\d+)?/?$|^[a-z0-9.-]+\.svc(?:\.cluster\.local)?(?::\d+)?$`)
	// publicDSN matches the address that a client of Sentry reports to. It is meant
	// to be seen, and holds a public key alone
	// (https://docs.sentry.io/concepts/key-terms/dsn-explainer/).
	// place matches where something is stored, which no credential opens.
	place = pattern.New(`^(?:pvc|s3|gs|oci|hf)://[A-Za-z0-9._/:-]+$`)
	// comments match a text of nothing else.
	comments  = pattern.New(`^(?:[ \t]*(?:#[^\n]*)?(?:\n|$))+$`)
	publicDSN = pattern.New(`^https?://[0-9a-f]{32}@[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9_-]+)*/[0-9]+\s*$`)
)

// longestStandIn bounds what is taken for a placeholder by a word in it, in
// bytes: a long text may say "example" and hold a key.
const longestStandIn = 80

// StandIn reports whether a value that stands where a credential goes is none:
// it is empty, a placeholder, something that is filled in later, or says where
// the credential is.
func StandIn(value string) bool {
	v := strings.Trim(strings.TrimSpace(value), `"'`)
	switch {
	case nothing.MatchString(v), place.MatchString(v), comments.MatchString(v), elsewhere.MatchString(v) && !strings.Contains(v, "\n"), publicDSN.MatchString(v), host.MatchString(v), code.MatchString(v) && !strings.Contains(v, "\n"):
		return true
	case len(v) < longestStandIn && placeholders.MatchString(v):
		return true
	}
	if !strings.ContainsAny(v, "$%{<@_[#`") {
		return false
	}
	rest := expansion.ReplaceAllString(v, "")
	return rest != v && letters(rest) < shortest
}

// shortest is the length from which what stands beside an expansion may be a
// credential.
const shortest = 6

// expands reports whether something of a value is filled in later.
func expands(value string) bool { return expansion.MatchString(value) }

// illustrates reports whether a text of a credential's form is an example.
func illustrates(text string) bool {
	return len(text) < 4*longestStandIn && example.MatchString(text)
}

func letters(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// names reports whether a value is the name of something: of a variable, of a
// key (rcon-password), and where a field may name an object, of one (web-tls).
func names(value string, objects bool) bool {
	v := strings.Trim(strings.TrimSpace(value), `"'`)
	if constant.MatchString(v) {
		return true
	}
	return objectish.MatchString(v) && (objects && !turns(v) || KeyNames(v) && !digits(v, 0, len(v)))
}

// turns reports whether a word of a text goes from a digit to a letter: s3cret
// and 0d4bd1de do, web-v2 and sha256 do not, nor what is called so.
func turns(s string) bool {
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if len(word) >= 5 && turn.MatchString(word) && !calledSo.MatchString(word) {
			return true
		}
	}
	return false
}

var (
	turn     = pattern.New(`[0-9][A-Za-z]`)
	calledSo = pattern.New(`^(?i:oauth2[a-z]*|v\d+(?:alpha|beta|rc)\d*|(?:k8s|k3s|s3|x509|3scale|web3|p12|e2e|i18n)[a-z]*)$`)
)
