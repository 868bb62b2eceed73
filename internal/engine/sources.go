package engine

import (
	"bytes"
	"errors"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
	"durable-objects-mcp/internal/wrangler"
)

// Bounds of one review of a directory.
const (
	// MaxReviewFiles is how many files of any kind a reviewed directory may hold.
	MaxReviewFiles = 100_000
	maxFileBytes   = 2 << 20
)

// listing is what lies below a directory.
type listing struct {
	sources []string // TypeScript and JavaScript that may be people's own
	configs []string // Workers configurations of the standard names
	unread  []gotchas.Partial
}

// list walks a directory; generated files are left out as far as their names
// tell.
func (e *Engine) list(dir string) (listing, error) {
	var l listing
	err := e.Root.Walk(dir, MaxReviewFiles, func(name string, err error) error {
		switch {
		case err != nil:
			l.unread = append(l.unread, unread(name, err))
		case isSource(name) && !generatedName(name):
			l.sources = append(l.sources, name)
		case wrangler.Find(func(n string) bool { return n == path.Base(name) }) != "":
			l.configs = append(l.configs, name)
		}
		return nil
	})
	return l, err
}

func unread(name string, err error) gotchas.Partial {
	return gotchas.Partial{Path: name, Line: 1, EndLine: 1, Reason: "it was not read: " + err.Error()}
}

func isSource(name string) bool {
	switch strings.ToLower(path.Ext(filepath.ToSlash(name))) {
	case ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs":
		return true
	}
	return false
}

// isConfig reports a name that Workers configurations have, also that of one for
// a single purpose: wrangler.production.jsonc.
func isConfig(name string) bool {
	base := path.Base(filepath.ToSlash(name))
	switch strings.ToLower(path.Ext(base)) {
	case ".json", ".jsonc", ".toml":
		return strings.HasPrefix(base, "wrangler")
	}
	return false
}

// generatedSuffixes end the names of declarations and of files that tools write.
var generatedSuffixes = []string{".d.ts", ".d.mts", ".d.cts", ".min.js", ".min.mjs", ".bundle.js", ".gen.ts", ".generated.ts", ".generated.js"}

func generatedName(name string) bool {
	return slices.ContainsFunc(generatedSuffixes, func(s string) bool { return strings.HasSuffix(name, s) })
}

var (
	generatedNote = regexp.MustCompile(`(?i)\bgenerated\b`)
	doNotEdit     = regexp.MustCompile(`(?i)@generated\b|\b(?:do not|don't|never) (?:edit|modify|change)\b`)
)

// generated reports a text whose leading comment says that a tool wrote it and
// writes it again. That somebody generated it once is not enough.
func generated(text []byte) bool {
	var comment []byte
	for line := range bytes.Lines(text[:min(len(text), 2<<10)]) {
		trimmed := bytes.TrimSpace(line)
		if len(trimmed) > 0 && !bytes.HasPrefix(trimmed, []byte("//")) && !bytes.HasPrefix(trimmed, []byte("/*")) && !bytes.HasPrefix(trimmed, []byte("*")) {
			break
		}
		comment = append(comment, line...)
	}
	return generatedNote.Match(comment) && doNotEdit.Match(comment)
}

// JavaScript with longer lines than this on average, in bytes, has been minified.
const minifiedLine = 400

// compiled says why a text looks like the output of a compiler, or "".
func compiled(f gotchas.File) string {
	switch end := f.Source[max(0, len(f.Source)-4<<10):]; {
	case !strings.HasSuffix(f.Path, "js"):
	case len(f.Source) > 4<<10 && len(f.Source)/(1+bytes.Count(f.Source, []byte("\n"))) > minifiedLine:
		return "it looks minified"
	case bytes.Contains(end, []byte("//# sourceMappingURL=")):
		return "it names a source map, as compiled code does"
	}
	return ""
}

// words are what a file has in it that handles an object's state or calls one. A
// file that defines one is known by its class; one that only speaks of them, as
// tools and types do, has nothing to review.
var words = [][]byte{
	[]byte("implements DurableObject"), []byte("DurableObjectState"), []byte("DurableObjectStorage"), []byte("SqlStorage"),
	[]byte(".storage."), []byte("blockConcurrencyWhile"), []byte("acceptWebSocket"),
	[]byte(".getByName"), []byte("ServerByName"), []byte("AgentByName"), []byte("idFromName("), []byte("idFromString("), []byte("newUniqueId("),
	[]byte("generateHonoObject("),
}

// objectBases are the names that a class becomes a Durable Object by extending.
var objectBases = []string{"DurableObject", "Agent", "AIChatAgent", "McpAgent", "Server", "YServer", "Container", "Sandbox", "Actor"}

// candidate is a file that was read and may matter.
type candidate struct {
	gotchas.File
	relevant bool
	classes  []heritage
}

// heritage is one class of a text: its name and the names that it extends.
type heritage struct {
	name  string
	bases []string
}

