package checks

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/credential"
	"github.com/seaworthy-dev/seaworthy/internal/model"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

var plaintextSecret = &review.Check{
	ID: "plaintext-secret", Area: review.Security, Severity: review.Critical, Tags: []review.Tag{review.Secrets},
	Doc: review.Doc{
		Title:  "secret in clear text",
		What:   "Looks at the files for Secret manifests whose values are not encrypted, for keys in values files that are named like a credential and hold one, and anywhere for private keys, tokens and passwords in addresses by their own form. Encrypted values, references (`${NAME}`, `existingSecret`, a path of a vault), stand-ins and Secrets without values are none; base64 is no encryption. A file that was encrypted and no longer is, is told as `sops-decrypted`.",
		Why:    "Everyone who can read the repository has the secret, in its history too, after it is deleted. Repositories get copied, made public, and read by tools.",
		Fix:    "Change the credential first: it is known. Then keep the new one encrypted (`sops --encrypt --in-place FILE`), as a SealedSecret, or outside, fetched by an ExternalSecret.",
		Verify: "git log -p --all -S'KEY' -- FILE   # since when it is there",
		Waive:  "It is no secret: a public certificate, or the credentials of a throwaway cluster.",
		Effort: "medium",
		Bad:    "kind: Secret\nstringData:\n  password: hunter2",
		Good:   "kind: Secret\nstringData:\n  password: ENC[AES256_GCM,data:…]",
	},
	Run: review.Files(func(p *review.Pass) {
		for _, file := range p.Changed() {
			if illustrative(file) {
				continue
			}
			content := p.Read(file)
			if len(content) == 0 || bytes.IndexByte(content[:min(len(content), 512)], 0) >= 0 {
				continue // nothing, or no text
			}
			decryptedNow := !p.Audit && p.Side == model.Head && isSopsFile(p.ReadBase(file)) && manifestFile(file)
			if manifestFile(file) && !decryptedNow {
				cleartextSecrets(p, file, content)
				credentialValues(p, file, content)
				generatorLiterals(p, file, content)
			}
			credentialTexts(p, file, content)
		}
	}),
}

// harmlessKeys are keys of Secrets that hold no secret by themselves.
var harmlessKeys = []string{"url", "type", "name", "namespace", "project", "username", "user", "host", "hostname", "port", "region", "endpoint", "bucket", "email",
	"ca.crt", "tls.crt", "ca", "enableoci", "server", "database", "dbname", "insecure", "account", "tenant_id", "client_id", "clientid", "client-id", "login", "realm", "scope", "known_hosts", "sops.yaml"}

// identifier matches keys that hold the id of something, such as a client's or a
// tenant's: it is no secret.
var identifier = regexp.MustCompile(`(?i)(^|[-_.a-z])(client|tenant|subscription|account|project|app|application|org|team|zone|access[-_]?key|user)[-_.]?id$`)

// holdsNoSecret reports whether a key of a Secret holds no secret by itself.
func holdsNoSecret(key string) bool {
	return slices.Contains(harmlessKeys, strings.ToLower(key)) || identifier.MatchString(key)
}

// cleartextSecrets reports each Secret manifest of a file with readable values.
func cleartextSecrets(p *review.Pass, file string, content []byte) {
	for _, s := range secretsIn(content) {
		var open []string
		line := 0
		for _, k := range s.keys {
			if isReference(k.value) || holdsNoSecret(k.key) || standIn.MatchString(k.value) && len(k.value) < 80 || embeddedWithoutSecret(k) {
				continue
			}
			open = append(open, k.key)
			if line == 0 {
				line = k.number
			}
		}
		if len(open) == 0 {
			continue
		}
		p.Report(review.Hit{
			File: file, Line: line, Key: "secret " + s.namespace + "/" + s.name, Measure: len(open),
			Message: fmt.Sprintf("Secret `%s` holds %s in clear text. Whoever may read the repository has it.", s.name, some(code(open))),
		})
	}
}

// embeddedWithoutSecret reports whether a key holds a whole file that has no
// credential in it.
func embeddedWithoutSecret(k yamlLine) bool {
	if !strings.Contains(k.value, "\n") {
		return false
	}
	for _, suffix := range []string{".yaml", ".yml", ".json", ".conf", ".ini", ".toml", ".xml", ".properties", ".cfg", ".cnf"} {
		if strings.HasSuffix(k.key, suffix) || k.key == "values" || k.key == "config" {
			return !credentialInside.MatchString(k.value) && len(credential.Find(k.value)) == 0
		}
	}
	return false
}

// credentialInside matches a credential's assignment in an embedded file.
var credentialInside = regexp.MustCompile(`(?im)^\W*[\w.-]*(password|passwd|secret[-_]?key|access[-_]?key|api[-_]?key|private[-_]?key|client[-_]?secret|token)["']?\s*[:=]\s*["']?[^\s"'${<{][^\s]{3,}`)

