package jsonfile

import (
	"fmt"
	"regexp"
	"strconv"
)

// Segment is one part of a place: a member, or an item where Index ≥ 0.
type Segment struct {
	Name  string
	Index int
}

var segmentPattern = regexp.MustCompile(`^(?:\.?([^.\[\]]+)|\[(\d{1,9})\])`)

// Segments splits a place such as "a.b[0].c" or ".a.b".
func Segments(place string) ([]Segment, error) {
	var out []Segment
	for rest := place; rest != ""; {
		m := segmentPattern.FindStringSubmatch(rest)
		if m == nil {
			return nil, fmt.Errorf("%q is no place", place)
		}
		rest = rest[len(m[0]):]
		if m[1] != "" {
			out = append(out, Segment{m[1], -1})
			continue
		}
		i, err := strconv.Atoi(m[2])
		if err != nil {
			return nil, err
		}
		out = append(out, Segment{Index: i})
	}
	return out, nil
}
