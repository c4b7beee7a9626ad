package github

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

// Event is one of the pointer types of this file.
type Event interface{ event() }

// Repository is where an event happened.
type Repository struct {
	Installation  int64
	Owner, Name   string
	ID            int64
	DefaultBranch string
	Private       bool
}

// PullRequestEvent: a pull request was opened, synchronize(d), reopened, closed,
// is ready_for_review, or had its base changed (edited).
type PullRequestEvent struct {
	Action      string
	PullRequest PullRequest
	Sender      string
}

// RerequestEvent: somebody asks for a check of the App's once more. Which pull
// requests it is for must be found by the head: GitHub does not say for forks.
type RerequestEvent struct {
	Repository Repository
	HeadSHA    string
	CheckName  string // "" for the whole suite
	ExternalID string // "" for the whole suite
	Sender     string
}

// CommentEvent: a comment on a pull request was created or edited, by a user.
// Neither author nor sender is an App.
type CommentEvent struct {
	Repository Repository
	Action     string // created, edited
	Number     int
	CommentID  int64
	Author     string // who wrote the comment at first
	Sender     string // who did this: an edit can be another's
	Body       string
	Before     string // the body before an edit
}

// InstallationEvent: the App was installed, removed, suspended or changed.
type InstallationEvent struct {
	Action       string // created, deleted, suspend, unsuspend, new_permissions_accepted, added, removed
	Installation int64
	Account      string
	Added        []Repository // of created and added
	Removed      []Repository // of deleted and removed
}

// MergeGroupEvent: a merge queue wants the checks of a group (checks_requested),
// or has no use for the group any more (destroyed): it was merged, or made anew.
type MergeGroupEvent struct {
	Action string
	Group  PullRequest // without what only a pull request has
}

// RepositoryEvent: a repository was renamed, transferred, archived, unarchived,
// deleted or edited, as when its default branch changed.
type RepositoryEvent struct {
	Action     string
	Repository Repository
	Archived   bool
}

// PushEvent: a branch moved.
type PushEvent struct {
	Repository Repository
	Branch     string // without refs/heads/
}

// ActionEvent: somebody pressed a button of a check run of the App's.
type ActionEvent struct {
	Repository Repository
	Action     string // the button's identifier
	HeadSHA    string
	ExternalID string // of the check run
	Sender     string
}

// PingEvent: the webhook was set up.
type PingEvent struct{}

func (*PullRequestEvent) event()  {}
func (*RerequestEvent) event()    {}
func (*CommentEvent) event()      {}
func (*InstallationEvent) event() {}
func (*MergeGroupEvent) event()   {}
func (*RepositoryEvent) event()   {}
func (*PushEvent) event()         {}
func (*ActionEvent) event()       {}
func (*PingEvent) event()         {}

// payload is what is read of all events. Fields are missing in old versions of
// GHES, and more come with each new one.
type payload struct {
	Action       string      `json:"action"`
	Number       int         `json:"number"`
	PullRequest  pullJSON    `json:"pull_request"`
	Repository   repoJSON    `json:"repository"`
	Sender       userJSON    `json:"sender"`
	CheckRun     checkJSON   `json:"check_run"`
	CheckSuite   checkJSON   `json:"check_suite"`
	Issue        issueJSON   `json:"issue"`
	Comment      commentJSON `json:"comment"`
	MergeGroup   groupJSON   `json:"merge_group"`
	Changes      changesJSON `json:"changes"`
	Requested    buttonJSON  `json:"requested_action"`
	Ref          string      `json:"ref"`
	Deleted      bool        `json:"deleted"`
	Installation installJSON `json:"installation"`
	Repositories []repoJSON  `json:"repositories"`
	Added        []repoJSON  `json:"repositories_added"`
	Removed      []repoJSON  `json:"repositories_removed"`
}

