package standin

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// GitHub's published limits for installations.
const (
	primaryLimit   = 5000 // requests an hour
	pointsAMinute  = 900
	contentAMinute = 80 // comments
)

// limits counts requests by the App. The caller of its methods holds the
// server's lock.
type limits struct {
	used      int
	reset     time.Time // of the primary limit
	exhausted time.Time // until then the primary limit is used up, as a test asked for
	secondary time.Time // until then the secondary limit holds, as a test asked for
	points    []spent
	created   []spent
}

type spent struct {
	at     time.Time
	points int
}

func newLimits() limits { return limits{} }

// ExhaustPrimary makes GitHub answer that the hourly limit is used up, until
// the duration has passed.
func (s *Server) ExhaustPrimary(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limits.exhausted = s.opts.Now().Add(d)
}

// TriggerSecondary makes GitHub answer that requests come too fast, with
// Retry-After, until the duration has passed.
func (s *Server) TriggerSecondary(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limits.secondary = s.opts.Now().Add(d)
}

// LiftLimits ends what ExhaustPrimary and TriggerSecondary began.
func (s *Server) LiftLimits() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limits = newLimits()
}

const secondaryMessage = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."

func isSecondary(message string) bool { return strings.Contains(message, "secondary rate limit") }

// admit counts a request, sets the headers, and refuses what is over a limit.
func (l *limits) admit(r *http.Request, now time.Time, h http.Header) error {
	if now.After(l.reset) {
		l.used, l.reset = 0, now.Add(time.Hour).Truncate(time.Second)
	}
	if now.Before(l.exhausted) {
		l.used, l.reset = primaryLimit, l.exhausted.Add(time.Second).Truncate(time.Second)
	}
	over := l.used >= primaryLimit
	if !over {
		l.used++
	}
	h.Set("X-Ratelimit-Limit", strconv.Itoa(primaryLimit))
	h.Set("X-Ratelimit-Remaining", strconv.Itoa(primaryLimit-l.used))
	h.Set("X-Ratelimit-Used", strconv.Itoa(l.used))
	h.Set("X-Ratelimit-Reset", strconv.FormatInt(l.reset.Unix(), 10))
	h.Set("X-Ratelimit-Resource", "core")
	if over {
		return &apiError{status: http.StatusForbidden, message: "API rate limit exceeded for installation."}
	}
	wait := l.secondary.Sub(now)
	if l.tooFast(r, now) {
		wait = time.Minute
	}
	if wait > 0 {
		seconds := int((wait + time.Second - 1) / time.Second)
		return &apiError{status: http.StatusForbidden, message: secondaryMessage,
			header: http.Header{"Retry-After": {strconv.Itoa(seconds)}}}
	}
	return nil
}

func (l *limits) tooFast(r *http.Request, now time.Time) bool {
	cost := 5
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		cost = 1
	}
	l.points = append(recent(l.points, now), spent{now, cost})
	if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/comments") {
		l.created = append(recent(l.created, now), spent{now, 1})
	}
	return sum(l.points) > pointsAMinute || sum(l.created) > contentAMinute
}

func recent(all []spent, now time.Time) []spent {
	return slices.DeleteFunc(all, func(s spent) bool { return now.Sub(s.at) > time.Minute })
}

func sum(all []spent) int {
	n := 0
	for _, s := range all {
		n += s.points
	}
	return n
}
