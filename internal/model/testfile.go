package model

import (
	"regexp"
	"strings"
)

// TestFile reports a path that a project keeps for its tests and benchmarks, whose
// objects live for one run.
func TestFile(path string) bool {
	return testPath.MatchString(strings.ReplaceAll(path, `\`, "/"))
}

var testPath = regexp.MustCompile(`(?i)(?:^|/)(?:[\w-]*-)?(?:__)?(?:tests?|e2e|fixtures?|conformance)(?:__)?/|\.(?:test|spec|bench)\.[a-z]+$`)
