package checks

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/repo"
	"github.com/seaworthy-dev/seaworthy/checks/scan"
	"github.com/seaworthy-dev/seaworthy/checks/sops"
	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var plaintextSecret = &review.Check{
	ID: "plaintext-secret", SaidAt: "env-plaintext-secret", Area: review.Security, Severity: review.Critical, Tags: []review.Tag{review.Secrets},
	Doc: review.Doc{
		Title:  "secret in clear text",
		What:   "Looks at the files for Secret manifests with unencrypted values, also within other manifests and in patches (strategic and JSON), for values whose key has the name of a credential (values files, and what a HelmRelease, an Application, `postBuild.substitute`, an ApplicationSet's generator or a ResourceSet's inputs give), for the inputs of a `secretGenerator` (literals, env files, whole files), and everywhere for private keys, tokens and passwords in URLs by their format. Encrypted values, references (`${NAME}`, `$(NAME)`, `existingSecret`, a vault path), names of things, client ids, placeholders and Secrets without values do not count; base64 is not encryption. A comment that tells a secret scanner to ignore a line (`gitleaks:allow`, `pragma: allowlist secret`, `trufflehog:ignore`, `notsecret`) makes it medium, except for credentials that are recognised by their format. A file that was encrypted and no longer is, is reported as `sops-decrypted`.",
		Why:    "Everyone who can read the repository has the secret, also from the history after it is deleted. Repositories get copied, made public, and read by tools.",
		Fix:    "Rotate the credential first: it has been disclosed. Then keep the new one encrypted (`sops --encrypt --in-place FILE`), as a SealedSecret, or outside the repository, fetched by an ExternalSecret.",
		Verify: "git log -p --all -S'KEY' -- FILE   # since when it is there",
		Waive:  "It is not secret: a public certificate, or the credentials of a throwaway cluster.",
		Effort: "medium",
		Bad:    "kind: Secret\nstringData:\n  password: hunter2",
		Good:   "kind: Secret\nstringData:\n  password: ENC[AES256_GCM,data:…]",
	},
	Run: review.Files(func(p *review.Pass) {
		var files, notes []string
		decrypted := map[string][]scan.Line{} // told as sops-decrypted
		for _, file := range p.Changed() {
			if repo.Illustrative(file) {
				notes = append(notes, file)
				continue
			}
			files = append(files, file)
			if before := p.ReadBase(file); repo.ManifestFile(file) && !p.Audit && p.Side == model.Head && scan.Encrypted(before) {
				decrypted[file] = sops.Decrypted(before, p.Read(file))
			}
		}
		unseen := 0
		for _, c := range p.ClearText(files, notes) {
			switch {
			case c.Sort == model.NotSeen:
				unseen++
			default:
				if rest, some := besides(c, decrypted[c.File]); some {
					p.Report(clearText(rest))
				}
			}
		}
		if unseen > 0 {
			p.Report(review.Hit{Key: "unseen", Title: "files could not be looked at", Verdict: review.NotAnswered,
				Message: fmt.Sprintf("%s could not be looked at within the limits: whether they hold a credential is not known.", text.Plural(unseen, "file"))})
		}
	}),
}

// besides gives what is left of a credential that stands readable where some lines of its
// file are told already; a form is told in any case.
func besides(c model.ClearText, told []scan.Line) (rest model.ClearText, some bool) {
	switch c.Sort {
	case model.ByForm:
		return c, true
	case model.InSecret:
		c.Keys = slices.DeleteFunc(slices.Clone(c.Keys), func(key string) bool {
			return slices.ContainsFunc(told, func(l scan.Line) bool { return l.Key == key })
		})
		return c, len(c.Keys) > 0
	}
	return c, !slices.ContainsFunc(told, func(l scan.Line) bool { return l.Number == c.Line })
}

// clearText is what is said of a credential that stands readable.
func clearText(c model.ClearText) review.Hit {
	hit := review.Hit{File: c.File, Line: c.Line}
	const had = " Whoever may read the repository has it."
	switch c.Sort {
	case model.InSecret:
		hit.Key, hit.Measure = "secret "+c.Name, len(c.Keys)
		hit.Message = fmt.Sprintf("Secret `%s` holds %s in clear text.", path.Base(c.Name), text.Some(text.Code(c.Keys))) + had
		if c.Name == "/" { // of a patch that names none
			hit.Key += " " + strings.Join(c.Keys, " ")
			hit.Message = fmt.Sprintf("A patch puts %s into Secrets, in clear text.", text.Some(text.Code(c.Keys))) + had
		}
	case model.InValues:
		hit.Key, hit.Title = fmt.Sprint("value ", c.Name, " ", c.Mark), "credential in clear text in values"
		hit.Message = fmt.Sprintf("`%s` holds a credential in clear text.", c.Name) + had
	case model.InGenerator:
		hit.Key = "literal " + c.Name + c.Mark
		hit.Message = fmt.Sprintf("The generated Secret's `%s` stands here in clear text.", c.Name) + had
	case model.ByForm: // a comment changes nothing about a form
		hit.Key, hit.Title = c.Name+" "+c.Mark, "credential in clear text"
		hit.Message = fmt.Sprintf("The line holds %s.", c.Name) + had
	}
	if c.Meant {
		hit.Severity = review.Medium
		hit.Message += " A comment on the line says that it is no secret."
	}
	return hit
}
