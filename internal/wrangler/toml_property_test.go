package wrangler

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// forms writes a tree as TOML in forms chosen at random.
type forms struct {
	*rand.Rand
	out     strings.Builder
	newline string
}

func (f *forms) chance(n int) bool { return f.Intn(n) == 0 }

func (f *forms) blank() string { return []string{"", " ", "  ", "\t"}[f.Intn(4)] }

// end ends a line, now and then with a comment and a blank line.
func (f *forms) end() {
	f.out.WriteString(f.blank())
	if f.chance(5) {
		f.out.WriteString("# [x] = \"{")
	}
	f.out.WriteString(f.newline)
	if f.chance(8) {
		f.out.WriteString("  # alone" + f.newline + f.newline)
	}
}

func (f *forms) key(key string) string {
	switch {
	case !bareKey.MatchString(key) || f.chance(8):
		return literal(key)
	case f.chance(12):
		return "'" + key + "'"
	}
	return key
}

func (f *forms) assignment(key string, v *value) {
	f.out.WriteString(f.blank() + key + f.blank() + "=" + f.blank())
	f.value(v)
}

// value writes v behind a key or in an array.
func (f *forms) value(v *value) {
	switch v.kind {
	case kindArray:
		f.out.WriteByte('[')
		lines := f.chance(3)
		for i, item := range v.items {
			if lines {
				f.end()
			}
			f.out.WriteString(f.blank())
			f.value(item)
			f.out.WriteString(f.blank())
			if i < len(v.items)-1 || f.chance(3) {
				f.out.WriteByte(',')
			}
		}
		if lines {
			f.end()
		}
		f.out.WriteByte(']')
	case kindObject:
		f.out.WriteByte('{')
		for i, m := range v.members {
			if i > 0 {
				f.out.WriteByte(',')
			}
			if m.value.kind == kindObject && len(m.value.members) == 1 && f.chance(3) {
				only := m.value.members[0]
				f.assignment(f.key(m.key)+"."+f.key(only.key), only.value)
				continue
			}
			f.assignment(f.key(m.key), m.value)
		}
		f.out.WriteString(f.blank() + "}")
	case kindString:
		f.out.WriteString(f.quoted(v.text))
	case kindNumber:
		if n := len(v.text); n > 3 && !strings.Contains(v.text, ".") && f.chance(2) {
			f.out.WriteString(v.text[:n-3] + "_" + v.text[n-3:])
			return
		}
		f.out.WriteString(v.text)
	default:
		f.out.WriteString(v.text)
	}
}

func (f *forms) quoted(s string) string {
	plain := !strings.ContainsAny(s, "'\n\r\x00\t")
	switch f.Intn(6) {
	case 0, 1:
		if plain {
			return "'" + s + "'"
		}
	case 2:
		if plain && f.newline == "\n" {
			return "'''" + f.newline + s + "'''"
		}
	case 3:
		return `""` + literal(s) + `""`
	}
	return literal(s)
}

// table writes the members of a table whose header, or none, is written.
func (f *forms) table(path string, v *value) {
	sub := make([]bool, len(v.members)) // written with a header of its own
	for i, m := range v.members {
		switch {
		case m.value.kind == kindObject:
			sub[i] = f.Intn(4) > 0
		case m.value.kind == kindArray && len(m.value.items) > 0:
			sub[i] = f.Intn(4) > 0 && !slices.ContainsFunc(m.value.items, func(item *value) bool { return item.kind != kindObject })
		}
	}
	for i, m := range v.members {
		if sub[i] {
			continue
		}
		if m.value.kind == kindObject && len(m.value.members) > 0 && f.chance(2) {
			for _, inner := range m.value.members {
				f.assignment(f.key(m.key)+f.blank()+"."+f.blank()+f.key(inner.key), inner.value)
				f.end()
			}
			continue
		}
		f.assignment(f.key(m.key), m.value)
		f.end()
	}
	for i, m := range v.members {
		name := path + f.key(m.key)
		switch {
		case !sub[i]:
		case m.value.kind == kindArray:
			for _, item := range m.value.items {
				f.out.WriteString(f.blank() + "[[" + f.blank() + name + f.blank() + "]]")
				f.end()
				f.table(name+".", item)
			}
		default:
			onlyTables := len(m.value.members) > 0 && !slices.ContainsFunc(m.value.members, func(m entry) bool { return m.value.kind != kindObject })
			if onlyTables && f.chance(2) {
				// [x.y] alone names x too.
				for _, inner := range m.value.members {
					innerName := name + "." + f.key(inner.key)
					f.out.WriteString("[" + innerName + "]")
					f.end()
					f.table(innerName+".", inner.value)
				}
				continue
			}
			f.out.WriteString(f.blank() + "[" + name + "]")
			f.end()
			f.table(name+".", m.value)
		}
	}
}

