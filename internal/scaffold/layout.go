package scaffold

import (
	"strings"

	"durable-objects-mcp/internal/lazyregexp"
)

// The formatting rules of the emitted code where names decide how long a line
// gets: as prettier would leave it, a list stands on one line or has a line for
// each item.

// spread writes head, the items between commas, and tail on one line, if it fits
// with the given indentation; else each item on a line of its own.
func spread(indentation int, head string, items []string, tail string) string {
	one := head + strings.Join(items, ", ") + tail
	last := one[strings.LastIndexByte(one, '\n')+1:]
	if indentation+len(last) <= maxWidth {
		return one
	}
	return head + "\n  " + strings.Join(items, ",\n  ") + ",\n" + tail
}

// braced is spread between braces, with the blanks that they have inside.
func braced(indentation int, head string, items []string, tail string) string {
	one := head + "{ " + strings.Join(items, ", ") + " }" + tail
	if indentation+len(one) <= maxWidth {
		return one
	}
	return head + "{\n  " + strings.Join(items, ",\n  ") + ",\n}" + tail
}

// fill breaks a comma-separated list into lines; each but the first begins with
// the given blanks. The first has room left already taken by what stands before.
func fill(items []string, before, indentation int) string {
	var b strings.Builder
	width := before
	for i, it := range items {
		part := it
		if i < len(items)-1 {
			part += ","
		}
		if i > 0 {
			if width+1+len(part) > maxWidth {
				b.WriteString("\n" + strings.Repeat(" ", indentation))
				width = indentation
			} else {
				b.WriteString(" ")
				width++
			}
		}
		b.WriteString(part)
		width += len(part)
	}
	return b.String()
}

// tighten joins what fits on one line after all, now that names are known: the
// arguments of a call, and then a chain of two calls on this.#sql.
func tighten(code string) string {
	lines := strings.Split(code, "\n")
	for i := 0; i < len(lines); i++ {
		if strings.HasSuffix(lines[i], "(") {
			if end, one := joinArguments(lines, i); end > 0 {
				lines = append(append(lines[:i:i], one), lines[end+1:]...)
			}
		}
	}
	for i := 0; i+2 < len(lines); i++ {
		if !strings.HasSuffix(lines[i], "this.#sql") || !called.MatchString(lines[i+1]) || !drained.MatchString(lines[i+2]) {
			continue
		}
		one := lines[i] + strings.TrimSpace(lines[i+1]) + strings.TrimSpace(lines[i+2])
		if columns(one) <= maxWidth {
			lines = append(append(lines[:i:i], one), lines[i+3:]...)
		}
	}
	return strings.Join(lines, "\n")
}

var (
	called  = lazyregexp.MustCompile(`^\s+\.exec.*\)$`)
	drained = lazyregexp.MustCompile(`^\s+\.(?:one|toArray)\(\)(?:\.\w+)?;$`)
)

// joinArguments joins the call that begins at a line, if each of its arguments
// is a line and all of it fits on one. The end is 0 where it does not.
func joinArguments(lines []string, at int) (end int, one string) {
	indentation := leading(lines[at])
	var args []string
	for i := at + 1; i < len(lines); i++ {
		line := lines[i]
		if leading(line) == indentation && strings.HasPrefix(line[indentation:], ")") {
			one = lines[at] + strings.Join(args, ", ") + line[indentation:]
			if len(args) == 0 || columns(one) > maxWidth {
				return 0, ""
			}
			return i, one
		}
		arg, ok := strings.CutSuffix(line, ",")
		if !ok || leading(line) != indentation+2 || strings.Count(line, "`")%2 != 0 || strings.HasSuffix(arg, "{") {
			return 0, ""
		}
		args = append(args, strings.TrimSpace(arg))
	}
	return 0, ""
}

func leading(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// columns is a line's width in characters.
func columns(line string) int { return len([]rune(line)) }
