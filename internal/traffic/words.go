package traffic

import (
	"slices"
	"strings"
)

const (
	sampleUUID = "00000000-0000-4000-8000-000000000001"
	// freeText is what people write: it has a quote, which must not
	// end a text in SQL. So may a name.
	freeText   = "it's me"
	personName = "O'Neil"
	sampleDate = "2100-01-01T00:00:00.000Z"
	// The same time and one that is over, in milliseconds.
	sampleFuture = 4_102_444_800_000.0
	samplePast   = 1_767_225_600_000.0
)

// textFor is a text that suits a part with one of these names.
func textFor(names []string) string {
	for _, n := range names {
		l := strings.ToLower(n)
		switch {
		case containsAny(l, "url", "href", "webhook", "endpoint", "hook"):
			return "https://example.com/alpha"
		case strings.Contains(l, "email"):
			return "alpha@example.com"
		case strings.Contains(l, "uuid"):
			return sampleUUID
		case strings.Contains(l, "color") || strings.Contains(l, "colour"):
			return "#aabbcc"
		case containsAny(l, "date", "deadline", "expires"), strings.HasSuffix(n, "At"), l == "due", l == "until", l == "when":
			return sampleDate
		case l == "to" || l == "target" || l == "recipient" || l == "other" || l == "destination":
			return "beta"
		case containsAny(l, "text", "message", "content", "body", "title", "note", "comment", "description"):
			return freeText
		case containsAny(l, "buyer", "customer", "author", "firstname", "lastname", "fullname"):
			return personName
		}
	}
	return keyText
}

// numberFor is a number that suits a part with one of these names.
func numberFor(names []string) float64 {
	if slices.Contains(names, isIndex) {
		return 0
	}
	for _, n := range names {
		l := strings.ToLower(n)
		switch {
		case containsAny(l, "due", "expire", "until", "deadline", "runat", "when", "sendat", "fireat"):
			return sampleFuture
		case containsAny(l, "since", "cursor", "offset"), l == "from", l == "after":
			return 0
		case containsAny(l, "timestamp", "created", "updated"), l == "ts", l == "at", l == "time":
			return samplePast
		case strings.HasSuffix(n, "Ms"), strings.HasSuffix(n, "MS"), strings.HasSuffix(l, "_ms"), containsAny(l, "delay", "ttl", "timeout", "millis"):
			return 60_000
		case strings.Contains(l, "second"):
			return 60
		case strings.Contains(l, "hour"):
			return 7
		case containsAny(l, "limit", "price", "max", "size"):
			return 5
		case containsAny(l, "amount", "cents", "points", "score", "delta", "quantity", "percent"):
			return 3
		case strings.HasSuffix(l, "id"), strings.HasSuffix(l, "index"), strings.HasSuffix(l, "version"), l == "seat", l == "n", l == "by":
			return 1
		}
	}
	return 2
}

// soundsNumeric reports a name that people give to numbers.
func soundsNumeric(name string) bool {
	l := strings.ToLower(name)
	for _, w := range []string{"amount", "cents", "points", "score", "delta", "quantity", "percent", "price", "limit", "offset", "count", "seconds", "minutes", "ttl", "delay", "increment", "by", "qty", "total"} {
		if l == w || strings.HasSuffix(l, w) && len(w) > 3 {
			return true
		}
	}
	return strings.HasSuffix(name, "Ms") || strings.HasSuffix(l, "_ms")
}

func containsAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
