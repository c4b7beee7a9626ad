package config

import (
	"cmp"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

// prefix begins the name of every variable of ours.
const prefix = "SEAWORTHY_"

// Environment is what the operator says. It is read once, at the start.
type Environment struct {
	AppID                 int64         `env:"APP_ID"`
	PrivateKey            string        `env:"PRIVATE_KEY"`
	PrivateKeyFile        string        `env:"PRIVATE_KEY_FILE"`
	WebhookSecret         string        `env:"WEBHOOK_SECRET"`
	WebhookSecretPrevious string        `env:"WEBHOOK_SECRET_PREVIOUS"`
	GitHubURL             string        `env:"GITHUB_URL" envDefault:"https://github.com"`
	CAFile                string        `env:"CA_FILE"`
	DataDir               string        `env:"DATA_DIR" envDefault:"data"`
	DatabaseURL           string        `env:"DATABASE_URL"`
	Listen                string        `env:"LISTEN" envDefault:":8080"`
	Workers               int           `env:"WORKERS"`
	Drain                 time.Duration `env:"DRAIN" envDefault:"25s"`
	MirrorLimit           int64         `env:"MIRROR_LIMIT_MB" envDefault:"10240"`
	CacheLimit            int64         `env:"CACHE_LIMIT_MB" envDefault:"2048"`
	AuditEvery            time.Duration `env:"AUDIT_EVERY" envDefault:"168h"`
	SourceHosts           []string      `env:"SOURCE_HOSTS"`
	SourcePlainHosts      []string      `env:"SOURCE_PLAIN_HOSTS"`
	SourceCredentialsFile string        `env:"SOURCE_CREDENTIALS_FILE"`
	SourceLimit           int64         `env:"SOURCE_LIMIT_MB" envDefault:"4096"`
	LogLevel              string        `env:"LOG_LEVEL" envDefault:"info"`
	LogFormat             string        `env:"LOG_FORMAT" envDefault:"json"`
	PublicURL             string        `env:"PUBLIC_URL"`
	Organization          string        `env:"ORGANIZATION"`
	ClientID              string        `env:"CLIENT_ID"`
	ClientSecret          string        `env:"CLIENT_SECRET"`
	PagesKeep             time.Duration `env:"PAGES_KEEP" envDefault:"2160h"`
	PagesPublic           bool          `env:"PAGES_PUBLIC"`

	sourceCredentials []SourceCredential
}

// Mistakes are what is wrong with the environment: each a sentence that begins
// with the variable's name and says what to do. They hold no secret.
type Mistakes []string

// Error is one mistake a line.
func (m Mistakes) Error() string { return strings.Join(m, "\n") }

// About reports whether a variable is wrong, by its whole name.
func (m Mistakes) About(name string) bool {
	return slices.ContainsFunc(m, func(s string) bool { return strings.HasPrefix(s, name+" ") || strings.HasPrefix(s, name+":") })
}

// ReadEnvironment reads the variables that begin with SEAWORTHY_. The error
// is Mistakes: everything that is wrong at once.
func ReadEnvironment(environ []string) (Environment, error) {
	var e Environment
	all := map[string]string{}
	for _, kv := range environ {
		if name, value, ok := strings.Cut(kv, "="); ok && strings.HasPrefix(name, prefix) {
			all[name] = value
		}
	}
	wrong := unknownNames(all)
	var parse env.AggregateError
	err := env.ParseWithOptions(&e, env.Options{Environment: all, Prefix: prefix})
	if errors.As(err, &parse) {
		for _, one := range parse.Errors {
			wrong = append(wrong, parseText(one))
		}
	} else if err != nil {
		wrong = append(wrong, err.Error())
	}
	wrong = append(wrong, e.complete()...)
	if len(wrong) > 0 {
		return e, Mistakes(wrong)
	}
	return e, nil
}

// Names are the variables that exist.
func Names() []string {
	var out []string
	t := reflect.TypeFor[Environment]()
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("env"), ","); name != "" {
			out = append(out, prefix+name)
		}
	}
	return out
}

func unknownNames(all map[string]string) []string {
	known := Names()
	var out []string
	for name := range all {
		if !slices.Contains(known, name) {
			out = append(out, fmt.Sprintf("%s is not known%s", name, cmp.Or(strings.ReplaceAll(Suggest(name, known), "`", ""), ": unset it; docs/environment.md lists every variable")))
		}
	}
	sort.Strings(out)
	return out
}

// parseText names a variable that could not be read, without its value.
func parseText(err error) string {
	var parse env.ParseError
	if errors.As(err, &parse) {
		f, _ := reflect.TypeFor[Environment]().FieldByName(parse.Name)
		return fmt.Sprintf("%s%s must be %s: set it to one, or unset it for the default", prefix, f.Tag.Get("env"), map[string]string{
			"int": "a whole number", "int64": "a whole number", "bool": "true or false", "Duration": "a duration such as 25s"}[parse.Type.Name()])
	}
	return err.Error()
}

// Configured reports whether an App is named.
func (e *Environment) Configured() bool { return e.AppID != 0 }

// HasPages reports whether reviews have pages: people can reach the service, and
// can sign in to it.
func (e *Environment) HasPages() bool {
	return e.Configured() && e.PublicURL != "" && e.ClientID != "" && e.ClientSecret != ""
}

// Secrets are the webhook's, the current one first.
func (e *Environment) Secrets() []string {
	return slices.DeleteFunc([]string{e.WebhookSecret, e.WebhookSecretPrevious}, func(s string) bool { return s == "" })
}

