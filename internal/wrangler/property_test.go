package wrangler

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/tailscale/hujson"
)

// writer generates configs in random styles. Every layout that JSONC allows
// can come out of it: spread or not, hugging brackets, comments anywhere.
type writer struct {
	*rand.Rand
	newline, unit string
	trailing      bool
}

func newWriter(r *rand.Rand) *writer {
	return &writer{
		Rand:     r,
		newline:  []string{"\n", "\r\n"}[r.Intn(2)],
		unit:     []string{"  ", "    ", "\t", ""}[r.Intn(4)],
		trailing: r.Intn(2) == 0,
	}
}

func (w *writer) chance(n int) bool { return w.Intn(n) == 0 }

// gap is optional space, with a comment now and then.
func (w *writer) gap() string {
	switch w.Intn(12) {
	case 0:
		return " /* [{ */ "
	case 1:
		return " // \"" + w.newline
	case 2:
		return w.newline
	case 3:
		return " /* a" + w.newline + "b */"
	case 4:
		return " "
	}
	return ""
}

// list writes items between brackets.
func (w *writer) list(open, end string, depth int, items []string) string {
	var b strings.Builder
	b.WriteString(open)
	spread := w.Intn(3) > 0
	for i, it := range items {
		if spread {
			b.WriteString(w.newline + strings.Repeat(w.unit, depth+1))
		}
		if w.chance(6) {
			b.WriteString(w.gap())
		}
		b.WriteString(it)
		if w.chance(8) {
			b.WriteString(w.gap())
		}
		if i < len(items)-1 || w.trailing && w.Intn(4) > 0 {
			b.WriteString(",")
			if w.chance(8) {
				b.WriteString(" // behind" + w.newline)
			}
		}
	}
	if w.chance(6) {
		b.WriteString(w.gap())
	}
	if spread && w.Intn(5) > 0 {
		b.WriteString(w.newline + strings.Repeat(w.unit, depth))
	}
	return b.String() + end
}

func (w *writer) object(depth int, members ...string) string {
	return w.list("{", "}", depth, members)
}

func (w *writer) member(key, value string) string {
	return fmt.Sprintf("%q%s:%s%s", key, []string{"", " "}[w.Intn(2)], []string{"", " "}[w.Intn(2)], value)
}

func (w *writer) strings(depth int, values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = fmt.Sprintf("%q", v)
	}
	return w.list("[", "]", depth, quoted)
}

// bindings writes a durable_objects block for classes.
func (w *writer) bindings(depth int, classes []string) string {
	var members []string
	if len(classes) > 0 || w.chance(2) {
		var elems []string
		for _, c := range classes {
			elems = append(elems, w.object(depth+2, w.member("name", fmt.Sprintf("%q", BindingName(c))), w.member("class_name", fmt.Sprintf("%q", c))))
		}
		members = append(members, w.member("bindings", w.list("[", "]", depth+1, elems)))
	}
	return w.object(depth, members...)
}

// config writes a file that has some of the classes A0, A1, … bound and some
// created.
func (w *writer) config() string {
	var created, bound []string
	for i := range w.Intn(4) {
		class := fmt.Sprintf("A%d", i)
		created = append(created, class)
		if w.Intn(3) > 0 {
			bound = append(bound, class)
		}
	}
	var members []string
	if w.Intn(4) > 0 {
		members = append(members, w.member("name", `"chat"`))
	}
	if w.Intn(4) > 0 {
		members = append(members, w.member("main", `"src/index.ts"`))
	}
	if w.Intn(4) > 0 {
		members = append(members, w.member("compatibility_date", `"2026-10-01"`))
	}
	if w.chance(3) {
		members = append(members, w.member("vars", w.object(1, w.member("X", "[1,{}]"))))
	}
	if len(bound) > 0 || w.chance(2) {
		members = append(members, w.member("durable_objects", w.bindings(1, bound)))
	}
	switch exports := w.chance(4); {
	case exports:
		var entries []string
		for _, c := range created {
			entries = append(entries, w.member(c, w.object(2, w.member("type", `"durable-object"`), w.member("storage", `"sqlite"`))))
		}
		members = append(members, w.member("exports", w.object(1, entries...)))
	case len(created) > 0 || w.chance(2):
		var entries []string
		for i, c := range created {
			entries = append(entries, w.object(2, w.member("tag", fmt.Sprintf(`"v%d"`, i+1)), w.member("new_sqlite_classes", w.strings(3, []string{c}))))
		}
		members = append(members, w.member("migrations", w.list("[", "]", 1, entries)))
	}
	if w.chance(2) {
		var envs []string
		for i := range w.Intn(3) {
			var own []string
			if w.chance(2) {
				own = append(own, w.member("durable_objects", w.bindings(3, bound)))
			}
			if w.chance(3) {
				own = append(own, w.member("vars", "{}"))
			}
			envs = append(envs, w.member(fmt.Sprintf("e%d", i), w.object(2, own...)))
		}
		members = append(members, w.member("env", w.object(1, envs...)))
	}
	if w.chance(4) {
		w.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	}
	text := w.gap() + w.object(0, members...)
	if w.Intn(3) > 0 {
		text += w.newline
	}
	if w.chance(5) {
		text = "\xef\xbb\xbf" + text
	}
	return text
}

