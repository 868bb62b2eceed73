package blueprint

import (
	"slices"
	"strconv"
	"strings"

	"durable-objects-mcp/internal/lazyregexp"
)

// fieldTypes are fields that people name, with their usual types.
var fieldTypes = func() map[string]FieldType {
	types := map[string]FieldType{}
	for t, names := range map[FieldType]string{
		Text:      `title name text body content description summary status priority category author owner assignee email phone url link color colour currency notes sku label type kind address city country language comment company role slug note username genre artist headline message`,
		Integer:   `quantity stock count amount_cents price_cents age year rating score position due_at due_date deadline duration duration_ms points size views pages starts_at ends_at date timestamp`,
		Number:    `price amount weight height latitude longitude temperature total cost`,
		Boolean:   `done completed complete finished active archived pinned published read starred favorite favourite enabled checked paid public`,
		JSONValue: `tags metadata data payload attributes options labels`,
	} {
		for n := range strings.FieldsSeq(names) {
			types[n] = t
		}
	}
	return types
}()

var fieldPhrase = lazyregexp.MustCompile(`^(?:and |plus |with )?(?:an? |the |its |their )?(optional |required |unique )?([a-z][a-z_]*)( (?:date|time|flag|text|string|number|url|address|cents))?(?: ?\((text|string|integer|int|number|float|boolean|bool|json|required|optional)\))?$`)

// fieldValues is a field with the only values that it has: "status (open, done)".
var fieldValues = lazyregexp.MustCompile(`^(?:and |plus |with )?(?:an? |the |its |their )?([a-z][a-z_]*) ?\(((?:["']?[a-z0-9_-]+["']?)(?:(?: ?[,/|] ?| or )["']?[a-z0-9_-]+["']?)+)\)$`)

var typeWords = wordSet(`text string integer int number float boolean bool json required optional`)

// A default, behind the field or in its brackets: "priority (default normal)",
// "status (open, done; default open)", "done defaulting to false".
var (
	defaultBehind = lazyregexp.MustCompile(`^(.+?),? \(?(?:which |that |by )?default(?:s|ing|ed)?(?: to| is|:| =|=)? ["']?([\w.-]+)["']?\)?$`)
	defaultInside = lazyregexp.MustCompile(`^(.+?)[,;] ?(?:by )?default(?:s|ing)?(?: to| is|:| =|=)? ["']?([\w.-]+)["']?\)$`)
	defaultAlone  = lazyregexp.MustCompile(`^default(?:s|ing)?(?: to| is|:| =|=)? ["']?([\w.-]+)["']?$`)
	defaultSaid   = re(`\b([a-z][a-z_]*) (?:defaults to|is by default|has (?:the )?default) ["']?([\w.-]+)["']?`)
)

// field reads one phrase, such as "a due date", "price (number)" or "status (open,
// done; default open)".
func field(phrase string) (f Field, ok bool) {
	phrase = strings.TrimSpace(phrase)
	if m := defaultInside.FindStringSubmatch(phrase); m != nil && strings.Contains(m[1], "(") {
		f, ok = plainField(m[1] + ")")
		return f, ok && f.takeDefault(m[2])
	}
	if m := defaultBehind.FindStringSubmatch(phrase); m != nil {
		f, ok = plainField(m[1])
		return f, ok && f.takeDefault(m[2])
	}
	return plainField(phrase)
}

// takeDefault sets the default that a spec names, if the field can have it.
func (f *Field) takeDefault(text string) bool {
	var v any = text
	switch f.Type {
	case Integer, Number:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return false
		}
		v = n
	case Boolean:
		b, known := map[string]bool{"true": true, "yes": true, "on": true, "false": false, "no": false, "off": false}[text]
		if !known {
			return false
		}
		v = b
	}
	with := *f
	with.Required, with.Default = false, v
	if with.normalize(&Blueprint{}) != nil {
		return false
	}
	f.Required, f.Default = false, v
	return true
}

func plainField(phrase string) (f Field, ok bool) {
	if v := fieldValues.FindStringSubmatch(phrase); v != nil && !typeWords[v[2]] && nounOf(v[1]) == "" {
		f = Field{Name: v[1], Type: Text}
		for _, value := range listSeparator.Split(v[2], -1) {
			f.Values = append(f.Values, strings.Trim(value, ` "'`))
		}
		return f, len(f.Values) > 1 && !slices.Contains(reservedFields, f.Name)
	}
	m := fieldPhrase.FindStringSubmatch(phrase)
	if m == nil || m[1] == "unique " {
		return f, false
	}
	f.Name = m[2]
	suffix := strings.TrimSpace(m[3])
	switch suffix {
	case "date", "time":
		f.Name, f.Type = f.Name+"_at", Integer
		if _, known := fieldTypes[m[2]]; !known && !slices.Contains([]string{"due", "start", "end", "birth", "release", "publish", "expiry"}, m[2]) {
			return f, false
		}
	case "cents":
		f.Name, f.Type = f.Name+"_cents", Integer
	case "flag":
		f.Type = Boolean
	case "number":
		f.Type = Number
	case "text", "string", "url", "address":
		f.Type = Text
	}
	switch m[4] {
	case "text", "string":
		f.Type = Text
	case "integer", "int":
		f.Type = Integer
	case "number", "float":
		f.Type = Number
	case "boolean", "bool":
		f.Type = Boolean
	case "json":
		f.Type = JSONValue
	}
	if t, known := fieldTypes[m[2]]; f.Type == "" {
		if !known {
			return f, false
		}
		f.Type = t
	}
	if slices.Contains(reservedFields, f.Name) || !keyShape.MatchString(f.Name) {
		return f, false
	}
	f.Required = m[1] == "required " || m[4] == "required" || m[1] == "" && m[4] != "optional" && slices.Contains([]string{"title", "name", "text", "body", "content", "email", "url", "price", "quantity", "stock"}, f.Name)
	return f, true
}

var listSeparator = lazyregexp.MustCompile(`\s*(?:,|/|\band\b|&|\bplus\b|\bor\b)\s*`)

// splitFields cuts a list at commas and conjunctions outside brackets.
func splitFields(text string) []string {
	var inner []string
	text = bracketed.ReplaceAllStringFunc(text, func(m string) string {
		inner = append(inner, m)
		return "\x00"
	})
	parts := listSeparator.Split(text, -1)
	for i, p := range parts {
		for strings.Contains(p, "\x00") {
			p = strings.Replace(p, "\x00", inner[0], 1)
			inner = inner[1:]
		}
		parts[i] = p
	}
	return parts
}

// ownColumn are columns that every row has anyway.
var ownColumn = re(`^(?:an? |the |its |unique )*(?:id|created_at|created at|creation (?:date|time)|created (?:date|time|timestamp)|timestamp of creation)$`)