// sample makes the tree of a config, with wrong shapes if asked for.
type sample struct {
	*rand.Rand
	wrong bool
}

func str(s string) *value { return &value{kind: kindString, text: s} }

func obj(members ...entry) *value { return &value{kind: kindObject, members: members} }

func arr(items ...*value) *value { return &value{kind: kindArray, items: items} }

func strs(texts ...string) *value {
	v := arr()
	for _, s := range texts {
		v.items = append(v.items, str(s))
	}
	return v
}

func at(key string, v *value) entry { return entry{key: key, value: v} }

func (s *sample) chance(n int) bool { return s.Intn(n) == 0 }

// or now and then returns something of another shape.
func (s *sample) or(v *value) *value {
	if !s.wrong || !s.chance(12) {
		return v
	}
	return []*value{str("x"), {kind: kindNumber, text: "7"}, {kind: kindBool, text: "true"}, arr(), arr(str("x")), obj(), obj(at("x", str("y")))}[s.Intn(7)]
}

func (s *sample) class() string { return fmt.Sprintf("A%d", s.Intn(5)) }

func (s *sample) classes() *value {
	v := arr()
	for range s.Intn(3) {
		v.items = append(v.items, s.or(str(s.class())))
	}
	return s.or(v)
}

func (s *sample) any(depth int) *value {
	switch s.Intn(8) {
	case 0:
		return &value{kind: kindNumber, text: fmt.Sprint(s.Intn(100000))}
	case 1:
		return &value{kind: kindBool, text: "false"}
	case 2:
		return &value{kind: kindNumber, text: fmt.Sprintf("-%d.5", s.Intn(100))}
	case 3, 4:
		if depth > 0 {
			return arr(s.any(depth-1), s.any(depth-1))
		}
	case 5:
		if depth > 0 {
			return obj(at("a", s.any(depth-1)), at("b c", s.any(depth-1)))
		}
	}
	return str([]string{"", "x", "it's \"q\"", "two\nlines", "é#]", "back\\slash"}[s.Intn(6)])
}

func (s *sample) bindings() *value {
	list := arr()
	for i := range s.Intn(4) {
		b := obj(at("name", s.or(str(fmt.Sprintf("N%d", i)))), at("class_name", s.or(str(s.class()))))
		if s.chance(5) {
			b.members = append(b.members, at("script_name", s.or(str("far"))), at("environment", str("qa")))
		}
		if s.wrong && s.chance(8) {
			b.members = b.members[1:]
		}
		list.items = append(list.items, s.or(b))
	}
	block := obj(at("bindings", s.or(list)))
	if s.chance(6) {
		block.members = append(block.members, at("code_update_strategy", obj(at("mode", str("deferred")))))
	}
	if s.chance(8) {
		return obj()
	}
	return s.or(block)
}