func (w *writer) request() Request {
	req := Request{Main: "src/index.ts", CompatibilityDate: "2026-11-01"}
	for i := range 6 {
		if w.chance(2) {
			req.Classes = append(req.Classes, ClassNeed{Class: fmt.Sprintf("A%d", i)})
		}
	}
	if len(req.Classes) == 0 {
		req.Classes = []ClassNeed{{Class: "Zed"}}
	}
	if w.chance(5) {
		req.Environment = "qa"
	}
	return req
}

// TestAdditions: whatever the layout, the plan provides what was asked for,
// keeps every byte of the file but space, and has nothing left to do.
func TestAdditions(t *testing.T) {
	for seed := range int64(4000) {
		w := newWriter(rand.New(rand.NewSource(seed)))
		in, req := w.config(), w.request()
		plan, err := MakePlan("wrangler.jsonc", []byte(in), req)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, in)
		}
		fail := func(format string, args ...any) {
			t.Helper()
			t.Fatalf("seed %d: %s\n--- in\n%s\n--- out\n%s", seed, fmt.Sprintf(format, args...), in, plan.Output)
		}
		if _, err := hujson.Parse(append(slices.Clone([]byte(strings.TrimPrefix(string(plan.Output), "\xef\xbb\xbf"))), '\n')); err != nil {
			fail("output: %v", err)
		}
		if _, ok := plan.Config.Resolve("qa"); ok != (req.Environment != "") {
			fail("the environment %q is there: %v", req.Environment, ok)
		}
		levels := []*Scope{&plan.Config.Scope}
		for i := range plan.Config.Envs {
			s, _ := plan.Config.Resolve(plan.Config.Envs[i].Name)
			levels = append(levels, &s)
		}
		for _, level := range levels {
			for _, need := range req.Classes {
				if state := level.Class(need.Class); !state.Live || state.Backend != SQLite {
					fail("%s is not live: %+v", need.Class, state)
				}
				if !slices.ContainsFunc(level.Bindings, func(b Binding) bool {
					return b.ClassName == need.Class && b.Name == BindingName(need.Class)
				}) {
					fail("%s is not bound", need.Class)
				}
			}
		}
		if c := plan.Config; !c.Name.Set || !c.Main.Set || !c.CompatibilityDate.Set || len(c.Problems) > 0 {
			fail("incomplete: %+v", c.Problems)
		}
		before, _ := Parse("wrangler.jsonc", []byte(in))
		if got, want := plan.Config.Migrations, before.Migrations; len(got) < len(want) || len(got) > len(want)+1 {
			fail("%d migrations became %d", len(want), len(got))
		}
		if missing := notKept(in, string(plan.Output)); missing != "" {
			fail("lost from %q on", missing)
		}
		if strings.Contains(in, "\r\n") && strings.Count(in, "\r\n") == strings.Count(in, "\n") {
			if strings.Count(string(plan.Output), "\r\n") != strings.Count(string(plan.Output), "\n") {
				fail("mixed line ends")
			}
		}
		if !endsInBlanks(in) && endsInBlanks(string(plan.Output)) {
			fail("a new line ends in blanks")
		}
		again, err := MakePlan("wrangler.jsonc", plan.Output, req)
		if err != nil || again.Changed {
			fail("planned again: %v\n%s", err, again.Diff)
		}
	}
}

func endsInBlanks(text string) bool {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if line != strings.TrimRight(line, " \t") {
			return true
		}
	}
	return false
}

// notKept returns the rest of in, without space, from the first byte that out
// does not have in the same order.
func notKept(in, out string) string {
	strip := strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "")
	a, b := strip.Replace(in), strip.Replace(out)
	for len(a) > 0 && len(b) > 0 {
		if a[0] == b[0] {
			a = a[1:]
		}
		b = b[1:]
	}
	return a
}

