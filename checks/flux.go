package checks

import (
	"regexp"
	"slices"
)

// exactVersion matches one SemVer version, with or without its v; a suffix may
// follow. 0.0.0 with any suffix is a stand-in.
var (
	exactVersion = regexp.MustCompile(`^v?\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$`)
	zeroVersion  = regexp.MustCompile(`^v?0\.0\.0([-+]|$)`)
)

// movingWords are names of branches and of tags that move.
var movingWords = []string{"latest", "main", "master", "edge", "nightly", "canary", "dev", "develop", "stable", "rolling", "head", "HEAD", "trunk"}

func moves(word string) bool { return slices.Contains(movingWords, word) }
