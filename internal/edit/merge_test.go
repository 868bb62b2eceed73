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
		got, conflicts := Merge(lines(c.base), lines(c.theirs), lines(c.ours))
		if len(conflicts) > 0 || string(got) != string(lines(c.want)) {
			t.Errorf("%s: theirs %s and ours %s give %q %+v, want %s", c.base, c.theirs, c.ours, got, conflicts, c.want)
		}
	}
	if got, conflicts := Merge(lines("abc"), lines("aXc"), lines("aYc")); len(conflicts) != 1 || len(got) > 0 || conflicts[0].Line != 2 || conflicts[0].Their[0] != "X\n" || conflicts[0].Our[0] != "Y\n" {
		t.Errorf("the same line changed twice gives %q %+v", got, conflicts)
	}
	if _, conflicts := Merge(lines("abcd"), lines("ad"), lines("abYd")); len(conflicts) != 1 {
		t.Errorf("a changed line that is gone gives %+v", conflicts)
	}
	if got, conflicts := Merge([]byte("a"), []byte("a"), []byte("a\nb\n")); len(conflicts) != 0 || string(got) != "a\nb\n" {
		t.Errorf("without a last newline: %q %+v", got, conflicts)
	}
}
