package standin

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

func (s *Server) appJSON() object {
	return object{"id": s.opts.AppID, "slug": s.opts.Slug, "name": s.opts.Slug, "owner": user("seaworthy-dev")}
}

func (s *Server) readApp(*call) (int, any, error) {
	app := s.appJSON()
	app["permissions"] = DefaultPermissions()
	app["events"] = []string{"check_run", "check_suite", "issue_comment", "merge_group", "pull_request", "push", "repository"}
	app["installations_count"] = len(s.installations)
	return http.StatusOK, app, nil
}

func (s *Server) installationJSON(i *installation) object {
	var suspended any
	if i.suspended {
		suspended = "2026-01-01T00:00:00Z"
	}
	return object{"id": i.id, "account": user(i.account), "app_id": s.opts.AppID, "app_slug": s.opts.Slug,
		"permissions": i.permissions, "repository_selection": "all", "target_type": "Organization", "suspended_at": suspended}
}

func (s *Server) listInstallations(c *call) (int, any, error) {
	list := []object{}
	for _, id := range slices.Sorted(maps.Keys(s.installations)) {
		list = append(list, s.installationJSON(s.installations[id]))
	}
	return http.StatusOK, page(c, list), nil
}

func (s *Server) readInstallation(c *call) (int, any, error) {
	i := s.installations[c.number("installation")]
	if i == nil {
		return 0, nil, errNotFound
	}
	return http.StatusOK, s.installationJSON(i), nil
}

func (s *Server) repositoryInstallation(c *call) (int, any, error) {
	r, err := s.repo(c.PathValue("owner") + "/" + c.PathValue("repo"))
	if err != nil {
		return 0, nil, errNotFound
	}
	return http.StatusOK, s.installationJSON(r.installation), nil
}

// AddManifestCode makes a code that can be exchanged for an App once.
func (s *Server) AddManifestCode(code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.manifests[code] = true
}

func (s *Server) convertManifest(c *call) (int, any, error) {
	code := c.PathValue("code")
	if !s.manifests[code] {
		return 0, nil, errNotFound
	}
	delete(s.manifests, code)
	app := s.appJSON()
	app["client_id"], app["client_secret"] = s.ClientID(), ClientSecret
	app["webhook_secret"], app["pem"] = s.opts.WebhookSecret, string(s.PrivateKeyPEM())
	app["permissions"] = DefaultPermissions()
	return http.StatusCreated, app, nil
}

func (s *Server) meta(*call) (int, any, error) {
	return http.StatusOK, object{"verifiable_password_authentication": false, "installed_version": "3.19.0"}, nil
}

// rateLimit counts against nothing at GitHub; that it does here is of no
// account.
func (s *Server) rateLimit(*call) (int, any, error) {
	core := object{"limit": primaryLimit, "used": s.limits.used, "remaining": primaryLimit - s.limits.used, "reset": s.limits.reset.Unix()}
	return http.StatusOK, object{"resources": object{"core": core}, "rate": core}, nil
}

func (s *Server) listRepositories(c *call) (int, any, error) {
	list := []object{}
	for _, r := range s.repositories {
		if c.grant.sees(r) {
			list = append(list, r.json(c.Host))
		}
	}
	slices.SortFunc(list, func(a, b object) int { return int(a["id"].(int64) - b["id"].(int64)) })
	return http.StatusOK, object{"total_count": len(list), "repositories": page(c, list)}, nil
}

func readRepository(c *call) (int, any, error) { return http.StatusOK, c.repo.json(c.Host), nil }

// readPermission answers GET …/collaborators/{user}/permission: the legacy
// permission has four values, role_name says which it really is.
func readPermission(c *call) (int, any, error) {
	name := c.PathValue("user")
	role := c.repo.roles[strings.ToLower(name)]
	if role == "" {
		role = "none"
		if !c.repo.private {
			role = "read"
		}
	}
	permission := role
	switch role {
	case "maintain":
		permission = "write"
	case "triage":
		permission = "read"
	}
	u := user(name)
	u["role_name"] = role
	return http.StatusOK, object{"permission": permission, "role_name": role, "user": u}, nil
}
