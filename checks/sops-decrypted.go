package checks

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/checks/scan"
	"github.com/seaworthy-dev/seaworthy/checks/sops"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var sopsDecrypted = &review.Check{
	ID: "sops-decrypted", Area: review.Security, Severity: review.Critical, Tags: []review.Tag{review.Secrets},
	Doc: review.Doc{
		Title:  "encrypted value is now in clear text",
		What:   "Compares files that SOPS encrypted before the change: reports a file that is no longer encrypted, and single values that were encrypted and are readable now. A value that is removed, or replaced by a reference, is not reported.",
		Why:    "From the first push on, the secret is in the repository's history, for everyone who can read it. This happens when an editor saves the decrypted file.",
		Fix:    "Encrypt the file again, change the credentials in it, and rewrite the branch before the merge: `sops --encrypt --in-place FILE`, then `git commit --amend`.",
		Verify: "sops filestatus FILE",
		Waive:  "The values are no longer secret, or never were.",
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
			if !scan.Encrypted(before) || repo.Illustrative(file) {
				continue
			}
			now := p.Read(file)
			open := sops.Decrypted(before, now)
			if len(open) == 0 {
				if len(now) > 0 && !scan.Encrypted(now) && !looksLikeText(file) && opaque(before, now) {
					p.Report(review.Hit{File: file, Message: fmt.Sprintf("`%s` was encrypted by SOPS and is no longer encrypted.", file)})
				}
				continue
			}
			keys := make([]string, len(open))
			for i, k := range open {
				keys[i] = k.Key
			}
			p.Report(review.Hit{File: file, Line: open[0].Number, Message: fmt.Sprintf("Encrypted by SOPS before, readable now: %s. Whoever may read the repository has it.", text.Some(text.Code(keys)))})
		}
	}).OfChanges(),
}

// looksLikeText reports whether a file's name says that it is a note.
func looksLikeText(file string) bool { return strings.HasSuffix(file, ".md") }

// opaque reports whether the whole file was one encrypted value, as SOPS writes
// files that are no YAML.
func opaque(before, now []byte) bool {
	return bytes.Contains(before, []byte(`"data": "ENC[`)) && !bytes.Contains(now, []byte(`"sops"`))
}
