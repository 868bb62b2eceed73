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
	// maxParse bounds the time of parsing one file, retries included. The slowest
	// hostile input known takes 0.7 s for 200 KB; ordinary code is read at 10 MB/s.
	maxParse = time.Second
)

var (
	// ErrTooLarge is returned for a source over MaxBytes.
	ErrTooLarge = errors.New("source is over 2 MiB; split it or review its parts")
	// ErrTooSlow is returned when parsing takes longer than a second.
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
	nodes, unread, err := g.read(blankBOM(src))
	if err != nil {
		return nil, err
	}
	regroup(nodes)
	return &Tree{Path: name, Src: src, Partial: unread, nodes: nodes, lines: lineStarts(src)}, nil
}

const bom = "\ufeff"

// blankBOM replaces a byte order mark by spaces, so that offsets stay true.
func blankBOM(src []byte) []byte {
	if !bytes.HasPrefix(src, []byte(bom)) {
		return src
	}
	return append([]byte("   "), src[len(bom):]...)
}

// read parses text, and once more with masks where it holds what the grammar
// does not know.
func (g *grammar) read(text []byte) ([]node, []Range, error) {
	start := time.Now()
	nodes, partial, err := g.parse(text, maxParse)
	if err != nil {
		return nil, nil, err
	}
	if declared := declareUsing(text, nodes); declared != nil {
		if nodes, partial, err = g.parse(declared, maxParse-time.Since(start)); err != nil {
			return nil, nil, err
		}
	}
	if !partial {
		return nodes, nil, nil
	}
	return nodes, unreadable(nodes), nil
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
