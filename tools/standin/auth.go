package standin

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v4"
)

// Permissions are the App's, by GitHub's names: "checks": "write".
type Permissions map[string]string

// DefaultPermissions are the smallest set that Seaworthy asks for.
func DefaultPermissions() Permissions {
	return Permissions{"metadata": "read", "contents": "read", "checks": "write", "pull_requests": "write", "issues": "read", "merge_queues": "read"}
}

var rank = map[string]int{"read": 1, "write": 2, "admin": 3}

func (p Permissions) allow(name, level string) bool { return rank[p[name]] >= rank[level] }

// installation is the App on one account.
type installation struct {
	id          int64
	account     string
	permissions Permissions
	suspended   bool
}

// grant is what one installation token may do.
type grant struct {
	installation *installation
	repositories map[int64]bool // nil is all of the installation's
	permissions  Permissions
	expires      time.Time
}

var errBadCredentials = &apiError{status: http.StatusUnauthorized, message: "Bad credentials"}

// app checks the App's own JWT.
func (s *Server) app(r *http.Request) error {
	text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return &apiError{status: http.StatusUnauthorized, message: "A JSON web token could not be decoded"}
	}
	claims := &jwt.RegisteredClaims{}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithoutClaimsValidation())
	if _, err := parser.ParseWithClaims(text, claims, func(*jwt.Token) (any, error) { return &s.key.PublicKey, nil }); err != nil {
		return &apiError{status: http.StatusUnauthorized, message: "A JSON web token could not be decoded"}
	}
	now := s.opts.Now()
	switch {
	case claims.Issuer != fmt.Sprint(s.opts.AppID):
		return &apiError{status: http.StatusUnauthorized, message: "'Issuer' claim ('iss') must be an Integer"}
	case claims.ExpiresAt == nil || now.After(claims.ExpiresAt.Time):
		return &apiError{status: http.StatusUnauthorized, message: "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"}
	case claims.ExpiresAt.After(now.Add(10 * time.Minute)):
		return &apiError{status: http.StatusUnauthorized, message: "'Expiration time' claim ('exp') is too far in the future"}
	case claims.IssuedAt == nil || claims.IssuedAt.After(now):
		return &apiError{status: http.StatusUnauthorized, message: "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"}
	}
	return nil
}

// token finds the grant of an API request's installation token.
func (s *Server) token(r *http.Request) (*grant, error) {
	header := r.Header.Get("Authorization")
	text, ok := strings.CutPrefix(header, "token ")
	if !ok {
		text, ok = strings.CutPrefix(header, "Bearer ")
	}
	if !ok {
		return nil, &apiError{status: http.StatusUnauthorized, message: "Requires authentication"}
	}
	return s.grantOf(text)
}

func (s *Server) grantOf(token string) (*grant, error) {
	g, ok := s.grants[token]
	if !ok || s.opts.Now().After(g.expires) {
		return nil, errBadCredentials
	}
	if g.installation.suspended || s.installations[g.installation.id] == nil {
		return nil, &apiError{status: http.StatusForbidden, message: "This installation has been suspended"}
	}
	return g, nil
}

// sees reports whether a token covers a repository; else GitHub answers 404.
func (g *grant) sees(r *repository) bool {
	return r.installation == g.installation && (g.repositories == nil || g.repositories[r.id])
}

// need checks one of several permissions ("issues:write pull_requests:write").
// A permission that was taken from the installation meanwhile does not count.
func (g *grant) need(any string) error {
	var names []string
	for _, p := range strings.Fields(any) {
		name, level, _ := strings.Cut(p, ":")
		if g.permissions.allow(name, level) && g.installation.permissions.allow(name, level) {
			return nil
		}
		names = append(names, name+"="+level)
	}
	if len(names) == 0 {
		return nil
	}
	return &apiError{
		status: http.StatusForbidden, message: "Resource not accessible by integration",
		header: http.Header{"X-Accepted-Github-Permissions": {strings.Join(names, "; ")}},
	}
}

// RevokeTokens makes all tokens so far invalid, before their time.
func (s *Server) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.grants)
}

// SetPermissions changes what an installation grants; tokens that exist lose
// what is taken away.
func (s *Server) SetPermissions(installation int64, p Permissions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.installations[installation]
	if i == nil {
		return errors.New("standin: no such installation")
	}
	i.permissions = maps.Clone(p)
	return nil
}

// Suspend suspends an installation.
func (s *Server) Suspend(id int64) error {
	return s.changeInstallation(id, func(i *installation) { i.suspended = true })
}

// Unsuspend ends that, and sends the event.
func (s *Server) Unsuspend(ctx context.Context, id int64) error {
	err := s.changeInstallation(id, func(i *installation) { i.suspended = false })
	return errors.Join(err, s.sendInstallation(ctx, id, "unsuspend"))
}

// Accept is an owner's accepting new permissions; it sends the event.
func (s *Server) Accept(ctx context.Context, installation int64, p Permissions) error {
	return errors.Join(s.SetPermissions(installation, p), s.sendInstallation(ctx, installation, "new_permissions_accepted"))
}

