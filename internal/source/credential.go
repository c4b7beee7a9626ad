package source

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Credential is what the operator gives for one host.
type Credential struct {
	Host           string // name, with a port where it is not the usual one
	User, Password string
	// Scopes are globs of the scopes that may use it. None is every scope of an
	// installation's own branches, and the command line; never a fork's.
	Scopes []string
	// TokenHosts are further hosts that may be given it for a token, as the
	// registry names them: auth.docker.io for registry-1.docker.io.
	TokenHosts []string
}

func (c *Credential) basic() string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.User+":"+c.Password))
}

func (c *Credential) servesScope(scope string) bool {
	if len(c.Scopes) == 0 {
		return scope == "local" || strings.HasSuffix(scope, "/own")
	}
	return slices.ContainsFunc(c.Scopes, func(glob string) bool { ok, _ := path.Match(glob, scope); return ok })
}

// credential gives what a scope may tell a host, nil for nothing.
func (f *Fetcher) credential(scope, host string) *Credential {
	for i, c := range f.options.Credentials {
		if strings.EqualFold(c.Host, host) && c.servesScope(scope) {
			return &f.options.Credentials[i]
		}
	}
	return nil
}

// basic is the Authorization header of a scope's request to a host, "" for none.
func (f *Fetcher) basic(scope, host string) string {
	if c := f.credential(scope, host); c != nil {
		return c.basic()
	}
	return ""
}

// owner says to whom what a host serves belongs: the scope, and the credential
// that opened it.
func (f *Fetcher) owner(scope, host string) string {
	return scope + "\x00" + host + "\x00" + sum([]byte(f.basic(scope, host)))
}

// trust adds the operator's certificates to the system's.
func trust(client *http.Client, file string) error {
	pem, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read certificates: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(pem) {
		return errors.New("the file of certificates holds none")
	}
	client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	return nil
}

// systemRoots are where systems keep the certificates that they trust.
var systemRoots = []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"}

// bundle writes the system's certificates and the operator's into one file: git
// takes a file in the place of the system's, not besides it.
func bundle(dir, file string) (string, error) {
	own, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read certificates: %w", err)
	}
	for _, system := range systemRoots {
		if b, err := os.ReadFile(system); err == nil {
			own = append(append(b, '\n'), own...)
			break
		}
	}
	out := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(out, own, 0o600); err != nil {
		return "", fmt.Errorf("write certificates: %w", err)
	}
	return out, nil
}
