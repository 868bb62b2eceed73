package scaffold

import "durable-objects-mcp/internal/blueprint"

// state is JSON values by key.
type state struct{ base }

func (state) uses() []string { return []string{"json"} }

func (state) tables(*view) []string { return []string{"entries"} }

func (state) play(s *script) {
	at := func(op blueprint.Op, key string) target {
		return target{op: op, object: "profile", item: key}
	}
	put := func(key, json string) target { t := at(blueprint.StateWrite, key); t.json = json; return t }
	s.ask("nothing is stored", at(blueprint.StateRead, "theme"), 404, "")
	s.ask("store a value", put("theme", `{"dark":true}`), 200, `{"key":"theme","value":{"dark":true}}`)
	s.evict()
	s.ask("it survived", at(blueprint.StateRead, "theme"), 200, `{"key":"theme","value":{"dark":true}}`)
	s.burst("the same write many times at once", 10, put("theme", `{"dark":false}`), 200, `{"value":{"dark":false}}`)
	s.ask("the last value stands", at(blueprint.StateRead, "theme"), 200, `{"value":{"dark":false}}`)
	bad := at(blueprint.StateWrite, "theme")
	bad.body = "{"
	s.ask("a value that is no JSON is refused", bad, 400, "")
	s.ask("a key outside the alphabet is refused", at(blueprint.StateRead, "a b"), 400, "")
	s.ask("remove it", at(blueprint.StateRemove, "theme"), 200, `{"key":"theme"}`)
	s.ask("it is gone", at(blueprint.StateRemove, "theme"), 404, "")
	s.ask("store another", put("language", `"en"`), 200, `{"value":"en"}`)
}

func (state) afterPurge(s *script) {
	read := target{op: blueprint.StateRead, object: "profile", item: "language"}
	s.ask("no value is left", read, 404, "")
	s.ask("values can be stored again", target{op: blueprint.StateWrite, object: "profile", item: "language", json: `"de"`}, 200, `{"value":"de"}`)
	s.ask("and read", read, 200, `{"value":"de"}`)
}

func (state) decisions(v *view) []string {
	return []string{"Values are JSON in one table, written by an upsert that also keeps the number of keys within its bound."}
}

func (state) limits(v *view) []string {
	return []string{"At most 1,000 keys of 16,384 bytes each per object."}
}

func (state) picture(v *view) []string {
	return []string{`worker --> values["read(), write(), remove()"]`, `values --> entries[("entries")]`}
}