type (
	userJSON struct {
		Login string `json:"login"`
		Type  string `json:"type"`
	}
	repoJSON struct {
		ID            int64    `json:"id"`
		Name          string   `json:"name"`
		FullName      string   `json:"full_name"`
		Owner         userJSON `json:"owner"`
		DefaultBranch string   `json:"default_branch"`
		Private       bool     `json:"private"`
		Archived      bool     `json:"archived"`
	}
	sideJSON struct {
		Ref  string    `json:"ref"`
		SHA  string    `json:"sha"`
		Repo *repoJSON `json:"repo"`
	}
	pullJSON struct {
		Number int      `json:"number"`
		State  string   `json:"state"`
		Draft  bool     `json:"draft"`
		User   userJSON `json:"user"`
		Base   sideJSON `json:"base"`
		Head   sideJSON `json:"head"`
	}
	checkJSON struct {
		Name       string `json:"name"`
		HeadSHA    string `json:"head_sha"`
		ExternalID string `json:"external_id"`
		App        struct {
			ID int64 `json:"id"`
		} `json:"app"`
	}
	buttonJSON struct {
		Identifier string `json:"identifier"`
	}
	groupJSON struct {
		HeadSHA string `json:"head_sha"`
		HeadRef string `json:"head_ref"`
		BaseSHA string `json:"base_sha"`
		BaseRef string `json:"base_ref"`
	}
	issueJSON struct {
		Number      int       `json:"number"`
		PullRequest *struct{} `json:"pull_request"`
	}
	commentJSON struct {
		ID   int64    `json:"id"`
		Body string   `json:"body"`
		User userJSON `json:"user"`
	}
	changesJSON struct {
		Base *struct{} `json:"base"`
		Body *struct {
			From string `json:"from"`
		} `json:"body"`
	}
	installJSON struct {
		ID      int64    `json:"id"`
		Account userJSON `json:"account"`
	}
)

// event gives what Seaworthy acts on; nil for the rest.
func (p *payload) event(name string, appID int64) (Event, error) {
	switch name {
	case "ping":
		return &PingEvent{}, nil
	case "pull_request":
		return p.pullRequest()
	case "check_run":
		if p.Action == "requested_action" {
			return p.button(appID)
		}
		return p.rerequest(p.CheckRun, appID)
	case "check_suite":
		suite := p.CheckSuite
		suite.Name, suite.ExternalID = "", ""
		return p.rerequest(suite, appID)
	case "issue_comment":
		return p.comment()
	case "merge_group":
		return p.mergeGroup()
	case "push":
		return p.push()
	case "repository":
		return p.repository()
	}
	return p.installation()
}

var (
	commitID = pattern.New(`^([0-9a-f]{40}|[0-9a-f]{64})$`)
	nameText = pattern.New(`^[A-Za-z0-9._-]{1,100}$`)
)

func malformed(what string) error { return fmt.Errorf("%w: %s", ErrMalformed, what) }

// where holds the names against GitHub's own rules: they go into URLs.
func (p *payload) where() (Repository, error) {
	r := p.Repository.repository(p.Installation.ID)
	if p.Installation.ID <= 0 {
		return r, malformed("no installation")
	}
	if !nameText.MatchString(r.Owner) || !nameText.MatchString(r.Name) || r.Name == "." || r.Name == ".." || r.ID <= 0 {
		return r, malformed("no repository")
	}
	return r, nil
}

func (r repoJSON) repository(installation int64) Repository {
	owner, _, _ := strings.Cut(r.FullName, "/")
	if r.Owner.Login != "" {
		owner = r.Owner.Login
	}
	return Repository{Installation: installation, Owner: owner, Name: r.Name, ID: r.ID, DefaultBranch: r.DefaultBranch, Private: r.Private}
}

var pullActions = []string{"opened", "synchronize", "reopened", "ready_for_review", "closed"}

func (p *payload) pullRequest() (Event, error) {
	if !slices.Contains(pullActions, p.Action) && (p.Action != "edited" || p.Changes.Base == nil) {
		return nil, nil
	}
	at, err := p.where()
	if err != nil {
		return nil, err
	}
	r := p.PullRequest
	if r.Number <= 0 || r.Number != p.Number || !commitID.MatchString(r.Head.SHA) || !commitID.MatchString(r.Base.SHA) ||
		r.Base.Ref == "" || r.Head.Ref == "" || r.Base.Repo == nil || r.Base.Repo.ID != at.ID {
		return nil, malformed("no whole pull request")
	}
	pull := PullRequest{
		Installation: at.Installation, Owner: at.Owner, Repo: at.Name, RepositoryID: at.ID, Private: at.Private, DefaultBranch: at.DefaultBranch,
		Number: r.Number, BaseRef: r.Base.Ref, BaseSHA: r.Base.SHA, HeadRef: r.Head.Ref, HeadSHA: r.Head.SHA,
		Author: r.User.Login, Draft: r.Draft, Fork: true, Open: r.State == "open",
	}
	if r.Head.Repo != nil { // a deleted fork
		pull.HeadRepo, pull.Fork = r.Head.Repo.FullName, r.Head.Repo.ID != at.ID
	}
	return &PullRequestEvent{Action: p.Action, PullRequest: pull, Sender: p.Sender.Login}, nil
}

