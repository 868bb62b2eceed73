package lifecycle

import (
	"strings"
	"unicode"
)

// transient reports a field that by its name is meant to end with the memory.
func transient(field string) bool {
	words := wordsOf(field)
	for i, w := range words {
		switch {
		case transientWords[w]:
			return true
		case i == len(words)-1 && (w == "called" || w == "client" || w == "ref" || w == "refs" || w == "waiter" || w == "waiters"):
			return true
		case i == 0 && w == "last", len(words) == 1 && (w == "db" || w == "sql" || w == "app"):
			return true
		}
	}
	return false
}

// tolerable reports a field whose loss people accept, by its name.
func tolerable(field string) bool {
	for _, w := range wordsOf(field) {
		if tolerableWords[w] {
			return true
		}
	}
	return false
}

var transientWords = words(
	"promise", "promises", "inflight", "running", "busy", "lock", "locks", "locked", "mutex", "abort", "aborted", "aborter", "controller", "controllers",
	"timer", "timers", "timeout", "timeouts", "interval", "intervals", "cache", "caches", "cached", "memo", "memoized",
	"initialized", "initialised", "initializing", "initialising", "ready", "loaded", "loading", "migrated", "started", "schema",
	"connected", "connecting", "reconnect", "reconnecting", "reconnects", "retry", "retries", "attempt", "attempts", "backoff",
	"router", "logger", "encoder", "decoder", "socket", "sockets", "ws", "upstream", "listener", "listeners", "handler", "handlers",
	"callback", "callbacks", "unsub", "unsubs", "unsubscribe", "stream", "streams", "reader", "writer", "warned", "logged",
)

var tolerableWords = words(
	"typing", "cursor", "cursors", "presence", "awareness", "rate", "rates", "window", "windows", "bucket", "buckets", "recent", "throttle", "throttled",
	"limit", "limits", "limiter", "limiters", "log", "logs", "metric", "metrics", "stat", "stats", "debounce", "debounced", "buffer", "buffers", "batch",
	"dirty", "heartbeat", "heartbeats", "ping", "pings", "hit", "hits", "sample", "samples",
)

// wordsOf splits a field's name into lower-case words: #wsRateLimits is ws, rate
// and limits.
func wordsOf(name string) []string {
	var out []string
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			out = append(out, strings.ToLower(word.String()))
			word.Reset()
		}
	}
	for _, r := range name {
		if !unicode.IsLetter(r) {
			end()
			continue
		}
		if unicode.IsUpper(r) {
			end()
		}
		word.WriteRune(r)
	}
	end()
	return out
}
