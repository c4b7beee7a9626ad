// Command generate makes the bundle of schemas that internal/schema embeds: it
// takes them out of Go modules, which it fetches through Go's own command, and
// leaves out what a comparison does not need. It runs by hand (make schemas),
// never in a build.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

func main() {
	out := flag.String("o", "schemas.zip", "the file to write")
	flag.Parse()
	if err := generate(*out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func generate(out string) error {
	kubernetes, err := readKubernetes()
	if err != nil {
		return err
	}
	custom := &customKinds{}
	for _, s := range sources {
		if err := custom.read(s); err != nil {
			return err
		}
	}
	return write(out, kubernetes, custom)
}

// module gives the directory of a Go module, fetched where it is not yet there.
func module(path, version string) (string, error) {
	cmd := exec.Command("go", "mod", "download", "-json", path+"@"+version)
	cmd.Dir = os.TempDir() // this program's own go.mod does not name it
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOTOOLCHAIN=local")
	output, err := cmd.Output()
	var answer struct{ Dir, Error string }
	if json.Unmarshal(output, &answer) == nil && answer.Dir != "" {
		return answer.Dir, nil
	}
	return "", fmt.Errorf("fetch %s@%s: %v %s", path, version, err, strings.TrimSpace(answer.Error))
}
