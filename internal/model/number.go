package model

import (
	"strconv"
	"strings"
)

// parseNumber reads a JavaScript number literal: separators, hex, octal and
// binary prefixes and exponents; a BigInt is not a number.
func parseNumber(s string) (float64, bool) {
	s = strings.ReplaceAll(s, "_", "")
	if len(s) > 2 && s[0] == '0' && strings.ContainsRune("xXoObB", rune(s[1])) {
		v, err := strconv.ParseInt(s, 0, 64)
		return float64(v), err == nil
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}