func (s *sample) migrations() *value {
	list := arr()
	for i := range s.Intn(4) {
		m := obj(at("tag", s.or(str(fmt.Sprintf("v%d", i+1)))))
		for _, kind := range []string{"new_classes", "new_sqlite_classes", "deleted_classes", "new_sqllite_classes"} {
			if s.chance(4) {
				m.members = append(m.members, at(kind, s.classes()))
			}
		}
		if s.chance(4) {
			m.members = append(m.members, at("renamed_classes", s.or(arr(s.or(obj(at("from", str(s.class())), at("to", s.or(str(s.class())))))))))
		}
		if s.chance(5) {
			m.members = append(m.members, at("transferred_classes", arr(obj(at("from", str("X")), at("from_script", str("w")), at("to", str(s.class()))))))
		}
		list.items = append(list.items, s.or(m))
	}
	return s.or(list)
}

func (s *sample) level(top bool) *value {
	v := obj()
	add := func(key string, chance int, value func() *value) {
		if s.Intn(chance) > 0 {
			v.members = append(v.members, at(key, s.or(value())))
		}
	}
	seldom := func(key string, value func() *value) {
		if s.chance(4) {
			v.members = append(v.members, at(key, s.or(value())))
		}
	}
	add("name", 3, func() *value { return str("chat") })
	add("main", 3, func() *value { return str("src/index.ts") })
	add("compatibility_date", 3, func() *value { return str("2026-10-01") })
	seldom("compatibility_flags", func() *value { return strs("nodejs_compat", "rpc") })
	seldom("limits", func() *value { return obj(at("cpu_ms", s.or(&value{kind: kindNumber, text: "30000"}))) })
	seldom("observability", func() *value {
		return obj(at("enabled", s.or(&value{kind: kindBool, text: "true"})), at("logs", s.or(obj(at("enabled", &value{kind: kindBool, text: "false"})))))
	})
	add("durable_objects", 3, s.bindings)
	if s.chance(4) {
		v.members = append(v.members, at("exports", s.or(obj(at("A1", s.or(obj(at("type", str("durable-object")), at("storage", s.or(str("sqlite")))))), at("Old", obj(at("type", str("durable-object")), at("state", str("deleted"))))))))
	} else {
		add("migrations", 3, s.migrations)
	}
	seldom("vars", func() *value { return obj(at("LIMIT", s.any(2)), at("MO DE", s.any(2))) })
	seldom("kv_namespaces", func() *value { return arr(obj(at("binding", s.or(str("CACHE"))), at("id", str("1")))) })
	seldom("queues", func() *value { return obj(at("producers", arr(obj(at("binding", str("OUT")), at("queue", str("q")))))) })
	seldom("ai", func() *value { return obj(at("binding", str("AI"))) })
	seldom("rules", func() *value { return arr(obj(at("type", str("Text")), at("globs", strs("**/*.html")))) })
	if top && s.chance(2) {
		envs := obj()
		for i := range s.Intn(3) {
			envs.members = append(envs.members, at(fmt.Sprintf("e%d", i), s.or(s.level(false))))
		}
		v.members = append(v.members, at("env", s.or(envs)))
		if s.chance(3) {
			v.members = append(v.members, at("previews", s.or(obj(at("durable_objects", s.bindings())))))
		}
	}
	return v
}

// written is a random config in both languages.
func written(seed int64, wrong bool) (jsonText, tomlText string) {
	r := rand.New(rand.NewSource(seed))
	tree := (&sample{r, wrong}).level(true)
	f := &forms{Rand: r, newline: []string{"\n", "\r\n"}[r.Intn(2)]}
	f.table("", tree)
	return string(tree.raw()), f.out.String()
}