// credentialValues reports keys of values files that are named like a credential
// and hold one in clear text. Manifests of other kinds are judged as rendered.
func credentialValues(p *review.Pass, file string, content []byte) {
	if isSopsFile(content) || !strings.Contains(strings.ToLower(file), "values") && !strings.Contains(string(content), "kind: HelmRelease") {
		return
	}
	before := 0
	for _, doc := range documents(content) {
		if kind := kindOf(doc); kind == "" || kind == "HelmRelease" {
			documentValues(p, file, doc, before)
		}
		before += len(doc)
	}
}

// kindOf is the kind of a document in block style; "" where it says none.
func kindOf(doc []string) string {
	for i, text := range doc {
		if line, ok := keyLine(i+1, text); ok && line.indent == 0 && line.key == "kind" {
			return line.value
		}
	}
	return ""
}

// documentValues looks at one document, which so many lines stand before.
func documentValues(p *review.Pass, file string, doc []string, before int) {
	var off []int // indents of enclosing maps that are disabled
	for i, text := range doc {
		line, ok := keyLine(before+i+1, text)
		if !ok {
			continue
		}
		for len(off) > 0 && line.indent < off[len(off)-1] {
			off = off[:len(off)-1]
		}
		if line.key == "enabled" && line.value == "false" {
			off = append(off, line.indent)
		}
		if len(off) > 0 {
			continue
		}
		settings := []yamlLine{line}
		if strings.HasPrefix(line.value, "{") && !strings.Contains(line.value, "enabled: false") {
			settings = flowKeys(line)
		}
		for _, s := range settings {
			credentialSetting(p, file, s)
		}
	}
}

// namesCredential reports whether a key of values is called like a credential.
// What is called existing… names a Secret, or a key in it.
func namesCredential(key string) bool {
	return credential.KeyName(key)
}

func credentialSetting(p *review.Pass, file string, line yamlLine) {
	if !credential.Named(line.key, line.value) || isReference(line.value) || standIn.MatchString(line.value) || noSecretValue(line.value) {
		return
	}
	p.Report(review.Hit{File: file, Line: line.number, Key: fmt.Sprint("value ", line.key, " ", mark(line.value)), Title: "credential in clear text in values",
		Message: fmt.Sprintf("`%s` holds a credential in clear text. Whoever may read the repository has it.", line.key)})
}

var literal = regexp.MustCompile(`^\s*-\s*["']?([\w.-]+)=(.+?)["']?\s*$`)

// generatorLiterals reports the literals of a kustomization's secretGenerator.
func generatorLiterals(p *review.Pass, file string, content []byte) {
	generator, inside := false, false
	for i, text := range strings.Split(string(content), "\n") {
		if line, ok := keyLine(i+1, text); ok {
			if line.indent == 0 && !strings.HasPrefix(text, "-") {
				generator = line.key == "secretGenerator"
			}
			inside = generator && line.key == "literals"
		}
		m := literal.FindStringSubmatch(text)
		if !inside || m == nil || isReference(m[2]) || standIn.MatchString(m[2]) || holdsNoSecret(m[1]) {
			continue
		}
		p.Report(review.Hit{File: file, Line: i + 1, Key: "literal " + m[1],
			Message: fmt.Sprintf("The generated Secret's `%s` stands here in clear text. Whoever may read the repository has it.", m[1])})
	}
}

// noSecretValue reports whether a value cannot be a credential: a number, a
// structure, a path, a short word that names a mode.
func noSecretValue(v string) bool {
	return len(v) < 4 || strings.ContainsAny(v[:1], "{[|>/") || regexp.MustCompile(`^[0-9.]+$`).MatchString(v) && len(v) < 6
}

// credentialTexts reports what is a credential by its own form, each text once.
func credentialTexts(p *review.Pass, file string, content []byte) {
	for i, text := range strings.Split(string(content), "\n") {
		if len(text) > 20_000 {
			continue
		}
		for _, m := range credential.Find(text) {
			what, found := m.Form.What, text[m.Start:m.End]
			if standIn.MatchString(found) || what == "a private key" && !keyBody(content, i, text) {
				continue
			}
			if what == "a password in an address" && (strings.HasPrefix(strings.TrimSpace(text), "#") || !manifestFile(file)) {
				continue
			}
			p.Report(review.Hit{File: file, Line: i + 1, Key: what + " " + mark(found+follow(content, i)), Title: "credential in clear text",
				Message: fmt.Sprintf("The line holds %s. Whoever may read the repository has it.", what)})
			break
		}
	}
}

var keyMaterial = regexp.MustCompile(`[A-Za-z0-9+/]{40,}`)

// keyBody reports whether a private key follows its first line.
func keyBody(content []byte, line int, text string) bool {
	return keyMaterial.MatchString(text) || keyMaterial.MatchString(follow(content, line))
}

// follow is the line after one.
func follow(content []byte, line int) string {
	lines := strings.SplitN(string(content), "\n", line+3)
	if len(lines) < line+2 {
		return ""
	}
	return lines[line+1]
}
