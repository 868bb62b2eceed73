package verify

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/gotchas/analysis"
)

// PageMark stands in every page that HTML makes, so that a later run knows that
// it may replace the file.
const PageMark = `<meta name="generator" content="durable-objects-mcp">`

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// HTML is the report as one page: the verdict, the stages, the checklist, the
// worlds side by side, what the traffic reached, the gotchas with their lines,
// and the notes. It needs neither scripts nor the network, and the same report
// gives the same bytes. code holds the files that lines are quoted from, by the
// path that the report names them with; without a file the quotes stand alone.
func (r *Report) HTML(code map[string][]byte) []byte {
	p := &page{Report: r, Mark: template.HTML(PageMark), Policy: pagePolicy(), CSS: template.CSS(pageCSS), lines: map[string][]string{}}
	for path, text := range code {
		p.lines[path] = strings.Split(string(text), "\n")
	}
	p.review()
	p.timeline()
	var b bytes.Buffer
	if err := pageTemplate().Execute(&b, p); err != nil {
		panic(err) // the template is compiled in and its data is plain: it cannot fail
	}
	return visible(b.Bytes())
}

var pageTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{
		"spans": spans, "took": took, "sentence": sentence, "word": Status.word, "add": func(a, b int) int { return a + b },
	}).Parse(pageHTML))
})

