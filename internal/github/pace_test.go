package github

import (
	"testing"
	"time"
)

func TestPointsAreSpentByABudget(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	p := &pacer{limited: true}
	for range 100 {
		p.spend(1, 5, now)
	}
	p.spend(1, 200, now.Add(20*time.Second))
	later := now.Add(30 * time.Second)
	for _, c := range []struct {
		what          string
		installation  int64
		points, share int
		at            time.Time
	}{
		{"there is room", 1, 100, 1, time.Time{}},
		{"there is none until the first are a minute old", 1, 300, 1, now.Add(time.Minute)},
		{"replicas share it", 1, 15, 2, now.Add(time.Minute)},
		{"nor until the second are", 1, 700, 1, now.Add(80 * time.Second)},
		{"another installation has its own", 2, 700, 1, time.Time{}},
	} {
		p.share = c.share
		if got := p.room(c.installation, c.points, startBudget+100, later); !got.Equal(c.at) {
			t.Errorf("%s: at %s, want %s", c.what, got, c.at)
		}
	}
	p.limited = false
	if got := p.room(1, 1000, budget, later); !got.IsZero() {
		t.Errorf("where GitHub has no limit it waits until %s", got)
	}
}
