package github

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// GitHub takes 900 points of requests a minute from an installation, and may stop one
// that goes on over it. These points are spent by a budget that stays below, which
// replicas share. Where GitHub sends no headers of a limit, as GitHub Enterprise Server
// by default, there is no budget.
const (
	// budget is for all requests; reviews that have not begun leave some of it to those
	// that have.
	budget      = 850
	startBudget = 700
	paceWindow  = time.Minute
	// maxPace is how long a request waits for its points; a longer wait is the caller's.
	maxPace = 5 * time.Second
)

// pointsOf is what a request costs by GitHub's rules.
func pointsOf(r *http.Request) int {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return 1
	}
	return 5
}

// pacer knows what was spent in the last minute, by installation and second.
type pacer struct {
	mu      sync.Mutex
	limited bool // GitHub sends headers of a limit
	share   int  // replicas that share the budget; 0 is one
	spent   map[int64]*[60]tick
}

type tick struct {
	second int64
	points int
}

// Share says how many replicas share the budget.
func (a *App) Share(replicas int) {
	a.pacer.mu.Lock()
	defer a.pacer.mu.Unlock()
	a.pacer.share = replicas
}

// Room is when an installation has room for something that costs so many points; zero
// is now.
func (a *App) Room(installation int64, points int) time.Time {
	if until := a.pausedUntil(installation); !until.IsZero() {
		return until
	}
	return a.pacer.room(installation, points, startBudget, time.Now())
}

// room finds when the points are free.
func (p *pacer) room(installation int64, points, of int, now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.limited {
		return time.Time{}
	}
	of /= max(1, p.share)
	ticks := p.spent[installation]
	if ticks == nil {
		return time.Time{}
	}
	from := now.Add(-paceWindow).Unix()
	sum := points
	for _, t := range ticks {
		if t.second > from {
			sum += t.points
		}
	}
	for second := from + 1; sum > of && second <= now.Unix(); second++ { // the oldest are free first
		t := ticks[second%60]
		if t.second == second {
			sum -= t.points
		}
		if sum <= of {
			return time.Unix(second, 0).Add(paceWindow)
		}
	}
	return time.Time{}
}

func (p *pacer) spend(installation int64, points int, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.spent == nil {
		p.spent = map[int64]*[60]tick{}
	}
	ticks := p.spent[installation]
	if ticks == nil {
		ticks = new([60]tick)
		p.spent[installation] = ticks
	}
	t := &ticks[now.Unix()%60]
	if t.second != now.Unix() {
		*t = tick{second: now.Unix()}
	}
	t.points += points
}

// await waits for a request's points, or says when they are free.
func (a *App) await(ctx context.Context, installation int64, points int) error {
	for {
		at := a.pacer.room(installation, points, budget, time.Now())
		if at.IsZero() {
			a.pacer.spend(installation, points, time.Now())
			return nil
		}
		wait := time.Until(at)
		if wait > maxPace {
			return &RetryError{At: at}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(max(wait, time.Millisecond)):
		}
	}
}

// heard notes in an answer whether GitHub limits requests, and gives back the point of
// one that says that nothing has changed.
func (a *App) heard(installation int64, resp *http.Response) {
	if resp.Header.Get("X-Ratelimit-Limit") != "" {
		a.pacer.mu.Lock()
		a.pacer.limited = true
		a.pacer.mu.Unlock()
	}
	if resp.StatusCode == http.StatusNotModified {
		a.pacer.spend(installation, -1, time.Now())
	}
}
