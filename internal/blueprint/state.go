package blueprint

import (
	"strings"
)

var (
	wantsState = re(`\bkey-value\b|\bkv store\b|\bsettings?\b|\bpreferences?\b|\bconfig(?:s|uration|urations)?\b|\bfeature flags?\b`)
	stateWords = wordSet(`key-value kv key keys value values setting settings preference preferences config configs configuration configurations feature flag flags
		get gets set sets put puts read reads write writes update updates delete deletes remove removes load save saves change changes`)
)

var stateDefinition = definition{
	kind: State, class: "StateStore", key: "name",
	title: "key-value state", parameters: "",
	about:  "JSON values by key",
	wants:  wantsState,
	speaks: re(`\bkey-value\b|\bkv\b|\bsettings?\b|\bpreferences?\b|\bconfig\w*\b|\bflags?\b`),
	words:  stateWords,
	cover: func(r *reader, c *clause) {
		if !r.fallback && c.speaksOf(State) {
			c.words(stateWords, "state", r.whereIs(StateRead)+", "+r.whereIs(StateWrite))
		}
	},
	operations: []operation{
		{op: StateRead, method: "GET", paths: []string{"/state", "/state/value"}, what: "value of a key", item: "key",
			words: strings.Fields(`state setting config preference value data kv flag pref`)},
		{op: StateWrite, method: "PUT", paths: []string{"/state", "/state/value"}, what: "stores a JSON value under a key", item: "key",
			words: strings.Fields(`state setting config preference value data kv flag pref`)},
		{op: StateRemove, method: "DELETE", paths: []string{"/state", "/state/value"}, what: "removes a key", item: "key",
			words: strings.Fields(`state setting config preference value data kv flag pref`)},
	},
}
