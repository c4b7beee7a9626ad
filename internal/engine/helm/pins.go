package helm

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"
	"time"
)

// pinnedNow is the time that templates see. Any will do, as long as it is the
// same at base and head.
var pinnedNow = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// pins replaces the template functions whose result depends on chance, on the
// clock or on a cluster: the same call gives the same bytes in every render, so
// that a difference is the author's. It remembers which were called.
type pins struct {
	key    []byte
	called map[string]bool
	finds  *lookedUp // what lookup finds; nil for nothing
}

func newPins(key []byte) *pins { return &pins{key: key, called: map[string]bool{}} }

// notes names what was called, for people.
func (p *pins) notes() []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(p.called)) {
		if name == "lookup" {
			out = append(out, "uses lookup: nothing of the cluster is seen here")
			continue
		}
		out = append(out, fmt.Sprintf("uses %s: the cluster's value differs", name))
	}
	return out
}

// bytes derives n bytes from a call. A keyed hash keeps a password that is an
// argument from being guessed by its result.
func (p *pins) bytes(n int, name string, args ...any) []byte {
	p.called[name] = true
	var out []byte
	for block := uint64(0); len(out) < n; block++ {
		mac := hmac.New(sha256.New, p.key)
		fmt.Fprintf(mac, "%s %q", name, args)
		_ = binary.Write(mac, binary.BigEndian, block) // a hash takes all
		out = mac.Sum(out)
	}
	return out[:n]
}

// maxRandom bounds what one call may ask for, as a template can ask in a loop.
const maxRandom = 1 << 20

func (p *pins) letters(name, alphabet string) func(int) (string, error) {
	return func(n int) (string, error) {
		if n < 0 || n > maxRandom {
			return "", fmt.Errorf("%s cannot make %d characters", name, n)
		}
		out := p.bytes(n, name, n)
		for i, b := range out {
			out[i] = alphabet[int(b)%len(alphabet)]
		}
		return string(out), nil
	}
}

const (
	lower  = "abcdefghijklmnopqrstuvwxyz"
	digits = "0123456789"
)

// functions are the replacements, by name.
func (p *pins) functions() template.FuncMap {
	upper := strings.ToUpper(lower)
	var ascii strings.Builder
	for c := byte(32); c < 127; c++ {
		ascii.WriteByte(c)
	}
	all := template.FuncMap{
		"randAlphaNum": p.letters("randAlphaNum", lower+upper+digits),
		"randAlpha":    p.letters("randAlpha", lower+upper),
		"randNumeric":  p.letters("randNumeric", digits),
		"randAscii":    p.letters("randAscii", ascii.String()),
		"randBytes": func(n int) (string, error) {
			if n < 0 || n > maxRandom {
				return "", fmt.Errorf("randBytes cannot make %d bytes", n)
			}
			return base64.StdEncoding.EncodeToString(p.bytes(n, "randBytes", n)), nil
		},
		"randInt": p.randInt,
		"uuidv4": func() string {
			b := p.bytes(16, "uuidv4")
			b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
			return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
		},
		"shuffle": func(s string) string { p.called["shuffle"] = true; return s },
		"bcrypt": func(password string) string {
			return "$2a$10$" + p.bcrypt("bcrypt", password)
		},
		"htpasswd": func(user, password string) string {
			if strings.Contains(user, ":") {
				return "invalid username: " + user
			}
			return user + ":$2a$10$" + p.bcrypt("htpasswd", user, password)
		},
		"encryptAES": func(password, text string) (string, error) {
			return base64.StdEncoding.EncodeToString(p.bytes(16+(len(text)/16+1)*16, "encryptAES", password, text)), nil
		},
		"getHostByName": func(string) string { p.called["getHostByName"] = true; return "" },
		"lookup": func(apiVersion, kind, namespace, name string) (map[string]any, error) {
			p.called["lookup"] = true
			return p.finds.object(apiVersion, kind, namespace, name), nil
		},
		"keys": sortedKeys, "values": sortedValues, // Go's order of a map is by chance
	}
	maps.Copy(all, p.certificates())
	maps.Copy(all, p.dates())
	return all
}

func (p *pins) randInt(low, high int) (int, error) {
	if high <= low {
		return 0, errors.New("randInt: the upper bound must be above the lower")
	}
	n := binary.BigEndian.Uint64(p.bytes(8, "randInt", low, high))
	return low + int(n%uint64(high-low)), nil
}

