package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

// SourceCredential is what the operator gives for one host that sources come
// from.
type SourceCredential struct {
	Host     string `yaml:"host"`
	User     string `yaml:"user"`
	Password string `yaml:"password"`
	// PasswordFile holds the password instead.
	PasswordFile string `yaml:"passwordFile"`
	// Installations may use it, by id; none is every one.
	Installations []int64 `yaml:"installations"`
	// TokenHosts are further hosts that may be given it for a token.
	TokenHosts []string `yaml:"tokenHosts"`
}

// Scopes are those of the pull requests that may use the credential: never of a
// fork's.
func (c SourceCredential) Scopes() []string {
	var out []string
	for _, id := range c.Installations {
		out = append(out, fmt.Sprintf("%d/own", id))
	}
	return out
}

// readCredentials reads the file of credentials and gives what is wrong with it,
// without a secret.
func readCredentials(file string) (out []SourceCredential, wrong []string) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, []string{"cannot be read: " + err.Error()}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(&out); err != nil && !errors.Is(err, io.EOF) {
		// The library's message can quote a value.
		return nil, []string{"must be a list of entries with host, user, password or passwordFile, installations and tokenHosts"}
	}
	for i := range out {
		wrong = append(wrong, out[i].complete(i+1)...)
	}
	return out, wrong
}

func (c *SourceCredential) complete(n int) []string {
	var wrong []string
	say := func(text string) { wrong = append(wrong, fmt.Sprintf("entry %d %s", n, text)) }
	if c.Host == "" || strings.ContainsAny(c.Host, "/@ ") {
		say("needs a host, as a name without https://")
	}
	switch {
	case c.Password != "" && c.PasswordFile != "":
		say("has both password and passwordFile; choose one")
	case c.PasswordFile != "":
		content, err := os.ReadFile(c.PasswordFile)
		if err != nil {
			say("has a passwordFile that cannot be read: " + err.Error())
		}
		c.Password = strings.TrimRight(string(content), "\r\n")
	case c.Password == "":
		say("needs a password or a passwordFile")
	}
	for _, id := range c.Installations {
		if id <= 0 {
			say("names an installation that is no id")
		}
	}
	return wrong
}

// sources checks what only fetching sources needs.
func (e *Environment) sources(say func(string, ...any)) {
	for _, glob := range e.SourceHosts {
		if _, err := path.Match(glob, ""); err != nil || strings.ContainsAny(glob, "/@: ") {
			say("%sSOURCE_HOSTS must be host names or globs of them, separated by commas", prefix)
			break
		}
	}
	if e.SourceLimit <= 0 {
		say("%sSOURCE_LIMIT_MB must be above 0", prefix)
	}
	if e.SourceCredentialsFile == "" {
		return
	}
	credentials, wrong := readCredentials(e.SourceCredentialsFile)
	for _, w := range wrong {
		say("%sSOURCE_CREDENTIALS_FILE: %s", prefix, w)
	}
	e.sourceCredentials = credentials
}

// SourceCredentials are those of SEAWORTHY_SOURCE_CREDENTIALS_FILE.
func (e *Environment) SourceCredentials() []SourceCredential { return e.sourceCredentials }