// rerequest is of this App's checks only; GitHub sends those of others too, to
// Apps that may read checks.
func (p *payload) rerequest(check checkJSON, appID int64) (Event, error) {
	if p.Action != "rerequested" || check.App.ID != appID {
		return nil, nil
	}
	at, err := p.where()
	if err != nil {
		return nil, err
	}
	if !commitID.MatchString(check.HeadSHA) {
		return nil, malformed("no head commit")
	}
	return &RerequestEvent{Repository: at, HeadSHA: check.HeadSHA, CheckName: check.Name, ExternalID: check.ExternalID, Sender: p.Sender.Login}, nil
}

// button is of this App's check runs only.
func (p *payload) button(appID int64) (Event, error) {
	if p.CheckRun.App.ID != appID || p.Sender.Type == "Bot" {
		return nil, nil
	}
	at, err := p.where()
	if err != nil {
		return nil, err
	}
	if !commitID.MatchString(p.CheckRun.HeadSHA) || p.Requested.Identifier == "" || p.Sender.Login == "" {
		return nil, malformed("no whole button")
	}
	return &ActionEvent{Repository: at, Action: p.Requested.Identifier, HeadSHA: p.CheckRun.HeadSHA, ExternalID: p.CheckRun.ExternalID, Sender: p.Sender.Login}, nil
}

// push leaves out tags, and branches that go.
func (p *payload) push() (Event, error) {
	branch, ok := strings.CutPrefix(p.Ref, branches)
	if !ok || p.Deleted || p.Installation.ID <= 0 {
		return nil, nil
	}
	at, err := p.where()
	if err != nil {
		return nil, err
	}
	return &PushEvent{Repository: at, Branch: branch}, nil
}

var repositoryActions = []string{"renamed", "transferred", "archived", "unarchived", "deleted", "edited"}

func (p *payload) repository() (Event, error) {
	if !slices.Contains(repositoryActions, p.Action) || p.Installation.ID <= 0 {
		return nil, nil
	}
	at, err := p.where()
	if err != nil {
		return nil, err
	}
	return &RepositoryEvent{Action: p.Action, Repository: at, Archived: p.Repository.Archived}, nil
}

func (p *payload) mergeGroup() (Event, error) {
	if p.Action != "checks_requested" && p.Action != "destroyed" {
		return nil, nil
	}
	at, err := p.where()
	if err != nil {
		return nil, err
	}
	g := p.MergeGroup
	head, branch := strings.CutPrefix(g.HeadRef, branches)
	base := strings.TrimPrefix(g.BaseRef, branches)
	if !branch || head == "" || base == "" || !commitID.MatchString(g.HeadSHA) || !commitID.MatchString(g.BaseSHA) {
		return nil, malformed("no whole merge group")
	}
	return &MergeGroupEvent{Action: p.Action, Group: at.MergeGroup(MergeGroup{Ref: g.HeadRef, BaseSHA: g.BaseSHA}, base, g.HeadSHA)}, nil
}

// comment leaves out plain issues, and what Apps write: a quoted command of our
// own would start it again.
func (p *payload) comment() (Event, error) {
	if p.Action != "created" && p.Action != "edited" || p.Issue.PullRequest == nil || p.Sender.Type == "Bot" || p.Comment.User.Type == "Bot" {
		return nil, nil
	}
	at, err := p.where()
	if err != nil {
		return nil, err
	}
	if p.Issue.Number <= 0 || p.Comment.ID <= 0 || p.Sender.Login == "" {
		return nil, malformed("no whole comment")
	}
	e := &CommentEvent{Repository: at, Action: p.Action, Number: p.Issue.Number, CommentID: p.Comment.ID,
		Author: p.Comment.User.Login, Sender: p.Sender.Login, Body: p.Comment.Body}
	if p.Changes.Body != nil {
		e.Before = p.Changes.Body.From
	}
	return e, nil
}

func (p *payload) installation() (Event, error) {
	if p.Installation.ID <= 0 {
		return nil, malformed("no installation")
	}
	e := &InstallationEvent{Action: p.Action, Installation: p.Installation.ID, Account: p.Installation.Account.Login}
	added, removed := p.Added, p.Removed
	switch p.Action {
	case "created":
		added = p.Repositories
	case "deleted":
		removed = p.Repositories
	}
	for _, r := range added {
		e.Added = append(e.Added, r.repository(e.Installation))
	}
	for _, r := range removed {
		e.Removed = append(e.Removed, r.repository(e.Installation))
	}
	return e, nil
}
