package standin

import (
	"net/http"
	"strconv"
	"strings"
)

// asApp and the rest say who may use a route; anything else is a list of
// permissions of which one suffices.
const (
	asApp   = "app"   // the App's own JWT
	anyone  = "none"  // no authentication
	asToken = "token" // any installation token
)

// routes is the API. A path with {owner} and {repo} is of a repository that the
// token must cover.
func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, r := range map[string]struct {
		need string
		do   handler
	}{
		"GET /app":                 {asApp, s.readApp},
		"GET /app/hook/deliveries": {asApp, s.listDeliveries},
		"POST /app/hook/deliveries/{id}/attempts":                   {asApp, s.attemptDelivery},
		"GET /app/installations":                                    {asApp, s.listInstallations},
		"GET /app/installations/{installation}":                     {asApp, s.readInstallation},
		"POST /app/installations/{installation}/access_tokens":      {asApp, s.createToken},
		"GET /repos/{owner}/{repo}/installation":                    {asApp, s.repositoryInstallation},
		"POST /app-manifests/{code}/conversions":                    {anyone, s.convertManifest},
		"DELETE /applications/{client}/token":                       {anyone, s.revokeToken},
		"GET /meta":                                                 {anyone, s.meta},
		"GET /rate_limit":                                           {asToken, s.rateLimit},
		"GET /installation/repositories":                            {asToken, s.listRepositories},
		"GET /repos/{owner}/{repo}":                                 {"metadata:read", readRepository},
		"GET /repos/{owner}/{repo}/collaborators/{user}/permission": {"metadata:read", readPermission},
		"GET /repos/{owner}/{repo}/contents/{path...}":              {"contents:read", s.contents},
		"GET /repos/{owner}/{repo}/pulls":                           {"pull_requests:read", listPulls},
		"GET /repos/{owner}/{repo}/pulls/{number}":                  {"pull_requests:read", readPull},
		"GET /repos/{owner}/{repo}/pulls/{number}/commits":          {"pull_requests:read", listCommits},
		"GET /repos/{owner}/{repo}/commits/{ref}/pulls":             {"pull_requests:read", listPullsOfCommit},
		"GET /repos/{owner}/{repo}/commits/{ref}/check-runs":        {"checks:read", s.listRuns},
		"POST /repos/{owner}/{repo}/check-runs":                     {"checks:write", s.createRun},
		"GET /repos/{owner}/{repo}/check-runs/{id}":                 {"checks:read", s.readRun},
		"PATCH /repos/{owner}/{repo}/check-runs/{id}":               {"checks:write", s.updateRun},
		"GET /repos/{owner}/{repo}/check-runs/{id}/annotations":     {"checks:read", s.listAnnotations},
		"GET /repos/{owner}/{repo}/issues":                          {"issues:read", listIssues},
		"POST /repos/{owner}/{repo}/issues":                         {"issues:write", s.createIssue},
		"PATCH /repos/{owner}/{repo}/issues/{number}":               {"issues:write", updateIssue},
		"GET /repos/{owner}/{repo}/issues/{number}/comments":        {"issues:read pull_requests:read", listComments},
		"POST /repos/{owner}/{repo}/issues/{number}/comments":       {"issues:write pull_requests:write", s.createComment},
		"GET /repos/{owner}/{repo}/issue-comments/{id}":             {"issues:read pull_requests:read", readComment},
		"PATCH /repos/{owner}/{repo}/issue-comments/{id}":           {"issues:write pull_requests:write", s.updateComment},
		"POST /repos/{owner}/{repo}/issue-comments/{id}/reactions":  {"issues:write pull_requests:write", s.react},
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, req *http.Request) { s.answer(w, req, r.need, r.do) })
	}
	mux.HandleFunc("GET /user", func(w http.ResponseWriter, req *http.Request) { s.answer(w, req, anyone, s.readUser) })
	mux.HandleFunc("GET /login/oauth/authorize", s.authorize)
	mux.HandleFunc("POST /login/oauth/access_token", s.accessToken)
	mux.HandleFunc("/repositories/{id}/{rest...}", s.byID)
	mux.HandleFunc("/repositories/{id}", s.byID)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { writeError(w, r, errNotFound) })
	return mux
}

// answer runs one handler under the lock.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, need string, do handler) {
	c := &call{Request: r, reply: w.Header()}
	var err error
	if r.Method != http.MethodGet {
		if c.body, err = readBody(r); err != nil {
			writeError(w, r, err)
			return
		}
	}
	w.Header().Set("X-Github-Request-Id", "0000:0000:0000000:0000000:00000000")
	s.mu.Lock()
	status, body, err := s.decide(c, need, do)
	s.mu.Unlock()
	if err != nil {
		writeError(w, r, err)
		return
	}
	writeJSON(w, r, status, body)
}

// decide goes through what GitHub asks in its order: who are you, how often did
// you ask, do you see the repository, may you do this.
func (s *Server) decide(c *call, need string, do handler) (int, any, error) {
	switch need {
	case anyone:
		return do(c)
	case asApp:
		if err := s.app(c.Request); err != nil {
			return 0, nil, err
		}
		return do(c)
	}
	g, err := s.token(c.Request)
	if err != nil {
		return 0, nil, err
	}
	c.grant = g
	if !s.opts.NoLimits {
		if err := s.limits.admit(c.Request, s.opts.Now(), c.reply); err != nil {
			return 0, nil, err
		}
	}
	if owner := c.PathValue("owner"); owner != "" {
		if err := s.findRepository(c, owner+"/"+c.PathValue("repo")); err != nil {
			return 0, nil, err
		}
	}
	if need != asToken {
		if err := g.need(need); err != nil {
			return 0, nil, err
		}
	}
	return do(c)
}

func (s *Server) findRepository(c *call, name string) error {
	r, err := s.repo(name)
	if err == nil {
		if !c.grant.sees(r) {
			return errNotFound
		}
		c.repo = r
		return nil
	}
	old := s.moved(name)
	if old == nil || !c.grant.sees(old) {
		return errNotFound
	}
	status := http.StatusMovedPermanently
	if c.Method != http.MethodGet {
		status = http.StatusTemporaryRedirect
	}
	rest := strings.TrimPrefix(c.URL.Path, "/repos/"+name)
	to := "http://" + c.Host + "/repositories/" + strconv.FormatInt(old.id, 10) + rest
	if c.URL.RawQuery != "" {
		to += "?" + c.URL.RawQuery
	}
	return &apiError{status: status, message: "Moved Permanently", header: http.Header{"Location": {to}}}
}

// byID answers /repositories/{id}/… as /repos/{owner}/{repo}/….
func (s *Server) byID(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64)
	s.mu.Lock()
	repo := s.repositories[id]
	s.mu.Unlock()
	if s.ofUser(w, r, repo) {
		return
	}
	if repo == nil {
		writeError(w, r, errNotFound)
		return
	}
	r2 := r.Clone(r.Context())
	r2.URL.Path = strings.TrimSuffix("/repos/"+repo.fullName()+"/"+r.PathValue("rest"), "/")
	s.api.ServeHTTP(w, r2)
}