// Uninstall takes the App away from an account, with its tokens, and sends the
// event.
func (s *Server) Uninstall(ctx context.Context, installation int64) error {
	s.mu.Lock()
	i := s.installations[installation]
	if i == nil {
		s.mu.Unlock()
		return errors.New("standin: no such installation")
	}
	event := s.installationEvent(i, "deleted")
	delete(s.installations, installation)
	for id, r := range s.repositories {
		if r.installation == i {
			delete(s.repositories, id)
		}
	}
	s.mu.Unlock()
	s.send(ctx, "installation", event)
	return nil
}

func (s *Server) changeInstallation(id int64, change func(*installation)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.installations[id]
	if i == nil {
		return errors.New("standin: no such installation")
	}
	change(i)
	return nil
}

func (s *Server) sendInstallation(ctx context.Context, installation int64, action string) error {
	s.mu.Lock()
	i := s.installations[installation]
	if i == nil {
		s.mu.Unlock()
		return errors.New("standin: no such installation")
	}
	event := s.installationEvent(i, action)
	s.mu.Unlock()
	s.send(ctx, "installation", event)
	return nil
}

// installationEvent names the installation's repositories in the actions in which
// GitHub does; the caller holds the lock.
func (s *Server) installationEvent(i *installation, action string) object {
	event := object{"action": action, "installation": s.installationJSON(i), "sender": user("owner")}
	if action == "created" || action == "deleted" || action == "unsuspend" || action == "suspend" || action == "new_permissions_accepted" {
		list := []object{}
		for _, r := range s.repositories {
			if r.installation == i {
				list = append(list, r.short())
			}
		}
		slices.SortFunc(list, func(a, b object) int { return int(a["id"].(int64) - b["id"].(int64)) })
		event["repositories"] = list
	}
	return event
}

// Announce sends the event of a repository's being added to its installation.
func (s *Server) Announce(ctx context.Context, repo string) error {
	s.mu.Lock()
	r, err := s.repo(repo)
	if err != nil {
		s.mu.Unlock()
		return err
	}
	event := s.installationEvent(r.installation, "added")
	event["repositories_added"], event["repositories_removed"] = []object{r.short()}, []object{}
	s.mu.Unlock()
	s.send(ctx, "installation_repositories", event)
	return nil
}

// short is how events of installations name a repository.
func (r *repository) short() object {
	return object{"id": r.id, "name": r.name, "full_name": r.fullName(), "private": r.private}
}

// createToken answers POST /app/installations/{id}/access_tokens.
func (s *Server) createToken(c *call) (int, any, error) {
	i := s.installations[c.number("installation")]
	if i == nil {
		return 0, nil, errNotFound
	}
	if i.suspended {
		return 0, nil, &apiError{status: http.StatusForbidden, message: "This installation has been suspended"}
	}
	if err := tokenSchema.check("", c.body); err != nil {
		return 0, nil, err
	}
	g := &grant{installation: i, permissions: maps.Clone(i.permissions), expires: s.opts.Now().Add(time.Hour).Truncate(time.Second)}
	if err := s.narrow(g, c.body); err != nil {
		return 0, nil, err
	}
	if asked, ok := c.body["permissions"].(object); ok && len(asked) > 0 {
		g.permissions = Permissions{"metadata": "read"} // always comes along
		for name, level := range asked {
			level, _ := level.(string)
			if !i.permissions.allow(name, level) || rank[level] == 0 {
				return 0, nil, &apiError{status: http.StatusUnprocessableEntity,
					message: "The permissions requested are not granted to this installation."}
			}
			g.permissions[name] = level
		}
	}
	token := s.newToken()
	s.grants[token] = g
	body := object{"token": token, "expires_at": g.expires.UTC().Format(time.RFC3339), "permissions": g.permissions, "repository_selection": "all"}
	if g.repositories != nil {
		body["repository_selection"] = "selected"
		var list []object
		for _, id := range slices.Sorted(maps.Keys(g.repositories)) {
			list = append(list, s.repositories[id].json(c.Host))
		}
		body["repositories"] = list
	}
	return http.StatusCreated, body, nil
}

// narrow restricts a token to the repositories asked for, by name and by id.
func (s *Server) narrow(g *grant, body object) error {
	names, _ := body["repositories"].([]any)
	ids, _ := body["repository_ids"].([]any)
	if len(names)+len(ids) == 0 {
		return nil
	}
	if len(names)+len(ids) > 500 {
		return invalid("No more than 500 items are allowed; %d were supplied.", len(names)+len(ids))
	}
	g.repositories = map[int64]bool{}
	for _, want := range append(names, ids...) {
		found := false
		for _, r := range s.repositories {
			if r.installation == g.installation && (strings.EqualFold(r.name, fmt.Sprint(want)) || float64(r.id) == want) {
				g.repositories[r.id], found = true, true
			}
		}
		if !found {
			return &apiError{status: http.StatusUnprocessableEntity,
				message: "There is at least one repository that does not exist or is not accessible to the parent installation."}
		}
	}
	return nil
}

// newToken has the form that GitHub gives since 2026: ghs_APPID_JWT, about 520
// characters with dots.
func (s *Server) newToken() string {
	part := func(n int) string {
		b := make([]byte, n)
		rand.Read(b)
		return base64.RawURLEncoding.EncodeToString(b)
	}
	return fmt.Sprintf("ghs_%d_%s.%s.%s", s.opts.AppID, part(30), part(280), part(64))
}