// TestSameInBoth: a config says the same in JSONC and in TOML, wrong shapes
// included, and every place in the TOML is where the value stands.
func TestSameInBoth(t *testing.T) {
	problems := 0
	for seed := range int64(2500) {
		jsonText, tomlText := written(seed, seed%2 == 1)
		want, err := Parse("wrangler.jsonc", []byte(jsonText))
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, jsonText)
		}
		got, err := Parse("wrangler.toml", []byte(tomlText))
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, tomlText)
		}
		if a, b := describe(got), describe(want); a != b {
			t.Fatalf("seed %d:\n%s\n%s\n got %s\nwant %s", seed, jsonText, tomlText, a, b)
		}
		problems += len(got.Problems)
		check := func(p Pos, text string) {
			if rest := tomlText[got.text.offset(p):]; !strings.HasPrefix(strings.TrimLeft(rest, `"'`+"\r\n"), text) {
				t.Fatalf("seed %d: at %v stands %.20q, not %q\n%s", seed, p, rest, text, tomlText)
			}
		}
		for _, k := range append(got.Keys, got.Unknown...) {
			check(k.Pos, k.Name)
		}
		for _, e := range got.Envs {
			check(e.Pos, e.Name)
		}
		for _, b := range got.Bindings {
			check(b.ClassPos, b.ClassName)
			if b.Pos == b.ClassPos {
				t.Fatalf("seed %d: the binding stands where its class does", seed)
			}
		}
		for _, m := range got.Migrations {
			check(m.TagPos, m.Tag)
			for _, c := range slices.Concat(m.New, m.NewSQLite, m.Deleted) {
				check(c.Pos, c.Name)
			}
		}
	}
	if problems < 500 {
		t.Errorf("only %d wrong shapes were tried", problems)
	}
}

// TestPastes: who pastes what a refusal says has a file with nothing to do.
func TestPastes(t *testing.T) {
	refused, handed := 0, 0
	for seed := range int64(4000) {
		_, in := written(seed, false)
		r := rand.New(rand.NewSource(seed))
		if r.Intn(4) == 0 {
			in = strings.TrimRight(in, "\r\n")
		}
		req := (&writer{Rand: r}).request()
		req.Name = "chat"
		for i := range req.Classes {
			req.Classes[i].Recreate = true
		}
		if r.Intn(4) == 0 {
			req.Rename = &Rename{From: "A0", To: "New"}
			req.Classes = slices.DeleteFunc(req.Classes, func(c ClassNeed) bool { return c.Class == "A0" })
		}
		if r.Intn(4) == 0 {
			req.RenameBinding = &Rename{From: "A1", To: "SECOND"}
		} else if r.Intn(2) == 0 && req.Rename == nil {
			req.TransferTo = &Handover{From: "A0", ToScript: "elsewhere", To: "A0"}
		}
		p, err := decideTOML("wrangler.toml", []byte(in), &req)
		if err != nil || len(p.plan.Changes) == 0 {
			continue // refused for other reasons, or complete
		}
		if req.TransferTo != nil {
			if p.form == Exports {
				continue // which is said in words
			}
			handed++
		}
		refused++
		out, done := "", 0
		for _, s := range p.pastes() {
			if s.say == "" || s.start < done {
				t.Fatalf("seed %d: %+v behind offset %d", seed, s, done)
			}
			out += in[done:s.start] + s.text
			done = s.end
		}
		out += in[done:]
		again, err := MakePlan("wrangler.toml", []byte(out), req)
		if err != nil || len(again.Config.Problems) > len(p.config.Problems) {
			t.Fatalf("seed %d: %v\n--- in\n%s\n--- out\n%s", seed, err, in, out)
		}
	}
	if refused < 1000 || handed < 50 {
		t.Errorf("only %d configs got something to paste, %d of them a hand-over", refused, handed)
	}
}

