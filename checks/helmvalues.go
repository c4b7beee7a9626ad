package checks

import (
	"strings"
)

// yamlDocuments counts the documents of a file that hold something.
func yamlDocuments(content []byte) (count, second int) {
	number := 0
	for _, doc := range documents(content) {
		full := false
		for _, l := range doc {
			text := strings.TrimSpace(l)
			if text != "" && !strings.HasPrefix(text, "#") && text != "---" && text != "..." && !strings.HasPrefix(text, "--- #") {
				full = true
			}
		}
		if full {
			if count++; count == 2 {
				second = number + 1
			}
		}
		number += len(doc)
	}
	return count, second
}