// bcrypt has the 53 characters that follow the cost in a bcrypt hash.
func (p *pins) bcrypt(name string, args ...any) string {
	out := p.bytes(53, name, args...)
	const alphabet = "./" + lower + digits
	for i, b := range out {
		out[i] = alphabet[int(b)%len(alphabet)]
	}
	return string(out)
}

func sortedKeys(dicts ...map[string]any) []string {
	out := []string{}
	for _, d := range dicts {
		out = append(out, slices.Sorted(maps.Keys(d))...)
	}
	return out
}

func sortedValues(dict map[string]any) []any {
	out := []any{}
	for _, k := range slices.Sorted(maps.Keys(dict)) {
		out = append(out, dict[k])
	}
	return out
}

// certificate has the fields that templates read of a generated one.
type certificate struct{ Cert, Key string }

func (p *pins) certificates() template.FuncMap {
	block := func(kind, name string, args ...any) string {
		return fmt.Sprintf("-----BEGIN %s-----\n%s\n-----END %s-----\n", kind, base64.StdEncoding.EncodeToString(p.bytes(48, name, args...)), kind)
	}
	pair := func(name string, args ...any) certificate {
		return certificate{block("CERTIFICATE", name, append(args, "cert")...), block("RSA PRIVATE KEY", name, append(args, "key")...)}
	}
	withKey := func(name, key string, args ...any) certificate {
		return certificate{block("CERTIFICATE", name, append(args, key)...), key}
	}
	return template.FuncMap{
		"genPrivateKey":   func(kind string) string { return block("PRIVATE KEY", "genPrivateKey", kind) },
		"genCA":           func(cn string, days int) certificate { return pair("genCA", cn, days) },
		"genCAWithKey":    func(cn string, days int, key string) certificate { return withKey("genCAWithKey", key, cn, days) },
		"buildCustomCert": customCertificate,
		"genSelfSignedCert": func(cn string, ips, names []any, days int) certificate {
			return pair("genSelfSignedCert", cn, ips, names, days)
		},
		"genSelfSignedCertWithKey": func(cn string, ips, names []any, days int, key string) certificate {
			return withKey("genSelfSignedCertWithKey", key, cn, ips, names, days)
		},
		"genSignedCert": func(cn string, ips, names []any, days int, ca certificate) certificate {
			return pair("genSignedCert", cn, ips, names, days, ca.Cert)
		},
		"genSignedCertWithKey": func(cn string, ips, names []any, days int, ca certificate, key string) certificate {
			return withKey("genSignedCertWithKey", key, cn, ips, names, days, ca.Cert)
		},
	}
}

// customCertificate is given its bytes: there is no chance in it.
func customCertificate(cert, key string) (certificate, error) {
	c, err := base64.StdEncoding.DecodeString(cert)
	if err != nil {
		return certificate{}, errors.New("buildCustomCert: the certificate is not base64")
	}
	k, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		return certificate{}, errors.New("buildCustomCert: the key is not base64")
	}
	return certificate{string(c), string(k)}, nil
}

// dates are the functions that read the clock, some of them only when they are
// given no time.
func (p *pins) dates() template.FuncMap {
	now := func() time.Time { p.called["now"] = true; return pinnedNow }
	in := func(layout string, value any, zone string) string {
		loc, err := time.LoadLocation(zone)
		if err != nil || zone == "Local" {
			loc = time.UTC // the controller's own
		}
		t, ok := moment(value)
		if !ok {
			t = now()
		}
		return t.In(loc).Format(layout)
	}
	since := func(value any) time.Duration {
		t, ok := moment(value)
		if !ok {
			t = now()
		}
		return now().Sub(t)
	}
	return template.FuncMap{
		"now":            now,
		"date":           func(layout string, value any) string { return in(layout, value, "Local") },
		"dateInZone":     in,
		"date_in_zone":   in,
		"htmlDate":       func(value any) string { return in(time.DateOnly, value, "Local") },
		"htmlDateInZone": func(value any, zone string) string { return in(time.DateOnly, value, zone) },
		"ago":            func(value any) string { return since(value).Round(time.Second).String() },
	}
}

func moment(value any) (time.Time, bool) {
	switch v := value.(type) {
	case time.Time:
		return v, true
	case *time.Time:
		if v != nil {
			return *v, true
		}
	case int64:
		return time.Unix(v, 0), true
	case int:
		return time.Unix(int64(v), 0), true
	case int32:
		return time.Unix(int64(v), 0), true
	}
	return time.Time{}, false
}
