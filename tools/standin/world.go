package standin

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// repository is one repository and all that hangs on it.
type repository struct {
	id            int64
	owner, name   string
	private       bool
	defaultBranch string
	dir           string // bare
	installation  *installation
	oldNames      map[string]bool
	roles         map[string]string // collaborators, lower case: admin, maintain, write, triage, read
	lastIssue     int
	pulls         []*pull
	issues        []*Issue
	comments      []*comment
	suites        []*suite
	runs          []*checkRun
}

func (r *repository) fullName() string { return r.owner + "/" + r.name }

// pull is one pull request.
type pull struct {
	id                int64
	number            int
	title, author     string
	base, head        string // branches
	baseSHA, headSHA  string
	mergeSHA          string // the test merge, "" when there are conflicts
	fork              string // owner/name of the head's repository, "" for the same
	draft, merged     bool
	closed            bool
	created, modified time.Time
}

// NewRepository says what a repository is like.
type NewRepository struct {
	Name   string // owner/name
	From   string // a directory to clone every branch from; "" makes an empty repository
	Public bool
}

// AddRepository makes a repository on which the App is installed, with the
// installation of its owner, which is made when needed. It gives the
// installation's id.
func (s *Server) AddRepository(ctx context.Context, n NewRepository) (int64, error) {
	owner, name, ok := strings.Cut(n.Name, "/")
	if !ok {
		return 0, fmt.Errorf("standin: %q is no owner/name", n.Name)
	}
	dir := filepath.Join(s.opts.Dir, owner, name+".git")
	if err := makeBare(ctx, dir, n.From); err != nil {
		return 0, fmt.Errorf("add repository %s: %w", n.Name, err)
	}
	branch, err := git(ctx, dir, "symbolic-ref", "--short", "HEAD")
	if err != nil {
		return 0, fmt.Errorf("add repository %s: %w", n.Name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.repo(n.Name); err == nil {
		return 0, fmt.Errorf("standin: there is a repository %s already", n.Name)
	}
	r := &repository{id: s.nextID(), owner: owner, name: name, private: !n.Public, defaultBranch: branch, dir: dir,
		installation: s.installationOf(owner), oldNames: map[string]bool{}, roles: map[string]string{}}
	s.repositories[r.id] = r
	return r.installation.id, nil
}

func (s *Server) installationOf(account string) *installation {
	for _, i := range s.installations {
		if strings.EqualFold(i.account, account) {
			return i
		}
	}
	i := &installation{id: s.nextID(), account: account, permissions: DefaultPermissions()}
	s.installations[i.id] = i
	return i
}

// GitDir is where a repository lies. Branches may be pushed there; Push also
// tells the App.
func (s *Server) GitDir(repo string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.repo(repo)
	if err != nil {
		return "", err
	}
	return r.dir, nil
}

// RepositoryID is the id that the repository keeps when it is renamed.
func (s *Server) RepositoryID(repo string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.repo(repo)
	if err != nil {
		return 0, err
	}
	return r.id, nil
}

// InstallationID is the App's installation on an account.
func (s *Server) InstallationID(account string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.installations {
		if strings.EqualFold(i.account, account) {
			return i.id, nil
		}
	}
	return 0, fmt.Errorf("standin: the App is not installed on %s", account)
}

// Rename gives a repository another name with the same owner. Requests to the
// old one are redirected, as GitHub does.
func (s *Server) Rename(repo, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.repo(repo)
	if err != nil {
		return err
	}
	r.oldNames[strings.ToLower(r.fullName())] = true
	r.name = name
	return nil
}

// Remove takes a repository away from the App, as when it is deleted or taken
// out of the installation.
func (s *Server) Remove(repo string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.repo(repo)
	if err != nil {
		return err
	}
	delete(s.repositories, r.id)
	return nil
}

// SetRole makes a user a collaborator: admin, maintain, write, triage or read;
// "" ends it.
func (s *Server) SetRole(repo, user, role string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.repo(repo)
	if err != nil {
		return err
	}
	if role == "" {
		delete(r.roles, strings.ToLower(user))
		return nil
	}
	r.roles[strings.ToLower(user)] = role
	return nil
}

// json is a repository in GitHub's form.
func (r *repository) json(host string) object {
	return object{
		"id": r.id, "name": r.name, "full_name": r.fullName(), "private": r.private, "default_branch": r.defaultBranch,
		"owner":     user(r.owner),
		"html_url":  fmt.Sprintf("http://%s/%s", host, r.fullName()),
		"clone_url": fmt.Sprintf("http://%s/%s.git", host, r.fullName()),
		"url":       fmt.Sprintf("http://%s/repos/%s", host, r.fullName()),
		"fork":      false, "archived": false,
	}
}

// user is an account in GitHub's form. A name that ends in [bot] is an App's.
func user(login string) object {
	kind := "User"
	if strings.HasSuffix(login, "[bot]") {
		kind = "Bot"
	}
	id := int64(0)
	for _, c := range login {
		id = id*31%1000003 + int64(c)
	}
	return object{"login": login, "id": id, "type": kind}
}

func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}

// SetPublic makes a repository public, or private.
func (s *Server) SetPublic(repo string, public bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.repo(repo)
	if err != nil {
		return err
	}
	r.private = !public
	return nil
}