// APIURL is where GitHub's API is: a host of its own for github.com and
// GHE.com, a path on GitHub Enterprise Server.
func (e *Environment) APIURL() string {
	u, err := url.Parse(e.GitHubURL)
	if err != nil {
		return ""
	}
	if u.Host == "github.com" || strings.HasSuffix(u.Host, ".ghe.com") {
		u.Host = "api." + u.Host
		return u.String()
	}
	return u.String() + "/api/v3"
}

// complete fills in what follows from the rest, and gives what is wrong.
func (e *Environment) complete() []string {
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	e.GitHubURL = strings.TrimRight(e.GitHubURL, "/")
	e.PublicURL = strings.TrimRight(e.PublicURL, "/")
	if e.Workers == 0 {
		e.Workers = max(2, runtime.GOMAXPROCS(0))
	}
	e.app(say)
	for name, value := range map[string]string{"GITHUB_URL": e.GitHubURL, "PUBLIC_URL": e.PublicURL} {
		if u, err := url.Parse(value); value != "" && (err != nil || u.Scheme != "https" && !local(u) || u.Host == "" || u.RawQuery != "" || u.User != nil) {
			say("%s%s must be a URL that begins with https://, without a query or a password", prefix, name)
		}
	}
	if u, err := url.Parse(e.DatabaseURL); e.DatabaseURL != "" && (err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql") {
		say("%sDATABASE_URL must begin with postgres://; unset it for SQLite in %sDATA_DIR", prefix, prefix)
	}
	if _, _, err := net.SplitHostPort(e.Listen); err != nil {
		say("%sLISTEN must be an address such as :8080", prefix)
	}
	if e.CAFile != "" {
		if content, err := os.ReadFile(e.CAFile); err != nil {
			say("%sCA_FILE cannot be read (%s): name a file of PEM certificates that this process may read", prefix, err)
		} else if !x509.NewCertPool().AppendCertsFromPEM(content) {
			say("%sCA_FILE holds no certificate: name a file of PEM certificates", prefix)
		}
	}
	if e.Workers < 0 || e.Workers > 256 {
		say("%sWORKERS must be between 1 and 256", prefix)
	}
	if e.AuditEvery != 0 && e.AuditEvery < time.Hour {
		say("%sAUDIT_EVERY must be 0 or at least 1h", prefix)
	}
	for name, low := range map[string]bool{"DRAIN": e.Drain < 0, "MIRROR_LIMIT_MB": e.MirrorLimit <= 0, "CACHE_LIMIT_MB": e.CacheLimit <= 0} {
		if low {
			say("%s%s must be above 0", prefix, name)
		}
	}
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, e.LogLevel) {
		say("%sLOG_LEVEL must be debug, info, warn or error", prefix)
	}
	if !slices.Contains([]string{"json", "text"}, e.LogFormat) {
		say("%sLOG_FORMAT must be json or text", prefix)
	}
	e.pages(say)
	e.sources(say)
	if dir, err := filepath.Abs(e.DataDir); err == nil {
		e.DataDir = dir
	}
	sort.Strings(wrong)
	return wrong
}

// app checks what only a configured App needs. Half an App is a mistake, none is
// a reason to show the setup page.
func (e *Environment) app(say func(string, ...any)) {
	from := "PRIVATE_KEY"
	if e.PrivateKey != "" && e.PrivateKeyFile != "" {
		say("%sPRIVATE_KEY and %sPRIVATE_KEY_FILE are both set: unset one of them", prefix, prefix)
	} else if e.PrivateKeyFile != "" {
		content, err := os.ReadFile(e.PrivateKeyFile)
		if err != nil {
			say("%sPRIVATE_KEY_FILE cannot be read (%s): name the file of the App's private key, readable by this process", prefix, err)
		}
		e.PrivateKey, from = string(content), "PRIVATE_KEY_FILE"
	}
	// One line with \n in it is how many tools pass a key.
	e.PrivateKey = strings.ReplaceAll(e.PrivateKey, `\n`, "\n")
	if e.PrivateKey != "" && !privateKey(e.PrivateKey) {
		say("%s%s holds no RSA private key in PEM form: take the file that GitHub made, all of it, from -----BEGIN to -----END", prefix, from)
	}
	if e.AppID < 0 {
		say("%sAPP_ID must be above 0", prefix)
	}
	if e.AppID == 0 && e.PrivateKey == "" && e.WebhookSecret == "" {
		return
	}
	for name, missing := range map[string]bool{"APP_ID": e.AppID == 0, "PRIVATE_KEY": e.PrivateKey == "" && e.PrivateKeyFile == "", "WEBHOOK_SECRET": e.WebhookSecret == ""} {
		if missing {
			say("%s%s is missing: set it as the App's settings on GitHub say, or unset the App's other variables to be shown the page that makes an App", prefix, name)
		}
	}
}

// pages checks what the pages need: half of it is a mistake.
func (e *Environment) pages(say func(string, ...any)) {
	switch {
	case (e.ClientID == "") != (e.ClientSecret == ""):
		say("%sCLIENT_ID and %sCLIENT_SECRET go together", prefix, prefix)
	case e.ClientID != "" && e.PublicURL == "":
		say("%sCLIENT_ID is for the pages, which need %sPUBLIC_URL", prefix, prefix)
	case e.PagesPublic && e.ClientID == "":
		say("%sPAGES_PUBLIC needs the pages: set %sCLIENT_ID and %sCLIENT_SECRET", prefix, prefix, prefix)
	}
	if e.PagesKeep < time.Hour {
		say("%sPAGES_KEEP must be at least 1h", prefix)
	}
}

// privateKey reports whether text is a key as GitHub gives it.
func privateKey(text string) bool {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return false
	}
	if _, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return true
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	_, ok := key.(*rsa.PrivateKey)
	return err == nil && ok
}

func local(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}
