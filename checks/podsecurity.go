package checks

import (
	"encoding/json"
)

// podSecurityLabel is the label by which a Namespace asks for a mode.
func podSecurityLabel(mode string) string { return "pod-security.kubernetes.io/" + mode }

// levelRank orders Pod Security levels; what is unset or unknown admits all, as
// privileged does.
func levelRank(level string) int {
	return map[string]int{"baseline": 1, "restricted": 2}[level]
}

// recode reads decoded JSON into a type.
func recode(from, to any) error {
	text, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, to)
}
