package report

import (
	"fmt"
	"strings"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// Explain is a check's documentation as Markdown.
func Explain(c *review.Check) string {
	d := c.Doc
	var b strings.Builder
	fmt.Fprintf(&b, "**%s** · `%s` · %s · %s\n\n%s\n\n**Why.** %s\n", upperFirst(d.Title), c.ID, c.Severity, c.Area, d.What, d.Why)
	if d.Bad != "" {
		fmt.Fprintf(&b, "\n```yaml\n# found\n%s\n```\n\n```yaml\n# mended\n%s\n```\n", d.Bad, d.Good)
	}
	fmt.Fprintf(&b, "\n**What to do** (%s). %s\n\n```sh\n%s\n```\n\n**Waive it when:** %s\n", d.Effort, d.Fix, d.Verify, d.Waive)
	return b.String()
}
