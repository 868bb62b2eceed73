// Package syntax reads TypeScript into a flat tree: one pre-order array of
// nodes, made by one call into C, that rules walk without touching C again.
//
// It is the only importer of go-tree-sitter, so the parser can be replaced
// behind [Parse]. A tree is plain Go memory: it needs no Close, may be shared
// between goroutines, and stays valid for as long as it is referenced.
package syntax

/*
#cgo CFLAGS: -O2 -std=c11
#cgo darwin LDFLAGS: -Wl,-undefined,dynamic_lookup
#include "export.h"
*/
import "C"

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"sort"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
	"unsafe"

	sitter "github.com/smacker/go-tree-sitter"
	"github.com/smacker/go-tree-sitter/typescript/tsx"
	"github.com/smacker/go-tree-sitter/typescript/typescript"
)

const (
	// MaxBytes is the largest source that is read: 2 MiB.
	MaxBytes = 2 << 20
	// MaxDepth is how deep nodes may nest. Walkers in this module recurse, and
	// code that people write stays below 200.
	MaxDepth = 2000
	// maxParse bounds the time of one parse. The slowest hostile input known
	// takes 0.7 s for 200 KB; ordinary code parses at 11 MB/s.
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

// node mirrors do_node; sym and field are rewritten to Kind and Field.
type node struct {
	start, end  uint32
	parent, sub int32
	kind        Kind
	field       Field
	flags       uint16
	depth       uint16
}

const (
	flagNamed   = C.DO_NAMED
	flagMissing = C.DO_MISSING
)

// Parse reads src as TypeScript; a path that ends in .tsx or .jsx is read with
// the JSX grammar. Code that does not parse is not an error: the rest of the
// tree is there and [Tree.Partial] names the ranges left out.
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
	text := blankBOM(src)
	nodes, err := g.parse(text)
	if err != nil {
		return nil, err
	}
	if declared := declareUsing(text, nodes); declared != nil {
		if nodes, err = g.parse(declared); err != nil {
			return nil, err
		}
	}
	regroup(nodes)
	t := &Tree{Path: name, Src: src, nodes: nodes}
	t.index()
	for i := range t.nodes {
		if t.nodes[i].depth > MaxDepth {
			return nil, ErrTooDeep
		}
	}
	return t, nil
}

// blankBOM replaces a byte order mark by spaces, so that offsets stay true.
func blankBOM(src []byte) []byte {
	bom := []byte("\ufeff")
	if !bytes.HasPrefix(src, bom) {
		return src
	}
	return append([]byte("   "), src[len(bom):]...)
}

func (t *Tree) index() {
	t.lines = append(t.lines, 0)
	for i, b := range t.Src {
		if b == '\n' {
			t.lines = append(t.lines, uint32(i+1))
		}
	}
	for i := 0; i < len(t.nodes); i++ {
		n := &t.nodes[i]
		if n.kind == Error || n.flags&flagMissing != 0 {
			t.Partial = append(t.Partial, Range{int(n.start), int(n.end)})
			if n.kind == Error {
				i = int(n.sub) - 1
			}
		}
	}
}

// Position returns the 1-based line and column (in characters) of a byte offset.
func (t *Tree) Position(offset int) (line, column int) {
	offset = max(0, min(offset, len(t.Src)))
	i := sort.Search(len(t.lines), func(i int) bool { return int(t.lines[i]) > offset }) - 1
	return i + 1, utf8.RuneCount(t.Src[t.lines[i]:offset]) + 1
}

// Line returns the text of a 1-based line without its line break, or "".
func (t *Tree) Line(line int) string {
	if line < 1 || line > len(t.lines) {
		return ""
	}
	end := len(t.Src)
	if line < len(t.lines) {
		end = int(t.lines[line])
	}
	return strings.TrimRight(string(t.Src[t.lines[line-1]:end]), "\r\n")
}

// Lines is the number of lines.
func (t *Tree) Lines() int { return len(t.lines) }

// grammar is one tree-sitter language with its translation tables and parsers.
type grammar struct {
	language func() *sitter.Language
	once     sync.Once
	kinds    []Kind
	fields   []Field
	parsers  sync.Pool
}

var (
	plain = grammar{language: typescript.GetLanguage}
	jsx   = grammar{language: tsx.GetLanguage}
)

// load fills the tables on first use, so that starting the process stays cheap.
func (g *grammar) load() {
	lang := g.language()
	byName := make(map[string]Kind, len(kindNames))
	for k, name := range kindNames {
		byName[name] = Kind(k)
	}
	g.kinds = make([]Kind, lang.SymbolCount())
	for i := range g.kinds {
		if s := sitter.Symbol(i); lang.SymbolType(s) == sitter.SymbolTypeRegular {
			g.kinds[i] = byName[lang.SymbolName(s)]
		} else {
			g.kinds[i] = Token
		}
	}
	fieldByName := make(map[string]Field, len(fieldNames))
	for f, name := range fieldNames {
		fieldByName[name] = Field(f)
	}
	g.fields = []Field{NoField}
	for i := 1; ; i++ {
		name := lang.FieldName(i)
		if name == "" {
			break
		}
		g.fields = append(g.fields, fieldByName[name])
	}
}

// parse runs tree-sitter and copies the tree out. The parser goes back to the
// pool only after a success: after a time-out tree-sitter would resume the old
// text, and a cancellable context can leave its cancel flag set, so the context
// is always the background one and the time limit is the parser's own.
func (g *grammar) parse(src []byte) ([]node, error) {
	g.once.Do(g.load)
	p, _ := g.parsers.Get().(*sitter.Parser)
	if p == nil {
		p = sitter.NewParser()
		p.SetLanguage(g.language())
		p.SetOperationLimit(int(maxParse.Microseconds()))
	}
	tree, err := p.ParseCtx(context.Background(), nil, src)
	if err != nil {
		p.Close()
		if errors.Is(err, sitter.ErrOperationLimit) {
			return nil, ErrTooSlow
		}
		return nil, fmt.Errorf("parsing: %w", err)
	}
	defer tree.Close()
	nodes := g.export(tree.RootNode(), len(src))
	g.parsers.Put(p)
	return nodes, nil
}

const errorSymbol = 65535 // tree-sitter's ts_builtin_sym_error

func (g *grammar) export(root *sitter.Node, size int) []node {
	// A *sitter.Node starts with its TSNode. It is copied, because the rest of
	// the struct holds Go pointers, which must not cross into C.
	ts := *(*C.do_root)(unsafe.Pointer(root))
	// Real code has a node for about every 4.4 bytes.
	capacity := size/3 + 64
	var nodes []node
	for {
		nodes = make([]node, capacity)
		n := int(C.do_export(&ts, (*C.do_node)(unsafe.Pointer(&nodes[0])), C.uint32_t(capacity)))
		if n <= capacity {
			nodes = nodes[:n]
			break
		}
		capacity *= 3
	}
	for i := range nodes {
		n := &nodes[i]
		switch {
		case n.kind == errorSymbol:
			n.kind = Error
		case int(n.kind) < len(g.kinds):
			n.kind = g.kinds[n.kind]
		default:
			n.kind = Other
		}
		if int(n.field) < len(g.fields) {
			n.field = g.fields[n.field]
		} else {
			n.field = NoField
		}
	}
	return nodes
}