// TestPastesDoTheSame: what a refusal says to paste makes of a TOML file what the
// edit makes of the same file in JSONC, whatever is asked and however it is written.
func TestPastesDoTheSame(t *testing.T) {
	asked := map[string]int{}
	for seed := range int64(6000) {
		r := rand.New(rand.NewSource(seed))
		s := &sample{r, false}
		durable := func(more ...entry) *value { return obj(append([]entry{at("type", str("durable-object"))}, more...)...) }
		live := func() *value { return durable(at("storage", str("sqlite"))) }
		binding := func(name, class string, more ...entry) *value {
			return obj(append([]entry{at("name", str(name)), at("class_name", str(class))}, more...)...)
		}
		foreign := []entry{at("script_name", str("old"))}
		if s.chance(2) {
			foreign = append(foreign, at("environment", str("qa")))
		}
		bindings := arr(binding("A0", "A0"), binding("B0", "B0"), binding("OLD", "In", foreign...), binding("AGAIN", "A0"))
		r.Shuffle(len(bindings.items), func(i, j int) { bindings.items[i], bindings.items[j] = bindings.items[j], bindings.items[i] })
		tree := obj(at("name", str("chat")), at("main", str("src/index.ts")), at("compatibility_date", str("2026-10-01")))
		if s.chance(3) {
			tree.members = append(tree.members, at("vars", obj(at("X", s.any(1)))))
		}
		tree.members = append(tree.members, at("durable_objects", obj(at("bindings", bindings))))
		what, req := "", Request{}
		requests := map[string]Request{
			"delete":     {Delete: []string{"A0"}},
			"delete two": {Delete: []string{"A0", "B0"}},
			"give":       {TransferTo: &Handover{From: "A0", ToScript: "new", To: "A0"}},
			"add":        need("Further"),
			"bind":       {RenameBinding: &Rename{From: "B0", To: "BEE"}},
		}
		if s.chance(3) {
			list := arr(obj(at("tag", str("v1")), at("new_sqlite_classes", strs("A0", "B0"))), obj(at("tag", str("v2")), at("new_classes", strs("C0"))))
			tree.members = append(tree.members, at("migrations", list))
			requests["move"] = Request{MoveToExports: true}
			requests["rename"] = Request{Rename: &Rename{From: "A0", To: "New"}}
			requests["take"] = Request{Transfer: &Transfer{From: "In", FromScript: "old", To: "In"}}
		} else {
			incoming := durable(at("state", str("expecting-transfer")), at("storage", str("sqlite")), at("transfer_from", str("old")))
			exports := obj(at("A0", live()), at("B0", live()), at("In", incoming),
				at("Was", durable(at("state", str("renamed")), at("renamed_to", str("B0")))), at("Gone", durable(at("state", str("transferred")), at("transferred_to", str("new")))))
			r.Shuffle(len(exports.members), func(i, j int) { exports.members[i], exports.members[j] = exports.members[j], exports.members[i] })
			if s.chance(6) { // an entry that goes may be the last
				bindings.items = nil
				exports = obj(at("Gone", durable(at("state", str("transferred")), at("transferred_to", str("new")))))
				requests = map[string]Request{}
			}
			tree.members = append(tree.members, at("exports", exports))
			if len(requests) > 0 {
				requests["rename"] = Request{Rename: &Rename{From: "A0", To: "New"}, Deployed: 1}
				requests["renamed"] = Request{Rename: &Rename{From: "Was", To: "B0"}, Deployed: 3}
				requests["settle"] = Request{Transfer: &Transfer{From: "In", FromScript: "old", To: "In"}, Deployed: 2}
			}
			requests["forget"] = Request{TransferTo: &Handover{From: "Gone", ToScript: "new", To: "Gone"}, Deployed: 3}
		}
		names := slices.Sorted(maps.Keys(requests))
		what = names[r.Intn(len(names))]
		req = requests[what]
		f := &forms{Rand: r, newline: []string{"\n", "\r\n"}[r.Intn(2)]}
		f.table("", tree)
		in := f.out.String()
		if s.chance(4) {
			in = strings.TrimRight(in, "\r\n")
		}
		want, err := MakePlan("wrangler.jsonc", tree.raw(), req)
		if err != nil {
			t.Fatalf("seed %d, %s: %v\n%s", seed, what, err, tree.raw())
		}
		p, err := decideTOML("wrangler.toml", []byte(in), &req)
		if err != nil {
			t.Fatalf("seed %d, %s: %v", seed, what, err)
		}
		out, done := "", 0
		for _, s := range p.pastes() {
			if s.say == "" || s.start < done {
				t.Fatalf("seed %d, %s: %+v behind offset %d\n%s", seed, what, s, done, in)
			}
			out += in[done:s.start] + s.text
			done = s.end
		}
		out += in[done:]
		got, err := Parse("wrangler.toml", []byte(out))
		if err != nil {
			t.Fatalf("seed %d, %s: %v\n--- in\n%s\n--- out\n%s", seed, what, err, in, out)
		}
		if a, b := describe(got), describe(want.Config); a != b {
			t.Fatalf("seed %d, %s:\n--- in\n%s\n--- out\n%s\n--- not\n%s\n got %s\nwant %s", seed, what, in, out, want.Output, a, b)
		}
		asked[what]++
	}
	for _, what := range []string{"delete", "delete two", "give", "add", "bind", "move", "rename", "take", "renamed", "settle", "forget"} {
		if asked[what] < 100 {
			t.Errorf("%s was asked %d times", what, asked[what])
		}
	}
}

