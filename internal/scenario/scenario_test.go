package scenario

import (
	"bytes"
	"encoding/json"
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
    {"burst": {"count": 2, "rpc": {"class": "Room", "method": "add", "args": [1]}}},
    {"burst": {"each": [{"http": {"path": "/a"}}, {"rpc": {"class": "Room", "method": "add"}}]}},
    {"rpc": {"class": "Room", "object": "b", "method": "take", "args": [1, {"x": null}], "expect": {"throws": "empty"}}, "capture": {"id": "$.list[0].id"}},
    {"http": {"method": "DELETE", "path": "/items/${id}"}, "purged": true},
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
		"burst: 5 × POST /add", "burst: 2 × Room(a).add(1)", "burst: 2 requests at once",
		`rpc: Room(b).take(1, {"x": null})`, "http: DELETE /items/${id}", "close: close ann", "advance: advance the clock by 1860000 ms",
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
	expectError(t, steps(`{"htpp": {}}`), `; is http meant?`)
	expectError(t, steps(`{"evict": {}, "wait": 1, "sleep": 2}`), `unknown fields ["wait" "sleep"]; allowed in a step are name, http, rpc,`)
	expectError(t, "{\n \"version\": 1,\n \"steps\": [\n  {\"evict\": {}},\n  {\"http\": {\"paht\": \"/\"}}\n ]\n}", `scenario.json:5:13: steps[1]: unknown field "paht"; allowed in http are method, path,`)
	expectError(t, steps(`{"http": {"path": "/", "object": "a"}}`), "http.object is given without class")
	expectError(t, steps(`{"open": {"socket": "s", "path": "/", "object": "a"}}`), "open.object is given without class")
	expectError(t, steps(`{"http": {"path": "/", "clas": "A"}}`), "is class meant?")
	expectError(t, "{\"version\": 1, \"steps\": [\n  {\"advance\": {\"ms\": -1}}]}", "scenario.json:2:16: steps[0]: advance.ms is -1")
	expectError(t, steps(`{"evict": {}, "evict": {}}`), `"evict" is there twice`)
	expectError(t, steps(`{"HTTP": {"path": "/"}}`), `is http meant?`)
	expectError(t, steps(`{"http": {"path": 5}}`), "path must be string, not number")
	expectError(t, steps(`{"http": {"path": "/", "headers": []}}`), "headers must be an object with text values, not array")
	expectError(t, steps(`{"purged": 1, "evict": {}}`), "purged must be true or false, not number")
	expectError(t, steps(`{"rpc": {"method": "add"}}`), "rpc.class is missing")
	expectError(t, steps(`{"rpc": {"class": "C"}}`), "rpc.method is missing")
	expectError(t, steps(`{"rpc": {"class": "C", "method": "alarm"}}`), `rpc.method is "alarm", which a stub does not pass on`)
	expectError(t, steps(`{"rpc": {"class": "C", "method": "m", "expect": {"json": 1, "throws": "x"}}}`), "both json and throws")
	expectError(t, steps(`{"burst": {"count": 3}}`), "a burst has exactly one of http, rpc (each with count) and each; this one has 0")
	expectError(t, steps(`{"burst": {"count": 2, "each": [{"http": {"path": "/"}}, {"http": {"path": "/"}}]}}`), "each is sent once")
	expectError(t, steps(`{"burst": {"each": [{"http": {"path": "/"}}]}}`), "burst.each has 1 request(s)")
	expectError(t, steps(`{"burst": {"each": [{"http": {"path": "/"}}, {}]}}`), "exactly one of http and rpc")
	expectError(t, steps(`{"burst": {"each": [{"http": {"path": "/"}}, {"rpc": {"class": "C"}}]}}`), "rpc.method is missing")
	expectError(t, steps(`{"evict": {}, "purged": true}`), "purged is for http, rpc, close and advance steps, not for evict")
	expectError(t, steps(`{"evict": {}, "capture": {"a": "$"}}`), "capture is for http, rpc and receive steps, not for evict")
	expectError(t, steps(`{"http": {"path": "/"}, "capture": {"1a": "$"}}`), `"1a" is no name`)
	expectError(t, steps(`{"http": {"path": "/"}, "capture": {"a": "id"}}`), `"id" is no place in an answer; it looks like $.items[0].id`)
	expectError(t, steps(`{"http": {"path": "/"}, "capture": {"a": "$.[x"}}`), "is no place in an answer")
	expectError(t, steps(`{"http": {"path": "/${id}"}, "capture": {"id": "$.id"}}`), "${id} is not captured by an earlier step; no step before has captured a value")
	expectError(t, steps(`{"http": {"path": "/"}, "capture": {"taskId": "$.id"}}, {"http": {"path": "/x", "json": {"a": ["${taskid}"]}}}`), "steps[1]: ${taskid} is not captured by an earlier step; captured before are taskId (is ${taskId} meant?)")
	expectError(t, steps(`{"http": {"path": "/", "body": "${a-b}"}}`), `"${a-b}" is no name of a captured value`)
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

func TestRequestsOfABurst(t *testing.T) {
	s, err := Parse([]byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Steps[5].Burst.Requests(); len(got) != 5 || got[4].HTTP.Path != "/add" {
		t.Errorf("5 × one: %+v", got)
	}
	if got := s.Steps[7].Burst.Requests(); len(got) != 2 || got[0].HTTP.Path != "/a" || got[1].RPC.Method != "add" {
		t.Errorf("each: %+v", got)
	}
}

func TestCapturedValues(t *testing.T) {
	take := Step{HTTP: &HTTP{Path: "/"}, Capture: map[string]string{"id": "$.items[1].id", "n": "$.n", "all": "$"}}
	v, err := take.Captured([]byte(` {"n": 12, "items": [{}, {"id": "a b/c"}]} `))
	if err != nil || string(v["id"]) != `"a b/c"` || string(v["n"]) != "12" {
		t.Fatalf("%s, %v", v, err)
	}
	for want, answer := range map[string]string{
		"the answer has no $.items[1].id": `{"n": 1, "items": []}`,
		"the answer is not JSON":          "oops",
	} {
		if _, err := take.Captured([]byte(answer)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want …%s…", answer, err, want)
		}
	}
	if v, err := (Step{Capture: map[string]string{"all": "$"}}).Captured([]byte("plain")); err != nil || string(v["all"]) != `"plain"` {
		t.Errorf("plain text: %s, %v", v, err)
	}

	for src, want := range map[string]string{
		`{"http": {"path": "/x/${id}?n=${n}", "headers": {"X-Id": "<${id}>"}, "json": {"id": "${id}", "n": "${n}", "t": "n is ${n}", "${n}": "$${n}", "big": 12345678901234567890}}}`: `{"http":{"path":"/x/a%20b%2Fc?n=12","headers":{"X-Id":"<a b/c>"},"json":{"12":"${n}","big":12345678901234567890,"id":"a b/c","n":12,"t":"n is 12"}}}`,
		`{"http": {"path": "/", "body": "${id}", "expect": {"text": "${n}", "json": ["${n}"]}}}`:                                                                                      `{"http":{"path":"/","body":"a b/c","expect":{"json":[12],"text":"12"}}}`,
		`{"rpc": {"class": "C", "object": "${id}", "method": "m", "args": ["${n}", ["${id}"]], "expect": {"throws": "no ${n}"}}}`:                                                     `{"rpc":{"class":"C","object":"a b/c","method":"m","args":[12,["a b/c"]],"expect":{"throws":"no 12"}}}`,
		`{"open": {"socket": "s", "path": "/${n}"}}`:                                                                   `{"open":{"socket":"s","path":"/12"}}`,
		`{"send": {"socket": "s", "json": {"id": "${id}"}}}`:                                                           `{"send":{"socket":"s","json":{"id":"a b/c"}}}`,
		`{"receive": {"socket": "s", "text": "${id}"}}`:                                                                `{"receive":{"socket":"s","text":"a b/c"}}`,
		`{"burst": {"each": [{"http": {"path": "/${n}"}}, {"rpc": {"class": "C", "method": "m", "args": ["${n}"]}}]}}`: `{"burst":{"each":[{"http":{"path":"/12"}},{"rpc":{"class":"C","method":"m","args":[12]}}]}}`,
	} {
		var s Step
		if err := json.Unmarshal([]byte(src), &s); err != nil {
			t.Fatal(err)
		}
		got, err := s.With(v)
		if text, _ := json.Marshal(got); err != nil || strings.ReplaceAll(strings.ReplaceAll(string(text), `\u003c`, "<"), `\u003e`, ">") != want {
			t.Errorf("%s\n got  %s, %v\n want %s", src, text, err, want)
		}
		if before, _ := json.Marshal(s); !strings.Contains(string(before), "${") {
			t.Errorf("the step itself was changed: %s", before)
		}
		if _, err := s.With(nil); err == nil || !strings.Contains(err.Error(), "has no value") {
			t.Errorf("without values: %v", err)
		}
	}
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
