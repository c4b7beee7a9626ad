package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/seaworthy-dev/seaworthy/tools/standin"
)

// TestABurstWithFaultsAndKills: deliveries in one burst, a fault in a tenth of the
// requests to GitHub, and processes that are killed. Each open head ends with one
// completed check run of its last attempt, the newest, and no fault ends a review. The
// number of deliveries is SEAWORTHY_TEST_BURST; 2000 of them meet ten kills. On
// PostgreSQL there are two replicas.
func TestABurstWithFaultsAndKills(t *testing.T) {
	deliveries, err := strconv.Atoi(cmp.Or(os.Getenv("SEAWORTHY_TEST_BURST"), "120"))
	if err != nil {
		t.Fatal(err)
	}
	pulls, kills := max(4, deliveries/32), deliveries/200
	w := newWorld(t, func(o *standin.Options) { o.NoLimits = true })
	branches := w.manyBranches(pulls)
	opened, err := w.OpenPulls(t.Context(), "acme/shop", branches)
	w.ok(err)
	b := &burst{world: w, random: rand.New(rand.NewPCG(7, 0))}
	b.spawnAll()
	w.Chaos(b.fault)
	start := time.Now()
	sent := pool.New().WithMaxGoroutines(64)
	for i := range deliveries {
		sent.Go(func() { b.send(opened[i%pulls], fmt.Sprintf("%s-%d", opened[i%pulls].ID, i)) })
	}
	for i := range kills {
		w.until("some reviews are done", func() bool { return w.Count(http.MethodPatch, `/check-runs/`) > (i+1)*pulls/(kills+2) })
		b.kill(i)
	}
	sent.Wait()
	t.Logf("%d deliveries are taken after %s", deliveries, time.Since(start))
	wrong := ""
	for late := time.Now().Add(10 * time.Minute); ; {
		next := w.Answered()
		if wrong = b.wrong(branches); wrong == "" {
			break
		}
		if strings.Contains(wrong, "action_required") {
			late = time.Time{} // it stays so
		}
		if time.Now().After(late) {
			for _, p := range b.all {
				t.Log(p.errors.text())
			}
			t.Fatal(wrong)
		}
		select {
		case <-next:
		case <-time.After(time.Second):
		}
	}
	t.Logf("%d pull requests, %d kills, %d faults in %d requests: done after %s", pulls, kills, b.faults, len(w.Requests()), time.Since(start))
	w.Chaos(nil)
}

type burst struct {
	*world
	mu     sync.Mutex
	random *rand.Rand
	faults int
	apps   []*process
	all    []*process // also those that were killed
}

func (b *burst) spawnAll() {
	replicas := 1
	if b.database != "" {
		replicas = 2
	}
	for range replicas {
		b.data = b.t.TempDir()
		b.apps = append(b.apps, b.spawn())
	}
	b.all = slices.Clone(b.apps)
}

// kill is -9, and another process in its place.
func (b *burst) kill(i int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i %= len(b.apps)
	b.apps[i].kill()
	b.apps[i] = b.spawn()
	b.all = append(b.all, b.apps[i])
}

// send delivers as GitHub does when it is asked to until it is taken.
func (b *burst) send(d standin.Delivery, id string) {
	for n := 0; ; n++ {
		b.mu.Lock()
		to := b.apps[n%len(b.apps)].url
		b.mu.Unlock()
		b.SetWebhookURL(to + "/webhook")
		if err := b.again(d, id); err == nil {
			return
		}
		time.Sleep(50 * time.Millisecond) // somebody else's process starts
	}
}

// fault is one of those that pass, for a tenth of the requests.
func (b *burst) fault(method, path string) *standin.Fault {
	if b.random.IntN(10) != 0 {
		return nil
	}
	b.faults++
	faults := []standin.Fault{{Status: 502}, {Status: 503}, {Drop: true}, {DropAfter: true}}
	if !strings.Contains(path, ".git/") {
		faults = append(faults, standin.Fault{Status: 404}, standin.Fault{Status: 409}, standin.Fault{Status: 401}, standin.Fault{Status: 403})
		if method == http.MethodPost && strings.HasSuffix(path, "/check-runs") {
			faults = append(faults, standin.Fault{Status: 422, Body: `{"message":"No commit found for SHA: x"}`})
		}
	}
	f := faults[b.random.IntN(len(faults))]
	return &f
}

// wrong says what is not as it should be yet; "" is nothing.
func (b *burst) wrong(branches []string) string {
	all := map[string][]standin.CheckRun{}
	for _, r := range b.runs("") {
		all[r.HeadSHA] = append(all[r.HeadSHA], r)
	}
	heads := strings.Fields(b.git(append([]string{"rev-parse"}, branches...)...))
	for i, head := range heads {
		runs := all[head]
		if len(runs) != 1 || runs[0].Status != "completed" || runs[0].Conclusion != "success" {
			said := slices.Collect(func(yield func(string) bool) {
				for _, r := range runs {
					if !yield(r.ExternalID + " " + r.Status + " " + r.Conclusion + " " + r.Title) {
						return
					}
				}
			})
			return fmt.Sprintf("#%d has %q", i+1, said)
		}
	}
	return ""
}
