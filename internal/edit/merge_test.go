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
		got, overlaps := Merge(lines(c.base), lines(c.theirs), lines(c.ours))
		if len(overlaps) > 0 || string(got) != string(lines(c.want)) {
			t.Errorf("%s: theirs %s and ours %s give %q %+v, want %s", c.base, c.theirs, c.ours, got, overlaps, c.want)
		}
	}
	if got, overlaps := Merge(lines("abc"), lines("aXc"), lines("aYc")); len(overlaps) != 1 || got != nil || overlaps[0].Line != 2 || overlaps[0].Their != "X\n" || overlaps[0].Our != "Y\n" {
		t.Errorf("the same line changed twice gives %q %+v", got, overlaps)
	}
	if _, overlaps := Merge(lines("abcd"), lines("ad"), lines("abYd")); len(overlaps) != 1 {
		t.Errorf("a changed line that is gone gives %+v", overlaps)
	}
	if got, overlaps := Merge([]byte("a"), []byte("a"), []byte("a\nb\n")); len(overlaps) != 0 || string(got) != "a\nb\n" {
		t.Errorf("without a last newline: %q %+v", got, overlaps)
	}
}
