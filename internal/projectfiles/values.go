package projectfiles

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// reference matches "${name}" in a scenario's text, and "$${", which is a plain
// "${"; see package scenario.
var reference = regexp.MustCompile(`\$\$\{|\$\{([^}"]*)\}?`)

// piece is a part of a text: plain, or the variable of a captured value.
type piece struct{ plain, variable string }

// pieces cuts a text at its references. Every name has a variable: the steps that
// refer to others are left out.
func (w *writer) pieces(text string) []piece {
	var out []piece
	plain := ""
	for text != "" {
		at := reference.FindStringSubmatchIndex(text)
		if at == nil {
			break
		}
		plain += text[:at[0]]
		if at[2] < 0 {
			plain += "${"
		} else {
			out = append(out, piece{plain: plain}, piece{variable: w.variables[text[at[2]:at[3]]]})
			plain = ""
		}
		text = text[at[1]:]
	}
	return append(out, piece{plain: plain + text})
}

// text is a string expression; a path's values are escaped, so that each stays one
// part of the path or query.
func (w *writer) text(s string, path bool) node {
	pieces := w.pieces(s)
	if len(pieces) == 1 {
		return w.literal(pieces[0].plain)
	}
	var template strings.Builder
	var parts []node
	for _, p := range pieces {
		if p.variable == "" {
			template.WriteString(templateEscapes.Replace(p.plain))
			parts = append(parts, w.literal(p.plain))
			continue
		}
		value := fmt.Sprintf("String(%s)", p.variable)
		if path {
			value = "encodeURIComponent(" + value + ")"
		}
		template.WriteString("${" + value + "}")
		parts = append(parts, atomOf(value))
	}
	if template.Len() <= longText {
		return atomOf("`" + template.String() + "`")
	}
	// A template cannot be broken into lines.
	return call(parts[0].text+".concat", parts[1:]...)
}

var templateEscapes = strings.NewReplacer("`", "\\`", "\\", `\\`, "${", "\\${", "\n", `\n`, "\r", `\r`)

// longText is the length from which a text is a constant of its own, above the tests.
const longText = 60

// literal is a text without references. One letter many times is written as that,
// because nobody counts them.
func (w *writer) literal(s string) node {
	if n := len(s); n > 20 && s == strings.Repeat(s[:1], n) {
		return atomOf(fmt.Sprintf("%s.repeat(%s)", quoted(s[:1]), digits(int64(n))))
	}
	q := quoted(s)
	if width(q) <= longText {
		return atomOf(q)
	}
	for i, known := range w.long {
		if known == s {
			return atomOf(longName(i))
		}
	}
	w.long = append(w.long, s)
	return atomOf(longName(len(w.long) - 1))
}

func longName(i int) string { return fmt.Sprintf("LONG_TEXT_%d", i+1) }

// longTexts declares the texts that were too long for their place.
func (w *writer) longTexts() string {
	var b strings.Builder
	for i, s := range w.long {
		n := node{kind: array}
		for r := []rune(s); len(r) > 0; {
			most := min(len(r), longText)
			n.items = append(n.items, atomOf(quoted(string(r[:most]))))
			r = r[most:]
		}
		if len(n.items) == 1 {
			fmt.Fprintf(&b, "const %s =\n  %s;\n", longName(i), n.items[0].text)
			continue
		}
		fmt.Fprintf(&b, "const %s = %s.join(\"\");\n", longName(i), n.broken(0))
	}
	return b.String()
}

// quoted is a string literal, in the quotes that need fewer escapes.
func quoted(s string) string {
	quote := `"`
	if strings.Count(s, `"`) > strings.Count(s, "'") {
		quote = "'"
	}
	var b strings.Builder
	b.WriteString(quote)
	for _, r := range s {
		switch {
		case string(r) == quote || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029 || r == 0xfeff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + quote
}

var identifier = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*$`)

// json is a JSON document as an expression, its members in their order.
func (w *writer) json(doc json.RawMessage) node {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	return w.value(dec)
}

func (w *writer) value(dec *json.Decoder) node {
	token, err := dec.Token()
	if err != nil {
		return atomOf("undefined") // a checked scenario holds JSON only
	}
	switch t := token.(type) {
	case json.Delim:
		n := node{kind: array}
		if t == '{' {
			n.kind = object
		}
		for dec.More() {
			if n.kind == object {
				name, _ := dec.Token()
				n = n.set(w.memberName(fmt.Sprint(name)), w.value(dec))
				continue
			}
			n.items = append(n.items, w.value(dec))
		}
		dec.Token() // the closing bracket
		return n
	case string:
		if m := reference.FindStringSubmatch(t); m != nil && m[0] == t && m[1] != "" {
			return atomOf(w.variables[m[1]])
		}
		return w.text(t, false)
	case json.Number:
		return atomOf(number(t.String()))
	}
	if token == nil {
		return atomOf("null")
	}
	return atomOf(fmt.Sprint(token))
}

// set is with, but a member that is there already gets the new value, as in JSON.
func (n node) set(key string, value node) node {
	for i, k := range n.keys {
		if k == key {
			n.items[i] = value
			return n
		}
	}
	return n.with(key, value)
}

func (w *writer) memberName(name string) string {
	switch n := w.text(name, false).flat(); {
	case identifier.MatchString(name) && name != "__proto__":
		return name
	case n == quoted(name) && name != "__proto__":
		return n
	default:
		return "[" + n + "]" // an expression, or what would set the prototype
	}
}

// number writes a JSON number as prettier does.
func number(s string) string {
	s = strings.ToLower(s)
	mantissa, exponent, _ := strings.Cut(s, "e")
	if strings.Trim(mantissa, "-0.") == "" {
		return "0" // -0 is another value to vitest, but none to JSON
	}
	if strings.Contains(mantissa, ".") {
		mantissa = strings.TrimSuffix(strings.TrimRight(mantissa, "0"), ".")
	}
	if exponent != "" {
		return mantissa + "e" + strings.TrimPrefix(exponent, "+")
	}
	return mantissa
}

// digits writes a whole number in groups of three.
func digits(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "_" + s[i:]
	}
	return s
}
