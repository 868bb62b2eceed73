// Package syntax reads TypeScript into a flat tree: one pre-order array of
// nodes, made by one call into C, that rules walk without touching C again.
//
// It is the only importer of tree-sitter, so the parser can be replaced behind
// [Parse]. A tree is plain Go memory: it needs no Close, may be shared between
// goroutines, and stays valid for as long as it is referenced.
package syntax

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// MaxBytes is the largest source that is read: 2 MiB.
	MaxBytes = 2 << 20
	// MaxDepth is how deep nodes may nest. Walkers in this module recurse, and
	// code that people write stays below 200.
	MaxDepth = 2000
	// maxParse bounds the processor time of parsing one file, retries included.
	// Ordinary code of the largest size takes a quarter of it.
	maxParse = time.Second
)

var (
	// ErrTooLarge is returned for a source over MaxBytes.
	ErrTooLarge = errors.New("source is over 2 MiB; split it or review its parts")
	// ErrTooSlow is returned when parsing takes longer than a second, or half a
	// gigabyte of memory.
	ErrTooSlow = errors.New("parsing was given up after one second; the source is not ordinary TypeScript")
	// ErrTooDeep is returned when nodes nest deeper than MaxDepth.
	ErrTooDeep = fmt.Errorf("expressions nest deeper than %d levels", MaxDepth)
	// ErrNotText is returned for a source that is not UTF-8 or holds NUL bytes.
	ErrNotText = errors.New("source is not UTF-8 text")
)

// Tree is one parsed file.
type Tree struct {
	Path string
	Src  []byte
	// Partial lists the byte ranges that could not be read as TypeScript, in
	// order. What stands in them is not reviewed.
	Partial []Range

	nodes []node
	lines []uint32 // byte offset of each line's start
}

// Range is a half-open byte range of the source.
type Range struct{ Start, End int }

// Parse reads src as TypeScript; a path that ends in .tsx or .jsx is read with
// the JSX grammar. Code that does not parse is not an error: the rest of the
// tree is there and [Tree.Partial] names the ranges left out. The tree keeps src.
func Parse(name string, src []byte) (*Tree, error) {
	if len(src) > MaxBytes {
		return nil, ErrTooLarge
	}
	if !utf8.Valid(src) || bytes.IndexByte(src, 0) >= 0 {
		return nil, ErrNotText
	}
	g := &plain
	if ext := strings.ToLower(path.Ext(name)); ext == ".tsx" || ext == ".jsx" {
		g = &jsx
	}
	r, err := g.read(blankBOM(src))
	if err != nil {
		return nil, err
	}
	regroup(src, r.nodes)
	return &Tree{Path: name, Src: src, Partial: r.unread, nodes: r.nodes, lines: lineStarts(src)}, nil
}

const bom = "\ufeff"

// blankBOM replaces a byte order mark by spaces, so that offsets stay true.
func blankBOM(src []byte) []byte {
	if !bytes.HasPrefix(src, []byte(bom)) {
		return src
	}
	return append([]byte("   "), src[len(bom):]...)
}

// A reading is what one parse made of a source.
type reading struct {
	text   []byte // as the parser saw it
	mask   *mask
	nodes  []node
	unread []Range
}

// cost is how much was left out.
func (r *reading) cost() int {
	sum := 0
	for _, u := range r.unread {
		sum += 1 + u.End - u.Start
	}
	return sum
}

// read parses a source, masked where it holds what the grammar does not know.
// Most files are parsed once, as they are. What cannot be read so gets a second
// chance with masks (or without), and the reading that leaves out less counts.
func (g *grammar) read(src []byte) (*reading, error) {
	left := maxParse
	attempt := func(text []byte, m *mask) (*reading, error) {
		p, err := g.parse(text, left)
		if left -= p.spent; err != nil {
			return nil, err
		}
		m.finish(p.nodes)
		r := &reading{text: text, mask: m, nodes: p.nodes}
		if p.partial {
			r.unread = unreadable(p.nodes)
		}
		return r, nil
	}
	unmasked := &mask{src: src}
	m := unmasked
	if misleading(src) {
		m = newMask(src)
	}
	best, err := attempt(m.masked(), m)
	if err != nil {
		return nil, err
	}
	if torn := comparisons(src, best.nodes); torn != nil {
		m := newMask(src)
		if m.typeArguments(torn); m.text != nil {
			if next, err := attempt(m.text, m); err == nil && next.cost() <= best.cost() {
				best = next
			}
		}
	}
	if len(best.unread) == 0 {
		return best, nil
	}
	better := func(text []byte, m *mask) bool {
		next, err := attempt(text, m)
		if err != nil || next.cost() >= best.cost() {
			return false
		}
		best = next
		return true
	}
	if m.text != nil {
		better(src, unmasked)
	} else if m := newMask(src); m.text != nil {
		better(m.text, m)
	}
	for round := 0; g == &jsx && round < 4; round++ {
		text := maskAmpersands(best.text, best.unread)
		if text == nil || !better(text, best.mask) {
			break
		}
	}
	return best, nil
}

// unreadable lists the ranges of outermost errors and of what is missing.
func unreadable(nodes []node) []Range {
	var out []Range
	for i := 0; i < len(nodes); i++ {
		n := &nodes[i]
		if n.kind == Error || n.flags&flagMissing != 0 {
			out = append(out, Range{int(n.start), int(n.end)})
		}
		if n.kind == Error {
			i = int(n.sub) - 1
		}
	}
	return out
}
