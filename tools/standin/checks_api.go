package standin

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"
)

func (s *Server) createRun(c *call) (int, any, error) {
	if err := createRunSchema.check("", c.body); err != nil {
		return 0, nil, err
	}
	sha := text(c.body, "head_sha")
	if !shaPattern.MatchString(sha) {
		return 0, nil, invalid("%q does not match /^[0-9a-f]{40}$/.", sha)
	}
	if _, err := git(c.Context(), c.repo.dir, "cat-file", "-e", sha+"^{commit}"); err != nil {
		return 0, nil, &apiError{status: http.StatusUnprocessableEntity, message: "No commit found for SHA: " + sha}
	}
	run := &checkRun{CheckRun: CheckRun{HeadSHA: sha, Status: "queued", Started: s.opts.Now()}}
	if err := run.apply(c.body, s.opts.Now()); err != nil {
		return 0, nil, err
	}
	run.ID, run.suite = s.nextID(), s.suiteOf(c.repo, sha)
	c.repo.runs = append(c.repo.runs, run)
	c.repo.dropOldRuns(run)
	return http.StatusCreated, s.runJSON(c.repo, run, c.Host), nil
}

func (s *Server) suiteOf(r *repository, sha string) *suite {
	for _, u := range r.suites {
		if u.sha == sha {
			return u
		}
	}
	u := &suite{id: s.nextID(), sha: sha}
	r.suites = append(r.suites, u)
	return u
}

func (r *repository) dropOldRuns(of *checkRun) {
	same := func(run *checkRun) bool { return run.suite == of.suite && run.Name == of.Name }
	n := 0
	for _, run := range r.runs {
		if same(run) {
			n++
		}
	}
	for i := 0; n > maxRunsOfAName; i++ {
		if same(r.runs[i]) {
			r.runs = slices.Delete(r.runs, i, i+1)
			n--
			i--
		}
	}
}

func (s *Server) updateRun(c *call) (int, any, error) {
	run := c.repo.run(c.number("id"))
	if run == nil {
		return 0, nil, errNotFound
	}
	if err := updateRunSchema.check("", c.body); err != nil {
		return 0, nil, err
	}
	changed := *run
	if err := changed.apply(c.body, s.opts.Now()); err != nil {
		return 0, nil, err
	}
	changed.Updates++
	*run = changed
	return http.StatusOK, s.runJSON(c.repo, run, c.Host), nil
}

// apply sets what a request gives; nothing of it when it is refused.
func (run *checkRun) apply(body object, now time.Time) error {
	_, completed := body["completed_at"]
	if (completed || text(body, "status") == "completed") && body["conclusion"] == nil && run.Conclusion == "" {
		return invalid("%q wasn't supplied.", "conclusion")
	}
	if text(body, "conclusion") == "stale" {
		return refused(object{"resource": "CheckRun", "code": "invalid", "field": "conclusion"})
	}
	run.Name = cmp.Or(text(body, "name"), run.Name)
	run.ExternalID = cmp.Or(text(body, "external_id"), run.ExternalID)
	run.DetailsURL = cmp.Or(text(body, "details_url"), run.DetailsURL)
	run.Status = cmp.Or(text(body, "status"), run.Status)
	if c := text(body, "conclusion"); c != "" {
		run.Conclusion, run.Status, run.Completed = c, "completed", now.Truncate(time.Second)
		if at, err := time.Parse(time.RFC3339, text(body, "completed_at")); err == nil {
			run.Completed = at
		}
	} else if run.Status != "completed" {
		run.Conclusion, run.Completed = "", time.Time{} // a check run can be opened again
	}
	if list, ok := body["actions"].([]any); ok {
		run.Actions = nil
		for _, item := range list {
			run.Actions = append(run.Actions, text(item.(object), "identifier")) // the schema was checked
		}
	}
	output, ok := body["output"].(object)
	if !ok {
		return nil
	}
	if err := checkBytes(output); err != nil {
		return err
	}
	run.Title = cmp.Or(text(output, "title"), run.Title)
	run.Summary = text(output, "summary")
	run.Text = cmp.Or(text(output, "text"), run.Text)
	return run.annotate(output)
}

// checkBytes is the second stage: the schema counts characters, the database
// bytes.
func checkBytes(output object) error {
	for _, name := range []string{"summary", "text"} {
		if len(text(output, name)) > 65535 {
			return refused(object{"resource": "CheckRun", "code": "custom", "field": name,
				"message": name + " exceeds a maximum bytesize of 65535"})
		}
	}
	return nil
}

// annotate appends annotations. One bad one has the request refused, and GitHub
// does not say which.
func (run *checkRun) annotate(output object) error {
	list, _ := output["annotations"].([]any)
	added := slices.Clone(run.Annotations)
	for _, item := range list {
		m := item.(object) // the schema was checked
		a := Annotation{
			Path: text(m, "path"), StartLine: integer(m, "start_line"), EndLine: integer(m, "end_line"),
			StartColumn: integer(m, "start_column"), EndColumn: integer(m, "end_column"),
			Level: text(m, "annotation_level"), Message: text(m, "message"), Title: text(m, "title"), Details: text(m, "raw_details"),
		}
		_, from := m["start_column"]
		_, to := m["end_column"]
		columns := from == to && (!from || a.StartLine == a.EndLine)
		if a.Path == "" || a.StartLine < 1 || a.EndLine < a.StartLine || !columns ||
			len([]rune(a.Title)) > 255 || len(a.Message) > 64<<10 || len(a.Details) > 64<<10 || a.Message == "" {
			return refused(object{"resource": "CheckRun", "code": "invalid", "field": "annotations"})
		}
		added = append(added, a)
	}
	run.Annotations = added
	return nil
}

func (s *Server) readRun(c *call) (int, any, error) {
	run := c.repo.run(c.number("id"))
	if run == nil {
		return 0, nil, errNotFound
	}
	return http.StatusOK, s.runJSON(c.repo, run, c.Host), nil
}

func (s *Server) listRuns(c *call) (int, any, error) {
	q := c.URL.Query()
	newest := map[string]bool{}
	list := []object{}
	for _, run := range slices.Backward(c.repo.runs) {
		if run.HeadSHA != c.PathValue("ref") || q.Get("check_name") != "" && q.Get("check_name") != run.Name ||
			q.Get("status") != "" && q.Get("status") != run.Status || q.Get("app_id") != "" && q.Get("app_id") != strconv.FormatInt(s.opts.AppID, 10) {
			continue
		}
		if cmp.Or(q.Get("filter"), "latest") == "latest" {
			if newest[run.Name] {
				continue
			}
			newest[run.Name] = true
		}
		list = append(list, s.runJSON(c.repo, run, c.Host))
	}
	return http.StatusOK, object{"total_count": len(list), "check_runs": page(c, list)}, nil
}

func (s *Server) listAnnotations(c *call) (int, any, error) {
	run := c.repo.run(c.number("id"))
	if run == nil {
		return 0, nil, errNotFound
	}
	list := []object{}
	for _, a := range run.Annotations {
		o := object{"path": a.Path, "start_line": a.StartLine, "end_line": a.EndLine, "annotation_level": a.Level,
			"message": a.Message, "title": a.Title, "raw_details": a.Details, "start_column": nil, "end_column": nil}
		if a.StartColumn != 0 {
			o["start_column"], o["end_column"] = a.StartColumn, a.EndColumn
		}
		list = append(list, o)
	}
	return http.StatusOK, page(c, list), nil
}
