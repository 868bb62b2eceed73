package blueprint

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"durable-objects-mcp/internal/lazyregexp"
)

// definition is all that this package knows of one pattern. Each pattern has a
// file of its own with its definition; this one lists them.
type definition struct {
	kind       Kind
	class, key string // the names of an object whose spec gives none, by its first pattern

	title      string // in a list of what there is: "rate limits"
	about      string // what it does, in half a sentence
	parameters string // its parameters' keys; no others are accepted

	// wants tells a clause that calls for the pattern. Patterns that cannot be
	// told by one clause alone leave it out: see detect.
	wants *lazyregexp.Regexp
	// read takes the pattern's parameters from a clause that speaks of it.
	read func(p *Pattern, text string)
	// speaks tells a clause that is about the pattern.
	speaks *lazyregexp.Regexp
	// words are what the pattern explains, in a clause that speaks of it. What
	// a word here promises must be built, whatever stands beside it.
	words map[string]bool
	// cover accounts for what a clause says of the pattern.
	cover func(r *reader, c *clause)

	// normalize fills in what a pattern leaves out and checks the rest.
	normalize  func(p *Pattern, b *Blueprint) error
	operations []operation
}

// definitions lists every pattern in the order in which a class presents them.
var definitions []*definition

// Kinds lists every pattern in the same order.
var Kinds []Kind

// Definitions refer to functions that look definitions up, so the list cannot be
// an initialised variable.
func init() {
	definitions = []*definition{
		&chatDefinition, &relayDefinition, &collectionDefinition, &counterDefinition, &rateLimitDefinition, &lockDefinition, &reservationDefinition,
		&pollDefinition, &leaderboardDefinition, &queueDefinition, &scheduleDefinition, &bufferDefinition, &outboxDefinition,
		&sessionDefinition, &stateDefinition, &feedDefinition, &purgeDefinition,
	}
	for _, d := range definitions {
		for i := range d.operations {
			d.operations[i].kind = d.kind
		}
		Kinds = append(Kinds, d.kind)
	}
}

// Info is what people are told of a pattern.
type Info struct {
	Kind       Kind
	Title      string   // in a list of what there is: "rate limits"
	About      string   // what it does, in half a sentence
	Parameters string   // its parameters' keys, separated by commas
	Routes     []string // the usual ones
}

// Patterns is what people are told of every pattern, in presentation order.
func Patterns() []Info {
	var all []Info
	for _, d := range definitions {
		i := Info{Kind: d.kind, Title: d.title, About: d.about, Parameters: d.parameters}
		for _, o := range d.operations {
			i.Routes = append(i.Routes, o.method+" "+o.paths[0])
		}
		all = append(all, i)
	}
	return all
}

func definitionOf(k Kind) *definition {
	i := slices.IndexFunc(definitions, func(d *definition) bool { return d.kind == k })
	if i < 0 {
		return nil
	}
	return definitions[i]
}

// accepts refuses a parameter that the pattern does not have.
func (d *definition) accepts(p *Pattern) error {
	own := strings.Split(brackets.ReplaceAllString(d.parameters, ""), ", ")
	fields := reflect.TypeFor[Pattern]()
	for i := range fields.NumField() {
		key, _, _ := strings.Cut(fields.Field(i).Tag.Get("json"), ",")
		if key != "kind" && !slices.Contains(own, key) && !reflect.ValueOf(p).Elem().Field(i).IsZero() {
			if d.parameters == "" {
				return fmt.Errorf("%s is no parameter of it; it has none", key)
			}
			return fmt.Errorf("%s is no parameter of it; it has %s", key, d.parameters)
		}
	}
	return nil
}

var brackets = lazyregexp.MustCompile(` \([^)]*\)`)

// fill gives a parameter that is not set its usual value.
func fill[T comparable](v *T, usual T) {
	var zero T
	if *v == zero {
		*v = usual
	}
}

func period(name string, v int64) error {
	if v < MinPeriodMS || v > MaxPeriodMS {
		return fmt.Errorf("%s is %d; allowed are %d (a second) to %d (a year)", name, v, MinPeriodMS, int64(MaxPeriodMS))
	}
	return nil
}

func count(name string, v, lo, hi int) error {
	if v < lo || v > hi {
		return fmt.Errorf("%s is %d; allowed are %d to %d", name, v, lo, hi)
	}
	return nil
}

func oneOf[T ~string](name string, v T, allowed ...T) error {
	if slices.Contains(allowed, v) {
		return nil
	}
	words := make([]string, len(allowed))
	for i, a := range allowed {
		words[i] = fmt.Sprintf("%q", a)
	}
	return fmt.Errorf("%s is %q; allowed are %s", name, v, strings.Join(words, ", "))
}
