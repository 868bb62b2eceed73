#ifndef DO_SYNTAX_NATIVE_H
#define DO_SYNTAX_NATIVE_H

#include <setjmp.h>

#include "runtime.h"

// One node of the flat tree, in pre-order. The Go side mirrors this layout.
typedef struct {
  uint32_t start, end; // byte offsets
  int32_t parent;      // index, -1 for the root
  int32_t sub;         // index one past the last descendant
  uint8_t kind, field; // Kind and Field of the Go side
  uint8_t flags;       // DO_NAMED | DO_MISSING
  uint8_t unused;
} do_node;

enum { DO_NAMED = 1, DO_MISSING = 2 };

// The memory of one parse at a time, kept for the next one. See arena.c.
typedef struct do_arena do_arena;

do_arena *do_arena_new(void);
void do_arena_free(do_arena *arena);

// Makes tree-sitter take its memory from arenas. Once, before the first parse.
void do_arena_install(void);

// What the C side knows of a grammar. The tables are filled once and then only
// read; they live in C memory, so that calls pass one pointer.
typedef struct {
  const TSLanguage *language;
  uint8_t *kinds;         // by public symbol, symbol_count of them
  uint8_t *fields;        // by field id, field_count + 1 of them
  uint32_t symbol_count;
  uint32_t field_count;
  uint8_t error;          // the Kind of what could not be read
  bool direct;            // do_walk_direct may be used
  // Only for do_walk_direct:
  uint8_t *raw_kinds;     // by symbol, aliases resolved
  uint8_t *child_fields;  // by production and child, field_stride each
  uint32_t field_stride;
} do_grammar;

// Allocates the tables; kinds and fields are zero.
do_grammar *do_grammar_new(const TSLanguage *language, uint8_t error);

// To be called when kinds and fields are filled: decides how trees are read.
void do_grammar_ready(do_grammar *grammar);

// A flat tree. The nodes live in the arena and are gone with its next use.
typedef struct {
  const do_node *nodes;
  uint32_t count;
  bool partial; // some node is an error or missing
  bool large;   // the arena has grown so much that it should be freed
  uint64_t spent; // microseconds of running
} do_tree;

typedef enum { DO_OK, DO_TOO_SLOW, DO_TOO_DEEP } do_status;

// Parses text into `out`, in at most about `micros` microseconds of running.
// Nodes may nest `max_depth` deep.
do_status do_parse(do_arena *arena, const do_grammar *grammar, const char *text, uint32_t length, uint64_t micros,
                   uint32_t max_depth, do_tree *out);

// Used between the C files only.

// Makes the arena the allocator of this thread, and its memory unused; NULL
// gives the thread back to malloc.
void do_arena_use(do_arena *arena);
// From now on, blocks are given out for `micros` microseconds and while the
// arena holds up to `bytes`; then control jumps to `leave`.
void do_arena_limit(do_arena *arena, jmp_buf *leave, uint64_t micros, size_t bytes);
uint64_t do_arena_spent(const do_arena *arena);
bool do_arena_large(const do_arena *arena);
void *do_arena_alloc(size_t size);
void *do_arena_realloc(void *block, size_t size);

// Both read the same tree. The cursor is tree-sitter's own way; the direct walk
// knows how this version lays trees out in memory, and takes a third of the time.
do_status do_walk_cursor(const do_grammar *grammar, TSNode root, uint32_t max_depth, do_tree *out);
do_status do_walk_direct(const do_grammar *grammar, const TSTree *tree, uint32_t max_depth, do_tree *out);

// Fills raw_kinds and child_fields; false when this build cannot read directly.
bool do_direct_prepare(do_grammar *grammar);
// Reports whether the root of the tree looks as do_walk_direct expects.
bool do_direct_fits(const do_grammar *grammar, const TSTree *tree);

#endif
