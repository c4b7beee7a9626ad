package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	gh "github.com/google/go-github/v60/github"
	"golang.org/x/oauth2"

	"github.com/seaworthy-dev/seaworthy/internal/fault"
)

// Users lets people say who they are, and asks GitHub what they may read: the
// App's sign-in, which gives tokens that can do no more than the App and the
// person both can.
type Users struct {
	app    *App
	id     string
	secret string
}

// User is somebody who signed in.
type User struct {
	Login   string
	Token   string
	Expires time.Time // of the token; zero where it does not expire
}

// ErrSignedOut: a user's token does not count any more.
var ErrSignedOut = errors.New("the user's token does not count any more")

// Users gives the App's sign-in, by its client id and secret.
func (a *App) Users(clientID, secret string) *Users { return &Users{a, clientID, secret} }

func (u *Users) config(callback string) *oauth2.Config {
	return &oauth2.Config{ClientID: u.id, ClientSecret: u.secret, RedirectURL: callback, Endpoint: oauth2.Endpoint{
		AuthURL: u.app.web.JoinPath("login", "oauth", "authorize").String(), TokenURL: u.app.web.JoinPath("login", "oauth", "access_token").String(),
		AuthStyle: oauth2.AuthStyleInParams}}
}

// Address is where a browser is sent to sign in; challenge is PKCE's, of the
// method S256.
func (u *Users) Address(state, challenge, callback string) string {
	return u.config(callback).AuthCodeURL(state, oauth2.SetAuthURLParam("code_challenge", challenge), oauth2.SetAuthURLParam("code_challenge_method", "S256"))
}

// Exchange makes a user of the code that the browser came back with.
func (u *Users) Exchange(ctx context.Context, code, verifier, callback string) (User, error) {
	const what = "exchange a sign-in's code"
	c := &http.Client{Transport: u.app.http, Timeout: requestTime, CheckRedirect: sameHost}
	token, err := u.config(callback).Exchange(context.WithValue(ctx, oauth2.HTTPClient, c), code, oauth2.VerifierOption(verifier))
	if err != nil {
		var answer *oauth2.RetrieveError
		if errors.As(err, &answer) {
			// Its text quotes the body; the code of the error says enough.
			return User{}, fault.New(fault.Operator, "GitHub does not accept the sign-in; is the client secret right?", fmt.Errorf("%s: GitHub answered %q", what, answer.ErrorCode))
		}
		return User{}, translate(ctx, what, err)
	}
	me, _, err := u.as(token.AccessToken).Users.Get(ctx, "")
	if err != nil {
		return User{}, translate(ctx, "ask who signed in", err)
	}
	return User{Login: me.GetLogin(), Token: token.AccessToken, Expires: token.Expiry}, nil
}

// MayRead reports whether a user's token reads a repository. What GitHub says in
// place of the repository, when the organisation wants more than a sign-in, is no.
func (u *Users) MayRead(ctx context.Context, token string, repository int64) (bool, error) {
	found, _, err := u.as(token).Repositories.GetByID(ctx, repository)
	var answer *gh.ErrorResponse
	if errors.As(err, &answer) && answer.Response != nil {
		switch answer.Response.StatusCode {
		case http.StatusUnauthorized:
			return false, ErrSignedOut
		case http.StatusForbidden, http.StatusNotFound, http.StatusUnavailableForLegalReasons:
			return false, nil
		}
	}
	if err != nil {
		return false, translate(ctx, "ask what a user may read", err)
	}
	return found.GetID() == repository, nil
}

// Revoke ends a user's token, as when somebody signs out.
func (u *Users) Revoke(ctx context.Context, token string) error {
	client := u.app.client(&http.Client{Transport: &gh.BasicAuthTransport{Username: u.id, Password: u.secret, Transport: u.app.http}})
	if _, err := client.Authorizations.Revoke(ctx, u.id, token); err != nil {
		return translate(ctx, "revoke a user's token", err)
	}
	return nil
}

// as is a client with a user's token.
func (u *Users) as(token string) *gh.Client {
	client := u.app.client(&http.Client{Transport: u.app.http})
	return client.WithAuthToken(token)
}
