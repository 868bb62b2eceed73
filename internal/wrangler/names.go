package wrangler

import (
	"strconv"
	"strings"
	"unicode"

	"durable-objects-mcp/internal/lazyregexp"
)

// Find returns the config file of a directory in which files reports what
// exists, or "". The order is wrangler's own (findWranglerConfig in
// cloudflare/workers-sdk, packages/workers-utils/src/config/config-helpers.ts):
// with both JSON names present it reads wrangler.json, and TOML comes last.
func Find(files func(name string) bool) string {
	for _, name := range []string{"wrangler.json", "wrangler.jsonc", "wrangler.toml"} {
		if files(name) {
			return name
		}
	}
	return ""
}

// BindingName derives the binding of a class: ChatRoom → CHAT_ROOM,
// HTTPCache → HTTP_CACHE.
func BindingName(class string) string {
	name := strings.ToUpper(strings.Join(words(class), "_"))
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		return strings.TrimSuffix("OBJECT_"+name, "_")
	}
	return name
}

// WorkerName derives a Worker's name from a class: ChatRoom → chat-room.
func WorkerName(class string) string {
	name := strings.ToLower(strings.Join(words(class), "-"))
	if name == "" {
		return "worker"
	}
	return name
}

// words splits an identifier at its humps and underscores. Characters outside
// ASCII are dropped, since neither derived name may hold them.
func words(ident string) []string {
	var out []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			out = append(out, string(word))
			word = nil
		}
	}
	rs := []rune(ident)
	for i, r := range rs {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			flush()
			continue
		}
		if i > 0 && unicode.IsUpper(r) {
			prev := rs[i-1]
			acronymEnds := unicode.IsUpper(prev) && i+1 < len(rs) && unicode.IsLower(rs[i+1])
			if unicode.IsLower(prev) || unicode.IsDigit(prev) || acronymEnds {
				flush()
			}
		}
		word = append(word, r)
	}
	flush()
	return out
}

var (
	dashedDate  = lazyregexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)
	compactDate = lazyregexp.MustCompile(`^20\d{6}$`)
	numbered    = lazyregexp.MustCompile(`^(.*?)(\d+)$`)
)

// nextTag continues the style of a file's migration tags: v1 → v2,
// v0009 → v0010, 2026-01-31 → today, add-rooms → add-rooms-2. The result is
// always new. today (YYYY-MM-DD) may be empty; then a dated tag gets a suffix
// rather than a date that never was.
func nextTag(tags []string, today string) string {
	used := map[string]bool{"": true}
	last := ""
	for _, t := range tags {
		used[t] = true
		if t != "" {
			last = t
		}
	}
	if last == "" {
		last = "v0"
	}
	if dashedDate.MatchString(last) && !used[today] {
		return today
	}
	if compact := strings.ReplaceAll(today, "-", ""); compactDate.MatchString(last) && !used[compact] {
		return compact
	}
	dated := dashedDate.MatchString(last) || compactDate.MatchString(last)
	if m := numbered.FindStringSubmatch(last); m != nil && !dated {
		for digits := m[2]; ; {
			digits = increment(digits)
			if tag := m[1] + digits; !used[tag] {
				return tag
			}
		}
	}
	for n := 2; ; n++ {
		if tag := last + "-" + strconv.Itoa(n); !used[tag] {
			return tag
		}
	}
}

// increment adds one to a decimal number of any length, keeping its width.
func increment(digits string) string {
	b := []byte(digits)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] != '9' {
			b[i]++
			return string(b)
		}
		b[i] = '0'
	}
	return "1" + string(b)
}
