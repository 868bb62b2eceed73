package blueprint

import (
	"math"
	"strconv"
	"strings"

	"durable-objects-mcp/internal/lazyregexp"
)

// How people write a time: a number or a number word, then a unit.
const (
	numberWords = `half an?|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|forty[ -]five|sixty|ninety`
	unitWords   = `milliseconds?|millis|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|hr|h|days?|d|weeks?|w`
	// A number word has a separator behind it: "and" is not "an d".
	spanText = `(?:(?:\d+(?:\.\d+)?[ -]?|(?:` + numberWords + `)[ -])(?:` + unitWords + `)\b)`
)

var (
	spanParts   = lazyregexp.MustCompile(`^(\d+(?:\.\d+)?|` + numberWords + `)[ -]?(` + unitWords + `)$`)
	spanPattern = lazyregexp.MustCompile(`\b` + spanText)
)

var numbers = map[string]float64{
	"half a": 0.5, "half an": 0.5, "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
	"eight": 8, "nine": 9, "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty-five": 45, "forty five": 45,
	"sixty": 60, "ninety": 90,
}

// unitMS is the length of a unit, told by how its word begins; ok is false for
// a word that is no unit.
func unitMS(unit string) (ms float64, ok bool) {
	switch {
	case unit == "ms" || strings.HasPrefix(unit, "milli"):
		return 1, true
	case strings.HasPrefix(unit, "s"):
		return 1_000, true
	case strings.HasPrefix(unit, "m"):
		return 60_000, true
	case strings.HasPrefix(unit, "h"):
		return 3_600_000, true
	case strings.HasPrefix(unit, "d"):
		return 86_400_000, true
	case strings.HasPrefix(unit, "w"):
		return 7 * 86_400_000, true
	}
	return 0, false
}

// spanMS reads one time: "30 min", "an hour", "24h", "half an hour".
func spanMS(text string) (int64, bool) {
	m := spanParts.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	n, known := numbers[m[1]]
	if !known {
		var err error
		if n, err = strconv.ParseFloat(m[1], 64); err != nil {
			return 0, false
		}
	}
	unit, ok := unitMS(m[2])
	if !ok || n*unit > MaxPeriodMS {
		return 0, false
	}
	return int64(math.Round(n * unit)), true
}

// firstSpan finds the first time in a text.
func firstSpan(text string) (int64, bool) {
	found := spanPattern.FindString(text)
	if found == "" {
		return 0, false
	}
	return spanMS(found)
}

// rate is so many of something in a window.
type rate struct {
	count    int
	noun     string // what is counted, "" if the text does not say
	windowMS int64
	text     string
}

var ratePattern = lazyregexp.MustCompile(`\b(\d[\d,_]*)(k?)[ -]?(requests?|reqs?|calls?|hits?|messages?|msgs?|attempts?|actions?|operations?|ops|times|tokens?|increments?|writes?|updates?|votes?|events?)? ?(?:per|/|an?\b|every|each|in|within)[ -]?(?:(\d+|` + numberWords + `)[ -]?)?(` + unitWords + `)\b`)

// rates finds every rate: "100 requests per minute", "10 req/s", "5 per 10 seconds".
func rates(text string) []rate {
	var found []rate
	for _, m := range ratePattern.FindAllStringSubmatch(text, -1) {
		n, err := strconv.Atoi(strings.NewReplacer(",", "", "_", "").Replace(m[1]))
		if err != nil {
			continue
		}
		if m[2] == "k" {
			n *= 1_000
		}
		many := m[4]
		if many == "" {
			many = "1"
		}
		window, ok := spanMS(many + " " + m[5])
		if ok {
			found = append(found, rate{count: n, noun: m[3], windowMS: window, text: m[0]})
		}
	}
	return found
}

// perSomebody reports whether the rate is somebody's share: "5 per minute per user".
func (r rate) perSomebody(text string) bool {
	_, after, _ := strings.Cut(text, r.text)
	return share.MatchString(after)
}

var share = lazyregexp.MustCompile(`^ (?:per|for each|for every|from each|by each) (?:user|client|ip|api_key|tenant|sender|member|participant|person|player|account|customer|device)`)

// perSecond is the rate in a second.
func (r rate) perSecond() float64 { return float64(r.count) * 1_000 / float64(r.windowMS) }
