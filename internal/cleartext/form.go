package cleartext

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/credential"
	"github.com/seaworthy-dev/seaworthy/internal/model"
)

const (
	// maxHere bounds how many files are looked at outside the sandbox.
	maxHere = 20
	// maxHereBytes bounds the size of these together, 256 KiB: some ten milliseconds.
	maxHereBytes = 256 << 10
)

// here looks at what is no YAML, such as a document, where no kustomization makes a
// Secret of it: there only forms count, by expressions that take no more time than the
// text is long, and nothing is parsed. So a change of documents starts no process. It
// gives the files that are left for the sandbox.
func (q Question) here(ctx context.Context) (found []model.ClearText, left []string, err error) {
	var files, ids []string
	for _, f := range q.Look {
		e, _, err := q.Tree.Resolve(f)
		switch {
		case Manifest(f):
			left = append(left, f)
		case err == nil && e.Mode == model.File:
			files, ids = append(files, f), append(ids, e.ID)
		}
	}
	if len(files) > maxHere {
		return nil, q.Look, nil
	}
	contents, err := q.Tree.ReadBlobs(ctx, ids)
	if err != nil {
		return nil, nil, err
	}
	size := 0
	for _, content := range contents {
		size += len(content)
	}
	if size > maxHereBytes {
		return nil, q.Look, nil
	}
	for i, f := range files {
		text := Text(contents[ids[i]])
		found = append(found, Forms(f, text, Script(f, text), func(int) bool { return false })...)
	}
	return found, left, nil
}

// Text is a file's content; "" where it is no text.
func Text(content []byte) string {
	if bytes.IndexByte(content[:min(len(content), 512)], 0) >= 0 {
		return ""
	}
	return string(content)
}

// Manifest reports whether a file may hold manifests or values.
func Manifest(file string) bool {
	switch path.Ext(file) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return Kustomization(file)
}

// scripts are files whose assignments are settings of the program that reads
// them, and of no other.
var scripts = []string{".env", ".sh", ".bash", ".conf", ".cfg", ".ini", ".properties", ".toml", ".envrc"}

// Script reports whether a file is one of those.
func Script(file, text string) bool {
	return slices.Contains(scripts, path.Ext(file)) || strings.HasPrefix(path.Base(file), ".env") || strings.HasPrefix(text, "#!")
}

// Forms gives what is a credential by its own form, on lines of which nothing is told;
// one for a line.
func Forms(file, text string, script bool, told func(line int) bool) (out []model.ClearText) {
	line, at := 1, 0
	for _, m := range credential.Find(text) {
		line += strings.Count(text[at:m.Start], "\n")
		at = m.Start
		if m.Certainty != credential.Certain || told(line) || len(out) > 0 && out[len(out)-1].Line == line {
			continue
		}
		named := m.What == credential.BesideItsName
		if named && !script || (named || m.Shown()) && Commented(text, m.Start) {
			continue
		}
		out = append(out, model.ClearText{File: file, Line: line, Sort: model.ByForm, Name: m.What, Mark: Mark(text[m.Start:m.End])})
	}
	return out
}

// Commented reports whether a place stands in a comment.
func Commented(text string, at int) bool {
	line := strings.TrimSpace(text[strings.LastIndexByte(text[:at], '\n')+1 : at])
	return strings.HasPrefix(line, "#") || strings.HasPrefix(line, "//") || strings.HasPrefix(line, ";")
}

// Mark is a short digest of a secret text, by which both sides' findings pair.
func Mark(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6])
}
