package job

import (
	"context"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seaworthy-dev/seaworthy/internal/review"
	"github.com/seaworthy-dev/seaworthy/internal/store"
)

// Metrics counts what the queue does.
type Metrics struct {
	deliveries *prometheus.CounterVec
	reviews    *prometheus.CounterVec
	seconds    prometheus.Histogram
	targets    *prometheus.CounterVec
	requests   *prometheus.CounterVec
	panics     *prometheus.CounterVec
	sweeps     *prometheus.CounterVec
	points     prometheus.Counter
}

// NewMetrics registers the queue's metrics.
func NewMetrics(to prometheus.Registerer, s *store.Store) *Metrics {
	m := &Metrics{
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "seaworthy_deliveries_total",
			Help: "Webhook deliveries by event and by what was done with them."}, []string{"event", "result"}),
		reviews: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "seaworthy_reviews_total",
			Help: "Attempts at reviews by how they ended: the check run's conclusion, superseded, queued (tried again) or failed."}, []string{"conclusion"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "seaworthy_review_seconds",
			Help: "Time from a review's start to its published check run.", Buckets: []float64{.25, .5, 1, 2, 5, 10, 30, 60, 120, 300, 600}}),
		targets: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "seaworthy_targets_total",
			Help: "Targets by whether they were rendered or reused."}, []string{"how"}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "seaworthy_github_requests_total",
			Help: "Requests to GitHub's API by the status of the answer; none is no answer."}, []string{"status"}),
		panics: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "seaworthy_panics_total",
			Help: "Panics that were recovered from, by where: a kind of task in the sandbox, a check, schema, a review, a command."}, []string{"where"}),
		sweeps: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "seaworthy_sweep_failures_total",
			Help: "Rounds of looking after the store that failed, by what they were at."}, []string{"sweep"}),
	}
	m.points = prometheus.NewCounter(prometheus.CounterOpts{Name: "seaworthy_github_points_total",
		Help: "What requests to GitHub's API cost of its limits by the minute: reading 1, writing 5, and nothing where nothing has changed."})
	to.MustRegister(m.deliveries, m.reviews, m.seconds, m.targets, m.requests, m.panics, m.sweeps, m.points, depth{s})
	return m
}

// knownEvents bounds the label: the event's name is not signed.
var knownEvents = map[string]bool{"ping": true, "pull_request": true, "issue_comment": true, "check_run": true, "check_suite": true,
	"installation": true, "installation_repositories": true, "merge_group": true, "push": true, "repository": true}

func (m *Metrics) delivered(event, result string) {
	if !knownEvents[event] {
		event = "other"
	}
	m.deliveries.WithLabelValues(event, result).Inc()
}

// Refused counts a delivery that was not taken.
func (m *Metrics) Refused(status int) {
	m.deliveries.WithLabelValues("refused", strconv.Itoa(status)).Inc()
}

// Requested counts a request to GitHub's API; it is for github.Config.Observe.
func (m *Metrics) Requested(status, points int) {
	m.points.Add(float64(points))
	label := "none"
	if status != 0 {
		label = strconv.Itoa(status)
	}
	m.requests.WithLabelValues(label).Inc()
}

func (m *Metrics) reviewed(r *store.Review, made *review.Report, took time.Duration) {
	label := string(r.State)
	if r.State == store.Done {
		label = r.Conclusion
		m.seconds.Observe(took.Seconds())
	}
	m.reviews.WithLabelValues(label).Inc()
	if made != nil {
		m.targets.WithLabelValues("rendered").Add(float64(made.Stats.Rendered))
		m.targets.WithLabelValues("reused").Add(float64(made.Stats.Reused))
	}
}

var (
	queueDepth = prometheus.NewDesc("seaworthy_queue_reviews", "Reviews that are queued or running.", []string{"state"}, nil)
	queueAge   = prometheus.NewDesc("seaworthy_queue_oldest_seconds", "For how long the oldest queued review has waited, whatever for.", nil, nil)
	waiting    = prometheus.NewDesc("seaworthy_waiting", "Reviews and commands that wait, by what for: a worker, GitHub's limit, another try, a permission.", []string{"kind", "reason"}, nil)
	waitingAge = prometheus.NewDesc("seaworthy_waiting_oldest_seconds", "For how long the oldest of them has waited.", []string{"kind", "reason"}, nil)
	tenants    = prometheus.NewDesc("seaworthy_installation_waiting", "Reviews and commands that wait, of the twenty installations that wait longest.", []string{"installation"}, nil)
	tenantsAge = prometheus.NewDesc("seaworthy_installation_waiting_oldest_seconds", "For how long the oldest of them has waited.", []string{"installation"}, nil)
)

// depth asks the store when it is scraped.
type depth struct{ store *store.Store }

// Describe is prometheus.Collector's.
func (depth) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{queueDepth, queueAge, waiting, waitingAge, tenants, tenantsAge} {
		to <- d
	}
}

// Collect is prometheus.Collector's.
func (d depth) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	now, err := d.store.Depth(ctx)
	if err != nil {
		to <- prometheus.NewInvalidMetric(queueDepth, err)
		return
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(queueDepth, float64(now.Queued), "queued")
	gauge(queueDepth, float64(now.Running), "running")
	gauge(queueAge, now.Oldest.Seconds())
	for _, w := range now.Waiting {
		gauge(waiting, float64(w.Count), w.Kind, w.Reason)
		gauge(waitingAge, w.Oldest.Seconds(), w.Kind, w.Reason)
	}
	for _, w := range now.Tenants {
		id := strconv.FormatInt(w.Tenant, 10)
		gauge(tenants, float64(w.Count), id)
		gauge(tenantsAge, w.Oldest.Seconds(), id)
	}
}
