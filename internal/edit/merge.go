package edit

import (
	"slices"
	"strings"

	"github.com/pmezard/go-difflib/difflib"
)

// Conflict is a place where both sides changed the same items in different ways.
type Conflict struct {
	Line  int      // of their list, from 1
	Their []string // their items
	Our   []string // our items
}

// Merge is MergeItems for the lines of a text.
func Merge(base, theirs, ours []byte) ([]byte, []Conflict) {
	lines, conflicts := MergeItems(difflib.SplitLines(string(base)), difflib.SplitLines(string(theirs)), difflib.SplitLines(string(ours)))
	return []byte(strings.TrimSuffix(strings.Join(lines, ""), "\n")), conflicts
}

// MergeItems joins two sets of changes to one list. Where both only add at the
// same place, theirs stand first. With conflicts there is no list.
func MergeItems(base, theirs, ours []string) ([]string, []Conflict) {
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
	var conflicts []Conflict
	at := 0 // lines of the base that are done
	for i := 0; i < len(changes); i++ {
		c := changes[i]
		if i+1 < len(changes) && c.overlaps(changes[i+1]) {
			next := changes[i+1]
			if c.from == next.from && c.to == next.to && slices.Equal(c.lines, next.lines) {
				i++ // the same change on both sides
			} else {
				conflicts = append(conflicts, conflict(c, next))
				continue
			}
		}
		if c.from < at {
			continue // within a conflict that is noted already
		}
		out = append(append(out, base[at:c.from]...), c.lines...)
		at = c.to
	}
	if len(conflicts) > 0 {
		return nil, conflicts
	}
	return append(out, base[at:]...), nil
}

// change replaces the lines from..to of the base.
type change struct {
	from, to int
	lines    []string
	ours     bool
	line     int // where it stands in the changed text, from 1
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

func conflict(c, d change) Conflict {
	if c.ours {
		c, d = d, c
	}
	return Conflict{Line: c.line, Their: c.lines, Our: d.lines}
}

func changesOf(base, changed []string, ours bool) []change {
	var all []change
	m := difflib.NewMatcher(base, changed)
	for _, op := range m.GetOpCodes() {
		if op.Tag != 'e' {
			all = append(all, change{op.I1, op.I2, changed[op.J1:op.J2], ours, op.J1 + 1})
		}
	}
	return all
}
