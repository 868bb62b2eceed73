package syntax

/*
#cgo CFLAGS: -O2 -std=gnu11
#cgo darwin LDFLAGS: -Wl,-undefined,dynamic_lookup
#cgo noescape do_parse
#cgo nocallback do_parse
#include "native.h"
*/
import "C"

import (
	"runtime"
	"sync"
	"time"
	"unsafe"

	// Linked for their C code: the runtime comes with the first.
	_ "github.com/smacker/go-tree-sitter/typescript/tsx"
	_ "github.com/smacker/go-tree-sitter/typescript/typescript"
)

// node mirrors do_node.
type node struct {
	start, end  uint32
	parent, sub int32
	kind        Kind
	field       Field
	flags       uint8
	_           uint8
}

const (
	flagNamed   = C.DO_NAMED
	flagMissing = C.DO_MISSING
)

// grammar is one tree-sitter language.
type grammar struct {
	language func() *C.TSLanguage
	once     sync.Once
	c        *C.do_grammar
}

var (
	plain = grammar{language: func() *C.TSLanguage { return C.tree_sitter_typescript() }}
	jsx   = grammar{language: func() *C.TSLanguage { return C.tree_sitter_tsx() }}
)

var installArena = sync.OnceFunc(func() { C.do_arena_install() })

// load fills the tables on first use, so that starting the process stays cheap.
func (g *grammar) load() {
	installArena()
	lang := g.language()
	g.c = C.do_grammar_new(lang, C.uint8_t(Error))
	kindByName := make(map[string]Kind, len(kindNames))
	for k, name := range kindNames {
		kindByName[name] = Kind(k)
	}
	const regular = 0 // tree-sitter's TSSymbolTypeRegular: named, not a keyword
	kinds := unsafe.Slice((*Kind)(unsafe.Pointer(g.c.kinds)), g.c.symbol_count)
	for i := range kinds {
		kinds[i] = Token
		if symbol := C.uint16_t(i); C.ts_language_symbol_type(lang, symbol) == regular {
			kinds[i] = kindByName[C.GoString(C.ts_language_symbol_name(lang, symbol))]
		}
	}
	fieldByName := make(map[string]Field, len(fieldNames))
	for f, name := range fieldNames {
		fieldByName[name] = Field(f)
	}
	fields := unsafe.Slice((*Field)(unsafe.Pointer(g.c.fields)), g.c.field_count+1)
	for i := 1; i < len(fields); i++ {
		fields[i] = fieldByName[C.GoString(C.ts_language_field_name_for_id(lang, C.uint16_t(i)))]
	}
	C.do_grammar_ready(g.c)
}

// arenas holds the memory of parses that are over. Those that find it empty
// make their own; those that find it full free it.
var arenas = make(chan *C.do_arena, max(2, runtime.GOMAXPROCS(0)))

// A parse is one run of tree-sitter.
type parse struct {
	nodes   []node
	partial bool          // some node is an error or missing
	spent   time.Duration // of running
}

// parse reads a text within about the given time and copies the tree out. There
// is an error for what takes longer, more memory or more depth.
func (g *grammar) parse(text []byte, limit time.Duration) (parse, error) {
	g.once.Do(g.load)
	var arena *C.do_arena
	select {
	case arena = <-arenas:
	default:
		arena = C.do_arena_new()
	}
	var tree C.do_tree
	status := C.do_parse(arena, g.c, (*C.char)(unsafe.Pointer(unsafe.SliceData(text))), C.uint32_t(len(text)),
		C.uint64_t(max(0, limit.Microseconds())), MaxDepth, &tree)
	out := parse{partial: bool(tree.partial), spent: time.Duration(tree.spent) * time.Microsecond}
	var err error
	switch status {
	case C.DO_TOO_SLOW:
		err = ErrTooSlow
	case C.DO_TOO_DEEP:
		err = ErrTooDeep
	default:
		out.nodes = append(out.nodes, unsafe.Slice((*node)(unsafe.Pointer(tree.nodes)), int(tree.count))...)
	}
	if tree.large {
		C.do_arena_free(arena)
		return out, err
	}
	select {
	case arenas <- arena:
	default:
		C.do_arena_free(arena)
	}
	return out, err
}
