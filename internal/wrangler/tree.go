package wrangler

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/tailscale/hujson"
)

// language is what a config is written in.
type language string

const (
	langJSONC language = "JSONC"
	langTOML  language = "TOML"
)

// kind is what a value is, by the terms of JSON; only a date is TOML's own.
type kind int

const (
	kindObject kind = iota
	kindArray
	kindString
	kindNumber
	kindBool
	kindNull
	kindDate
)

// value is a config, or a part of it, without regard to its language: what
// wrangler gets from its parser, with the place of everything.
type value struct {
	kind    kind
	start   int      // offset of the value
	text    string   // of a string, what it says; of the other scalars, the JSON for it; of a date, as it is written
	members []entry  // of an object, in file order
	items   []*value // of an array

	// What only TOML has, for the rules on what may be added to a table and
	// for telling where to paste: how the value came about and, of a value
	// behind a key, the offset where it ends.
	origin origin
	end    int
}

// entry is a key of an object with its value.
type entry struct {
	key   string
	at    int // offset of the key
	value *value
}

// find returns the entry with a key, or nil. Of duplicates the last counts,
// as it does for wrangler.
func (v *value) find(key string) *entry {
	for i := len(v.members) - 1; i >= 0; i-- {
		if v.members[i].key == key {
			return &v.members[i]
		}
	}
	return nil
}

// said is the text at a key, "" if there is none.
func (v *value) said(key string) string {
	if m := v.find(key); m != nil && m.value.kind == kindString {
		return m.value.text
	}
	return ""
}

// at returns the value at a path of keys, or nil if it is not there.
func (v *value) at(path ...string) *value {
	for _, key := range path {
		if v.kind != kindObject {
			return nil
		}
		m := v.find(key)
		if m == nil {
			return nil
		}
		v = m.value
	}
	return v
}

// locate returns the offset of what is at a path of keys and indexes, or of a key of
// it. A path that leads nowhere ends at the last part that is there.
func (v *value) locate(path []string, key string) int {
	at := v.start
	for _, part := range path {
		if m := v.find(part); m != nil {
			v = m.value
		} else if i, err := strconv.Atoi(part); err == nil && i < len(v.items) {
			v = v.items[i]
		} else {
			return at
		}
		at = v.start
	}
	if m := v.find(key); m != nil && key != "" {
		return m.at
	}
	return at
}

// json appends the value as JSON without space.
func (v *value) json(b *bytes.Buffer) {
	switch v.kind {
	case kindObject:
		for i, m := range v.members {
			b.WriteByte("{,"[min(i, 1)])
			b.WriteString(literal(m.key))
			b.WriteByte(':')
			m.value.json(b)
		}
		if len(v.members) == 0 {
			b.WriteByte('{')
		}
		b.WriteByte('}')
	case kindArray:
		for i, item := range v.items {
			b.WriteByte("[,"[min(i, 1)])
			item.json(b)
		}
		if len(v.items) == 0 {
			b.WriteByte('[')
		}
		b.WriteByte(']')
	case kindString, kindDate:
		b.WriteString(literal(v.text))
	default:
		b.WriteString(v.text)
	}
}

// raw is the value as JSON.
func (v *value) raw() json.RawMessage {
	var b bytes.Buffer
	v.json(&b)
	return b.Bytes()
}

func literal(s string) string { return string(hujson.String(s)) }

// String names the kind for a message.
func (k kind) String() string {
	return [...]string{"an object", "an array", "a string", "a number", "a boolean", "null", "a date without quotes"}[k]
}
