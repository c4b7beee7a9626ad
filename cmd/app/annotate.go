package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/report"
	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// writeAnnotations writes what the check run would annotate as workflow commands
// of GitHub Actions, which shows the first ten of each kind.
func writeAnnotations(out io.Writer, run report.CheckRun, r *review.Report) error {
	kinds := map[report.Level]string{report.LevelFailure: "error", report.LevelWarning: "warning", report.LevelNotice: "notice"}
	b := bufio.NewWriter(out)
	for _, a := range run.Annotations {
		fmt.Fprintf(b, "::%s file=%s,line=%d,endLine=%d,title=%s::%s\n", kinds[a.Level], inProperty.Replace(a.Path), a.StartLine, a.EndLine, inProperty.Replace(a.Title), inMessage.Replace(a.Message))
	}
	for _, f := range r.Findings {
		if f.Location == nil && (f.Blocking || f.Status == review.New || f.Status == review.Worse) {
			kind := "warning"
			if f.Blocking {
				kind = "error"
			}
			fmt.Fprintf(b, "::%s title=%s::%s\n", kind, inProperty.Replace(f.Title), inMessage.Replace(f.Message))
		}
	}
	told := map[string]bool{}
	for _, i := range r.Incomplete {
		if i.Reached && !told[i.Message] {
			told[i.Message] = true
			fmt.Fprintf(b, "::warning title=not visible::%s\n", inMessage.Replace(i.Target+": "+i.Message))
		}
	}
	return b.Flush()
}

// A line that a pull request's text could begin would be a command of its own.
var (
	inMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	inProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