// TestLineDiff: in a file with a line for each item, additions only add lines;
// at most, the line before them gets its comma.
func TestLineDiff(t *testing.T) {
	for seed := range int64(300) {
		r := rand.New(rand.NewSource(seed))
		var bindings, migrations []string
		for i := range r.Intn(4) {
			bindings = append(bindings, fmt.Sprintf("      { \"name\": \"A%d\", \"class_name\": \"A%d\" }", i, i))
			migrations = append(migrations, fmt.Sprintf("    { \"tag\": \"v%d\", \"new_sqlite_classes\": [\"A%d\"] }", i+1, i))
		}
		in := "{\n  \"name\": \"chat\",\n  \"main\": \"src/index.ts\",\n  \"compatibility_date\": \"2026-10-01\",\n" +
			"  \"durable_objects\": {\n    \"bindings\": [\n" + strings.Join(bindings, ",\n") + "\n    ]\n  },\n" +
			"  \"migrations\": [\n" + strings.Join(migrations, ",\n") + "\n  ]\n}\n"
		plan, err := MakePlan("wrangler.jsonc", []byte(in), newWriter(r).request())
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(plan.Diff, "\n")
		for i, line := range lines {
			if !strings.HasPrefix(line, "-") || strings.HasPrefix(line, "---") {
				continue
			}
			if line == "-" || slices.Contains(lines[i:], "+"+line[1:]+",") {
				continue // an empty array's blank line, or a comma
			}
			t.Fatalf("seed %d: a line is lost: %s\n%s", seed, line, plan.Diff)
		}
	}
}

// TestRemovals: deletions leave the rest of the file alone in every layout.
func TestRemovals(t *testing.T) {
	for seed := range int64(4000) {
		w := newWriter(rand.New(rand.NewSource(seed)))
		in := w.config()
		before, err := Parse("wrangler.jsonc", []byte(in))
		if err != nil {
			t.Fatal(err)
		}
		live := before.LiveClasses()
		if len(live) == 0 {
			continue
		}
		req := Request{Main: "src/index.ts", CompatibilityDate: "2026-11-01", Name: "chat", Delete: live[:1+w.Intn(len(live))]}
		plan, err := MakePlan("wrangler.jsonc", []byte(in), req)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, in)
		}
		kept := live[len(req.Delete):]
		if got := plan.Config.LiveClasses(); !slices.Equal(got, kept) {
			t.Fatalf("seed %d: live are %v, want %v", seed, got, kept)
		}
		bound := func(bs []Binding) (out []string) {
			for _, b := range bs {
				if !slices.Contains(req.Delete, b.ClassName) {
					out = append(out, b.Name)
				}
			}
			return out
		}
		if got, want := len(plan.Config.Bindings), bound(before.Bindings); got != len(want) || !slices.Equal(bound(plan.Config.Bindings), want) {
			t.Fatalf("seed %d: bound are %+v, want %v", seed, plan.Config.Bindings, want)
		}
		again, err := MakePlan("wrangler.jsonc", plan.Output, req)
		if err != nil || again.Changed {
			t.Fatalf("seed %d: planned again: %v\n%s", seed, err, again.Diff)
		}
	}
}

// complete gives the environments of a config the bindings that they lack, which
// any plan does.
func complete(t *testing.T, config string) string {
	t.Helper()
	plan, err := MakePlan("wrangler.jsonc", []byte(config), Request{})
	if err != nil {
		t.Fatalf("%v\n%s", err, config)
	}
	return string(plan.Output)
}

// TestBindingRenames: every binding of that name gets the new one, and nothing
// else changes in the file.
func TestBindingRenames(t *testing.T) {
	renamed := 0
	for seed := range int64(2000) {
		in := complete(t, newWriter(rand.New(rand.NewSource(seed))).config())
		plan, err := MakePlan("wrangler.jsonc", []byte(in), Request{RenameBinding: &Rename{From: "A0", To: "FIRST"}})
		if !strings.Contains(in, `"A0"`) || err != nil && strings.Contains(err.Error(), "is called A0") {
			continue
		}
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, in)
		}
		back, err := MakePlan("wrangler.jsonc", plan.Output, Request{RenameBinding: &Rename{From: "FIRST", To: "A0"}})
		if err != nil || string(back.Output) != in {
			t.Fatalf("seed %d: renamed there and back: %v\n--- in\n%s\n--- out\n%s", seed, err, in, plan.Output)
		}
		if !plan.Changed {
			t.Fatalf("seed %d: nothing changes in\n%s", seed, in)
		}
		renamed++
	}
	if renamed < 300 {
		t.Errorf("only %d bindings were renamed", renamed)
	}
}

