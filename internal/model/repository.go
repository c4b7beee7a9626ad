package model

import (
	"net/url"
	"strings"
)

// RepositoryName is host and path of a repository's URL, however it is written:
// https, ssh, or user@host:path.
func RepositoryName(raw string) string {
	raw = strings.TrimSpace(raw)
	if !strings.Contains(raw, "://") {
		if host, rest, ok := strings.Cut(raw, ":"); ok && !strings.Contains(host, "/") {
			raw = "ssh://" + host + "/" + rest
		}
	}
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" {
		return ""
	}
	host := strings.ToLower(u.Hostname())
	if name, ok := sshHosts[host]; ok {
		host = name
	}
	return strings.TrimPrefix(host, "www.") + strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), ".git"))
}

// sshHosts are the hosts under which code hosts take ssh on another port.
var sshHosts = map[string]string{"ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com", "altssh.bitbucket.org": "bitbucket.org"}
