package standin

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/pattern"
)

var shaPattern = pattern.New(`^[0-9a-f]{40}$`)

// Sizes of the contents API in bytes.
const (
	maxInline = 1 << 20
	maxRaw    = 100 << 20
)

// contents answers GET /repos/{owner}/{repo}/contents/{path}.
func (s *Server) contents(c *call) (int, any, error) {
	ref := cmp.Or(c.URL.Query().Get("ref"), c.repo.defaultBranch)
	name := strings.Trim(c.PathValue("path"), "/")
	commit, err := git(c.Context(), c.repo.dir, "rev-parse", "--verify", "--quiet", "--end-of-options", ref+"^{commit}")
	if err != nil {
		return 0, nil, &apiError{status: http.StatusNotFound, message: "No commit found for the ref " + ref}
	}
	out, err := git(c.Context(), c.repo.dir, "ls-tree", "-l", "-z", commit, "--", name+map[bool]string{true: ".", false: ""}[name == ""])
	if err != nil {
		return 0, nil, err
	}
	entries := parseTree(out)
	if len(entries) == 1 && entries[0]["type"] == "dir" || name == "" {
		out, err := git(c.Context(), c.repo.dir, "ls-tree", "-l", "-z", commit+":"+name)
		if err != nil {
			return 0, nil, err
		}
		return http.StatusOK, inDirectory(name, parseTree(out)), nil
	}
	if len(entries) != 1 {
		return 0, nil, errNotFound
	}
	return s.file(c, entries[0])
}

func parseTree(out string) []object {
	entries := []object{}
	for _, record := range strings.Split(strings.TrimSuffix(out, "\x00"), "\x00") {
		head, name, ok := strings.Cut(record, "\t")
		fields := strings.Fields(head)
		if !ok || len(fields) != 4 {
			continue
		}
		size, _ := strconv.Atoi(fields[3]) // "-" of a directory is 0
		kind := map[string]string{"tree": "dir", "blob": "file", "commit": "file"}[fields[1]]
		entries = append(entries, object{"type": kind, "name": path.Base(name), "path": name, "sha": fields[2], "size": size})
	}
	return entries
}

func inDirectory(dir string, entries []object) []object {
	for _, e := range entries {
		e["path"] = path.Join(dir, e["path"].(string))
	}
	return entries[:min(len(entries), 1000)]
}

func (s *Server) file(c *call, e object) (int, any, error) {
	size := e["size"].(int)
	asRaw := strings.Contains(c.Header.Get("Accept"), "raw")
	if size > maxRaw || size > maxInline && !asRaw && !strings.Contains(c.Header.Get("Accept"), "object") {
		return 0, nil, &apiError{status: http.StatusForbidden, message: "This API returns blobs up to 1 MB in size. The requested blob is too large to fetch via the API."}
	}
	content, err := blob(c.Context(), c.repo.dir, e["sha"].(string))
	if err != nil {
		return 0, nil, err
	}
	if asRaw {
		c.reply.Set("Content-Type", "application/vnd.github.raw+json; charset=utf-8")
		return http.StatusOK, raw(content), nil
	}
	e["encoding"], e["content"] = "base64", base64.StdEncoding.EncodeToString(content)
	if size > maxInline {
		e["encoding"], e["content"] = "none", ""
	}
	return http.StatusOK, e, nil
}
