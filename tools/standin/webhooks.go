package standin

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// Delivery is one event that was sent, or kept when there is no webhook URL.
type Delivery struct {
	ID      string // X-GitHub-Delivery; a redelivery has the same
	Event   string
	Action  string
	Payload []byte // the JSON
	Status  int    // what the App answered, 0 when it did not in time
	Tries   int
	Answers []int     // to each of the tries, as Status
	At      time.Time // of the last try
}

// hookTimeout is how long GitHub waits for an App's answer.
const hookTimeout = 10 * time.Second

// eventHost stands in the URLs of events, which arrive without a request of
// ours.
const eventHost = "github.test"

// Deliveries are all events so far, in order.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Delivery, 0, len(s.deliveries))
	for _, d := range s.deliveries {
		one := *d
		one.Answers = slices.Clone(d.Answers)
		out = append(out, one)
	}
	return out
}

// Redeliver sends an event once more, with its old id.
func (s *Server) Redeliver(ctx context.Context, id string) error {
	s.mu.Lock()
	var d *Delivery
	if i := slices.IndexFunc(s.deliveries, func(d *Delivery) bool { return d.ID == id }); i >= 0 {
		d = s.deliveries[i]
	}
	s.mu.Unlock()
	if d == nil {
		return errors.New("standin: no such delivery")
	}
	s.deliver(ctx, d)
	return nil
}

// listDeliveries answers GET /app/hook/deliveries, the newest first. Of a delivery that
// was tried more than once it lists the last try only.
func (s *Server) listDeliveries(c *call) (int, any, error) {
	from, _ := strconv.Atoi(c.URL.Query().Get("cursor")) // 0 where there is none
	size, err := strconv.Atoi(c.URL.Query().Get("per_page"))
	if err != nil || size < 1 || size > 100 {
		size = 30
	}
	all := slices.Clone(s.deliveries)
	slices.Reverse(all)
	list := []object{}
	for i := from; i < len(all); i++ {
		if len(list) == size {
			c.reply.Set("Link", fmt.Sprintf(`<http://%s%s?per_page=%d&cursor=%d>; rel="next"`, c.Host, c.URL.Path, size, i))
			break
		}
		d := all[i]
		if d.Tries == 0 {
			continue // it is under way, or nobody is told
		}
		status := "OK"
		if d.Status < 200 || d.Status > 299 {
			status = "failed to connect to host"
		}
		list = append(list, object{"id": len(all) - i, "guid": d.ID, "delivered_at": stamp(d.At), "redelivery": d.Tries > 1, "duration": 0.1,
			"status": status, "status_code": d.Status, "event": d.Event, "action": d.Action, "installation_id": nil, "repository_id": nil})
	}
	return http.StatusOK, list, nil
}

// attemptDelivery answers POST /app/hook/deliveries/{id}/attempts.
func (s *Server) attemptDelivery(c *call) (int, any, error) {
	i := int(c.number("id")) - 1
	if i < 0 || i >= len(s.deliveries) {
		return 0, nil, errNotFound
	}
	d := s.deliveries[i]
	go s.deliver(context.WithoutCancel(c.Context()), d)
	return http.StatusAccepted, object{}, nil
}

// Replay sends a copy of an event, under whatever id it has now, and gives what
// the App answered, 0 when it did not in time.
func (s *Server) Replay(ctx context.Context, d Delivery) (status int, err error) {
	s.mu.Lock()
	to := s.webhookURL
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, hookTimeout)
	defer cancel()
	req, err := s.hookRequest(ctx, to, &d)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil
	}
	io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	resp.Body.Close()
	return resp.StatusCode, nil
}

// Send makes and sends any event; the payload gets repository, installation and
// sender.
func (s *Server) Send(ctx context.Context, event, repo, sender string, payload map[string]any) error {
	s.mu.Lock()
	r, err := s.repo(repo)
	if err != nil {
		s.mu.Unlock()
		return err
	}
	full := s.complete(r, payload, sender)
	s.mu.Unlock()
	s.send(ctx, event, full)
	return nil
}

// complete adds what each event has; the caller holds the lock, or nobody else
// changes the repository.
func (s *Server) complete(r *repository, event object, sender string) object {
	event["repository"] = r.json(eventHost)
	event["installation"] = object{"id": r.installation.id}
	event["sender"] = user(sender)
	return event
}

func (s *Server) pullEvent(r *repository, p *pull, action, sender string) object {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.complete(r, object{"action": action, "number": p.number, "pull_request": p.json(r, eventHost)}, sender)
}

// send delivers an event and waits for the App's answer, so that a test knows
// that it arrived. As at GitHub a failure is nobody's error: it is noted in the
// Delivery.
func (s *Server) send(ctx context.Context, event string, payload object) {
	s.deliver(ctx, s.delivery(event, payload))
}

// delivery notes an event that is about to be sent.
func (s *Server) delivery(event string, payload object) *Delivery {
	content, err := json.Marshal(payload)
	if err != nil {
		panic(err) // a defect of this package
	}
	b := make([]byte, 16)
	rand.Read(b)
	d := &Delivery{ID: fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), Event: event, Action: text(payload, "action"), Payload: content, At: s.opts.Now()}
	s.mu.Lock()
	s.deliveries = append(s.deliveries, d)
	s.mu.Unlock()
	return d
}

func (s *Server) deliver(ctx context.Context, d *Delivery) {
	s.mu.Lock()
	to := s.webhookURL
	s.mu.Unlock()
	if to == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, hookTimeout)
	defer cancel()
	status := 0
	if req, err := s.hookRequest(ctx, to, d); err == nil {
		if resp, err := http.DefaultClient.Do(req); err == nil {
			io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
			resp.Body.Close()
			status = resp.StatusCode
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d.Status, d.At = status, s.opts.Now()
	d.Tries++
	d.Answers = append(d.Answers, status)
}

func (s *Server) hookRequest(ctx context.Context, to string, d *Delivery) (*http.Request, error) {
	body, kind := d.Payload, "application/json"
	if s.opts.WebhookForm {
		body, kind = []byte(url.Values{"payload": {string(body)}}.Encode()), "application/x-www-form-urlencoded"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, []byte(s.opts.WebhookSecret))
	mac.Write(body)
	for k, v := range map[string]string{
		"Content-Type": kind, "User-Agent": "GitHub-Hookshot/0000000",
		"X-GitHub-Event": d.Event, "X-GitHub-Delivery": d.ID, "X-GitHub-Hook-ID": "1",
		"X-GitHub-Hook-Installation-Target-Type": "integration", "X-GitHub-Hook-Installation-Target-ID": fmt.Sprint(s.opts.AppID),
		"X-Hub-Signature-256": "sha256=" + hex.EncodeToString(mac.Sum(nil)),
	} {
		req.Header.Set(k, v)
	}
	return req, nil
}