// pagePolicy lets a browser use the page's own style sheet, by its hash, and
// nothing else: no script, no request, no form, no base address.
var pagePolicy = sync.OnceValue(func() string {
	sum := sha256.Sum256([]byte(pageCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
})

// page is what the template reads.
type page struct {
	*Report
	Mark   template.HTML
	Policy string
	CSS    template.CSS

	Findings     []finding // errors before warnings
	Advice       []finding
	Guards       []judged
	Questions    []judged
	Inapplicable []judged

	Rows []row

	lines map[string][]string
}

// finding is a reviewer's finding with its gotcha's title.
type finding struct {
	analysis.Finding
	Title string
}

// judged is a verdict with its gotcha's title; Fix is that of a question.
type judged struct {
	gotchas.Verdict
	Title, Fix string
}

func (p *page) review() {
	if p.Review == nil {
		return
	}
	title := map[string]string{}
	question := map[string]string{}
	for _, g := range gotchas.All() {
		title[g.ID] = g.Title
		if g.Check == nil {
			question[g.ID] = g.Fix
		}
	}
	for _, f := range p.Review.Findings {
		if f.Severity == analysis.Info {
			p.Advice = append(p.Advice, finding{f, title[f.Gotcha]})
			continue
		}
		p.Findings = append(p.Findings, finding{f, title[f.Gotcha]})
	}
	slices.SortStableFunc(p.Findings, func(a, b finding) int {
		rank := func(f finding) int { return strings.Index("error warning", string(f.Severity)) }
		return rank(a) - rank(b)
	})
	for _, v := range p.Review.Verdicts {
		j := judged{v, title[v.Gotcha], question[v.Gotcha]}
		switch {
		case j.Fix != "":
			p.Questions = append(p.Questions, j)
		case v.Verdict == analysis.Guarded:
			p.Guards = append(p.Guards, j)
		case v.Verdict == analysis.NotApplicable:
			p.Inapplicable = append(p.Inapplicable, j)
		}
	}
}

// Head is the page's title: the outcome and the classes.
func (p *page) Head() string {
	outcome := "Not passed"
	if p.OverallPassed {
		outcome = "Passed"
	}
	if names := p.Classes(); names != "" {
		outcome += ": " + names
	}
	return outcome
}

// Classes are the Durable Objects that were found, without their paths.
func (p *page) Classes() string {
	if p.Review == nil {
		return ""
	}
	var names []string
	for _, c := range p.Review.Classes {
		_, name, ok := strings.Cut(c, ": ")
		if !ok {
			name = c
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// Heading is the verdict without the word that the report's text begins it with.
func (p *page) Heading() string {
	s := strings.TrimPrefix(p.Verdict(), "Overall: ")
	return strings.ToUpper(s[:1]) + s[1:]
}

// Open are the stages that keep the verification from passing.
func (p *page) Open() []Stage {
	return slices.DeleteFunc(slices.Clone(p.Stages), func(s Stage) bool { return s.Status == Passed || s.Status == NotApplicable })
}

// ItemsPassed counts the checklist's items.
func (p *page) ItemsPassed() int {
	n := 0
	for _, c := range p.Checklist {
		if c.Status == Passed {
			n++
		}
	}
	return n
}

// Crashes is the number of crashes in all worlds.
func (p *page) Crashes() int {
	n := 0
	for _, w := range p.Worlds {
		n += w.Crashes
	}
	return n
}

// Share is a stage's part of the longest stage's time, in percent.
func (p *page) Share(ms int64) int64 {
	longest := int64(1)
	for _, s := range p.Stages {
		longest = max(longest, s.DurationMS)
	}
	return 100 * ms / longest
}

// took is a duration as it is read: "12 ms", "1.3 s".
func took(ms int64) string {
	if ms < 1000 {
		return fmt.Sprintf("%d ms", ms)
	}
	return fmt.Sprintf("%.1f s", float64(ms)/1000)
}

// sentence begins with a capital letter and ends with a full stop.
func sentence(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + strings.TrimSuffix(s[size:], ".") + "."
}

// row is one step in all worlds.
type row struct {
	Step  int
	Title string
	Cells []cell // one for each world, in their order
	Wrong bool   // some world has a problem or a difference here
}

// cell is one step in one world. Kind says how it reads:
//
//	absent   the world did not play the step
//	answer   its answer, with nothing to compare with
//	same     the base world's answer
//	varies   another answer, which is not counted as a difference
//	wrong    a problem or a difference
type cell struct {
	Kind  string
	World string
	Played
	Seen  []seen // the differences that were found here
	Other bool   // its answer is not the base world's
}

// seen is a difference with its number on the page.
type seen struct {
	N int
	Difference
}

// Seen are all differences, numbered from 1.
func (p *page) Seen() []seen {
	out := make([]seen, len(p.Differences))
	for i, d := range p.Differences {
		out[i] = seen{i + 1, d}
	}
	return out
}

// base is the world that the others are compared with.
func (p *page) base() int {
	return max(0, slices.IndexFunc(p.Worlds, func(w World) bool { return w.Name == "base" }))
}

func (p *page) timeline() {
	played := make([]map[int]Played, len(p.Worlds))
	titles := map[int]string{}
	var steps []int
	for i, w := range p.Worlds {
		played[i] = map[int]Played{}
		for _, s := range w.Timeline {
			played[i][s.Step] = s
			if _, known := titles[s.Step]; !known {
				titles[s.Step] = s.Title
				steps = append(steps, s.Step)
			}
		}
	}
	slices.Sort(steps)
	type place struct {
		world string
		step  int
	}
	found := map[place][]seen{}
	for _, d := range p.Seen() {
		for _, w := range d.worlds() {
			found[place{w, d.Step}] = append(found[place{w, d.Step}], d)
		}
	}
	base := p.base()
	for _, n := range steps {
		r := row{Step: n, Title: titles[n]}
		first, compared := played[base][n]
		for i, w := range p.Worlds {
			c := cell{Kind: "absent", World: w.Name}
			if s, ok := played[i][n]; ok {
				c.Played = s
				switch {
				case i == base || !compared:
					c.Kind = "answer"
				case s.Answer == first.Answer:
					c.Kind = "same"
				default:
					c.Kind, c.Other = "varies", true
				}
				c.Seen = found[place{w.Name, n}]
				if s.Problem != "" || len(c.Seen) > 0 {
					c.Kind, r.Wrong = "wrong", true
				}
			}
			r.Cells = append(r.Cells, c)
		}
		p.Rows = append(p.Rows, r)
	}
}

// Wrong says what speaks against a world, as "3 differences"; "" is nothing.
func (p *page) Wrong(w World) string {
	n := 0
	for _, d := range p.Differences {
		if slices.Contains(d.worlds(), w.Name) {
			n++
		}
	}
	switch n = max(n, w.Failures); n {
	case 0:
		return ""
	case 1:
		return "1 difference"
	}
	return fmt.Sprintf("%d differences", n)
}

// HasStep reports a row for a difference to point to.
func (p *page) HasStep(n int) bool {
	return slices.ContainsFunc(p.Rows, func(r row) bool { return r.Step == n })
}

// mark is one step in a world's strip: a square, and a bar behind it where the
// objects lost their memory.
type mark struct {
	X       int
	Kind    string
	Between bool
}

// most steps that a strip shows; more would be too narrow to see.
const longestStrip = 150

// pitch is the distance of a strip's steps, in the strip's own units.
const pitch = 12

// Strip is a world's time line as a row of marks; empty where it would be unreadable.
func (p *page) Strip(world int) []mark {
	if len(p.Rows) > longestStrip {
		return nil
	}
	var out []mark
	for i, r := range p.Rows {
		c := r.Cells[world]
		out = append(out, mark{X: i * pitch, Kind: c.Kind, Between: c.Between != ""})
	}
	return out
}

// StripWidth is the width of every strip, in its own units.
func (p *page) StripWidth() int { return len(p.Rows) * pitch }

// sourceLine is one line of an excerpt.
type sourceLine struct {
	N    int // 0 without a number
	Text string
	Here bool // the line that is meant
}

// longestLine bounds a quoted source line, in characters.
const longestLine = 300

// Excerpt is a line of the code with its neighbours, or the quote alone where
// the code is not at hand or has other words there.
func (p *page) Excerpt(path string, line int, quote string) []sourceLine {
	text := p.lines[path]
	if line < 1 || line > len(text) || quote != "" && analysis.Quote(text[line-1]) != quote {
		if quote == "" {
			return nil
		}
		return []sourceLine{{N: line, Text: quote, Here: true}}
	}
	var out []sourceLine
	for n := max(1, line-1); n <= min(len(text), line+1); n++ {
		if s := strings.TrimRight(text[n-1], " \t\r"); s != "" {
			out = append(out, sourceLine{N: n, Text: s, Here: n == line})
		}
	}
	outdent(out)
	for i := range out {
		if r := []rune(out[i].Text); len(r) > longestLine {
			out[i].Text = string(r[:longestLine-1]) + "…"
		}
	}
	return out
}

// outdent takes away the indentation that all lines share.
func outdent(lines []sourceLine) {
	if len(lines) == 0 {
		return
	}
	indent := func(s string) string { return s[:len(s)-len(strings.TrimLeft(s, " \t"))] }
	common := indent(lines[0].Text)
	for _, l := range lines[1:] {
		for !strings.HasPrefix(indent(l.Text), common) {
			common = common[:len(common)-1]
		}
	}
	for i := range lines {
		lines[i].Text = lines[i].Text[len(common):]
	}
}

// span is a piece of text; Code is what stood between backticks.
type span struct {
	Code bool
	Text string
}

// spans splits a text at its code spans: a run of backticks, up to the next run
// of the same length.
func spans(text string) []span {
	var out []span
	plain := 0
	for i := 0; i < len(text); {
		if text[i] != '`' {
			i++
			continue
		}
		n := len(text[i:]) - len(strings.TrimLeft(text[i:], "`"))
		end := closing(text[i+n:], n)
		if end < 0 {
			i += n
			continue
		}
		if i > plain {
			out = append(out, span{false, text[plain:i]})
		}
		code := text[i+n : i+n+end]
		if n > 1 && len(code) > 2 && code[0] == ' ' && code[len(code)-1] == ' ' {
			code = code[1 : len(code)-1]
		}
		out = append(out, span{true, code})
		i += n + end + n
		plain = i
	}
	if plain < len(text) {
		out = append(out, span{false, text[plain:]})
	}
	return out
}

// closing is the offset of the first run of exactly n backticks, or -1.
func closing(text string, n int) int {
	for i := 0; i < len(text); {
		if text[i] != '`' {
			i++
			continue
		}
		m := len(text[i:]) - len(strings.TrimLeft(text[i:], "`"))
		if m == n {
			return i
		}
		i += m
	}
	return -1
}

// visible writes out the characters that a reader would not see, or that would
// reorder the line that they stand in: controls, direction marks, broken UTF-8.
func visible(page []byte) []byte {
	out := make([]byte, 0, len(page))
	for len(page) > 0 {
		r, size := utf8.DecodeRune(page)
		switch {
		case r == utf8.RuneError && size == 1:
			out = fmt.Appendf(out, "⟨%02X⟩", page[0])
		case r < ' ' && r != '\n' && r != '\t', r >= 0x7f && r < 0xa0,
			r == 0x61c, r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0xfeff:
			out = fmt.Appendf(out, "⟨U+%04X⟩", r)
		default:
			out = append(out, page[:size]...)
		}
		page = page[size:]
	}
	return out
}
