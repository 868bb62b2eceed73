package shown

import (
	"strings"
	"testing"
)

const whole = "shows: It fails.\nfails: boom\n-- bad.ts --\nbad\n-- good.ts --\ngood\n-- scenario.json --\n{}\n"

func TestConfigurations(t *testing.T) {
	for name, c := range map[string]struct{ files, good, bad string }{
		"none":     {"", Config, Config},
		"both":     {"-- wrangler.jsonc --\none\n", "one\n", "one\n"},
		"bad's":    {"-- bad.wrangler.jsonc --\ntwo\n", Config, "two\n"},
		"each one": {"-- wrangler.jsonc --\none\n-- bad.wrangler.jsonc --\ntwo\n", "one\n", "two\n"},
	} {
		p, err := parse("a", []byte(whole+c.files))
		if err != nil {
			t.Fatal(err)
		}
		if p.Shows != "It fails." || p.Fails[0] != "boom" || p.Good != (Module{"good\n", c.good}) || p.Bad != (Module{"bad\n", c.bad}) {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestWhatIsNoPairIsSaid(t *testing.T) {
	for name, c := range map[string]struct{ archive, want string }{
		"no shows":     {strings.Replace(whole, "shows: It fails.\n", "", 1), `needs a line "shows: …"`},
		"no fails":     {strings.Replace(whole, "fails: boom\n", "", 1), `at least one line "fails: …"`},
		"two shows":    {"shows: It fails.\n" + whole, `the comment's line "shows: It fails." is not understood`},
		"other line":   {"note: a word\n" + whole, `the comment's line "note: a word" is not understood`},
		"no good":      {strings.Replace(whole, "good.ts", "bad.wrangler.jsonc", 1), "the file good.ts is missing or empty"},
		"unknown file": {whole + "-- god.ts --\nx\n", `there is a file "god.ts"; allowed are`},
		"twice":        {whole + "-- bad.ts --\nx\n", `the file "bad.ts" is there twice`},
	} {
		if _, err := parse("a", []byte(c.archive)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}
