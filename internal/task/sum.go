package task

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Sum is a short digest of texts: 32 hexadecimal digits.
func Sum(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// SumOf tells tasks apart: it is the digest of a value's JSON.
func SumOf(task any) string {
	j, _ := json.Marshal(task) // structs of strings, numbers and decoded JSON always marshal
	return Sum(string(j))
}