// FuzzTOML compares the tree with what another decoder reads, which stops at
// the first thing that it refuses.
func FuzzTOML(f *testing.F) {
	f.Add(everythingTOML)
	for seed := range int64(30) {
		_, text := written(seed, true)
		f.Add(text)
	}
	for _, text := range []string{
		"a = 1\na = 2", "[a]\n[a]", "a.b = 1\n[a]\nc = 1", "[a.b]\n[a]\nb.c = 1", "a = [{ b = 1 }]\n[[a]]", "[a]\nb.c = 1\n[a.b]", "[a.b.c]\n[a]\nb.d = 1",
		"[[a]]\n[a.b]\n[[a]]\n[a.b]", "[a]\nb.c = 1\n[a.b.x]\nd = 1", "[[a.b]]\n[a]\nb.c = 1", "[a]\n[[a.b]]\n[a.b.c]\n[[a]]", "a = { b = { c = 1 } }\n[a.b.d]",
		"a = [[1], [{ b.c = 1 }, # x\n\n{}],]", "a = 1979-05-27T07:32:00.5-07:00\nb = 07:32\nc = 1979-05-27 07:32:00", "a = 0x_1", "a = 1e999", "a = \"\"\"\n\\\n \"\"\"\"\"", "\"\" = 1\n[x.\"\"]",
		"a = 9223372036854775808", "a = -0.0\nb = +0\nc = inf", "a = 2026-02-30",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, src string) {
		config, err := Parse("wrangler.toml", []byte(src))
		src = strings.TrimPrefix(src, "\xef\xbb\xbf")
		var other map[string]any
		otherErr := toml.Unmarshal([]byte(src), &other)
		if err != nil {
			if parseErr := err.(*ParseError); otherErr == nil && !strings.Contains(parseErr.Message, "deep") {
				t.Fatalf("%v; the other decoder reads it", err)
			}
			return
		}
		whole := slices.ContainsFunc(config.Problems, func(p Problem) bool { return strings.Contains(p.Message, "refuses the whole file") })
		if otherErr != nil {
			if !whole {
				t.Fatalf("no problem, but: %v", otherErr)
			}
			return
		}
		if whole {
			if !slices.ContainsFunc(config.Problems, func(p Problem) bool { return strings.Contains(p.Message, "cannot be read") }) {
				t.Fatalf("%+v; the other decoder reads it", config.Problems)
			}
			return
		}
		want, err := json.Marshal(other)
		if err != nil || hasDate(config.toml) {
			return // infinite numbers and dates have no one form in JSON
		}
		var a, b any
		if err := json.Unmarshal(config.toml.raw(), &a); err != nil {
			t.Fatalf("%v: %s", err, config.toml.raw())
		}
		if err := json.Unmarshal(want, &b); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("got %s\nwant %s", config.toml.raw(), want)
		}
	})
}

func hasDate(v *value) bool {
	for _, m := range v.members {
		if hasDate(m.value) {
			return true
		}
	}
	return v.kind == kindDate || slices.ContainsFunc(v.items, hasDate)
}
