package repo

import (
	"fmt"
	"path"
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/text"
	"github.com/seaworthy-dev/seaworthy/internal/pattern"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Machines makes the check that what makes the clusters turns a thing on. Where
// the repository does not hold it, or one file turns it on and another off, that is
// not known.
func Machines(c review.Check, on, off *pattern.Pattern, absent string) *review.Check {
	c.Run = review.Files(func(p *review.Pass) {
		if !RendersSomething(p) {
			return
		}
		p.Looked(1)
		files := machineFiles(p)
		yes, no := "", ""
		for i, file := range files {
			if i == maxMachineFiles {
				break
			}
			content := p.Read(file)
			if at := on.FindIndex(content); at != nil && yes == "" {
				yes = lineOf(file, content, at[0])
			} else if at := off.FindIndex(content); at != nil && no == "" {
				no = lineOf(file, content, at[0])
			}
		}
		if yes != "" && no == "" {
			p.Looked(0, yes)
			return
		}
		h := review.Hit{Key: "absent", Message: absent, Verdict: review.NotSeen, Searched: []string{text.Plural(len(files), "file") + " by which clusters are made"}}
		switch {
		case yes != "":
			h.Message = fmt.Sprintf("`%s` turns it on and `%s` turns it off: which of the two a cluster is made by is not visible.", yes, no)
		case no != "":
			h.Message = fmt.Sprintf("%s `%s` turns it off.", absent, no)
		case len(files) == 0:
			h.Message = "What makes the clusters is not in this repository: " + text.LowerFirst(absent)
		}
		p.Report(h)
	}).OfAudits()
	return &c
}

// lineOf is a place of a file as a message names it.
func lineOf(file string, content []byte, at int) string {
	return fmt.Sprintf("%s:%d", file, 1+strings.Count(string(content[:at]), "\n"))
}

// machineFiles are files by which clusters themselves are made, as far as the
// repository holds them.
func machineFiles(p *review.Pass) []string {
	var out []string
	for _, file := range p.Paths() {
		lower := "/" + strings.ToLower(file)
		known := false
		for _, word := range []string{"kubespray", "talos", "kubeadm", "rke2", "k3s", "kops", "/iac/", "eksctl", "terraform", "ansible", "apiserver"} {
			known = known || strings.Contains(lower, word)
		}
		switch path.Ext(file) {
		case ".tf", ".tfvars", ".tpl", ".hcl":
			out = append(out, file)
		case ".yaml", ".yml", ".j2", ".json", ".conf", ".toml", ".sh":
			if known {
				out = append(out, file)
			}
		}
	}
	return out
}

// maxMachineFiles bounds what is read of them.
const maxMachineFiles = 500

var (
	podSecurityDefault = pattern.New(`^\s*(?:kube_pod_security_default_enforce|enforce)\s*[:=]\s*["']?(baseline|restricted)\b`)
	podSecurityConfig  = pattern.New(`kube_pod_security_default_enforce|PodSecurityConfiguration`)
)

// PodSecurityDefault gives the level that the cluster's own admission enforces where
// a namespace says nothing, as a file by which clusters are made has it; "" for none.
// Such files are templates of many kinds, and are read by lines.
func PodSecurityDefault(p *review.Pass) (level, file string, line int) {
	for i, file := range machineFiles(p) {
		if i == maxMachineFiles {
			break
		}
		content := p.Read(file)
		if !podSecurityConfig.Match(content) {
			continue
		}
		for n, text := range strings.Split(string(content), "\n") {
			if m := podSecurityDefault.FindStringSubmatch(text); m != nil {
				return m[1], file, n + 1
			}
		}
	}
	return "", "", 0
}
