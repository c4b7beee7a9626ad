package sops

import (
	"strings"

	"github.com/seaworthy-dev/seaworthy/checks/scan"
	"github.com/seaworthy-dev/seaworthy/internal/credential"
)

// Decrypted gives the lines of a file whose key held an encrypted value before, and holds a
// readable one now. A key is known by those above it, however far it is indented, and by
// its turn among its like.
func Decrypted(before, now []byte) []scan.Line {
	was := map[place]bool{}
	eachValue(before, func(at place, l scan.Line) { was[at] = strings.HasPrefix(l.Value, "ENC[") })
	var out []scan.Line
	eachValue(now, func(at place, l scan.Line) {
		if was[at] && !credential.StandIn(l.Value) {
			out = append(out, l)
		}
	})
	return out
}

type place struct {
	path string
	turn int
}

// eachValue gives the lines of a file that have a key, but those of SOPS's own part, with
// what stands in a block below.
func eachValue(content []byte, note func(place, scan.Line)) {
	lines := strings.Split(string(content), "\n")
	turns := map[string]int{}
	var above []scan.Line // the keys that hold the line
	for i, text := range lines {
		line, ok := scan.Key(i+1, text)
		if !ok {
			continue
		}
		for len(above) > 0 && above[len(above)-1].Indent >= line.Indent {
			above = above[:len(above)-1]
		}
		above = append(above, line)
		if above[0].Key == "sops" && above[0].Indent == 0 {
			continue
		}
		if strings.HasPrefix(line.Value, "|") || strings.HasPrefix(line.Value, ">") {
			line.Value = scan.Block(lines[i+1:], line.Indent)
		}
		var path strings.Builder
		for _, key := range above {
			path.WriteString(key.Key + "\x00")
		}
		turns[path.String()]++
		note(place{path.String(), turns[path.String()]}, line)
	}
}