// TestMoves: whatever the layout, exports declares what the migrations ended with,
// and all other parts of the file stay.
func TestMoves(t *testing.T) {
	moved := 0
	for seed := range int64(3000) {
		in := complete(t, newWriter(rand.New(rand.NewSource(seed))).config())
		before, err := Parse("wrangler.jsonc", []byte(in))
		if err != nil {
			t.Fatal(err)
		}
		req := Request{MoveToExports: true}
		plan, err := MakePlan("wrangler.jsonc", []byte(in), req)
		if err != nil {
			if len(before.LiveClasses()) > 0 {
				t.Fatalf("seed %d: %v\n%s", seed, err, in)
			}
			continue
		}
		if !before.HasMigrations {
			if plan.Changed {
				t.Fatalf("seed %d: without migrations, it changes\n%s", seed, plan.Diff)
			}
			continue
		}
		moved++
		after := plan.Config
		if after.Lifecycle() != Exports || !slices.Equal(after.LiveClasses(), before.LiveClasses()) || len(after.Bindings) != len(before.Bindings) || len(after.Keys) != len(before.Keys) {
			t.Fatalf("seed %d:\n--- in\n%s\n--- out\n%s", seed, in, plan.Output)
		}
		for _, class := range before.LiveClasses() {
			if after.Class(class).Backend != before.Class(class).Backend {
				t.Fatalf("seed %d: %s is %+v", seed, class, after.Class(class))
			}
		}
		for _, comment := range comments([]byte(in)) {
			for line := range strings.Lines(comment) {
				if line = strings.Trim(line, "/* \t\r\n"); !strings.Contains(string(plan.Output), line) {
					t.Fatalf("seed %d: the comment %q is lost\n--- in\n%s\n--- out\n%s", seed, line, in, plan.Output)
				}
			}
		}
		again, err := MakePlan("wrangler.jsonc", plan.Output, req)
		if err != nil || again.Changed {
			t.Fatalf("seed %d: planned again: %v\n%s", seed, err, again.Diff)
		}
	}
	if moved < 300 {
		t.Errorf("only %d configs moved", moved)
	}
}

func FuzzPlan(f *testing.F) {
	f.Add(everything, "Room", "", "")
	f.Add(base, "Lobby", "Room", "Fresh")
	f.Add(withExports, "Lobby", "Room", "")
	f.Add("{\"a\": [1,], // x\n}", "A", "B", "C")
	for seed := range int64(20) {
		f.Add(newWriter(rand.New(rand.NewSource(seed))).config(), "A1", "A0", "")
	}
	f.Fuzz(func(t *testing.T, src, class, end, to string) {
		config, err := Parse("wrangler.jsonc", []byte(src))
		if err != nil {
			return
		}
		config.LineText(len(src))
		req := Request{Main: "a.ts", CompatibilityDate: "2026-10-01", Classes: []ClassNeed{{Class: class, Recreate: true}}}
		switch {
		case end != "" && to != "":
			req.Rename = &Rename{From: end, To: to}
		case end != "":
			req.Delete = []string{end}
		}
		plan, err := MakePlan("wrangler.jsonc", []byte(src), req)
		if err != nil {
			return
		}
		if state := plan.Config.Class(class); !state.Live && state.TransferredTo == "" && plan.Stages == nil {
			t.Fatalf("%s is not live in\n%s", class, plan.Output)
		}
		again, err := MakePlan("wrangler.jsonc", plan.Output, req)
		if err != nil || again.Changed {
			t.Fatalf("planned again: %v\n%+v", err, again)
		}
	})
}

// benchmarkFile has 0.7 KB, comments and trailing commas.
const benchmarkFile = `/**
 * For more details on how to configure Wrangler, refer to the documentation.
 */
{
	"$schema": "node_modules/wrangler/config-schema.json",
	"name": "chat",
	"main": "src/index.ts",
	"compatibility_date": "2026-10-01",
	// logs
	"observability": {
		"enabled": true,
	},
	"vars": { "LIMIT": "100", "MODE": "production" },
	"kv_namespaces": [
		{ "binding": "CACHE", "id": "0123456789abcdef0123456789abcdef" },
	],
	"durable_objects": {
		"bindings": [
			{ "name": "CHAT_ROOM", "class_name": "ChatRoom" }, // one per room
		],
	},
	"migrations": [
		{ "tag": "v1", "new_sqlite_classes": ["ChatRoom"] },
	],
	/* "routes": [{ "pattern": "chat.example.com", "custom_domain": true }] */
}
`

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("wrangler.jsonc", []byte(benchmarkFile)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPlan(b *testing.B) {
	for name, class := range map[string]string{"add": "Lobby", "nothing": "ChatRoom"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := MakePlan("wrangler.jsonc", []byte(benchmarkFile), need(class)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
