package source

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"
)

// refusal is what the egress policy does not allow; its text is safe to show.
type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

func refuse(format string, args ...any) error { return &refusal{fmt.Sprintf(format, args...)} }

// guard is the egress policy: which hosts may be asked, and never an address
// inside. It is asked for every URL, and again for every connection, since a
// name can lead to another address each time.
type guard struct {
	hosts []string        // globs; none is every public host
	plain []string        // hosts that may be asked without TLS
	local map[string]bool // addresses "ip:port" that are allowed whatever they are; tests only
}

// check looks at a URL before anything is sent.
func (g *guard) check(u *url.URL) error {
	name := strings.ToLower(u.Hostname())
	switch {
	case name == "":
		return refuse("a source has no host")
	case u.User != nil:
		return refuse("the URL of a source on %s holds credentials", name)
	case u.Scheme != "https" && (u.Scheme != "http" || !slices.Contains(g.plain, name) && !g.local[u.Host]):
		return refuse("%s is asked over %q; only https is allowed", name, u.Scheme)
	case len(g.hosts) > 0 && !slices.ContainsFunc(g.hosts, func(glob string) bool { ok, _ := path.Match(glob, name); return ok }):
		return refuse("%s is not among the hosts that the operator allows", name)
	}
	return nil
}

var errInside = errors.New("the address is not public")

// control refuses a connection to what is not public. It sees the address that
// is really connected to, after the name was resolved.
func (g *guard) control(_, address string, _ syscall.RawConn) error {
	if g.local[address] {
		return nil
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil || !public(at.Addr()) {
		return errInside
	}
	return nil
}

func (g *guard) dialer() *net.Dialer {
	return &net.Dialer{Timeout: 10 * time.Second, Control: g.control}
}

// inside are address blocks that net/netip has no word for: those that IANA
// keeps for special purposes, and those that carry an IPv4 address through a
// translator or a tunnel.
var inside = func() []netip.Prefix {
	var out []netip.Prefix
	for _, s := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
	} {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}()

// nat64 is the well-known prefix of RFC 6052: an IPv4 address stands in its last
// four bytes.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// public reports whether an address is on the internet. The metadata services of
// clouds are link-local or private, and so are not.
func public(a netip.Addr) bool {
	a = a.Unmap()
	if nat64.Contains(a) {
		b := a.As16()
		return public(netip.AddrFrom4([4]byte(b[12:])))
	}
	if a.Zone() != "" || !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
		return false
	}
	return !slices.ContainsFunc(inside, func(p netip.Prefix) bool { return p.Contains(a) })
}

const maxRedirects = 5

// client makes the one HTTP client: no proxies of the environment, no cookies,
// no decompression, and every redirect is looked at like a first URL.
func (g *guard) client() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext: g.dialer().DialContext, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: 30 * time.Second,
			MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 64 << 10, DisableCompression: true, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return refuse("%s redirects more than %d times", via[0].URL.Hostname(), maxRedirects)
			}
			if err := g.check(req.URL); err != nil {
				return err
			}
			req.Header.Del("Referer") // it could carry a query that is a credential
			if !sameHost(req.URL, via[0].URL) {
				// Go itself would keep it for a subdomain.
				req.Header.Del("Authorization")
			}
			return nil
		},
	}
}

func sameHost(a, b *url.URL) bool { return strings.EqualFold(a.Host, b.Host) && a.Scheme == b.Scheme }
