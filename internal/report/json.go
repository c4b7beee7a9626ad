package report

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/seaworthy-dev/seaworthy/internal/review"
)

// JSON writes the report in the form of the command line's contract
// (docs/schema/review-v1.json).
func JSON(w io.Writer, r *review.Report) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("write the report as JSON: %w", err)
	}
	return nil
}
