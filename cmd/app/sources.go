package main

import (
	"os"
	"path/filepath"

	"github.com/seaworthy-dev/seaworthy/internal/config"
	"github.com/seaworthy-dev/seaworthy/internal/source"
)

// newSources makes the service's fetcher, as the operator configured it.
func newSources(e config.Environment) (*source.Fetcher, error) {
	o := source.Options{Dir: filepath.Join(e.DataDir, "sources"), MaxBytes: e.SourceLimit << 20,
		Hosts: e.SourceHosts, PlainHosts: e.SourcePlainHosts, CAFile: e.CAFile}
	for _, c := range e.SourceCredentials() {
		o.Credentials = append(o.Credentials, source.Credential{Host: c.Host, User: c.User, Password: c.Password, Scopes: c.Scopes(), TokenHosts: c.TokenHosts})
	}
	return source.New(o)
}

// localSources makes the command line's, with the user's cache; nil is offline.
func localSources(offline, noCache bool) (*source.Fetcher, error) {
	if offline {
		return nil, nil
	}
	o := source.Options{}
	if dir, err := os.UserCacheDir(); err == nil && !noCache {
		o.Dir = filepath.Join(dir, "seaworthy", "sources")
	}
	return source.New(o)
}
