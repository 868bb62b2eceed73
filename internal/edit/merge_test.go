package edit

import "testing"

func TestMerge(t *testing.T) {
	lines := func(s string) []byte {
		out := ""
		for _, c := range s {
			out += string(c) + "\n"
		}
		return []byte(out)
	}
	for _, c := range []struct{ base, theirs, ours, want string }{
		{"abc", "abc", "abc", "abc"},
		{"abc", "aXbc", "abc", "aXbc"},
		{"abc", "abc", "abYc", "abYc"},
		{"abc", "aXbc", "abYc", "aXbYc"},
		{"abc", "abXc", "abYc", "abXYc"}, // both add at one place: theirs first
		{"abc", "abZc", "abZc", "abZc"},  // the same on both sides
		{"abc", "Xbc", "abY", "XbY"},
		{"abc", "Xabc", "Ybc", "XYbc"}, // added before a line that the other changes
		{"abc", "ac", "abcY", "acY"},
		{"", "X", "Y", "XY"},
	} {
		got, ok := Merge(lines(c.base), lines(c.theirs), lines(c.ours))
		if !ok || string(got) != string(lines(c.want)) {
			t.Errorf("%s: theirs %s and ours %s give %q (%v), want %s", c.base, c.theirs, c.ours, got, ok, c.want)
		}
	}
	for _, c := range []struct{ base, theirs, ours string }{
		{"abc", "aXc", "aYc"},
		{"abcd", "ad", "abYd"}, // a changed line that is gone
		{"abcd", "aXd", "aYcZ"},
	} {
		if got, ok := Merge(lines(c.base), lines(c.theirs), lines(c.ours)); ok {
			t.Errorf("%s: theirs %s and ours %s give %q, and both change the same", c.base, c.theirs, c.ours, got)
		}
	}
	if got, ok := Merge([]byte("a"), []byte("a"), []byte("a\nb\n")); !ok || string(got) != "a\nb\n" {
		t.Errorf("without a last newline: %q %v", got, ok)
	}
}
