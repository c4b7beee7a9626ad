package standin

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// call is one API request, authenticated and with its repository looked up.
// Handlers run under the server's lock.
type call struct {
	*http.Request
	grant *grant      // nil for requests that an App makes for itself
	repo  *repository // nil where the path names none
	body  object      // nil where there is none
	reply http.Header
}

// object is a JSON object as decoded or as to be sent.
type object = map[string]any

// raw is an answer that is no JSON.
type raw []byte

type handler func(c *call) (status int, body any, err error)

// apiError is an answer in GitHub's form for errors.
type apiError struct {
	status  int
	message string
	errors  []object
	header  http.Header
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s", e.status, e.message) }

var errNotFound = &apiError{status: http.StatusNotFound, message: "Not Found"}

// invalid is the answer of GitHub's schema stage.
func invalid(format string, args ...any) *apiError {
	return &apiError{status: http.StatusUnprocessableEntity, message: "Invalid request.\n\n" + fmt.Sprintf(format, args...)}
}

// refused is the answer of GitHub's own validation, after the schema.
func refused(e object) *apiError {
	return &apiError{status: http.StatusUnprocessableEntity, message: "Validation Failed", errors: []object{e}}
}

func writeError(w http.ResponseWriter, r *http.Request, err error) {
	var e *apiError
	if !errors.As(err, &e) {
		e = &apiError{status: http.StatusInternalServerError, message: err.Error()}
	}
	for k, v := range e.header {
		w.Header()[k] = v
	}
	body := object{"message": e.message, "documentation_url": "https://docs.github.com/rest", "status": strconv.Itoa(e.status)}
	if e.errors != nil {
		body["errors"] = e.errors
	}
	if isSecondary(e.message) {
		body["documentation_url"] = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"
	}
	writeJSON(w, r, e.status, body)
}

func writeJSON(w http.ResponseWriter, r *http.Request, status int, body any) {
	content, isRaw := body.(raw)
	if !isRaw {
		var err error
		if content, err = json.Marshal(body); err != nil {
			panic(err) // a defect of this package
		}
	}
	h := w.Header()
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/json; charset=utf-8")
	}
	if status == http.StatusOK && r.Method == http.MethodGet {
		sum := sha256.Sum256(content)
		etag := `W/"` + hex.EncodeToString(sum[:]) + `"`
		h.Set("ETag", etag)
		if r.Header.Get("If-None-Match") == etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.WriteHeader(status)
	if status != http.StatusNoContent {
		// The client may be gone; that is its right.
		_, _ = w.Write(content)
	}
}

// maxBody is far over what the API takes.
const maxBody = 4 << 20

func readBody(r *http.Request) (object, error) {
	content, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, &apiError{status: http.StatusBadRequest, message: "Problems reading body"}
	}
	if len(content) > maxBody {
		return nil, &apiError{status: http.StatusRequestEntityTooLarge, message: "Payload too large"}
	}
	if text := strings.TrimSpace(string(content)); text == "" || text == "null" {
		return object{}, nil
	}
	var body any
	if err := json.Unmarshal(content, &body); err != nil {
		return nil, &apiError{status: http.StatusBadRequest, message: "Problems parsing JSON"}
	}
	m, ok := body.(object)
	if !ok {
		return nil, &apiError{status: http.StatusBadRequest, message: "Body should be a JSON object"}
	}
	return m, nil
}

// page cuts a list as GitHub pages it and sets the Link header.
func page[T any](c *call, all []T) []T {
	size, number := 30, 1
	if n, err := strconv.Atoi(c.URL.Query().Get("per_page")); err == nil && n > 0 {
		size = min(n, 100)
	}
	if n, err := strconv.Atoi(c.URL.Query().Get("page")); err == nil && n > 0 {
		number = n
	}
	from := min((number-1)*size, len(all))
	to := min(from+size, len(all))
	if to < len(all) {
		q := c.URL.Query()
		q.Set("page", strconv.Itoa(number+1))
		c.reply.Set("Link", fmt.Sprintf(`<http://%s%s?%s>; rel="next"`, c.Host, c.URL.Path, q.Encode()))
	}
	return all[from:to]
}

// number is a path's numeric part, 0 when it is none.
func (c *call) number(name string) int64 {
	n, err := strconv.ParseInt(c.PathValue(name), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
