package git

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"unicode"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// remote is where a mirror fetches from, and with what. A nil remote is a run
// of git that may reach nothing.
type remote struct {
	url    *url.URL
	token  string
	caFile string
	limit  int64 // bytes of one fetch
	user   string
	proxy  string
}

// remote is where a request leads.
func (q FetchRequest) remote() (*remote, error) {
	r, err := newRemote(q.URL, q.Token, q.CAFile)
	if err != nil {
		return nil, err
	}
	if strings.ContainsFunc(q.User, func(c rune) bool { return unicode.IsControl(c) || c == ':' }) {
		return nil, errors.New("the user's name holds characters that no name has")
	}
	r.user, r.proxy = q.User, q.Proxy
	return r, nil
}

// newRemote accepts https, and http on this machine alone: a token in clear on
// a network is no secret.
func newRemote(rawURL, token, caFile string) (*remote, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, errors.New("the repository's URL cannot be parsed")
	}
	if u.User != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("the repository's URL may hold a scheme, a host and a path only")
	}
	ip := net.ParseIP(u.Hostname())
	loopback := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback) {
		return nil, fmt.Errorf("fetch %s: only https is allowed", u)
	}
	if strings.ContainsFunc(token, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '"' || r == '\\' }) {
		return nil, errors.New("the token holds characters that no token has")
	}
	return &remote{url: u, token: token, caFile: caFile}, nil
}

// protocol is the list of transports that git may use.
func (r *remote) protocol() string {
	if r == nil {
		return "none"
	}
	return r.url.Scheme
}

// maxFile bounds the pack of one fetch.
func (r *remote) maxFile() int64 {
	if r == nil {
		return 0
	}
	return r.limit
}

// secretFD is the descriptor by which git and its helpers read the token.
const secretFD = "/proc/self/fd/3"

// config is what a fetch needs. That the remote is a promisor stands here and
// not in the mirror's own configuration: so a git that merely reads has nobody
// to ask for a missing object and says so, where it would else die or fetch
// objects one by one.
func (r *remote) config() []string {
	if r == nil {
		return nil
	}
	config := []string{
		"remote." + remoteName + ".url=" + r.url.String(),
		"remote." + remoteName + ".promisor=true",
		"remote." + remoteName + ".partialclonefilter=blob:none",
		"fetch.unpackLimit=1",
		"fetch.recurseSubmodules=false",
		"fetch.writeCommitGraph=false",
		"http.followRedirects=false",
		"http.lowSpeedLimit=1000",
		"http.lowSpeedTime=30",
		"http.userAgent=git/seaworthy",
		"protocol.version=2",
	}
	if r.proxy != "" {
		config = append(config, "http.proxy="+r.proxy)
	}
	if r.caFile != "" {
		config = append(config, "http.sslCAInfo="+r.caFile)
	}
	if r.token != "" {
		config = append(config, "include.path="+secretFD)
	}
	return config
}

// secretFile is a configuration file that holds the token and lies in memory.
// The header is bound to the remote's host.
func (r *remote) secretFile() (*os.File, error) {
	if r == nil || r.token == "" {
		return nil, nil
	}
	text := fmt.Sprintf("[http \"%s://%s/\"]\n\textraHeader = \"Authorization: Basic %s\"\n", r.url.Scheme, r.url.Host, r.basic())
	return memoryFile([]byte(text))
}

func (r *remote) basic() string {
	return base64.StdEncoding.EncodeToString([]byte(cmp.Or(r.user, "x-access-token") + ":" + r.token))
}

// redact takes the token out of what git says, in every form it has.
func (r *remote) redact(s string) string {
	if r == nil || r.token == "" {
		return s
	}
	return strings.NewReplacer(r.token, "(token)", r.basic(), "(token)", url.QueryEscape(r.token), "(token)").Replace(s)
}

// failure is what a fetch's error text means. git has no other interface.
type failure int

const (
	unknown failure = iota // perhaps the mirror is corrupted
	notVisible
	renamed
	noSuchRef
	noSuchObject
	badCertificate
	unavailable
)

var httpStatus = pattern.New(`The requested URL returned error: (\d{3})`)

// phrases are git's and curl's words, under LC_ALL=C.
var phrases = []struct {
	text  string
	means failure
}{
	{"could not read Username", notVisible}, // the answer to a 401, with prompts off
	{"could not read Password", notVisible},
	{"Authentication failed", notVisible},
	{"Repository not found", notVisible},
	{"couldn't find remote ref", noSuchRef},
	{"not our ref", noSuchObject},
	{"certificate", badCertificate},
	{"unable to access", unavailable},
	{"RPC failed", unavailable},
	{"early EOF", unavailable},
	{"hung up unexpectedly", unavailable},
	{"unexpected disconnect", unavailable},
	{"not valid: is this a git repository", unavailable}, // some page with status 200
	{"invalid server response", unavailable},
	{"expected flush", unavailable},
	{"protocol error", unavailable},
	{"bad line length", unavailable},
}

var notFound = pattern.New(`repository '[^']*' not found`)

func meaning(stderr string) failure {
	if m := httpStatus.FindStringSubmatch(stderr); m != nil {
		switch status := m[1]; {
		case status == "401", status == "403", status == "404":
			return notVisible
		case status[0] == '3':
			return renamed
		}
		return unavailable
	}
	if notFound.MatchString(stderr) {
		return notVisible
	}
	for _, p := range phrases {
		if strings.Contains(stderr, p.text) {
			return p.means
		}
	}
	return unknown
}
