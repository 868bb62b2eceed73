package scenario

import (
	"bytes"
	"strings"
	"testing"
)

const whole = `{
  "version": 1,
  "steps": [
    {"name": "nobody yet", "http": {"path": "/count?room=a", "expect": {"status": 200, "json": {"count": 0}}}},
    {"open": {"socket": "ann", "path": "/ws?room=a"}},
    {"send": {"socket": "ann", "text": "hi"}},
    {"receive": {"socket": "ann", "json": {"text": "hi"}}},
    {"evict": {}},
    {"burst": {"count": 5, "http": {"method": "POST", "path": "/add"}}},
    {"close": {"socket": "ann"}},
    {"advance": {"ms": 1860000}}
  ]
}`

func TestParseKeepsEveryStep(t *testing.T) {
	s, err := Parse([]byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, st := range s.Steps {
		got = append(got, st.Action()+": "+st.Title())
	}
	want := []string{
		"http: nobody yet", "open: open socket ann", "send: send on ann", "receive: receive on ann", "evict: evict",
		"burst: 5 × POST /add", "close: close ann", "advance: advance the clock by 1860000 ms",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if !s.UsesClock() {
		t.Error("the clock step is not seen")
	}
	again, err := Parse(s.JSON())
	if err != nil || !bytes.Equal(again.JSON(), s.JSON()) {
		t.Errorf("writing and reading again changes it: %v", err)
	}
}

func expectError(t *testing.T, src, want string) {
	t.Helper()
	_, err := Parse([]byte(src))
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s\n got  %v\n want …%s…", src, err, want)
	}
}

func steps(s string) string { return `{"version": 1, "steps": [` + s + `]}` }

func TestErrorsSayWhereAndWhatIsAllowed(t *testing.T) {
	expectError(t, ``, "the file ends before the object does")
	expectError(t, "{\n  \"version\": 1,\n  oops\n}", "scenario.json:3:3: not valid JSON")
	expectError(t, `{"version": 2, "steps": [{"evict": {}}]}`, "the only version so far is 1")
	expectError(t, `{"version": 1, "steps": []}`, "at least one step")
	expectError(t, steps(`{"evict": {}}`)+" {}", "text after the end")
	expectError(t, steps(`{"htpp": {}}`), `unknown field "htpp"; allowed in a step are`)
	expectError(t, steps(`{"http": {"path": 5}}`), "path must be string, not number")
	expectError(t, steps(`{"evict": {}}, {"name": "x"}`), "steps[1]: a step has exactly one of")
	expectError(t, steps(`{"evict": {}, "advance": {"ms": 1}}`), "this one has 2 (evict, advance)")
	expectError(t, steps(`{"http": {"path": "count"}}`), `path "count" must start with "/"`)
	expectError(t, steps(`{"http": {"path": "/", "json": 1, "body": "x"}}`), "both json and body")
	expectError(t, steps(`{"burst": {"count": 1, "http": {"path": "/"}}}`), "burst.count is 1; allowed is 2 to 500")
	expectError(t, steps(`{"send": {"socket": "bob", "text": "x"}}`), `socket "bob" is not open here`)
	expectError(t, steps(`{"open": {"socket": "a", "path": "/"}}, {"open": {"socket": "a", "path": "/"}}`), `socket "a" is open already`)
	expectError(t, steps(`{"open": {"socket": "a", "path": "/"}}, {"close": {"socket": "a", "code": 1005}}`), "close.code is 1005")
	expectError(t, steps(`{"advance": {"ms": 0}}`), "advance.ms is 0")
	expectError(t, steps(strings.TrimSuffix(strings.Repeat(`{"evict": {}},`, MaxSteps+1), ",")), "at most 500 are played")
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte(`{`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := Parse(data); err == nil {
			if _, err := Parse(s.JSON()); err != nil {
				t.Errorf("what was read does not read again: %v", err)
			}
		}
	})
}
