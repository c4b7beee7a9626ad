package github

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	gh "github.com/google/go-github/v60/github"
)

// Sent is one try of GitHub's at delivering an event to the App.
type Sent struct {
	ID     int64
	GUID   string // the Delivery's ID, the same in every try
	At     time.Time
	Event  string
	Status int // what the App answered; 0 where it did not
}

// maxSentPages bounds a look at what was sent, a hundred a page.
const maxSentPages = 10

// Sent lists what GitHub tried to deliver since a time, the newest first, as far as
// it remembers: three days, in old versions of GitHub Enterprise Server more.
func (a *App) Sent(ctx context.Context, since time.Time) ([]Sent, error) {
	client := a.client(&http.Client{Transport: a.jwt()})
	var out []Sent
	opts := &gh.ListCursorOptions{PerPage: perPage}
	for range maxSentPages {
		list, err := call(ctx, a, request{what: "list the deliveries", repeat: true}, func(ctx context.Context) ([]*gh.HookDelivery, *gh.Response, error) {
			list, resp, err := client.Apps.ListHookDeliveries(ctx, opts)
			if err == nil {
				opts.Cursor = resp.Cursor
			}
			return list, resp, err
		})
		if err != nil {
			return nil, err
		}
		for _, d := range list {
			if d.GetDeliveredAt().Before(since) {
				return out, nil
			}
			out = append(out, Sent{ID: d.GetID(), GUID: d.GetGUID(), At: d.GetDeliveredAt().Time, Event: d.GetEvent(), Status: d.GetStatusCode()})
		}
		if opts.Cursor == "" {
			break
		}
	}
	return out, nil
}

// Redeliver asks GitHub to deliver once more what it tried to.
func (a *App) Redeliver(ctx context.Context, id int64) error {
	client := a.client(&http.Client{Transport: a.jwt()})
	_, err := call(ctx, a, request{what: "ask for a redelivery", repeat: true}, func(ctx context.Context) (struct{}, *gh.Response, error) {
		req, err := client.NewRequest(http.MethodPost, "app/hook/deliveries/"+strconv.FormatInt(id, 10)+"/attempts", nil)
		if err != nil {
			return struct{}{}, nil, err
		}
		resp, err := client.Do(ctx, req, nil)
		if accepted := new(gh.AcceptedError); errors.As(err, &accepted) {
			err = nil
		}
		return struct{}{}, resp, err
	})
	return err
}

// Handles reports whether something is done with an event of the name.
func Handles(event string) bool {
	_, ok := shapes[event]
	return ok
}