// read reads files, several at a time, and keeps those that have to do with
// Durable Objects, in the order of the names. Files that cannot be read are named.
func (e *Engine) read(names []string, bound func(name string) []string) (kept []gotchas.File, failed []gotchas.Partial) {
	found := make([]candidate, len(names))
	errs := make([]error, len(names))
	groups := byDirectory(names)
	inParallel(len(groups), func(n int) {
		g := groups[n]
		e.Root.ReadIn(g.dir, g.bases, maxFileBytes, func(i int, data []byte, err error) {
			i += g.first
			if err == nil && utf16(data) {
				err = syntax.ErrNotText
			}
			if errs[i] = err; err == nil && !generated(data) {
				found[i] = consider(gotchas.File{Path: names[i], Source: data})
			}
		})
	})
	for i, err := range errs {
		if err != nil {
			failed = append(failed, unread(names[i], err))
		}
	}
	for _, f := range pick(found, bound) {
		if why := compiled(f); why != "" {
			failed = append(failed, unread(f.Path, errors.New(why+"; name it as a path if people write it")))
			continue
		}
		kept = append(kept, f)
	}
	return kept, failed
}

// group is a run of names in one directory.
type group struct {
	dir   string
	bases []string
	first int // the index of the first of them
}

// maxGroup keeps a large directory from being one worker's alone.
const maxGroup = 32

func byDirectory(names []string) []group {
	var out []group
	for i, name := range names {
		dir, base := path.Dir(name), path.Base(name)
		if n := len(out); n > 0 && out[n-1].dir == dir && len(out[n-1].bases) < maxGroup {
			out[n-1].bases = append(out[n-1].bases, base)
			continue
		}
		out = append(out, group{dir: dir, bases: []string{base}, first: i})
	}
	return out
}

// testWords are what else a test has in it that runs objects as the platform does,
// and not a double of them.
var testWords = [][]byte{[]byte("cloudflare:test"), []byte("cloudflare:workers"), []byte("@cloudflare/vitest")}

// consider looks at a text. What certainly does not matter loses its bytes.
func consider(f gotchas.File) candidate {
	c := candidate{File: f, classes: classesOf(f.Source)}
	has := func(w []byte) bool { return bytes.Contains(f.Source, w) }
	c.relevant = slices.ContainsFunc(words, has) && (!model.TestFile(f.Path) || slices.ContainsFunc(testWords, has))
	if !c.relevant && len(c.classes) == 0 {
		return candidate{}
	}
	return c
}

// pick keeps what has to do with Durable Objects: by its words, by a class that
// extends one of another file, or by a class that bound names for the file.
func pick(found []candidate, bound func(name string) []string) []gotchas.File {
	objects := map[string]bool{}
	for _, name := range objectBases {
		objects[name] = true
	}
	for again := true; again; {
		again = false
		for i := range found {
			for _, c := range found[i].classes {
				if objects[c.name] && found[i].relevant {
					continue
				}
				if slices.ContainsFunc(c.bases, func(b string) bool { return objects[b] }) || slices.Contains(bound(found[i].Path), c.name) {
					objects[c.name], found[i].relevant, again = true, true, true
				}
			}
		}
	}
	var kept []gotchas.File
	for _, c := range found {
		if c.relevant {
			kept = append(kept, c.File)
		}
	}
	return kept
}

// maxHeritage bounds how much text between a class's name and its body is read.
const maxHeritage = 300

// classesOf finds the classes of a text. It knows no comments and no strings: what
// looks like a class in one costs a look at a file, no more.
func classesOf(text []byte) []heritage {
	var out []heritage
	word := []byte("class ")
	for {
		i := bytes.Index(text, word)
		if i < 0 {
			return out
		}
		text = text[i+len(word):]
		head := text[:min(len(text), maxHeritage)]
		end := bytes.IndexByte(head, '{')
		if end < 0 || bytes.ContainsAny(head[:end], "`;*") {
			continue // prose
		}
		head = head[:end]
		names := bytes.FieldsFunc(head, func(r rune) bool {
			return r != '_' && r != '$' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
		})
		if len(names) == 0 {
			continue
		}
		h := heritage{name: string(names[0])}
		if at := slices.IndexFunc(names, func(n []byte) bool { return string(n) == "extends" }); at >= 0 {
			for _, n := range names[at+1:] {
				h.bases = append(h.bases, string(n))
			}
		}
		out = append(out, h)
	}
}

// utf16 reports a text in an encoding that is not read, by its byte order mark.
func utf16(data []byte) bool {
	return bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff})
}

// inParallel calls do with 0 to n-1, on 2 to 8 goroutines.
func inParallel(n int, do func(i int)) {
	work := make(chan int)
	var workers sync.WaitGroup
	for range min(n, max(2, min(runtime.GOMAXPROCS(0), 8))) {
		workers.Go(func() {
			for i := range work {
				do(i)
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	workers.Wait()
}
