package checks

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/credential"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var sopsDecrypted = &review.Check{
	ID: "sops-decrypted", Area: review.Security, Severity: review.Critical, Tags: []review.Tag{review.Secrets},
	Doc: review.Doc{
		Title:  "encrypted value is now in clear text",
		What:   "Compares files that SOPS encrypted before the change: a file that is no longer encrypted, and single values that were encrypted and are readable now. A value that is removed, or replaced by a reference, is none.",
		Why:    "The secret is in the history of the repository from the first push on, for everyone who can read it. This is what happens when an editor saves the decrypted file.",
		Fix:    "Encrypt the file again, change the credentials in it, and rewrite the branch before it is merged: `sops --encrypt --in-place FILE`, then `git commit --amend`.",
		Verify: "sops filestatus FILE",
		Waive:  "The values are no secrets any more, or never were.",
		Effort: "medium",
		Bad:    "password: hunter2",
		Good:   "password: ENC[AES256_GCM,data:…,type:str]",
	},
	Run: review.Files(func(p *review.Pass) {
		if p.Side == model.Base {
			return
		}
		for _, file := range p.Changed() {
			before := p.ReadBase(file)
			if !isSopsFile(before) || illustrative(file) {
				continue
			}
			now := p.Read(file)
			open := decryptedKeys(before, now)
			if len(open) == 0 {
				if len(now) > 0 && !isSopsFile(now) && !looksLikeText(file) && opaque(before, now) {
					p.Report(review.Hit{File: file, Message: fmt.Sprintf("`%s` was encrypted by SOPS and is not any more.", file)})
				}
				continue
			}
			keys := make([]string, len(open))
			for i, k := range open {
				keys[i] = k.key
			}
			p.Report(review.Hit{File: file, Line: open[0].number, Message: fmt.Sprintf("Encrypted by SOPS before, readable now: %s. Whoever may read the repository has it.", text.Some(text.Code(keys)))})
		}
	}).OfChanges(),
}

// decryptedKeys gives the lines whose key held an encrypted value before, at the
// same turn among the lines of that key and indent, and holds a readable one.
func decryptedKeys(before, now []byte) []yamlLine {
	type place struct {
		key    string
		indent int
		turn   int
	}
	read := func(content []byte, note func(place, yamlLine)) {
		turns := map[place]int{}
		sops := false
		for i, text := range strings.Split(string(content), "\n") {
			line, ok := keyLine(i+1, text)
			if !ok {
				continue
			}
			if line.indent == 0 {
				sops = line.key == "sops"
			}
			if sops {
				continue
			}
			if line.value == "" || strings.HasPrefix(line.value, "|") || strings.HasPrefix(line.value, ">") {
				lines := strings.Split(string(content), "\n")
				if strings.HasPrefix(line.value, "|") || strings.HasPrefix(line.value, ">") {
					line.value = block(lines[i+1:], line.indent)
				}
			}
			p := place{key: line.key, indent: line.indent}
			turns[p]++
			p.turn = turns[p]
			note(p, line)
		}
	}
	was := map[place]bool{}
	read(before, func(p place, l yamlLine) { was[p] = strings.HasPrefix(l.value, "ENC[") })
	var out []yamlLine
	read(now, func(p place, l yamlLine) {
		if was[p] && !credential.StandIn(l.value) {
			out = append(out, l)
		}
	})
	return out
}

// looksLikeText reports whether a file's name says that it is a note.
func looksLikeText(file string) bool { return strings.HasSuffix(file, ".md") }

// opaque reports whether the whole file was one encrypted value, as SOPS writes
// files that are no YAML.
func opaque(before, now []byte) bool {
	return bytes.Contains(before, []byte(`"data": "ENC[`)) && !bytes.Contains(now, []byte(`"sops"`))
}
