package edit

import (
	"slices"
	"strings"

	"github.com/pmezard/go-difflib/difflib"
)

// Merge is MergeItems for the lines of a text.
func Merge(base, theirs, ours []byte) (merged []byte, ok bool) {
	lines, ok := MergeItems(difflib.SplitLines(string(base)), difflib.SplitLines(string(theirs)), difflib.SplitLines(string(ours)))
	return []byte(strings.TrimSuffix(strings.Join(lines, ""), "\n")), ok
}

// MergeItems joins two sets of changes to one list. Where both only add at the
// same place, theirs stand first. It is not ok where both change the same items in
// different ways.
func MergeItems(base, theirs, ours []string) (merged []string, ok bool) {
	changes := slices.Concat(changesOf(base, theirs, false), changesOf(base, ours, true))
	slices.SortStableFunc(changes, func(x, y change) int {
		if x.from != y.from {
			return x.from - y.from
		}
		if (x.from == x.to) != (y.from == y.to) {
			return (x.to - x.from) - (y.to - y.from) // what is added before a line, then what becomes of it
		}
		return 0 // theirs first, as they stand in the list
	})
	var out []string
	at := 0 // lines of the base that are done
	for i := 0; i < len(changes); i++ {
		c := changes[i]
		if i+1 < len(changes) && c.overlaps(changes[i+1]) {
			next := changes[i+1]
			if c.from != next.from || c.to != next.to || !slices.Equal(c.lines, next.lines) {
				return nil, false
			}
			i++ // the same change on both sides
		}
		out = append(append(out, base[at:c.from]...), c.lines...)
		at = c.to
	}
	return append(out, base[at:]...), true
}

// change replaces the lines from..to of the base.
type change struct {
	from, to int
	lines    []string
	ours     bool
}

// overlaps reports whether two changes touch the same lines of the base; c does
// not begin behind d. Additions at one place do not.
func (c change) overlaps(d change) bool {
	if c.from == c.to && d.from == d.to {
		return c.from == d.from && c.ours != d.ours && slices.Equal(c.lines, d.lines)
	}
	if c.from == d.from && (c.from == c.to || d.from == d.to) {
		return false
	}
	return d.from < c.to
}

func changesOf(base, changed []string, ours bool) []change {
	var all []change
	m := difflib.NewMatcher(base, changed)
	for _, op := range m.GetOpCodes() {
		if op.Tag != 'e' {
			all = append(all, change{op.I1, op.I2, changed[op.J1:op.J2], ours})
		}
	}
	return all
}
